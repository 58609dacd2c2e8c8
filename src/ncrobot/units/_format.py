"""The writer: a canonical number to the text that a person would write."""

from __future__ import annotations

import math
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from ncrobot.units._grammar import Dimension, Unit
from ncrobot.units._tables import GRAMMARS

# Beyond these powers of ten a plain number is harder to read than an exponent.
_LARGEST_PLAIN = 15
_SMALLEST_PLAIN = -6


def format_quantity(value: float, dimension: Dimension, *, digits: int = 4) -> str:
    """Return the value, rounded to ``digits`` significant digits, in the unit that suits its size.

    The text of a possible value reads back as the rounded value. Counts are not rounded.

    Raises:
        ValueError: ``digits`` is below 1, or the value is not finite.

    """
    if digits < 1 or not math.isfinite(value):
        msg = f"cannot write {value} with {digits} digits"
        raise ValueError(msg)
    exact = Fraction(value)
    if dimension is Dimension.COUNT:
        return f"{_without_zeros(Decimal(repr(float(value))))}"
    if dimension is Dimension.PH:
        return f"pH {_plain(_rounded(exact, digits))}"
    number, unit = _suiting(exact, dimension, digits)
    return f"{_plain(number)} {unit.symbol}"


def _suiting(exact: Fraction, dimension: Dimension, digits: int) -> tuple[Decimal, Unit]:
    """Return the value in the largest printed unit that it fills, or in the smallest one."""
    grammar = GRAMMARS[dimension]
    shown = sorted(
        (unit for unit in grammar.units if unit.shown_from is not None),
        key=lambda unit: unit.factor,
    )
    if exact == 0:
        return Decimal(0), next((unit for unit in shown if unit.factor == 1), shown[0])
    for unit in reversed(shown):
        number = _rounded(exact / unit.factor, digits)
        if abs(Fraction(number) * unit.factor) >= (unit.shown_from or 0):
            break
    if grammar.low is not None and Fraction(number) * unit.factor < grammar.low <= exact:
        # Rounding must not step over a limit, such as absolute zero.
        number = _rounded(exact / unit.factor, digits, ROUND_DOWN)
    return number, unit


def _rounded(value: Fraction, digits: int, rounding: str = ROUND_HALF_EVEN) -> Decimal:
    context = Context(prec=digits, rounding=rounding)
    return context.divide(Decimal(value.numerator), Decimal(value.denominator))


def _plain(number: Decimal) -> str:
    """Return the digits without trailing zeros, with an exponent only for extreme sizes."""
    if not number or _SMALLEST_PLAIN <= number.adjusted() < _LARGEST_PLAIN:
        return _without_zeros(number)
    return f"{number.normalize():e}"


def _without_zeros(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

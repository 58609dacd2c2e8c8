"""The writer: a canonical number to the text that a person would write."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from ncrobot.units._tables import GRAMMARS, Dimension, Unit

# Beyond these powers of ten a plain number is harder to read than an exponent.
_LARGEST_PLAIN = 15
_SMALLEST_PLAIN = -6


def format_quantity(value: float, dimension: Dimension, *, digits: int = 4) -> str:
    """Return the value, rounded to ``digits`` significant digits, in the unit that suits its size.

    The text of a possible value reads back as the rounded value. Counts are never rounded.

    Raises:
        ValueError: ``digits`` is below 1, or the value is not finite.

    """
    if digits < 1:
        msg = f"digits must be at least 1, not {digits}"
        raise ValueError(msg)
    exact = Fraction(value)  # raises for NaN (ValueError); infinity is turned into one below
    if dimension is Dimension.COUNT:
        return _plain(Decimal(repr(value)))
    rounded = _rounded(exact, digits)
    if dimension is Dimension.PH:
        return f"pH {_plain(rounded)}"
    unit = _suiting(Fraction(rounded), dimension)
    return f"{_plain(_rounded((exact - unit.offset) / unit.factor, digits))} {unit.symbol}"


def _suiting(value: Fraction, dimension: Dimension) -> Unit:
    """Return the largest printed unit that the value fills; the smallest one for less."""
    shown = [unit for unit in GRAMMARS[dimension].units if unit.shown_from is not None]
    filled = [unit for unit in shown if unit.shown_from is not None and abs(value) >= unit.shown_from]
    return max(filled, key=lambda unit: unit.factor, default=shown[0])


def _rounded(value: Fraction, digits: int) -> Decimal:
    return Decimal(f"{float(value):.{digits - 1}e}")


def _plain(number: Decimal) -> str:
    """Return the digits without trailing zeros, with an exponent only for extreme sizes."""
    if not number:
        return "0"
    if _SMALLEST_PLAIN <= number.adjusted() < _LARGEST_PLAIN:
        text = f"{number:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{number.normalize():e}"

"""The reader: text to a canonical number, exactly rounded once."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from ncrobot.units._error import QuantityError
from ncrobot.units._explain import (
    explain,
    not_a_number,
    out_of_range,
    unit_missing,
    unit_unknown,
    wrong_dimension,
)
from ncrobot.units._pattern import (
    TIMES,
    quantity_pattern,
    term_pattern,
    repeated_pattern,
)
from ncrobot.units._tables import GRAMMARS, Dimension, Unit

@dataclass(frozen=True, slots=True)
class Repeated:
    """``count`` equal portions, ``interval_s`` seconds between the starts of neighbours."""

    count: int
    interval_s: float


def parse_quantity(text: str | int | float, dimension: Dimension) -> float:
    """Return the canonical value of a written quantity.

    A number without a unit is read only as a ratio, a fraction (at most 1), a pH or a count.

    Raises:
        QuantityError: the text is no quantity of this dimension, or an impossible one.

    """
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise not_a_number(repr(text), dimension)
    if not isinstance(text, str) and not math.isfinite(text):
        raise not_a_number(str(text), dimension)
    written = text if isinstance(text, str) else _spelled(text)
    if _compiled(quantity_pattern(dimension)).fullmatch(written) is None:
        raise explain(written, dimension)
    grammar = GRAMMARS[dimension]
    total = Fraction(0)
    for number, symbol in _terms(written, dimension):
        unit = grammar.by_spelling[symbol]
        total += number * unit.factor + unit.offset
    return _checked(total, written.strip(), dimension)


def parse_repeated(text: str) -> Repeated:
    """Return the count and the interval of "8 x 30 min".

    Raises:
        QuantityError: the text does not have this form, or a number in it is zero.

    """
    if _compiled(repeated_pattern()).fullmatch(text) is None:
        raise _not_repeated(text, "it is not a count, an x and a duration")
    count, interval = re.split(TIMES, text, maxsplit=1)
    repeated = Repeated(int(count), parse_quantity(interval, Dimension.DURATION))
    if repeated.count < 1 or repeated.interval_s <= 0:
        raise _not_repeated(text, "the count and the interval must be above zero")
    return repeated


def convert(value: float, unit: str, dimension: Dimension) -> float:
    """Return the canonical value of a bare number whose unit stands apart, as in a table's header.

    An empty unit is good where a number without a unit is.

    Raises:
        QuantityError: the unit is not one of this dimension, or the value is impossible.

    """
    found = f"{value} {unit}".strip()
    if isinstance(value, bool) or not math.isfinite(value):
        raise not_a_number(found, dimension)
    entry = _unit(unit, dimension)
    return _checked(Fraction(_spelled(value)) * entry.factor + entry.offset, found, dimension)


def unit_factor(unit: str, dimension: Dimension) -> float:
    """Return by what a number in ``unit`` is multiplied to be canonical.

    Raises:
        QuantityError: the unit is not one of this dimension, or has an offset too (kelvin).

    """
    entry = _unit(unit, dimension)
    if entry.offset:
        raise QuantityError(
            f"{entry.symbol} has an offset, not only a factor",
            code="unit-unknown",
            found=unit,
            allowed="°C",
            fix="give the temperature in °C",
        )
    return float(entry.factor)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _spelled(value: float) -> str:
    """Return the shortest decimal text of a number; exact, unlike ``str`` of a numpy scalar."""
    return str(value) if isinstance(value, int) else repr(float(value))


def _terms(written: str, dimension: Dimension) -> list[tuple[Fraction, str]]:
    """Return the numbers and unit spellings of a text that has the form of its dimension."""
    if dimension is Dimension.PH:
        written = written.replace("pH", "")
    return [
        (Fraction(number.replace("\u2212", "-")), symbol)
        for number, symbol in _compiled(term_pattern(dimension)).findall(written)
    ]


def _unit(unit: str, dimension: Dimension) -> Unit:
    grammar = GRAMMARS[dimension]
    name = unit.strip()
    if name in grammar.by_spelling:
        return grammar.by_spelling[name]
    if not name:
        raise unit_missing("the number", dimension)
    for other in Dimension:
        if name in GRAMMARS[other].by_spelling:
            raise wrong_dimension(name, name, other, dimension)
    raise unit_unknown(name, dimension)


def _checked(value: Fraction, found: str, dimension: Dimension) -> float:
    """Return the nearest float of a value that its dimension can have."""
    grammar = GRAMMARS[dimension]
    if grammar.low is not None and value < grammar.low:
        low = "it must not be negative" if grammar.low == 0 else f"at least {float(grammar.low)} °C"
        raise out_of_range(found, dimension, low)
    if grammar.high is not None and value > grammar.high:
        raise out_of_range(found, dimension, f"at most {float(grammar.high):g}")
    if dimension is Dimension.COUNT and value.denominator != 1:
        raise out_of_range(found, dimension, "a whole number")
    try:
        return float(value)
    except OverflowError:
        raise out_of_range(found, dimension, "a number that a computer can hold") from None


def _not_repeated(text: str, why: str) -> QuantityError:
    return QuantityError(
        f"cannot read {text!r} as equal portions: {why}",
        code="not-a-quantity",
        found=repr(text),
        allowed="a count, an x, and the time from one portion to the next",
        fix='write it like "8 x 30 min"',
    )



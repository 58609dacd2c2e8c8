"""The reader: text to a canonical number, exactly computed and rounded once."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from numbers import Integral, Real

from ncrobot.units._explain import (
    explain,
    no_factor,
    not_a_number,
    not_repeated,
    out_of_range,
    unit_missing,
    unit_unknown,
    wrong_dimension,
)
from ncrobot.units._format import format_quantity
from ncrobot.units._grammar import Dimension, Unit
from ncrobot.units._pattern import quantity_pattern, repeated_head_pattern, term_pattern
from ncrobot.units._tables import GRAMMARS


@dataclass(frozen=True, slots=True)
class Repeated:
    """``count`` equal portions, ``interval_s`` seconds between the starts of neighbours."""

    count: int
    interval_s: float

    def __str__(self) -> str:
        return f"{self.count} x {format_quantity(self.interval_s, Dimension.DURATION)}"


def parse_quantity(text: str | float, dimension: Dimension) -> float:
    """Return the canonical value of a written quantity.

    A number without a unit is read only as a ratio, a fraction (at most 1), a pH or a count.

    Raises:
        QuantityError: the text is no quantity of this dimension, or an impossible one.

    """
    written = text if isinstance(text, str) else _spelled(text, str(text), dimension)
    if _compiled(quantity_pattern(dimension)).fullmatch(written) is None:
        raise explain(written, dimension)
    units = GRAMMARS[dimension].by_spelling
    total = Fraction(0)
    for number, spelling in _terms(written, dimension):
        total += number * units[spelling].factor + units[spelling].offset
    return _checked(total, written.strip(), dimension)


def parse_repeated(text: str) -> Repeated:
    """Return the count and the interval of "8 x 30 min".

    Raises:
        QuantityError: the text does not have this form, or a number in it is zero.

    """
    head = _compiled(repeated_head_pattern()).match(str(text))
    if head is None:
        raise not_repeated(str(text), "it is not a count, an x and a duration")
    interval_s = parse_quantity(text[head.end() :], Dimension.DURATION)
    repeated = Repeated(int(head.group(1)), interval_s)
    if repeated.count < 1 or repeated.interval_s <= 0:
        raise not_repeated(text, "the count and the interval must be above zero")
    return repeated


def convert(value: float, unit: str, dimension: Dimension) -> float:
    """Return the canonical value of a number whose unit stands apart, as in a table's header.

    An empty unit is good where a number without a unit is.

    Raises:
        QuantityError: the unit is not one of this dimension, or the value is impossible.

    """
    found = f"{value} {unit}".strip()
    number = Fraction(_spelled(value, found, dimension))
    entry = _unit(unit, dimension, f"{value}")
    return _checked(number * entry.factor + entry.offset, found, dimension)


def unit_factor(unit: str, dimension: Dimension) -> float:
    """Return by what a number in ``unit`` is multiplied to be canonical.

    Raises:
        QuantityError: the unit is not one of this dimension, or has an offset too (kelvin).

    """
    entry = _unit(unit, dimension, "the number")
    if entry.offset:
        raise no_factor(unit, dimension)
    return float(entry.factor)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _spelled(value: float, found: str, dimension: Dimension) -> str:
    """Return the shortest decimal text of a finite number."""
    # The abstract kinds, because a number out of a table may be a numpy scalar.
    if isinstance(value, bool) or not isinstance(value, Real):
        raise not_a_number(found, dimension)
    if isinstance(value, Integral):
        return str(int(value))
    if not math.isfinite(value):
        raise not_a_number(found, dimension)
    return repr(float(value))


def _terms(written: str, dimension: Dimension) -> list[tuple[Fraction, str]]:
    """Return the numbers and unit spellings of a text that has the form of its dimension."""
    if dimension is Dimension.PH:
        written = written.replace("pH", "")
    return [
        (Fraction(number.replace("\u2212", "-")), spelling)
        for number, spelling in _compiled(term_pattern(dimension)).findall(written)
    ]


def _unit(spelling: str, dimension: Dimension, number: str) -> Unit:
    """Return the unit that stands apart from its ``number``."""
    units = GRAMMARS[dimension].by_spelling
    name = spelling.strip()
    if name in units:
        return units[name]
    if not name:
        raise unit_missing(number, dimension)
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

"""Reads and writes quantities, once, at the border; inside, the unit is in the name.

The grammar is closed: a number, an optional space and a unit out of a list, or a chain of durations
such as "1 h 30 min". Nothing is evaluated, and a unit of another dimension is refused by name.
"""

from __future__ import annotations

from ncrobot.units._error import QuantityError
from ncrobot.units._format import format_quantity
from ncrobot.units._grammar import Dimension
from ncrobot.units._parse import Repeated, convert, parse_quantity, parse_repeated, unit_factor
from ncrobot.units._pattern import quantity_pattern, repeated_pattern
from ncrobot.units._tables import CANONICAL_UNIT, known_units

# The name under which schema builders look for it, beside the other constants of a dimension.
QUANTITY_PATTERN = quantity_pattern

__all__ = [
    "CANONICAL_UNIT",
    "QUANTITY_PATTERN",
    "Dimension",
    "QuantityError",
    "Repeated",
    "convert",
    "format_quantity",
    "known_units",
    "parse_quantity",
    "parse_repeated",
    "quantity_pattern",
    "repeated_pattern",
    "unit_factor",
]

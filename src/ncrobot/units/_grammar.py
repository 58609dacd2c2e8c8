"""What the grammar is made of: dimensions, units, and how a dimension is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

_MICRO_SIGN = "\u00b5"
_GREEK_MU = "\u03bc"


class Dimension(StrEnum):
    """What a quantity measures; :data:`CANONICAL_UNIT` says in which unit it is kept inside."""

    VOLUME = "volume"
    DURATION = "duration"
    TEMPERATURE = "temperature"
    AMOUNT = "amount"
    CONCENTRATION = "concentration"
    MASS = "mass"
    MASS_CONCENTRATION = "mass_concentration"
    RATIO = "ratio"
    FRACTION = "fraction"
    PH = "ph"
    SPEED = "speed"
    LENGTH = "length"
    WAVELENGTH = "wavelength"
    FLOW_RATE = "flow_rate"
    GAS_FLOW = "gas_flow"
    COUNT = "count"
    DENSITY = "density"
    MOLAR_MASS = "molar_mass"


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: a number of it times ``factor`` plus ``offset`` is the canonical value.

    ``symbol`` is how it is printed; ``aliases`` are further spellings that are read. ``shown_from``
    is the smallest canonical value that is printed in it, or None if it is only read.
    """

    symbol: str
    factor: Fraction
    aliases: tuple[str, ...] = ()
    offset: Fraction = Fraction(0)
    shown_from: Fraction | None = None

    def spellings(self) -> tuple[str, ...]:
        """Return every accepted spelling: ``u`` and the Greek letter do for the micro sign."""
        written = (self.symbol, *self.aliases)
        return tuple(
            dict.fromkeys(
                text.replace(_MICRO_SIGN, micro)
                for text in written
                for micro in (_MICRO_SIGN, "u", _GREEK_MU)
            )
        )


@dataclass(frozen=True, slots=True)
class Grammar:
    """How the quantities of one dimension are written and which values are possible.

    ``noun`` has its article, for messages. ``bare`` is the unit of a number without one, or None
    if a unit must be written. ``low`` and ``high`` are canonical limits, both included.
    """

    noun: str
    canonical: str
    example: str
    units: tuple[Unit, ...]
    bare: Unit | None = None
    low: Fraction | None = Fraction(0)
    high: Fraction | None = None
    signed: bool = False
    by_spelling: Mapping[str, Unit] = field(init=False)

    def __post_init__(self) -> None:
        """Index the units by every spelling; the empty one is that of a bare number."""
        index = {text: unit for unit in self.units for text in unit.spellings()}
        if self.bare is not None:
            index[""] = self.bare
        object.__setattr__(self, "by_spelling", MappingProxyType(index))

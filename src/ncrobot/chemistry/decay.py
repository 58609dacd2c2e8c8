"""How a stock loses strength with its age. Every figure from here is modelled, not measured."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

_ZERO_C_IN_K = 273.15
_PH_RANGE = (-2.0, 16.0)


class Decay(Protocol):
    """What all decay models answer: the share of a stock that is left."""

    def active_fraction(self, age_s: float, temperature_c: float, ph: float, /) -> float:
        """Share (0 to 1) that is left at an age, kept at a temperature and a pH."""


@dataclass(frozen=True, slots=True)
class HydrideDecay:
    """Hydrolysis of borohydride in water, first order.

    log10(half-life / min) = pH - (slope * T - offset), T in kelvin, for water without metal present
    (metals catalyse hydrolysis). ``source`` belongs beside every figure made with it. A lab may
    replace the constants by those of its own titration, and then says so in ``source``.
    """

    slope_per_k: float = 0.034
    offset: float = 1.92
    source: str = (
        "modelled by the rule of Kreevoy and Jacobson (Ventron Alembic, 1979) for water without "
        "metal; general lab knowledge, not measured here"
    )

    def half_life_s(self, temperature_c: float, ph: float) -> float:
        """Seconds until half of the hydride is gone.

        Raises:
            ValueError: the temperature is below absolute zero, or the pH outside -2 to 16.
        """
        kelvin = temperature_c + _ZERO_C_IN_K
        if not (math.isfinite(kelvin) and kelvin > 0.0):
            raise ValueError(f"{temperature_c:g} °C is no temperature")
        if not _PH_RANGE[0] <= ph <= _PH_RANGE[1]:
            raise ValueError(f"the pH is {ph:g}; it must be between -2 and 16")
        return float(60.0 * 10.0 ** (ph - (self.slope_per_k * kelvin - self.offset)))

    def active_fraction(self, age_s: float, temperature_c: float, ph: float) -> float:
        """Share of the hydride that is left at an age; 1 at age 0 or before.

        Raises:
            ValueError: as for :meth:`half_life_s`.
        """
        return float(0.5 ** (max(age_s, 0.0) / self.half_life_s(temperature_c, ph)))

    def age_at_fraction(self, fraction: float, temperature_c: float, ph: float) -> float:
        """Seconds after which a share (0 < fraction <= 1) is left.

        Raises:
            ValueError: the fraction is not in (0, 1], or as for :meth:`half_life_s`.
        """
        if not 0.0 < fraction <= 1.0:
            raise ValueError(f"a fraction left of {fraction:g} is never reached; give 0 < f <= 1")
        return abs(math.log2(fraction)) * self.half_life_s(temperature_c, ph)


@dataclass(frozen=True, slots=True)
class FixedLife:
    """Full strength until the end of its life, then not to be used.

    Raises:
        ValueError: the life is negative or no number.
    """

    life_s: float

    def __post_init__(self) -> None:
        if not self.life_s >= 0.0:
            raise ValueError(f"a life of {self.life_s:g} s can't be kept; give 0 s or more")

    def active_fraction(
        self, age_s: float, temperature_c: float | None = None, ph: float | None = None
    ) -> float:
        """1 within the life, 0 after it, whatever the temperature and the pH."""
        del temperature_c, ph
        return 1.0 if age_s <= self.life_s else 0.0


@dataclass(frozen=True, slots=True)
class NoDecay:
    """A stock that keeps."""

    def active_fraction(
        self, age_s: float, temperature_c: float | None = None, ph: float | None = None
    ) -> float:
        """Always 1."""
        del age_s, temperature_c, ph
        return 1.0

"""How a stock loses strength with its age. Every figure from here is modelled, not measured."""

from __future__ import annotations

import math
from dataclasses import dataclass

_ZERO_C_IN_K = 273.15


@dataclass(frozen=True, slots=True)
class HydrideDecay:
    """Hydrolysis of borohydride in water, first order.

    log10(half-life / min) = pH - (slope * T - offset), T in kelvin. The constants are the rule of
    Kreevoy and Jacobson (Ventron Alembic, 1979), for water without metal present (metals catalyse
    hydrolysis). A lab may give constants of its own titration.
    """

    slope_per_k: float = 0.034
    offset: float = 1.92

    def half_life_s(self, temperature_c: float, ph: float) -> float:
        """Seconds until half of the hydride is gone."""
        kelvin = temperature_c + _ZERO_C_IN_K
        return float(60.0 * 10.0 ** (ph - (self.slope_per_k * kelvin - self.offset)))

    def active_fraction(self, age_s: float, temperature_c: float, ph: float) -> float:
        """Share of the hydride that is left at an age; 1 at age 0 or before."""
        return float(0.5 ** (max(age_s, 0.0) / self.half_life_s(temperature_c, ph)))

    def age_at_fraction(self, fraction: float, temperature_c: float, ph: float) -> float:
        """Seconds after which a share (0 < fraction <= 1) is left.

        Raises:
            ValueError: the fraction is not in (0, 1].
        """
        if not 0.0 < fraction <= 1.0:
            raise ValueError(f"a fraction left of {fraction:g} is never reached; give 0 < f <= 1")
        return -math.log2(fraction) * self.half_life_s(temperature_c, ph)


@dataclass(frozen=True, slots=True)
class FixedLife:
    """Full strength until the end of its life, then not to be used."""

    life_s: float

    def active_fraction(self, age_s: float) -> float:
        """1 within the life, 0 after it."""
        return 1.0 if age_s <= self.life_s else 0.0


@dataclass(frozen=True, slots=True)
class NoDecay:
    """A stock that keeps."""

    def active_fraction(self, age_s: float) -> float:
        """Always 1."""
        del age_s
        return 1.0

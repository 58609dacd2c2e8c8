"""Ratios with a direction: "three ligands per metal" is never just "3"."""

from __future__ import annotations

import math
from dataclasses import dataclass


class RatioError(ValueError):
    """A ratio is no number, or says nothing about what was asked of it."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """Moles of ``numerator`` per mole of ``denominator``; finite and not negative.

    Raises:
        RatioError: the value is negative or no number.
    """

    value: float
    numerator: str
    denominator: str

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and self.value >= 0.0):
            raise RatioError(f"{self.value:g} {self.numerator} per {self.denominator} is no ratio")

    def inverse(self) -> Ratio:
        """The same ratio told the other way round.

        Raises:
            RatioError: the value is 0.
        """
        if self.value == 0.0:
            raise RatioError(f"{self} has no inverse")
        return Ratio(1.0 / self.value, self.denominator, self.numerator)

    def told_as(self, numerator: str, denominator: str) -> Ratio:
        """The ratio in the direction asked for, turned round if need be.

        Raises:
            RatioError: it is between other things, or is 0 and must be turned round.
        """
        if (numerator, denominator) == (self.numerator, self.denominator):
            return self
        if (denominator, numerator) == (self.numerator, self.denominator):
            return self.inverse()
        raise RatioError(f"{self} says nothing about {numerator} per {denominator}")

    def numerator_umol(self, denominator_umol: float) -> float:
        """µmol of the numerator that go with an amount of the denominator."""
        return self.value * denominator_umol

    def denominator_umol(self, numerator_umol: float) -> float:
        """µmol of the denominator that go with an amount of the numerator.

        Raises:
            RatioError: the value is 0.
        """
        return self.inverse().value * numerator_umol

    def __str__(self) -> str:
        return f"{self.value:g} {self.numerator} per {self.denominator}"

"""Ratios with a direction: "three ligands per metal" is never just "3"."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ratio:
    """Moles of ``numerator`` per mole of ``denominator``."""

    value: float
    numerator: str
    denominator: str

    def inverse(self) -> Ratio:
        """The same ratio told the other way round.

        Raises:
            ZeroDivisionError: the value is 0.
        """
        return Ratio(1.0 / self.value, self.denominator, self.numerator)

    def __str__(self) -> str:
        return f"{self.value:g} {self.numerator} per {self.denominator}"

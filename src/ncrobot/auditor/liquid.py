"""A liquid as the mixture of stocks that it was made of, with the doubt that rounding leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ncrobot.auditor.strengths import Content

# Volumes of a plan are rounded to 0.01 µL, so each leg may be off by half of that.
ROUNDING_UL = 0.005


@dataclass(slots=True)
class Liquid:
    """µL of each stock in a liquid, and by how much rounding may have changed each of them."""

    ul: dict[str, float] = field(default_factory=dict)
    doubt_ul: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, stock: str, volume_ul: float) -> Liquid:
        """A plain volume of one stock."""
        return cls({stock: volume_ul}, {stock: 0.0})

    @property
    def volume_ul(self) -> float:
        """The whole volume."""
        return sum(self.ul.values())

    def part(self, volume_ul: float) -> Liquid:
        """So much of this liquid; its mixture is as doubtful as that of the whole.

        The share of a stock is doubtful by its own rounding and by that of the whole volume.
        """
        whole = self.volume_ul
        if not whole > 0:
            return Liquid()
        share = volume_ul / whole
        of_whole = sum(self.doubt_ul.values()) / whole
        # The whole may be smaller than told by its own doubt.
        worst = share / max(1 - of_whole, 0.5)
        doubts = {
            stock: worst * (self.doubt_ul.get(stock, 0.0) + ul * of_whole)
            for stock, ul in self.ul.items()
        }
        return Liquid({stock: share * ul for stock, ul in self.ul.items()}, doubts)

    def rounded(self) -> Liquid:
        """The same liquid with the doubt of one leg's rounded volume."""
        whole = self.volume_ul
        extra = ROUNDING_UL / whole if whole > 0 else 0.0
        doubts = {
            stock: doubt + extra * (ul + doubt)
            for stock, ul in self.ul.items()
            for doubt in [self.doubt_ul.get(stock, 0.0)]
        }
        return Liquid(dict(self.ul), doubts)

    def add(self, other: Liquid) -> None:
        """Pour another liquid into this one."""
        for stock, ul in other.ul.items():
            self.ul[stock] = self.ul.get(stock, 0.0) + ul
            self.doubt_ul[stock] = self.doubt_ul.get(stock, 0.0) + other.doubt_ul.get(stock, 0.0)

    def shrink(self, fraction: float) -> None:
        """Take liquid out until only this fraction of it is left."""
        for stock in self.ul:
            self.ul[stock] *= fraction
            self.doubt_ul[stock] *= fraction

    def umol(self, contents: Mapping[str, Content]) -> dict[str, float]:
        """Amounts of the materials in it."""
        return _summed(self.ul, contents)

    def doubt_umol(self, contents: Mapping[str, Content]) -> dict[str, float]:
        """By how much rounding may have changed the amounts."""
        return _summed(self.doubt_ul, contents)


def _summed(ul: Mapping[str, float], contents: Mapping[str, Content]) -> dict[str, float]:
    amounts: dict[str, float] = {}
    for stock, volume_ul in ul.items():
        for material, umol_per_ul in contents.get(stock, {}).items():
            amounts[material] = amounts.get(material, 0.0) + umol_per_ul * volume_ul
    return amounts

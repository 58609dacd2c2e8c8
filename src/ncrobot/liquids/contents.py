"""What is in one container, and how volumes are compared."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from ncrobot.liquids.errors import BadVolumeError

# Volumes that differ by less are the same: a millionth of the smallest dose that any tip delivers.
TOLERANCE_UL = 1e-6
# Smaller movements aren't meant: they come from a slip in arithmetic.
LEAST_UL = 1e-5


@dataclass(frozen=True, slots=True)
class Contents:
    """A volume and the amount of every material in it, evenly mixed. Values never change."""

    volume_ul: float = 0.0
    umol: Mapping[str, float] = field(default_factory=dict)

    def plus(self, other: Contents) -> Contents:
        """Both together; volumes add up (contraction on mixing is neglected)."""
        umol = dict(self.umol)
        for material, amount in other.umol.items():
            umol[material] = umol.get(material, 0.0) + amount
        return Contents(self.volume_ul + other.volume_ul, umol)

    def split(self, volume_ul: float) -> tuple[Contents, Contents]:
        """What is drawn and what is left; drawing all but a tolerance takes everything.

        ``volume_ul`` must not exceed the contents by more than the tolerance.
        """
        if self.volume_ul - volume_ul <= TOLERANCE_UL:
            return self, EMPTY
        share = volume_ul / self.volume_ul
        drawn = {material: amount * share for material, amount in self.umol.items()}
        left = {material: amount - drawn[material] for material, amount in self.umol.items()}
        return Contents(volume_ul, drawn), Contents(self.volume_ul - volume_ul, left)

    def negative(self) -> Contents:
        """The same with the sign changed: the other side of a double entry."""
        return Contents(-self.volume_ul, {m: -amount for m, amount in self.umol.items()})


EMPTY = Contents()


def check_volume(address: str, volume_ul: float, *, least_ul: float = LEAST_UL) -> None:
    """Refuse a volume that no device could move.

    Raises:
        BadVolumeError: it is NaN, infinite, or below ``least_ul``.
    """
    if not math.isfinite(volume_ul) or volume_ul < least_ul:
        message = "a volume must be a positive number" if least_ul else "a volume can't be negative"
        raise BadVolumeError(message, address=address, volume_ul=volume_ul)


def check_amounts(address: str, umol: Mapping[str, float]) -> None:
    """Refuse amounts that can't be.

    Raises:
        BadVolumeError: one is NaN, infinite or negative.
    """
    for material, amount in umol.items():
        if not math.isfinite(amount) or amount < 0:
            message = f"{amount:g} µmol of {material} is no amount"
            raise BadVolumeError(message, address=address, volume_ul=0.0)

"""What the catalogue says of one item: facts without a place on a deck."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LabwareKind = Literal["plate", "trough", "tip_rack", "tube_rack"]
CarrierKind = Literal["tip", "plate", "trough", "tube", "module"]

CHANNEL_PITCH_MM = 9.0
# Width of a tip where it dips into a vessel (assumed: the shaft below the collar of a 300 uL tip).
TIP_WIDTH_MM = 6.0
ROW_LETTERS = "ABCDEFGHIJKLMNOP"


def column_major(rows: int, columns: int) -> tuple[str, ...]:
    """Well names of a grid, down the first column, then the second: A1, B1, ... A2, ..."""
    return tuple(
        f"{ROW_LETTERS[row]}{column + 1}" for column in range(columns) for row in range(rows)
    )


@dataclass(frozen=True, slots=True)
class LabwareDefinition:
    """One labware of the catalogue.

    A ``trough`` has one row: its wells (A1, A2, ...) take several channels at once.
    ``well_volume_ul`` is what one well, trough or tube holds (0 for a tip rack).
    ``tip_volume_ul`` is the rated volume of a tip, ``tip_brim_ul`` what fits before liquid reaches
    the filter or the brim. ``size_mm`` is the outer x, y, z; ``wells`` are column-major.
    ``level_area_mm2`` is the area by which an EVO follows the level; None if it can't work with it.
    """

    name: str
    kind: LabwareKind
    rows: int
    columns: int
    well_volume_ul: float
    tip_volume_ul: float | None
    wells: tuple[str, ...]
    size_mm: tuple[float, float, float]
    source: str
    tip_brim_ul: float | None = None
    tip_length_mm: float | None = None
    tip_filter: bool | None = None
    bottom: str | None = None
    well_depth_mm: float | None = None
    well_size_mm: tuple[float, float] | None = None
    level_area_mm2: float | None = None

    @property
    def channels_at_once(self) -> int:
        """How many channels reach into one well together, as PyLabRobot spaces them.

        Each takes 9 mm of the well's length, also at its ends: eight need 72 mm.
        """
        if self.kind != "trough" or self.well_size_mm is None:
            return 1
        return max(1, min(8, int(self.well_size_mm[1] // CHANNEL_PITCH_MM)))

    @property
    def rigid_channels_at_once(self) -> int:
        """How many channels of a rigid head reach into one well: only their tips go in.

        Tips on a pitch of 9 mm need that much between their centres and a tip's width in all.
        """
        if self.kind != "trough" or self.well_size_mm is None:
            return 1
        gaps = int((self.well_size_mm[1] - TIP_WIDTH_MM) // CHANNEL_PITCH_MM)
        return max(1, min(8, gaps + 1))


@dataclass(frozen=True, slots=True)
class CarrierDefinition:
    """One carrier of the catalogue: how many rails it covers and what its sites take.

    ``rail_mm`` is the distance of the rails of the deck that it is made for.
    """

    name: str
    kind: CarrierKind
    rails: int
    sites: tuple[int, ...]
    site_size_mm: tuple[float, float] | None
    source: str
    rail_mm: float = 22.5


@dataclass(frozen=True, slots=True)
class NestDefinition:
    """Where a labware sits on a device or a module: outer size, and the corner of the labware."""

    name: str
    size_mm: tuple[float, float, float]
    labware_at_mm: tuple[float, float, float]
    takes_mm: tuple[float, float]
    source: str

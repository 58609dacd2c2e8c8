"""Plates and blocks share values: who stands where, and the settings of a round.

A *seat* is one block of one plate. All points of a seat have the seat's block-wide values, and all
points of a plate the plate's plate-wide values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ncrobot.optimizers.grid import Grid, Indices
from ncrobot.optimizers.interface import Layout
from ncrobot.searchspace import Scope


@dataclass(frozen=True, slots=True)
class Seat:
    """A block of a plate (both from 1) and how many points it takes."""

    plate: int
    block: int
    count: int


def seats_for(count: int, layout: Layout, *, spread: bool) -> list[Seat]:
    """Blocks for ``count`` points: as few as hold them, or spread over all blocks of a plate.

    Plates are filled one after the other, since a plate costs a run.
    """
    a_plate = layout.blocks * layout.wells
    seats = []
    for plate in range(1, layout.plates + 1):
        here = min(count - (plate - 1) * a_plate, a_plate)
        if here <= 0:
            break
        used = min(layout.blocks, here) if spread else -(-here // layout.wells)
        shares = [here // used + (place < here % used) for place in range(used)]
        seats += [Seat(plate, block, share) for block, share in enumerate(shares, start=1)]
    return seats


def shares_values(grid: Grid) -> bool:
    """Whether any parameter holds for a whole plate or block."""
    return any(axis.scope is not Scope.WELL for axis in grid.axes)


def seats_of_points(seats: list[Seat]) -> tuple[list[int], list[int]]:
    """Plate and block of each point, seat by seat."""
    plates = [seat.plate for seat in seats for _ in range(seat.count)]
    blocks = [seat.block for seat in seats for _ in range(seat.count)]
    return plates, blocks


def with_settings(grid: Grid, points: Indices, setting: Indices) -> Indices:
    """The points with the shared values of one setting (a point whose other values don't count)."""
    places = [*grid.shared(Scope.PLATE), *grid.shared(Scope.BLOCK)]
    changed = points.copy()
    changed[:, places] = setting[places]
    return changed


def settings_for(seats: list[Seat], ideas: Indices, grid: Grid) -> list[Indices]:
    """A setting for each seat out of ideas, in order: a plate keeps its plate-wide values."""
    plate_places = grid.shared(Scope.PLATE)
    settings: list[Indices] = []
    by_plate: dict[int, Indices] = {}
    for number, seat in enumerate(seats):
        setting = ideas[number % len(ideas)].copy()
        lead = by_plate.setdefault(seat.plate, setting)
        setting[plate_places] = lead[plate_places]
        settings.append(setting)
    return settings


def stacked(parts: list[Indices], grid: Grid) -> Indices:
    """Parts one below the other; none give an empty table."""
    return np.vstack([np.empty((0, grid.width), dtype=np.int64), *parts])

"""One factor at a time: how most syntheses are still optimised, and so a baseline.

All factors but one stay at the best conditions known, and that one is varied over its whole range.
To be fair to it, a batch varies each factor in turn, and later rounds try levels between the old
ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import ClassVar

import numpy as np

from ncrobot.optimizers.designs import Restricted, sobol_thought
from ncrobot.optimizers.grid import Grid, Indices
from ncrobot.optimizers.interface import Abilities
from ncrobot.optimizers.memory import Remembering, Task, Thought
from ncrobot.optimizers.merits import complete, weighted_merit
from ncrobot.optimizers.sampling import feasible_points, sobol_draw
from ncrobot.optimizers.sharing import Seat, seats_for, shares_values, stacked
from ncrobot.searchspace import Scope


class OneFactorAtATime(Remembering):
    """Varies one parameter at a time around the best conditions known."""

    name: ClassVar[str] = "one-factor"
    abilities: ClassVar[Abilities] = Abilities(learns=True)

    def _think(self, task: Task) -> Thought:
        centre = _best(task)
        if centre is None:
            return sobol_thought(task)
        seats = seats_for(task.count, task.layout, spread=shares_values(task.grid))
        taken = set(task.taken)
        parts: list[Indices] = []
        places: list[tuple[int, int]] = []
        for seat, setting in zip(seats, _settings(task.grid, centre, seats, taken), strict=True):
            points = _star(task, setting, seat.count, taken)
            taken |= {task.grid.key(point) for point in points}
            parts.append(points)
            places += [(seat.plate, seat.block)] * len(points)
        points = stacked(parts, task.grid)
        return Thought(points, [p for p, _ in places], [b for _, b in places], self.name)


def _best(task: Task) -> Indices | None:
    """The best measured conditions; before any result a point that the seed decides."""
    results = complete(task.space, task.results)
    if results:
        best = max(results, key=lambda result: weighted_merit(task.space, result.measured))
        return task.grid.point(best.values)
    draw = sobol_draw(task.grid.width, task.first_rng())
    found = feasible_points(task.grid, 1, draw, task.first_rng())
    return found[0] if len(found) else None


def _settings(grid: Grid, centre: Indices, seats: list[Seat], taken: set[bytes]) -> list[Indices]:
    """The first block as the centre is; each further plate or block with one value changed."""
    by_scope = {
        scope: _interleaved([_line(grid, centre, place, taken) for place in grid.shared(scope)])
        for scope in (Scope.PLATE, Scope.BLOCK)
    }
    settings: list[Indices] = []
    leads: dict[int, Indices] = {}
    for seat in seats:
        if seat.plate not in leads:
            leads[seat.plate] = next(by_scope[Scope.PLATE], centre) if leads else centre
            settings.append(leads[seat.plate])
            continue
        setting = leads[seat.plate].copy()
        changed = next(by_scope[Scope.BLOCK], centre)
        places = grid.shared(Scope.BLOCK)
        setting[places] = changed[places]
        settings.append(setting)
    return settings


def _star(task: Task, setting: Indices, count: int, taken: set[bytes]) -> Indices:
    """The setting itself if it is new, then its variations factor by factor; then anything."""
    grid = task.grid
    free = [place for place in range(grid.width) if place not in _shared(grid)]
    own = setting[None, :]
    found = list(own) if grid.feasible(own)[0] and grid.key(setting) not in taken else []
    lines = _interleaved([_line(grid, setting, place, taken) for place in free])
    while len(found) < count:
        point = next(lines, None)
        if point is None:
            break
        found.append(point)
    if len(found) < count:
        used = taken | {grid.key(point) for point in found}
        draw = sobol_draw(grid.width, task.rng())
        held = Restricted(grid, setting)
        found += list(feasible_points(held, count - len(found), draw, task.rng(1), used))
    return np.array(found[:count], dtype=np.int64).reshape(-1, grid.width)


def _shared(grid: Grid) -> list[int]:
    return [*grid.shared(Scope.PLATE), *grid.shared(Scope.BLOCK)]


def _line(grid: Grid, centre: Indices, place: int, taken: set[bytes]) -> Iterator[Indices]:
    """New variations of one factor: ends first, then the middle, then between those."""
    for level in _between(int(grid.sizes[place])):
        point = centre.copy()
        point[place] = level
        is_new = level != centre[place] and grid.key(point) not in taken
        if is_new and grid.feasible(point[None, :])[0]:
            yield point


def _between(count: int) -> Iterator[int]:
    """All numbers below ``count``: both ends, then always the middle of every gap."""
    seen: set[int] = set()
    parts = 1
    while len(seen) < count:
        for number in range(parts + 1):
            level = round(number * (count - 1) / parts)
            if level not in seen:
                seen.add(level)
                yield level
        parts = min(2 * parts, max(count - 1, 1))


def _interleaved(lines: list[Iterator[Indices]]) -> Iterator[Indices]:
    """One from each in turn."""
    for row in zip_longest(*lines):
        yield from (point for point in row if point is not None)

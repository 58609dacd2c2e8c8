"""Suggestions that don't learn: random, Latin hypercube, Sobol."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ncrobot.optimizers.grid import Grid, Indices
from ncrobot.optimizers.interface import Abilities
from ncrobot.optimizers.memory import Remembering, Task, Thought
from ncrobot.optimizers.sampling import (
    Draw,
    Taken,
    feasible_points,
    latin_draw,
    random_draw,
    sobol_draw,
)
from ncrobot.optimizers.sharing import (
    seats_for,
    seats_of_points,
    settings_for,
    shares_values,
    stacked,
    with_settings,
)


class RandomSearch(Remembering):
    """Independent uniform points: what every other strategy must beat."""

    name: ClassVar[str] = "random"
    abilities: ClassVar[Abilities] = Abilities(learns=False)

    def _think(self, task: Task) -> Thought:
        return spread(task, random_draw(task.grid.width, task.rng()), self.name)


class LatinHypercube(Remembering):
    """Latin hypercubes: each parameter is spread evenly over each round."""

    name: ClassVar[str] = "latin-hypercube"
    abilities: ClassVar[Abilities] = Abilities(learns=False)

    def _think(self, task: Task) -> Thought:
        draw = latin_draw(task.grid.width, task.rng())
        return spread(task, draw, self.name, block=max(task.count, 2))


class SobolSequence(Remembering):
    """One scrambled Sobol sequence that goes on from round to round."""

    name: ClassVar[str] = "sobol"
    abilities: ClassVar[Abilities] = Abilities(learns=False)
    defaults: ClassVar[dict[str, Any]] = {}

    def _think(self, task: Task) -> Thought:
        return sobol_thought(task)


def sobol_thought(task: Task) -> Thought:
    """The next points of the sequence: those of earlier rounds are taken, so it goes on."""
    return spread(task, sobol_draw(task.grid.width, task.first_rng()), "sobol")


def spread(task: Task, draw: Draw, by: str, block: int = 1 << 10) -> Thought:
    """Points from a source; where plates and blocks share values, one setting for each of them."""
    grid = task.grid
    seats = seats_for(task.count, task.layout, spread=shares_values(grid))
    if not shares_values(grid):
        points = feasible_points(grid, task.count, draw, task.rng(1), task.taken, block)
        plates, blocks = seats_of_points(seats)
        return Thought(points, plates[: len(points)], blocks[: len(points)], by)
    # A sequence begins anew each round, so each round takes the ideas after those of the last.
    ideas = feasible_points(grid, (task.number + 1) * len(seats), draw, task.rng(1))
    if not len(ideas):
        return Thought(ideas, (), (), by)
    ideas = np.roll(ideas, -task.number * len(seats), axis=0)
    parts: list[Indices] = []
    kept: list[tuple[int, int]] = []
    taken = set(task.taken)
    leads: dict[int, Indices] = {}
    for seat, setting in zip(seats, settings_for(seats, ideas, grid), strict=True):
        # An idea with another plate's values may allow nothing; the first one on a plate does.
        lead = leads.setdefault(seat.plate, setting)
        tries = (
            _under(grid, shared, seat.count, draw, task.rng(1, len(kept)), taken, block)
            for shared in (setting, lead)
        )
        points = next(tries)
        if len(points) < seat.count:
            points = max(points, next(tries), key=len)
        taken |= {grid.key(point) for point in points}
        parts.append(points)
        kept += [(seat.plate, seat.block)] * len(points)
    return Thought(stacked(parts, grid), [p for p, _ in kept], [b for _, b in kept], by)


def _under(  # noqa: PLR0913 - as for feasible_points, with the setting
    grid: Grid,
    setting: Indices,
    count: int,
    draw: Draw,
    rng: np.random.Generator,
    taken: Taken,
    block: int,
) -> Indices:
    """Points with the shared values of a setting."""
    return feasible_points(Restricted(grid, setting), count, draw, rng, taken, block)


class Restricted(Grid):
    """A grid whose shared values are held at a setting."""

    def __init__(self, grid: Grid, setting: Indices) -> None:
        super().__init__(grid.space)
        self._setting = setting

    def from_units(self, units: np.ndarray[Any, np.dtype[np.float64]]) -> Indices:
        """The nearest levels, with the shared values of the setting."""
        return self.held(super().from_units(units))

    def held(self, points: Indices) -> Indices:
        """The points with the shared values of the setting."""
        return with_settings(self, points, self._setting)

    def all_points(self) -> Indices:
        """Every point with the shared values of the setting, each once."""
        return np.unique(self.held(super().all_points()), axis=0)

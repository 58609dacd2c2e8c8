"""Models of figures over the searched space, fitted to all wells that were measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ncrobot.campaigns.document import Campaign
from ncrobot.campaigns.progress import Progress, WellRecord
from ncrobot.optimizers.grid import Floats, Grid, Indices
from ncrobot.optimizers.sampling import feasible_points, sobol_draw
from ncrobot.optimizers.surrogate import Coding, Process, fitted
from ncrobot.optimizers.threads import one_thread
from ncrobot.searchspace import Value

_LEAST = 10
_SAMPLE = 128
_LEVELS = 41


@dataclass(frozen=True)
class Models:
    """A Gaussian process for each figure, by name."""

    grid: Grid
    coding: Coding
    processes: dict[str, Process]

    @one_thread()
    def predict(self, figure: str, points: Indices) -> tuple[Floats, Floats]:
        """Expected figure (n) and its standard deviation (n) at points (n, parameters)."""
        return self.processes[figure].predict(self.coding.of_points(points))


@dataclass(frozen=True)
class Effect:
    """What one parameter does on average over all others; ``levels`` are words for a choice.

    ``share`` is how much of the variance of the figure follows from this parameter alone.
    """

    parameter: str
    levels: tuple[Value, ...]
    mean: Floats
    spread: Floats
    share: float


@one_thread()
def fit(campaign: Campaign, progress: Progress, figures: Sequence[str]) -> Models | None:
    """Models of those figures that enough wells have; None while too few conditions were tried."""
    wells = [
        item
        for each in progress.rounds
        for item in each.wells
        if item.suggestion is not None and item.status in ("measured", "late")
    ]
    grid = Grid(campaign.search)
    if len({grid.key(point) for point in grid.points([item.values for item in wells])}) < _LEAST:
        return None
    coding = Coding(grid)
    enough = [name for name in figures if sum(name in item.figures for item in wells) >= _LEAST]
    return Models(grid, coding, {name: _process(grid, coding, wells, name) for name in enough})


def _process(grid: Grid, coding: Coding, wells: Sequence[WellRecord], figure: str) -> Process:
    known = [item for item in wells if figure in item.figures]
    return fitted(
        coding.columns(grid.units_of(item.values for item in known)),
        np.array([item.figures[figure] for item in known]),
        np.zeros(len(known)),
        coding.owners,
        np.random.default_rng(0),
    )


def effects(models: Models, figure: str) -> list[Effect]:
    """The effect of every parameter, the strongest first."""
    grid = models.grid
    rng = np.random.default_rng(1)
    base = feasible_points(grid, _SAMPLE, sobol_draw(grid.width, rng), rng)
    expected, _ = models.predict(figure, base)
    total = max(float(expected.var()), 1e-30)
    found = []
    for place, axis in enumerate(grid.axes):
        size = len(axis.levels)
        levels = np.unique(np.linspace(0, size - 1, min(size, _LEVELS)).round().astype(np.int64))
        points = np.repeat(base[None], len(levels), axis=0)
        points[:, :, place] = levels[:, None]
        mean, spread = models.predict(figure, points.reshape(-1, grid.width))
        by_level = mean.reshape(len(levels), -1).mean(axis=1)
        found.append(
            Effect(
                axis.name,
                tuple(axis.value(int(level)) for level in levels),
                by_level,
                spread.reshape(len(levels), -1).mean(axis=1),
                min(float(by_level.var()) / total, 1.0),
            )
        )
    return sorted(found, key=lambda effect: -effect.share)


def plane(
    models: Models, one: str, other: str, at: Indices, size: int = 40
) -> tuple[Indices, Indices, Indices]:
    """Levels of two parameters, and points (size of other, size of one) with the rest ``at``."""
    grid = models.grid
    places = [next(k for k, axis in enumerate(grid.axes) if axis.name == n) for n in (one, other)]
    rows = [
        np.unique(np.linspace(0, grid.sizes[place] - 1, size).round().astype(np.int64))
        for place in places
    ]
    points = np.tile(at, (len(rows[1]), len(rows[0]), 1))
    points[:, :, places[0]] = rows[0][None, :]
    points[:, :, places[1]] = rows[1][:, None]
    return rows[0], rows[1], points

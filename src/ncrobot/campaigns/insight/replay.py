"""Judges strategies on a recorded campaign: each may only ask for what was really measured.

A suggestion stands for the nearest recorded conditions that weren't used yet. So a strategy is
judged within the choice of whoever made the record; what nobody measured can't be found.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ncrobot.campaigns.document import Campaign
from ncrobot.campaigns.progress import Progress, by_suggestion
from ncrobot.optimizers import Layout, Result, make_optimizer
from ncrobot.optimizers.grid import Floats, Grid
from ncrobot.optimizers.merits import complete, weighted_merit
from ncrobot.protocol.parameters import Scope
from ncrobot.searchspace import SearchSpace, Value

_LARGEST = 384


@dataclass(frozen=True)
class Replayed:
    """The best merit so far after each batch, for one strategy and seed."""

    strategy: str
    seed: int
    batch: int
    best: tuple[float, ...]

    def used_to(self, merit: float) -> int | None:
        """Conditions used until a merit is reached, in whole batches."""
        for number, best in enumerate(self.best, start=1):
            if best >= merit:
                return number * self.batch
        return None


@dataclass(frozen=True)
class _Record:
    values: tuple[dict[str, Value], ...]
    figures: tuple[dict[str, float], ...]
    units: Floats


def replay(
    campaign: Campaign,
    progress: Progress,
    strategies: Sequence[str],
    *,
    batch: int = 8,
    seeds: int = 3,
) -> list[Replayed]:
    """Replay a campaign with other strategies until half of its conditions are used.

    Raises:
        LabError: a strategy isn't installed.
    """
    space = _without_scopes(campaign.search)
    record = _recorded(campaign, progress, space)
    return [
        _replayed(space, record, name, seed, batch) for name in strategies for seed in range(seeds)
    ]


def _without_scopes(space: SearchSpace) -> SearchSpace:
    """Recorded conditions are asked for one by one, so nothing is shared."""
    parameters = {
        name: item.model_copy(update={"scope": Scope.WELL})
        for name, item in space.parameters.items()
    }
    return space.model_copy(update={"parameters": parameters})


def _recorded(campaign: Campaign, progress: Progress, space: SearchSpace) -> _Record:
    told = complete(campaign.search, progress.results())
    means = by_suggestion(told)
    values = {item.suggestion or item.id: item.values for item in told}
    names = list(means)
    grid = Grid(space)
    return _Record(
        tuple(values[name] for name in names),
        tuple(means[name] for name in names),
        grid.units_of([values[name] for name in names]),
    )


def _replayed(
    space: SearchSpace, record: _Record, strategy: str, seed: int, batch: int
) -> Replayed:
    grid = Grid(space)
    optimizer = make_optimizer(strategy, space, seed=seed, layout=Layout(wells=_LARGEST))
    left = list(range(len(record.values)))
    merits = [weighted_merit(space, figures) for figures in record.figures]
    best: list[float] = []
    while len(left) > len(merits) // 2 and len(left) >= batch:
        taken = []
        for item in optimizer.suggest(batch):
            taken.append((item.id, _nearest(grid, record, left, item.values)))
            left.remove(taken[-1][1])
        if not taken:
            break
        optimizer.observe(
            [
                Result(id=f"m-{name}", suggestion=name, values=record.values[place],
                       measured=record.figures[place])
                for name, place in taken
            ]
        )  # fmt: skip
        best.append(max([*(merits[place] for _, place in taken), *best[-1:]]))
    return Replayed(strategy, seed, batch, tuple(best))


def _nearest(grid: Grid, record: _Record, left: Sequence[int], values: dict[str, Value]) -> int:
    gaps = np.abs(record.units[list(left)] - grid.units_of([values]))
    gaps[:, grid.choices] = np.minimum(gaps[:, grid.choices], 1.0)
    return left[int(np.linalg.norm(gaps, axis=1).argmin())]


def replay_lines(found: Sequence[Replayed]) -> list[str]:
    """The median best after each batch of every strategy, as lines of a table."""
    lines = []
    for name in dict.fromkeys(item.strategy for item in found):
        curves = [item.best for item in found if item.strategy == name]
        length = min(len(curve) for curve in curves)
        medians = [statistics.median(curve[place] for curve in curves) for place in range(length)]
        shown = " ".join(f"{merit:.4g}" for merit in medians)
        lines.append(f"{name}: {shown or 'too few conditions were recorded'}")
    if lines:
        lines.append(f"best so far after each {found[0].batch} conditions, median of the seeds")
    return lines

"""For each drawn response the point where it is best: out of a pool, then step by step nearby."""

from __future__ import annotations

import numpy as np

from ncrobot.optimizers.beliefs import Judge
from ncrobot.optimizers.grid import Floats, Grid, Indices
from ncrobot.optimizers.memory import Task
from ncrobot.optimizers.merits import Trading, complete, merits_of
from ncrobot.optimizers.sampling import (
    Taken,
    feasible_points,
    fresh,
    neighbours,
    sobol_draw,
)

_POOL = 2048
_LEADERS = 12
_AROUND = ((0.15, 30), (0.05, 30))
_REACHES = (0.12, 0.06, 0.03, 0.015)
_TRIES = 6
_RUNNERS_UP = 24


def pool_of(task: Task, grid: Grid, rng: np.random.Generator, size: int = _POOL) -> Indices:
    """Points worth looking at: all over the space, and more around the best that were measured."""
    wide = feasible_points(grid, size, sobol_draw(grid.width, rng), rng)
    near = _around_leaders(task, grid, rng)
    return fresh(grid, np.vstack([wide, near]), task.taken)


def picked(
    grid: Grid,
    judge: Judge,
    draws: Indices,
    pool: Indices,
    taken: Taken,
    rng: np.random.Generator,
) -> Indices:
    """One point for each of some draws (numbers of columns of the judge), all different.

    Fewer come back only if the space has no more.
    """
    if not len(pool) or not len(draws):
        return feasible_points(grid, len(draws), sobol_draw(grid.width, rng), rng, taken)
    values = judge(pool)[:, draws]
    best, best_values = _climbed(grid, judge, draws, pool, values, rng)
    count = min(_RUNNERS_UP, len(pool))
    runners_up = np.argpartition(-values, count - 1, axis=0)[:count]
    used = set(taken)
    found = []
    for number in np.argsort(-best_values, kind="stable"):
        order = runners_up[:, number]
        order = order[np.argsort(-values[order, number], kind="stable")]
        for point in (best[number], *pool[order]):
            if grid.key(point) not in used:
                used.add(grid.key(point))
                found.append(point)
                break
    missing = len(draws) - len(found)
    if missing:
        found += list(feasible_points(grid, missing, sobol_draw(grid.width, rng), rng, used))
    return np.array(found, dtype=np.int64).reshape(-1, grid.width)


def _climbed(
    grid: Grid,
    judge: Judge,
    draws: Indices,
    pool: Indices,
    values: Floats,
    rng: np.random.Generator,
) -> tuple[Indices, Floats]:
    """The best point of each draw after a few rounds of steps, and its value."""
    lanes = np.arange(len(draws))
    top = values.argmax(axis=0)
    best, best_values = pool[top].copy(), values[top, lanes]
    for reach in _REACHES:
        tries = neighbours(grid, np.repeat(best, _TRIES, axis=0), reach, rng)
        judged = judge(tries)[np.arange(len(tries)), np.repeat(draws, _TRIES)]
        judged = np.where(grid.feasible(tries), judged, -np.inf).reshape(-1, _TRIES)
        choice = judged.argmax(axis=1)
        better = judged[lanes, choice] > best_values
        best[better] = tries.reshape(-1, _TRIES, grid.width)[lanes, choice][better]
        best_values = np.where(better, judged[lanes, choice], best_values)
    return best, best_values


def _around_leaders(task: Task, grid: Grid, rng: np.random.Generator) -> Indices:
    results = complete(task.space, task.results)
    merits = merits_of(task.space, results)
    utilities = Trading(task.space, merits, 16, rng).of_measured(merits)
    leaders: list[int] = []
    for place in np.argsort(-utilities, axis=0, kind="stable").ravel():
        if place not in leaders:
            leaders.append(int(place))
        if len(leaders) == _LEADERS:
            break
    points = grid.held(task.grid.points([results[place].values for place in leaders]))
    parts = [
        neighbours(grid, np.repeat(points, count, axis=0), reach, rng) for reach, count in _AROUND
    ]
    near = np.vstack(parts)
    return near[grid.feasible(near)]

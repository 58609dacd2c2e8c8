"""Points of the space that keep all constraints, spread evenly or at random."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import qmc

from ncrobot.optimizers.grid import Floats, Grid, Indices, nearest_in

Taken = frozenset[bytes] | set[bytes]
Draw = Callable[[int], Floats]
"""Gives that many points of the unit cube."""

_SMALL = 20_000
_MOST_DRAWN = 1 << 17
_BLOCK = 1 << 10
_WALKS = 60


def sobol_draw(width: int, rng: np.random.Generator) -> Draw:
    """Scrambled Sobol points, in blocks of powers of two."""
    source: Any = qmc.Sobol(width, rng=rng)
    return lambda count: np.asarray(source.random(1 << max(count - 1, 1).bit_length()))


def random_draw(width: int, rng: np.random.Generator) -> Draw:
    """Independent uniform points."""
    return lambda count: rng.random((count, width))


def latin_draw(width: int, rng: np.random.Generator) -> Draw:
    """Latin hypercubes: each parameter is spread evenly over every drawn set."""
    return lambda count: np.asarray(qmc.LatinHypercube(width, rng=rng).random(count))


def feasible_points(
    grid: Grid,
    count: int,
    draw: Draw,
    rng: np.random.Generator,
    taken: Taken = frozenset(),
    block: int = _BLOCK,
) -> Indices:
    """Up to ``count`` different points that keep all constraints and are not ``taken``.

    Fewer come back only if a space of at most 20 000 points has no more, or if hardly any point of
    a larger one keeps the constraints.
    """
    found = _empty(grid)
    drawn = 0
    while len(found) < count and drawn < _MOST_DRAWN:
        points = grid.from_units(draw(block))
        drawn += len(points)
        block = min(2 * block, 4 * _BLOCK)
        found = fresh(grid, np.vstack([found, points[grid.feasible(points)]]), taken)
        is_hopeless = drawn >= 8 * _BLOCK and len(found) * 200 < drawn
        if grid.count <= _SMALL and (drawn >= grid.count or is_hopeless):
            break
        if is_hopeless and len(found):
            break
    if len(found) < count and grid.count <= _SMALL:
        rest = grid.all_points()
        rest = rng.permutation(rest[grid.feasible(rest)])
        found = fresh(grid, np.vstack([found, rest]), taken)
    elif 0 < len(found) < count:
        found = _walked(grid, found, count, rng, taken)
    return found[:count]


def fresh(grid: Grid, points: Indices, taken: Taken) -> Indices:
    """The points, each once, without those taken; in order."""
    seen = set(taken)
    kept = []
    for place, point in enumerate(points):
        key = grid.key(point)
        if key not in seen:
            seen.add(key)
            kept.append(place)
    return points[kept]


def neighbours(
    grid: Grid, points: Indices, reach: float, rng: np.random.Generator, jump: float = 0.1
) -> Indices:
    """For each point one near it: each number moved by about ``reach``, each word maybe changed.

    A third of the numbers stays, so that moves along the axes are among them. The result may break
    constraints.
    """
    moved = points.copy()
    for place, axis in enumerate(grid.axes):
        size = len(axis.levels)
        if axis.is_choice:
            changes = rng.random(len(points)) < jump
            moved[changes, place] = rng.integers(0, size, int(changes.sum()))
            continue
        steps = rng.normal(0.0, reach, len(points)) * (rng.random(len(points)) > 1 / 3)
        units = np.clip(axis.units[points[:, place]] + steps, 0.0, 1.0)
        moved[:, place] = nearest_in(axis.units, units)
    return grid.held(moved)


def _walked(
    grid: Grid, found: Indices, count: int, rng: np.random.Generator, taken: Taken
) -> Indices:
    """More points by walking from known ones along differences of others (narrow spaces)."""
    for _ in range(_WALKS):
        if len(found) >= count:
            break
        size = max(4 * (count - len(found)), 256)
        start, one, two = (found[rng.integers(0, len(found), size)] for _ in range(3))
        units = grid.to_units(start)
        step = rng.uniform(-1.2, 1.2, (size, 1)) * (grid.to_units(one) - grid.to_units(two))
        step += rng.normal(0.0, 0.02, step.shape)
        for place in grid.choices:
            units[:, place] = (units[:, place] + 0.5) / len(grid.axes[place].words)
            step[:, place] = 0.0
        moved = grid.from_units(units + step)
        found = fresh(grid, np.vstack([found, moved[grid.feasible(moved)]]), taken)
    return found


def _empty(grid: Grid) -> Indices:
    return np.empty((0, grid.width), dtype=np.int64)

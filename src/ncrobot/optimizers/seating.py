"""Thompson sampling where blocks and plates share values: few settings that serve most draws.

Each draw has an idea of the best shared values. Settings are chosen one by one, so that the best
values reached by all draws together grow most; then every draw gets a seat where it does well.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from ncrobot.optimizers.beliefs import Judge
from ncrobot.optimizers.designs import Restricted
from ncrobot.optimizers.grid import Floats, Grid, Indices
from ncrobot.optimizers.memory import Task, Thought
from ncrobot.optimizers.picking import picked, pool_of
from ncrobot.optimizers.sharing import Seat, seats_for, stacked, with_settings
from ncrobot.searchspace import Scope

_IDEAS = 24
_SMALL_POOL = 512
_LEAST_SETTINGS = 3


def seated_draws(task: Task, judge: Judge, size: int = 2048) -> list[tuple[Seat, Indices, Indices]]:
    """Each seat with its setting and the draws that it serves; ``size`` is that of the pool."""
    grid = task.grid
    rng = task.rng(50)
    pool = pool_of(task, grid, rng, size)
    seats = seats_for(task.count, task.layout, spread=True)
    small = pool[rng.choice(len(pool), min(_SMALL_POOL, len(pool)), replace=False)]
    settings, reached = _settings(grid, judge, pool, small, seats, _unknown_settings(task, pool))
    return list(zip(seats, settings, _assigned(reached, seats), strict=True))


def shared_thought(task: Task, judge: Judge, by: str) -> Thought:
    """A point for each draw, seated so that everything shared is equal where it must be."""
    grid = task.grid
    size = int(task.options["pool"])
    rng = task.rng(51)
    parts: list[Indices] = []
    places: list[tuple[int, int]] = []
    taken = set(task.taken)
    for seat, setting, draws in seated_draws(task, judge, size):
        held = Restricted(grid, setting)
        here = pool_of(task, held, rng, size // 2)
        points = picked(held, judge, draws, here, taken, rng)
        taken |= {grid.key(point) for point in points}
        parts.append(points)
        places += [(seat.plate, seat.block)] * len(points)
    return Thought(stacked(parts, grid), [p for p, _ in places], [b for _, b in places], by)


def _settings(
    grid: Grid,
    judge: Judge,
    pool: Indices,
    small: Indices,
    seats: list[Seat],
    unknown: list[Indices],
) -> tuple[list[Indices], Floats]:
    """A setting for each seat, and what each draw reaches at best in each seat (seats, draws).

    ``unknown`` are points whose plate-wide values are to be tried first.
    """
    ideas = _ideas(grid, pool, judge(pool))
    plate_places = grid.shared(Scope.PLATE)
    leads: dict[int, Indices] = {}
    best: Floats | None = None
    chosen: list[Indices] = []
    reached: list[Floats] = []
    known: dict[bytes, Floats] = {}
    leads |= dict(zip(dict.fromkeys(seat.plate for seat in seats), unknown, strict=False))
    for seat in seats:
        options = ideas.copy()
        if seat.plate in leads:
            options[:, plate_places] = leads[seat.plate][plate_places]
            options = np.vstack([leads[seat.plate][None, :], options])
        values = np.stack([_reached(grid, judge, small, option, known) for option in options])
        gains = values if best is None else np.maximum(values, best)
        choice = int(gains.sum(axis=1).argmax())
        best = gains[choice]
        leads.setdefault(seat.plate, options[choice])
        chosen.append(options[choice])
        reached.append(values[choice])
    return chosen, np.stack(reached)


def _unknown_settings(task: Task, pool: Indices) -> list[Indices]:
    """Points far from all plate-wide values that were tried, while too few were to learn from.

    One plate tells nothing of what its temperature does: three values for each plate-wide
    parameter are tried before any model is asked.
    """
    grid, places = task.grid, task.grid.shared(Scope.PLATE)
    rows = [*(item.values for item in task.results), *(item.values for item in task.pending)]
    rows += [item.values for item in task.failures if item.teaches]
    tried = np.unique(grid.points(rows)[:, places], axis=0)
    numeric = np.array([not grid.axes[place].is_choice for place in places], dtype=np.bool_)
    found: list[Indices] = []
    while places and len(tried) < _LEAST_SETTINGS * len(places):
        known = np.zeros((len(tried), grid.width), dtype=np.int64)
        known[:, places] = tried
        units = grid.to_units(pool)[:, places]
        gaps = np.abs(units[:, None, :] - grid.to_units(known)[None, :, places])
        # Two words differ or not, however far apart they stand in their list.
        near = np.linalg.norm(np.minimum(gaps, 1.0), axis=2).min(axis=1)
        # An end of the range is half as good a place: it has neighbours on one side only.
        ends = np.where(numeric, 2.0 * np.minimum(units, 1.0 - units), 1.0)
        inside = ends.min(axis=1)
        point = pool[int(np.minimum(near, inside).argmax())]
        found.append(point)
        tried = np.vstack([tried, point[places]])
        if len(found) == task.layout.plates:
            break
    return found


def _ideas(grid: Grid, pool: Indices, values: Floats) -> Indices:
    """Different settings that are best for some draws, those of most draws first."""
    places = [*grid.shared(Scope.PLATE), *grid.shared(Scope.BLOCK)]
    winners = pool[values.argmax(axis=0)]
    _, first, counts = np.unique(winners[:, places], axis=0, return_index=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:_IDEAS]
    return np.asarray(winners[first[order]])


def _reached(
    grid: Grid, judge: Judge, small: Indices, setting: Indices, known: dict[bytes, Floats]
) -> Floats:
    """The best that each draw reaches with a setting; very low where the setting allows nothing."""
    points = with_settings(grid, np.vstack([small, setting[None, :]]), setting)
    points = np.unique(points, axis=0)
    key = grid.key(with_settings(grid, small[:1], setting))
    if key not in known:
        points = points[grid.feasible(points)]
        draws = judge(small[:1]).shape[1]
        known[key] = (
            judge(points).max(axis=0) if len(points) else np.full(draws, -1e6, dtype=np.float64)
        )
    return known[key]


def _assigned(reached: Floats, seats: list[Seat]) -> list[Indices]:
    """The draws of each seat: as good as possible together, and every seat full."""
    owner = np.repeat(np.arange(len(seats)), [seat.count for seat in seats])
    draws, slots = linear_sum_assignment(-reached[owner].T)
    return [np.sort(draws[owner[slots] == place]) for place in range(len(seats))]

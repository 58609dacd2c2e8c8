"""Shortening: one makespan after the other is negotiated, each nearer to the bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from multiprocessing import get_context

import numpy as np

from ncrobot.timetable.attempt import GIVEN, Best, Grid, Mode, coarse_grid, end_of, starts_on
from ncrobot.timetable.board import Board
from ncrobot.timetable.forest import grow
from ncrobot.timetable.negotiating import Budget, Negotiation
from ncrobot.timetable.problem import Problem
from ncrobot.timetable.reach import Reach

# Placements of one job each: some seconds for a plate of 96 wells.
PLACEMENTS, PLACEMENTS_PER_JOB = 28_000, 300
# A placement looks at every tick of a makespan: where there are more than these, fewer are placed.
LONG = 100_000
# The first makespan that is negotiated, above the bound; how much of the rest each next one cuts.
FIRST_ABOVE, CUT = 0.12, 0.25
# A bold search begins near to the bound at once, and spends all it has on that.
BOLD_ABOVE = 0.035
# A goal that is so far below the best gets a share of the budget only; then one further up follows.
FAR_ABOVE, FAR_SHARE, NEAR_SHARE = 1.05, 4, 2
# If a goal cost more than this part of what is left, the next one is only a little nearer.
DEAR = 6
# Seeds of searches that go on at once are this far apart.
SEEDS_APART = 1_000_003


def shorten_together(best: Best, grid: Grid, mode: Mode) -> Board | None:
    """Negotiate in several processes, each with its own seed; the shortest counts."""
    if mode.workers <= 1 or best.found is None:
        return shorten(best, grid, mode)
    modes = [
        replace(mode, seed=mode.seed + number * SEEDS_APART, workers=1, bold=number % 2 == 1)
        for number in range(1, mode.workers)
    ]
    given = [(best.problem, each, best.bound, best.found.starts) for each in modes]
    # Leaving the pool ends what still runs in it.
    with get_context("spawn").Pool(len(modes)) as pool:
        others = [pool.apply_async(shorten_alone, each) for each in given]
        board = shorten(best, grid, mode)
        for other in others if best.end > least_on(best, grid) * grid.tick else ():
            starts = other.get()
            if starts is not None and end_of(best.problem, starts) < best.end:
                best.offer(starts, "negotiation")
                board = None
    return board


def least_on(best: Best, grid: Grid) -> int:
    """The least makespan that may be reached on a grid, in its ticks."""
    return max(-(-best.bound // grid.tick), grid.reach.chain)


def shorten_alone(
    problem: Problem, mode: Mode, bound: int, starts: Mapping[str, int]
) -> dict[str, int] | None:
    """What another process does: negotiate from the same start with another seed."""
    reach = Reach(problem, exact=False)
    best = Best(problem, grow(problem, exact=False), reach, bound, None)
    best.offer(dict(starts), GIVEN)
    grid = coarse_grid(problem, mode)
    board = shorten(best, grid, mode)
    return None if board is None else starts_on(board, grid.tick)


def placements(jobs: int, ticks: int, effort: float) -> int:
    """How many placements a search may spend whose makespans have so many ticks at least."""
    return int(min(PLACEMENTS, PLACEMENTS_PER_JOB * jobs) * min(LONG / max(ticks, 1), 1.0) * effort)


def shorten(best: Best, grid: Grid, mode: Mode) -> Board | None:
    """Negotiate one makespan after the other, each nearer to the bound, until the budget ends."""
    jobs = len(grid.forest.jobs)
    floor = least_on(best, grid)
    budget = Budget(placements(jobs, floor, mode.effort))
    rng = np.random.default_rng(mode.seed)
    goal = int(floor * (1 + (BOLD_ABOVE if mode.bold else FIRST_ABOVE)))
    cut, share = CUT, 1 if mode.bold else FAR_SHARE
    board: Board | None = None
    negotiation: Negotiation | None = None
    while budget.placements > 0 and best.end > floor * grid.tick:
        goal = min(goal, (best.end - 1) // grid.tick)
        if negotiation is None:
            negotiation = Negotiation(Board(grid.forest, goal + 1), grid.reach, rng)
        far, had = best.end > goal * grid.tick * FAR_ABOVE, budget.placements
        if negotiation.run(goal, budget.part(share if far else NEAR_SHARE)):
            board = negotiation.board.copy()
            best.offer(starts_on(board, grid.tick), "negotiation")
            dear = had - budget.placements > budget.placements / DEAR
            goal = int(floor + (board.end() - floor) * (1 - (cut / 4 if dear else cut)))
            continue
        negotiation = None
        if far:
            floor = goal
            goal = min((2 * goal + best.end // grid.tick) // 3, 2 * goal)
        else:
            cut /= 2
            goal = (goal + best.end // grid.tick) // 2
    return board

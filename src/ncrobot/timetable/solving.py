"""Solving: insertion, negotiation towards the bound, proof where one is in reach, polish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from ncrobot.timetable.attempt import (
    GIVEN,
    Best,
    Grid,
    Mode,
    Progress,
    coarse_grid,
    end_of,
    starts_on,
)
from ncrobot.timetable.board import Board
from ncrobot.timetable.bounding import simple_bound
from ncrobot.timetable.forest import grow
from ncrobot.timetable.inserting import insert_all
from ncrobot.timetable.ordering import in_order
from ncrobot.timetable.polishing import polish
from ncrobot.timetable.problem import InfeasibleError, Problem, Timetable
from ncrobot.timetable.proving import Effort, prove
from ncrobot.timetable.reach import Reach
from ncrobot.timetable.shortening import shorten, shorten_together

Portions = Literal["exact", "tolerant"]

# CP-SAT is asked for problems of up to so many tasks, so long (its deterministic seconds).
PROVABLE, PROOF_EFFORT = 400, 1.0


def solve(
    problem: Problem,
    *,
    seed: int = 0,
    effort: float = 1.0,
    portions: Portions = "exact",
    workers: int = 1,
    progress: Progress | None = None,
) -> Timetable:
    """The shortest timetable found; the same problem and options give the same one.

    ``portions`` exact holds them at their targets if that can be, so that their tolerance stays in
    reserve for the run; tolerant uses the tolerance to end sooner. ``workers`` is how many searches
    go on at once, each in a process of its own with another seed. ``progress`` hears of each better
    timetable.

    Raises:
        InfeasibleError: it is proven that there is none.
        NoTimetableError: none was found.
    """
    loose = grow(problem, exact=False)
    reach = Reach(problem, exact=False)
    best = Best(problem, loose, reach, simple_bound(problem, reach), progress)
    for exact in (True, False) if portions == "exact" else (False,):
        try:
            _search(best, Mode(exact, seed, effort, workers))
        except InfeasibleError:
            if not exact:
                raise
        if best.found is not None:
            break
    return best.result()


def improve(
    problem: Problem, starts: Mapping[str, int], *, seed: int = 0, effort: float = 1.0
) -> Timetable:
    """A timetable that is at least as short as the given one, which has to be valid.

    Portions that are all at their targets stay there. Jobs that are alike come in the order that
    they had.
    """
    reach = Reach(problem, exact=False)
    loose = grow(problem, exact=False)
    best = Best(problem, loose, reach, simple_bound(problem, reach), None)
    best.offer(dict(starts), GIVEN)
    exact = all(
        window.kind != "portion"
        or window.target in (None, starts[window.after] - starts[window.before])
        for window in problem.windows
    )
    mode = Mode(exact, seed, effort)
    if best.end <= best.bound:
        return best.result()
    grid = coarse_grid(problem, mode)
    board: Board | None = None
    if len(problem.tasks) > PROVABLE or not _prove(best, mode):
        best.raise_bound()
        board = shorten(best, grid, mode)
    if best.found is not None and best.found.method != GIVEN:
        _polish(best, grid, board, mode, starts)
    return best.result()


def _search(best: Best, mode: Mode) -> None:
    problem = best.problem
    grid = coarse_grid(problem, mode)
    board = insert_all(grid.forest, grid.reach, grid.reach.chain)
    if board is not None:
        best.offer(starts_on(board, grid.tick), "insertion")
    settled = len(problem.tasks) <= PROVABLE and _prove(best, mode)
    if best.found is not None and not settled and not best.found.proven:
        best.raise_bound()
        board = shorten_together(best, grid, mode) or board
    _polish(best, grid, board, mode)


def _polish(
    best: Best,
    grid: Grid,
    board: Board | None,
    mode: Mode,
    order: Mapping[str, int] | None = None,
) -> None:
    """Bring jobs that are alike into an order, and all as near to their targets as can be."""
    if best.found is None:
        return
    if board is None or board.end() * grid.tick > best.end:
        if any(start % grid.tick for start in best.found.starts.values()):
            grid = Grid.of(best.problem, 1, mode)
        board = _board_of(grid, best.found)
    if order is not None:
        in_order(board, order)
    polish(board, grid.reach, best.end // grid.tick)
    starts = starts_on(board, grid.tick)
    best.keep(replace(best.found, starts=starts, makespan=end_of(best.problem, starts)))


def _prove(best: Best, mode: Mode) -> bool:
    """Let CP-SAT find the least makespan, or that there is no timetable at all; True if it did."""
    problem, found = best.problem, best.found
    proof = prove(
        problem,
        exact=mode.exact,
        horizon=_horizon(best) if found is None else found.makespan,
        hint=None if found is None else found.starts,
        effort=Effort(PROOF_EFFORT * mode.effort, mode.seed),
    )
    if proof.starts is not None:
        if not mode.exact:
            best.bound = max(best.bound, proof.bound)
        best.offer(proof.starts, "CP-SAT")
    elif proof.final and found is None:
        raise InfeasibleError(f"it is proven that there is no timetable for {problem.name!r}")
    if best.found is not None and proof.final and not mode.exact:
        best.bound = best.found.makespan
        best.keep(replace(best.found, lower_bound=best.bound, proven=True))
    return proof.final


def _horizon(best: Best) -> int:
    """Everything done one after the other, as far apart as windows ask, after the last block."""
    problem = best.problem
    work = sum(task.duration + max(task.tails, default=0) for task in problem.tasks)
    last = max((block.start + block.length for block in problem.blocks), default=0)
    apart = sum(max(window.low, -(window.high or 0), 0) for window in problem.windows)
    return best.reach.chain + work + max(last, 0) + apart


def _board_of(grid: Grid, found: Timetable) -> Board:
    """A board on which a timetable stands; its starts are whole ticks of the grid."""
    tasks, tick = grid.forest.problem.tasks, grid.tick
    board = Board(grid.forest, -(-found.makespan // tick) + 1)
    for number, job in enumerate(grid.forest.jobs):
        first = [node.tasks[0] for node in job.nodes]
        board.put(number, [found.starts[tasks[t].name] // tick - at for t, at in first])
    return board

"""Solving: insertion, negotiation towards the bound, proof where one is in reach, polish."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ncrobot.timetable.board import Board
from ncrobot.timetable.bounding import flow_bound, simple_bound
from ncrobot.timetable.coarsening import coarsen, common_tick
from ncrobot.timetable.forest import FAR, Forest, grow
from ncrobot.timetable.inserting import insert_all
from ncrobot.timetable.negotiating import Budget, Negotiation
from ncrobot.timetable.ordering import in_order
from ncrobot.timetable.polishing import polish
from ncrobot.timetable.problem import InfeasibleError, NoTimetableError, Problem, Timetable
from ncrobot.timetable.proving import Effort, prove
from ncrobot.timetable.reach import Reach

Portions = Literal["exact", "tolerant"]
Progress = Callable[[Timetable], None]

# Placements of one job each: some seconds for a plate of 96 wells.
PLACEMENTS, PLACEMENTS_PER_JOB = 28_000, 300
# The first makespan that is negotiated, above the bound; how much of the rest each next one cuts.
FIRST_ABOVE, CUT = 0.12, 0.25
# A goal that is so far below the best gets a share of the budget only; then one further up follows.
FAR_ABOVE, FAR_SHARE, NEAR_SHARE = 1.05, 4, 2
# If a goal cost more than this part of what is left, the next one is only a little nearer.
DEAR = 6
# CP-SAT is asked for problems of up to so many tasks, so long (its deterministic seconds).
PROVABLE, PROOF_EFFORT = 400, 2.0


GIVEN = "given"
"""The method of a timetable that was there before."""


@dataclass(slots=True)
class _Best:
    """The best timetable so far, and who wants to hear of each better one."""

    problem: Problem
    loose: Forest
    reach: Reach
    bound: int
    progress: Progress | None
    found: Timetable | None = None

    @property
    def end(self) -> int:
        """The makespan of the best so far; more than any if there is none."""
        return FAR if self.found is None else self.found.makespan

    def offer(self, starts: dict[str, int], method: str) -> None:
        """Keep a timetable if it is shorter than the last."""
        end = _end(self.problem, starts)
        if self.found is None or end < self.found.makespan:
            self.keep(Timetable(starts, end, self.bound, end <= self.bound, method))

    def result(self) -> Timetable:
        """The best timetable with the bound as it is known in the end.

        Raises:
            NoTimetableError: there is none.
        """
        if self.found is None:
            raise NoTimetableError(f"no timetable was found for {self.problem.name!r}")
        return replace(self.found, lower_bound=self.bound, proven=self.found.makespan <= self.bound)

    def raise_bound(self) -> None:
        """Let the flow of alike jobs raise the bound, below what was found."""
        if self.found is not None and self.found.makespan > self.bound:
            most = self.found.makespan
            self.bound = flow_bound(self.loose, self.reach, self.bound, most)

    def keep(self, timetable: Timetable) -> None:
        """Keep a timetable and tell of it."""
        self.found = timetable
        if self.progress is not None:
            self.progress(timetable)


@dataclass(frozen=True, slots=True)
class _Mode:
    """How portions are held, and what decides the search."""

    exact: bool
    seed: int
    effort: float


@dataclass(frozen=True, slots=True)
class _Grid:
    """The problem made ready in ticks of ``tick``."""

    forest: Forest
    reach: Reach
    tick: int

    @classmethod
    def of(cls, problem: Problem, tick: int, mode: _Mode) -> _Grid:
        """Raises InfeasibleError if the windows contradict each other on this grid."""
        return cls(grow(problem, exact=mode.exact), Reach(problem, exact=mode.exact), tick)


def solve(
    problem: Problem,
    *,
    seed: int = 0,
    effort: float = 1.0,
    portions: Portions = "exact",
    progress: Progress | None = None,
) -> Timetable:
    """The shortest timetable found; the same problem, seed and effort give the same one.

    ``portions`` exact holds them at their targets if that can be, so that their tolerance stays in
    reserve for the run; tolerant uses the tolerance to end sooner. ``progress`` hears of each
    better timetable.

    Raises:
        InfeasibleError: it is proven that there is none.
        NoTimetableError: none was found.
    """
    loose = grow(problem, exact=False)
    reach = Reach(problem, exact=False)
    best = _Best(problem, loose, reach, simple_bound(problem, reach), progress)
    for exact in (True, False) if portions == "exact" else (False,):
        try:
            _search(best, _Mode(exact, seed, effort))
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
    best = _Best(problem, loose, reach, simple_bound(problem, reach), None)
    best.offer(dict(starts), GIVEN)
    exact = all(
        window.kind != "portion"
        or window.target in (None, starts[window.after] - starts[window.before])
        for window in problem.windows
    )
    mode = _Mode(exact, seed, effort)
    if best.end <= best.bound:
        return best.result()
    grid = _coarse_grid(problem, mode)
    board: Board | None = None
    if len(problem.tasks) > PROVABLE or not _prove(best, mode):
        best.raise_bound()
        board = _shorten(best, grid, mode)
    if best.found is not None and best.found.method != GIVEN:
        _polish(best, grid, board, mode, starts)
    return best.result()


def _search(best: _Best, mode: _Mode) -> None:
    problem = best.problem
    grid = _coarse_grid(problem, mode)
    board = insert_all(grid.forest, grid.reach, grid.reach.chain)
    if board is not None:
        best.offer(_starts(board, grid.tick), "insertion")
    settled = len(problem.tasks) <= PROVABLE and _prove(best, mode)
    if best.found is not None and not settled and not best.found.proven:
        best.raise_bound()
        board = _shorten(best, grid, mode) or board
    _polish(best, grid, board, mode)


def _polish(
    best: _Best,
    grid: _Grid,
    board: Board | None,
    mode: _Mode,
    order: Mapping[str, int] | None = None,
) -> None:
    """Bring jobs that are alike into an order, and all as near to their targets as can be."""
    if best.found is None:
        return
    tick = grid.tick
    if board is None or board.end() * tick > best.end:
        tick = 1
        board = _board_of(best.problem, best.found, mode)
    if order is not None:
        in_order(board, order)
    polish(board, Reach(board.forest.problem, exact=mode.exact), best.end // tick)
    starts = _starts(board, tick)
    best.keep(replace(best.found, starts=starts, makespan=_end(best.problem, starts)))


def _coarse_grid(problem: Problem, mode: _Mode) -> _Grid:
    """The problem on the coarsest grid on which its windows can hold."""
    tick = common_tick(problem)
    coarse = coarsen(problem, tick)
    if coarse is not None and tick > 1:
        with suppress(InfeasibleError):
            return _Grid.of(coarse, tick, mode)
    return _Grid.of(problem, 1, mode)


def _shorten(best: _Best, grid: _Grid, mode: _Mode) -> Board | None:
    """Negotiate one makespan after the other, each nearer to the bound, until the budget ends."""
    jobs = len(grid.forest.jobs)
    budget = Budget(int(min(PLACEMENTS, PLACEMENTS_PER_JOB * jobs) * mode.effort))
    rng = np.random.default_rng(mode.seed)
    floor = max(-(-best.bound // grid.tick), grid.reach.chain)
    goal, cut = int(floor * (1 + FIRST_ABOVE)), CUT
    board: Board | None = None
    negotiation: Negotiation | None = None
    while budget.placements > 0 and best.end > floor * grid.tick:
        goal = min(goal, (best.end - 1) // grid.tick)
        if negotiation is None:
            negotiation = Negotiation(Board(grid.forest, goal + 1), grid.reach, rng)
        far, had = best.end > goal * grid.tick * FAR_ABOVE, budget.placements
        if negotiation.run(goal, budget.part(FAR_SHARE if far else NEAR_SHARE)):
            board = negotiation.board.copy()
            best.offer(_starts(board, grid.tick), "negotiation")
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


def _prove(best: _Best, mode: _Mode) -> bool:
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


def _horizon(best: _Best) -> int:
    """Everything done one after the other, as far apart as windows ask, after the last block."""
    problem = best.problem
    work = sum(task.duration + max(task.tails, default=0) for task in problem.tasks)
    last = max((block.start + block.length for block in problem.blocks), default=0)
    apart = sum(max(window.low, -(window.high or 0), 0) for window in problem.windows)
    return best.reach.chain + work + max(last, 0) + apart


def _board_of(problem: Problem, found: Timetable, mode: _Mode) -> Board:
    """A board on which a timetable stands, in the ticks of the problem."""
    forest = grow(problem, exact=mode.exact)
    board = Board(forest, found.makespan + 1)
    for number, job in enumerate(forest.jobs):
        first = [node.tasks[0] for node in job.nodes]
        board.put(number, [found.starts[problem.tasks[t].name] - at for t, at in first])
    return board


def _end(problem: Problem, starts: Mapping[str, int]) -> int:
    return max((starts[task.name] + task.duration for task in problem.tasks), default=0)


def _starts(board: Board, tick: int) -> dict[str, int]:
    starts = board.starts()
    if starts is None:
        raise NoTimetableError("a job isn't on the board")
    return {
        task.name: start * tick
        for task, start in zip(board.forest.problem.tasks, starts, strict=True)
    }

"""What one attempt to solve a problem knows: how, on which grid, and the best so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from ncrobot.timetable.board import Board
from ncrobot.timetable.bounding import flow_bound
from ncrobot.timetable.coarsening import coarsen, common_tick
from ncrobot.timetable.forest import FAR, Forest, grow
from ncrobot.timetable.problem import InfeasibleError, NoTimetableError, Problem, Timetable
from ncrobot.timetable.reach import Reach

Progress = Callable[[Timetable], None]

GIVEN = "given"
"""The method of a timetable that was there before."""


@dataclass(slots=True)
class Best:
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
        end = end_of(self.problem, starts)
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
class Mode:
    """How portions are held, and what decides the search; a bold one asks for much at once."""

    exact: bool
    seed: int
    effort: float
    workers: int = 1
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """The problem made ready in ticks of ``tick``."""

    forest: Forest
    reach: Reach
    tick: int

    @classmethod
    def of(cls, problem: Problem, tick: int, mode: Mode) -> Grid:
        """Raises InfeasibleError if the windows contradict each other on this grid."""
        return cls(grow(problem, exact=mode.exact), Reach(problem, exact=mode.exact), tick)


def coarse_grid(problem: Problem, mode: Mode) -> Grid:
    """The problem on the coarsest grid on which its windows can hold."""
    tick = common_tick(problem)
    coarse = coarsen(problem, tick)
    if coarse is not None and tick > 1:
        with suppress(InfeasibleError):
            return Grid.of(coarse, tick, mode)
    return Grid.of(problem, 1, mode)


def end_of(problem: Problem, starts: Mapping[str, int]) -> int:
    """The end of the last task."""
    return max((starts[task.name] + task.duration for task in problem.tasks), default=0)


def starts_on(board: Board, tick: int) -> dict[str, int]:
    """Starts by task name on a full board, in the ticks of the problem.

    Raises:
        NoTimetableError: a job isn't on the board.
    """
    starts = board.starts()
    if starts is None:
        raise NoTimetableError("a job isn't on the board")
    return {
        task.name: start * tick
        for task, start in zip(board.forest.problem.tasks, starts, strict=True)
    }

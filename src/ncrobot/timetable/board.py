"""The board: which resource is used how often at each tick, and where each job stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from ncrobot.timetable.forest import FAR, Forest
from ncrobot.timetable.placing import NEVER, Costs, Room
from ncrobot.timetable.reach import Reach, domains

Counts = npt.NDArray[np.int64]


class Board:
    """Counts of use by resource and tick up to ``horizon``; several jobs may stand on one tick.

    ``asked`` is the horizon without the tails of tasks.
    """

    def __init__(self, forest: Forest, horizon: int) -> None:
        self.forest = forest
        self.asked = horizon
        # What stays occupied after the last task may reach beyond the makespan.
        horizon += max((max(t.tails, default=0) for t in forest.problem.tasks), default=0)
        self.horizon = horizon
        self.used: Counts = np.zeros((len(forest.resources), horizon), dtype=np.int64)
        self.blocks: list[list[int] | None] = [None] * len(forest.jobs)
        self.gone: Counts = np.zeros_like(self.used)
        for away in forest.problem.blocks:
            if away.resource in forest.resources:
                row = self.gone[forest.resources.index(away.resource)]
                row[max(away.start, 0) : max(away.start + away.length, 0)] = 1
        uses = [
            (number, block, use.resource, use.offset, use.length)
            for number, job in enumerate(forest.jobs)
            for block, node in enumerate(job.nodes)
            for use in node.uses
        ]
        self._of_job = np.array([use[0] for use in uses], dtype=np.int64)
        self._resource = np.array([use[2] for use in uses], dtype=np.int64)
        self._length = np.array([use[4] for use in uses], dtype=np.int64)
        self._begin = np.zeros(len(uses), dtype=np.int64)
        self._rows: list[list[tuple[int, int, int, int, int]]] = [[] for _ in forest.jobs]
        for row, (number, block, resource, offset, length) in enumerate(uses):
            self._rows[number].append((row, block, resource, offset, length))

    def copy(self) -> Board:
        """A board with the same jobs at the same places."""
        other = Board(self.forest, self.asked)
        for job, starts in enumerate(self.blocks):
            if starts is not None:
                other.put(job, starts)
        return other

    def put(self, job: int, starts: Sequence[int]) -> None:
        """Let a job stand at these starts of its blocks."""
        self.blocks[job] = list(starts)
        for row, block, resource, offset, length in self._rows[job]:
            begin = starts[block] + offset
            self._begin[row] = begin
            self.used[resource, begin : begin + length] += 1

    def lift(self, job: int) -> None:
        """Take a job off the board, if it stands there."""
        starts = self.blocks[job]
        if starts is None:
            return
        for _, block, resource, offset, length in self._rows[job]:
            begin = starts[block] + offset
            self.used[resource, begin : begin + length] -= 1
        self.blocks[job] = None

    def over(self) -> Counts:
        """How many too many stand on each tick."""
        over = self.used - 1
        np.maximum(over, 0, out=over)
        return over

    def jobs_on(self, marked: Counts) -> list[int]:
        """Jobs that stand on any marked tick, in their order."""
        sums = np.zeros((marked.shape[0], marked.shape[1] + 1), dtype=np.int64)
        np.cumsum(marked, axis=1, out=sums[:, 1:])
        end = self._begin + self._length
        on = sums[self._resource, end] > sums[self._resource, self._begin]
        standing = [starts is not None for starts in self.blocks]
        return [int(job) for job in np.unique(self._of_job[on]) if standing[job]]

    def end(self) -> int:
        """The end of the last task on the board."""
        forest, tasks = self.forest, self.forest.problem.tasks
        return max(
            (
                starts[block] + offset + tasks[task].duration
                for job, starts in zip(forest.jobs, self.blocks, strict=True)
                if starts is not None
                for block, node in enumerate(job.nodes)
                for task, offset in node.tasks
            ),
            default=0,
        )

    def starts(self) -> list[int] | None:
        """Starts of all tasks, or None while a job isn't on the board."""
        standing = [starts for starts in self.blocks if starts is not None]
        return self.forest.starts(standing) if len(standing) == len(self.blocks) else None


def make_rooms(board: Board, reach: Reach, makespan: int) -> list[Room] | None:
    """The room of every job if all is to end by ``makespan``; None if a block has none."""
    forest = board.forest
    sums = np.zeros((board.gone.shape[0], board.horizon + 1), dtype=np.int64)
    np.cumsum(board.gone, axis=1, out=sums[:, 1:])
    known: dict[tuple[object, int, int], Costs] = {}
    rooms = []
    for job, limits in zip(forest.jobs, domains(forest, reach, makespan), strict=True):
        forbidden = []
        for node, (first, last) in zip(job.nodes, limits, strict=True):
            if last < first:
                return None
            key = (node.uses, first, last)
            if key not in known:
                gone = np.zeros(last - first + 1, dtype=np.int64)
                for use in node.uses:
                    begin = first + use.offset
                    finish = begin + use.length
                    row = sums[use.resource]
                    gone += row[finish : finish + last - first + 1]
                    gone -= row[begin : begin + last - first + 1]
                known[key] = np.where(gone > 0, NEVER, 0.0)
            forbidden.append(known[key])
        rooms.append(Room(tuple(limits), tuple(forbidden)))
    return rooms


def tie_limits(
    board: Board, room: Room, job: int, ties: Iterable[tuple[int, int, int, int]]
) -> dict[int, tuple[int, int]]:
    """What the other jobs on the board leave of a job's starts.

    ``ties`` are (own task, other task, low, high): the own one starts low to high after the other.
    """
    limits: dict[int, tuple[int, int]] = {}
    for own, other, low, high in ties:
        _, block, offset = board.forest.place[own]
        there, other_block, other_offset = board.forest.place[other]
        standing = board.blocks[there]
        if standing is None or there == job:
            continue
        at = standing[other_block] + other_offset - offset
        first, last = limits.get(block, room.limits[block])
        limits[block] = (
            max(first, at + low) if low > -FAR else first,
            min(last, at + high) if high < FAR else last,
        )
    return limits

"""Reach: between which ticks each block can start at all, by windows, releases and deadlines."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from ncrobot.timetable.forest import FAR, Forest, bounds_of
from ncrobot.timetable.problem import InfeasibleError, Problem

Ticks = npt.NDArray[np.int64]


class Reach:
    """Heads, tails and latest starts of all tasks, by longest paths over all windows.

    ``heads`` are the earliest starts, ``tails`` the least time from a start to the end of all that
    has to come after it, ``latest`` the last starts that the deadlines allow.
    """

    def __init__(self, problem: Problem, *, exact: bool) -> None:
        tasks = problem.tasks
        number = {task.name: i for i, task in enumerate(tasks)}
        arrows = []
        for window in problem.windows:
            a, b = number[window.before], number[window.after]
            low, high = bounds_of(window, exact=exact)
            arrows.append((a, b, low))
            if high < FAR:
                arrows.append((b, a, -high))
        backward = [(b, a, gap) for a, b, gap in arrows]
        limits = [FAR if task.deadline is None else task.deadline for task in tasks]
        self.heads = _longest([task.release for task in tasks], arrows)
        self.tails = _longest([task.duration for task in tasks], backward)
        # The last start is the longest path of negated limits; what has no limit stays open.
        self.latest = -_longest([-limit for limit in limits], backward)
        if (self.heads > self.latest).any():
            late = int(np.argmax(self.heads - self.latest))
            raise InfeasibleError(
                f"{tasks[late].name!r} can't start before {int(self.heads[late])} "
                f"but has to by {int(self.latest[late])}"
            )

    @property
    def chain(self) -> int:
        """The longest chain of windows."""
        return int((self.heads + self.tails).max()) if len(self.heads) else 0


def _longest(first: Sequence[int], arrows: Iterable[tuple[int, int, int]]) -> Ticks:
    """The least values at or above ``first`` for which value[b] >= value[a] + gap.

    Raises:
        InfeasibleError: a circle of arrows asks a task to start after itself.
    """
    values = list(first)
    out: list[list[tuple[int, int]]] = [[] for _ in values]
    for a, b, gap in arrows:
        out[a].append((b, gap))
    raised = [0] * len(values)
    pending = deque(range(len(values)))
    waiting = [True] * len(values)
    while pending:
        a = pending.popleft()
        waiting[a] = False
        for b, gap in out[a]:
            if values[a] + gap > values[b]:
                values[b] = values[a] + gap
                raised[b] += 1
                if raised[b] > len(values) * 4 + 16:
                    raise InfeasibleError("the windows contradict each other")
                if not waiting[b]:
                    waiting[b] = True
                    pending.append(b)
    return np.array(values, dtype=np.int64)


def domains(forest: Forest, reach: Reach, makespan: int) -> list[list[tuple[int, int]]]:
    """First and last start of every block, by job, if all is to end by ``makespan``."""
    found = []
    last = np.minimum(reach.latest, makespan - reach.tails)
    for job in forest.jobs:
        of_job = []
        for node in job.nodes:
            first = max(int(reach.heads[task]) - offset for task, offset in node.tasks)
            limit = min(int(last[task]) - offset for task, offset in node.tasks)
            of_job.append((max(first, 0), limit))
        found.append(of_job)
    return found

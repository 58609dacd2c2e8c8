"""What a learning optimizer believes in one round: a process for each objective, and the risk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ncrobot.optimizers.grid import Floats, Indices
from ncrobot.optimizers.memory import Task
from ncrobot.optimizers.merits import Trading, complete, merit_of, merits_of
from ncrobot.optimizers.surrogate import (
    Coding,
    Process,
    SuccessModel,
    fitted,
    learned_success,
)

Judge = Callable[[Indices], Floats]
"""Utility (n, draws) of points (n, parameters), each draw by a response of its own."""

_ASKED_CHANCE = (0.2, 0.6)
"""Least chance of success, drawn between these: the best often lies beside what fails.

A gain times its chance would keep a whole batch away from there.
"""
_REFUSED = 1e3
"""Worse than any response that is drawn; the surer the failure, the worse."""


@dataclass(frozen=True)
class Beliefs:
    """The fitted models, surer at points under way."""

    task: Task
    coding: Coding
    processes: tuple[Process, ...]
    success: SuccessModel | None

    def judge(self, draws: int, boldness: Floats | float = 1.0) -> Judge:
        """Draw possible responses, each with a least chance of success that it asks of a point.

        ``boldness`` (draws) is that of :meth:`Process.paths`.
        """
        task = self.task
        objectives = list(task.space.objectives.values())
        paths = [
            process.paths(draws, task.rng(10, place), boldness)
            for place, process in enumerate(self.processes)
        ]
        merits = merits_of(task.space, complete(task.space, task.results))
        trading = Trading(task.space, merits, draws, task.rng(11))
        asked = task.rng(12).uniform(*_ASKED_CHANCE, draws)

        def judged(points: Indices) -> Floats:
            columns = self.coding.of_points(points)
            drawn = [
                merit_of(objective, path(columns))
                for objective, path in zip(objectives, paths, strict=True)
            ]
            gain = trading.utility(drawn)
            if self.success is None:
                return gain
            short = asked - self.success.probability(columns)[:, None]
            return np.asarray(np.where(short > 0, -_REFUSED * (1.0 + short), gain))

        return judged


def believed(task: Task) -> Beliefs:
    """Fit all models; every objective needs results (see :func:`enough`)."""
    coding = Coding(task.grid)
    under_way = coding.columns(task.grid.units_of(item.values for item in task.pending))
    processes = []
    for place, name in enumerate(task.space.objectives):
        told = [result for result in task.results if name in result.measured]
        process = fitted(
            coding.columns(task.grid.units_of(result.values for result in told)),
            np.array([result.measured[name] for result in told]),
            np.array([result.sem.get(name, 0.0) for result in told]),
            coding.owners,
            task.rng(20, place),
        )
        processes.append(process.believing(under_way))
    return Beliefs(task, coding, tuple(processes), _risk(task, coding))


def enough(task: Task, least: int) -> bool:
    """Whether every objective was measured at so many different points, and some at all of them."""
    for name in task.space.objectives:
        rows = [result.values for result in task.results if name in result.measured]
        if len({task.grid.key(point) for point in task.grid.points(rows)}) < least:
            return False
    return bool(complete(task.space, task.results))


def _risk(task: Task, coding: Coding) -> SuccessModel | None:
    failed = [item.values for item in task.failures if item.teaches]
    worked = [item.values for item in task.results]
    columns = coding.columns(task.grid.units_of([*worked, *failed]))
    successes = np.array([1.0] * len(worked) + [0.0] * len(failed))
    return learned_success(columns, successes, coding.owners, task.rng(30))

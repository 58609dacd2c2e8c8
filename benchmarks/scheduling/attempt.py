"""What one solver made of one instance, checked and measured the same way for all."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.scheduling.checker import deviations, makespan, verdict
from benchmarks.scheduling.instance import Instance

WITHIN_PERCENT = (5, 2, 1)


@dataclass(frozen=True, slots=True)
class Attempt:
    """``starts`` None: nothing was found. ``makespan`` is what the solver says.

    ``trace`` holds (seconds, makespan) of each gain. Times count from the
    moment that the solver got the problem. ``bound`` is its own, 0 if it has none.
    """

    method: str
    seed: int
    starts: Mapping[str, int] | None
    makespan: int
    bound: int
    proven: bool
    trace: Sequence[tuple[float, int]]
    solve_s: float
    stage: str


class Stopwatch:
    """Seconds since it was made, and the gains that were marked."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self.trace: list[tuple[float, int]] = []

    def read_s(self) -> float:
        """Seconds so far."""
        return time.perf_counter() - self._began

    def mark(self, makespan: int) -> None:
        """A timetable with this makespan is there; only gains count."""
        if not self.trace or makespan < self.trace[-1][1]:
            self.trace.append((self.read_s(), makespan))


def row(instance: Instance, attempt: Attempt, best_bound: int) -> dict[str, Any]:
    """The figures of an attempt; ``best_bound`` is the best bound that any solver proved.

    Raises:
        AssertionError: the timetable is invalid, or better than what the solver proved.
    """
    tick_s = instance.problem.tick_s
    found: dict[str, Any] = {
        "instance": instance.problem.name,
        "instance_seed": instance.seed,
        "method": attempt.method,
        "seed": attempt.seed,
        "operations": len(instance.problem.tasks),
        "makespan_s": None,
        "lower_bound_s": attempt.bound * tick_s,
        "best_bound_s": best_bound * tick_s,
        "proven": attempt.proven,
        "stage": attempt.stage,
        "first_s": round(attempt.trace[0][0], 4) if attempt.trace else None,
        "solve_s": round(attempt.solve_s, 3),
        "last_gain_s": round(attempt.trace[-1][0], 3) if attempt.trace else None,
    }
    if attempt.starts is None:
        return found
    faults = verdict(instance, attempt.starts)
    if faults:
        raise AssertionError(f"{attempt.method} on {instance.name}: {'; '.join(faults[:5])}")
    end = makespan(instance.problem, attempt.starts)
    if end != attempt.makespan:
        told = f"{attempt.method} on {instance.name} says it ends at {attempt.makespan}"
        raise AssertionError(f"{told}, but it ends at {end}")
    if end < best_bound:
        raise AssertionError(f"{instance.name}: {end} is below the proven bound {best_bound}")
    found["makespan_s"] = end * tick_s
    found["gap"] = round(end / best_bound - 1, 5)
    for percent in WITHIN_PERCENT:
        limit = best_bound * (1 + percent / 100)
        times = [at_s for at_s, value in attempt.trace if value <= limit and end <= limit]
        found[f"to_{percent}_percent_s"] = round(times[0], 3) if times else None
    for kind in ("portion", "sample"):
        off = deviations(instance.problem, attempt.starts, kind)
        found[f"max_{kind}_deviation_s"] = off.max_s
        found[f"p95_{kind}_deviation_s"] = off.p95_s
    return found

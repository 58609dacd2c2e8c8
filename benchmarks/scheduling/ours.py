"""Our own solver, called and timed as the peers are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from benchmarks.scheduling.attempt import Attempt, Stopwatch
from benchmarks.scheduling.instance import Instance
from ncrobot.timetable import NoTimetableError, Timetable, solve

Portions = Literal["exact", "tolerant"]
METHODS: dict[Portions, str] = {"exact": "ncrobot", "tolerant": "ncrobot tolerant"}
"""exact: portions at their targets, the tolerance is kept in reserve. tolerant: as the peers."""
WORKERS = 2
"""As many as the peers have."""


@dataclass(frozen=True, slots=True)
class Found:
    """An attempt, and the starts of the first timetable that was there."""

    attempt: Attempt
    first: Mapping[str, int] | None


def ours(instance: Instance, seed: int, effort: float = 1.0, portions: Portions = "exact") -> Found:
    """What ``ncrobot.timetable`` finds; its effort is counted in steps, so it has no time limit."""
    first: list[Mapping[str, int]] = []
    watch = Stopwatch()

    def note(timetable: Timetable) -> None:
        watch.mark(timetable.makespan)
        if not first:
            first.append(dict(timetable.starts))

    method = METHODS[portions]
    try:
        found = solve(
            instance.problem,
            seed=seed,
            effort=effort,
            portions=portions,
            workers=WORKERS,
            progress=note,
        )
    except NoTimetableError:
        nothing = Attempt(method, seed, None, 0, 0, False, (), watch.read_s(), "nothing found")
        return Found(nothing, None)
    solve_s = watch.read_s()
    watch.mark(found.makespan)
    attempt = Attempt(
        method=method,
        seed=seed,
        starts=found.starts,
        makespan=found.makespan,
        bound=found.lower_bound,
        proven=found.proven,
        trace=tuple(watch.trace),
        solve_s=solve_s,
        stage=found.method,
    )
    return Found(attempt, first[0] if first else found.starts)

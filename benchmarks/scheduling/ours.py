"""Our own solver, called and timed as the peers are."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.scheduling.attempt import Attempt, Stopwatch
from benchmarks.scheduling.instance import Instance
from ncrobot.timetable import Timetable, solve
from ncrobot.timetable.problem import NoTimetableError

METHOD = "ncrobot"


def ours(instance: Instance, seed: int, effort: float = 1.0) -> Attempt:
    """What ``ncrobot.timetable`` finds; its effort is counted in steps, so it has no time limit."""
    return ours_with_first(instance, seed, effort)[0]


def ours_with_first(
    instance: Instance, seed: int, effort: float = 1.0
) -> tuple[Attempt, Mapping[str, int] | None]:
    """The attempt, and the starts of the first timetable that was there."""
    first: list[Mapping[str, int]] = []
    watch = Stopwatch()

    def note(timetable: Timetable) -> None:
        watch.mark(timetable.makespan)
        if not first:
            first.append(dict(timetable.starts))

    try:
        found = solve(instance.problem, seed=seed, effort=effort, progress=note)
    except NoTimetableError:
        nothing = Attempt(METHOD, seed, None, 0, False, (), watch.read_s(), "nothing found")
        return nothing, None
    watch.mark(found.makespan)
    attempt = Attempt(
        method=METHOD,
        seed=seed,
        starts=found.starts,
        bound=found.lower_bound,
        proven=found.proven,
        trace=tuple(watch.trace),
        solve_s=watch.read_s(),
        stage=found.method,
    )
    return attempt, first[0] if first else found.starts

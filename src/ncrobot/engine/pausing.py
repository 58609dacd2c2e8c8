"""Pausing: nothing new is begun; what it will cost is told before, and going on plans anew."""

from __future__ import annotations

from dataclasses import dataclass

from ncrobot.engine.mending import mend
from ncrobot.engine.run import Run
from ncrobot.statuses import RunStatus


@dataclass(frozen=True, slots=True)
class Cost:
    """A lag that breaks if the run still pauses then; seconds of the run's clock, and from now."""

    at_s: float
    within_s: float
    operation: str
    after: str
    wells: tuple[str, ...]
    policy: str


def costs_of_pausing(run: Run) -> list[Cost]:
    """Return which lags a pause breaks and when, the next first.

    Those are the lags between something that has begun and something that hasn't; what hasn't
    begun at all only moves.
    """
    now_s = run.now_s()
    found = []
    for name, operation in run.order.operations.items():
        if run.timing.times(name).start_s is not None:
            continue
        for lag, last_s in run.timing.last_starts(name):
            shared = set(run.reach.concerned(run.order.operations[lag.before]))
            wells = run.fates.alive_of(w for w in run.concerned(operation) if w in shared)
            if wells:
                found.append(Cost(last_s, last_s - now_s, name, lag.before, wells, lag.if_late))
    return sorted(found, key=lambda cost: (cost.at_s, cost.operation))


def pause(run: Run, reason: str, by: str = "") -> bool:
    """Begin nothing new from now on; False if the run isn't running."""
    if run.status is not RunStatus.RUNNING or run.ending is not None:
        return False
    run.paused_s = run.now_s()
    run.become(RunStatus.PAUSING, reason, by)
    run.wake()
    return True


def settle_pause(run: Run) -> None:
    """Note that everything has come to rest, once it has."""
    if run.status is RunStatus.PAUSING and not run.performing:
        run.become(RunStatus.PAUSED)


def go_on(run: Run, by: str = "") -> bool:
    """Plan the rest from the present and go on; False if the run doesn't pause."""
    if not run.pausing or run.ending is not None:
        return False
    lasted_s = run.now_s() - run.paused_s
    run.become(RunStatus.RUNNING, f"after a pause of {lasted_s:.0f} s", by)
    mend(run, f"a pause of {lasted_s:.0f} s")
    run.accepted_late_s = 0.0
    run.wake()
    return True

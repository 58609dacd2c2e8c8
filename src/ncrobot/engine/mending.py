"""Mending: when something took longer, the rest of the schedule is repaired before the next act."""

from __future__ import annotations

from dataclasses import asdict

from ncrobot.engine.run import Run
from ncrobot.engine.timing import TOLERANCE_S
from ncrobot.events import EventKind
from ncrobot.plan.operations import Operation
from ncrobot.repairs import changes


def reconsider(run: Run, operation: Operation) -> None:
    """Ask for a repair if this operation ended later than ever before, against its schedule.

    Lateness that was there already and that nothing could be done about isn't asked about again.
    """
    if run.repairer is None or run.ending is not None or operation.id not in run.order.operations:
        return
    entry, times = run.timing.entry(operation.id), run.timing.times(operation.id)
    late_s = 0.0 if times.end_s is None else times.end_s - entry.end_s
    if late_s <= max(TOLERANCE_S, run.accepted_late_s):
        run.accepted_late_s = min(run.accepted_late_s, max(late_s, 0.0))
        return
    run.accepted_late_s = late_s
    if mend(run, f"{operation.id} on {entry.device} ended {late_s:.1f} s late", operation.id):
        run.accepted_late_s = 0.0


def mend(run: Run, cause: str, operation: str | None = None) -> bool:
    """Ask for a better rest of the schedule from now on; True if there is one, and it holds now."""
    if run.repairer is None:
        return False
    before = run.schedule
    try:
        repaired = run.repairer(before, run.timing.progress(run.now_s(), run.dropped()))
        if repaired is None:
            return False
        run.replan(repaired.schedule)
    except Exception as error:  # noqa: BLE001 - the order can always be kept: no plate is lost
        reason = f"{type(error).__name__}: {error}"
        data = {"cause": cause, "reason": reason}
        run.journal.write(EventKind.REPAIR_REFUSED, data, operation=operation)
        return False
    run.journal.write(
        EventKind.SCHEDULE_REPAIRED,
        {
            "cause": cause,
            "method": repaired.method,
            "moved": repaired.moved,
            "makespan_s": repaired.schedule.makespan_s,
            "before": asdict(repaired.before),
            "after": asdict(repaired.after),
            **changes(before, repaired.schedule),
        },
        operation=operation,
    )
    return True

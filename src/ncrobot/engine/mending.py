"""Mending: when something took longer, the rest of the schedule is repaired before the next act."""

from __future__ import annotations

from dataclasses import asdict

from ncrobot.engine.run import Run
from ncrobot.engine.timing import TOLERANCE_S
from ncrobot.events import EventKind
from ncrobot.plan.operations import Operation


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
    before = {each.operation: each.start_s for each in run.schedule.entries}
    repaired = run.repairer(run.schedule, run.timing.progress(run.now_s()))
    if repaired is None:
        return
    run.replan(repaired.schedule)
    run.accepted_late_s = 0.0
    run.journal.write(
        EventKind.SCHEDULE_REPAIRED,
        {
            "cause": f"{operation.id} on {entry.device} ended {late_s:.1f} s late",
            "method": repaired.method,
            "moved": repaired.moved,
            "makespan_s": repaired.schedule.makespan_s,
            "before": asdict(repaired.before),
            "after": asdict(repaired.after),
            "starts": {
                each.operation: each.start_s
                for each in repaired.schedule.entries
                if before.get(each.operation) != each.start_s
                and run.timing.times(each.operation).start_s is None
            },
        },
        operation=operation.id,
    )

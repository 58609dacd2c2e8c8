"""The audit of a schedule: whether any act would reach into something that moves or is closed."""

from __future__ import annotations

from ncrobot.auditor.interlocks.access import check_timetable
from ncrobot.auditor.report import AuditReport, Compared, Notes
from ncrobot.plan import Plan
from ncrobot.schedule import Schedule


def audit_schedule(plan: Plan, schedule: Schedule) -> AuditReport:
    """Look for acts of a schedule that the interlocks of a run would refuse; every one."""
    notes = Notes()
    if schedule.plan_sha256 != plan.sha256:
        notes.differ(
            "other-plan",
            "the schedule was made for another plan",
            Compared("plan", plan.sha256, schedule.plan_sha256),
        )
    operations = {operation.id: operation for operation in (*plan.operations, *schedule.auxiliary)}
    check_timetable(plan.deck, operations, schedule.entries, notes)
    return AuditReport(
        operations=len(schedule.entries), wells=len(plan.wells), differences=notes.all()
    )

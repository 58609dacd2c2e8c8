"""The check from front to back."""

from __future__ import annotations

from collections.abc import Iterable

from ncrobot.errors import Diagnostic
from ncrobot.plan import Plan
from ncrobot.schedule import Schedule
from ncrobot.scheduler.checking.asked import asked
from ncrobot.scheduler.checking.case import Case, fault
from ncrobot.scheduler.checking.completeness import completeness
from ncrobot.scheduler.checking.figures import figures
from ncrobot.scheduler.checking.instruments import instruments
from ncrobot.scheduler.checking.shaking import shaking
from ncrobot.scheduler.checking.stocks import stocks
from ncrobot.scheduler.checking.times import times


def check_schedule(plan: Plan, schedule: Schedule) -> tuple[Diagnostic, ...]:
    """Every fault of a schedule; an empty tuple means that it is correct.

    Checked: it belongs to the plan; every operation stands in it once, long enough and with what it
    occupies; all lags are within their bounds; nothing overlaps on a device, a person or a labware;
    shakers run when they should and stand still while someone is at their plate; no stock is drawn
    before it is there, after the end of its life, or beyond what a lot holds; it ends in time and
    asks nobody in hours of absence; all its figures are right.
    """
    if schedule.plan_sha256 != plan.sha256:
        return (fault("other-plan", "the schedule was made for another plan"),)
    case = Case(
        plan,
        schedule,
        {op.id: op for op in (*plan.operations, *schedule.auxiliary)},
        {entry.operation: entry for entry in schedule.entries},
    )
    incomplete = _once(completeness(case))
    if incomplete:
        # The rest of the checks would only stumble over what is missing.
        return incomplete
    found = (*times(case), *shaking(case), *stocks(case), *figures(case), *asked(case))
    return _once((*found, *instruments(case)))


def _once(faults: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(dict.fromkeys(faults))

"""Before a run: files become plans and schedules; pure, nothing is opened or moved."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from ncrobot.calibration import Calibration, layout_with_times
from ncrobot.compiler import compile_plan
from ncrobot.deck import load_deck
from ncrobot.errors import Diagnostic, InternalError, PlanError, ScheduleError
from ncrobot.model import hash_of
from ncrobot.plan import Plan
from ncrobot.pricing import price_lines, priced, remedies, remedy_lines
from ncrobot.protocol import load_conditions, load_protocol
from ncrobot.protocol.dosing import Batching
from ncrobot.schedule import Schedule, ScheduleOptions
from ncrobot.scheduler import binding_lines, check_schedule, schedule_plan


def compile_files(
    protocol: Path, conditions: Path, deck: Path, *, batching: Batching = "auto"
) -> Plan:
    """Compile the three files to a sealed plan; pure, nothing is opened or moved.

    ``batching`` is the mode for steps that leave it to the planner, wherever it is possible.

    Raises:
        UserError: everything that is wrong with the files.
    """
    source = load_protocol(protocol)
    table = load_conditions(conditions, source)
    return compile_plan(source, table, load_deck(deck), batching=batching)


def schedule(plan: Plan, *, seed: int = 0, options: ScheduleOptions | None = None) -> Schedule:
    """Schedule a plan and have the schedule checked by code that shares nothing with the scheduler.

    Raises:
        ScheduleError: no schedule keeps all lags.
        InternalError: the checker found a fault in the schedule.
    """
    found = schedule_plan(plan, seed=seed, options=options or ScheduleOptions())
    faults = check_schedule(plan, found)
    if faults:
        told = "; ".join(str(fault) for fault in faults[:5])
        raise InternalError(f"the scheduler made a faulty schedule ({len(faults)}): {told}")
    return found


def explain(
    plan: Plan, schedule: Schedule | None, options: ScheduleOptions, *, seed: int = 0
) -> list[str]:
    """What binds a schedule and what changes would cost; None: it was refused, and what fits."""
    if schedule is None:
        return remedy_lines(remedies(plan, options, seed=seed))
    prices = priced(plan, options, seed=seed, now_s=schedule.makespan_s)
    return [*binding_lines(plan, schedule), *price_lines(prices, schedule.makespan_s)]


def load_plan(path: Path) -> Plan:
    """Read a plan file and check that nobody changed it.

    Raises:
        PlanError: it can't be read, is no plan, or its content doesn't match its hash.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise _bad_plan(path, f"it can't be read: {error.strerror}") from error
    try:
        plan = Plan.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the top"
        why = f"it is no plan: {first['msg']} (at {place})"
        raise _bad_plan(path, _other_version(raw) or why) from error
    if not plan.is_intact():
        why = "its content was changed after it was made"
        raise _bad_plan(path, _other_version(raw) or why)
    return plan


def _other_version(raw: bytes) -> str | None:
    """Why a plan that nobody changed can't be read; None if somebody has changed it."""
    try:
        data = json.loads(raw)
        untouched = data.pop("sha256") == hash_of({**data, "sha256": ""})
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if not untouched:
        return None
    return (
        f"another ncrobot made it (its version {data.get('compiler_version', 'unknown')}), with "
        "fields that this one reads otherwise"
    )


def load_schedule(path: Path, plan: Plan) -> Schedule:
    """Read a schedule file and check that it is a sound schedule of this plan.

    Raises:
        ScheduleError: it can't be read, is no schedule, is another plan's, or breaks the plan.
    """
    try:
        found = Schedule.model_validate_json(path.read_bytes())
    except OSError as error:
        raise _bad_schedule(path, f"it can't be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the top"
        raise _bad_schedule(path, f"it is no schedule: {first['msg']} (at {place})") from error
    if found.plan_sha256 != plan.sha256:
        raise _bad_schedule(path, f"it belongs to another plan ({found.plan_sha256[:12]})")
    if faults := check_schedule(plan, found):
        raise _bad_schedule(path, f"it doesn't fit the plan: {faults[0]}")
    return found


def _bad_schedule(path: Path, why: str) -> ScheduleError:
    return ScheduleError(
        Diagnostic(
            code="bad-schedule",
            message=f"this schedule can't be used: {why}",
            file=str(path),
            fix="make it anew with 'ncrobot schedule'",
        )
    )


def _bad_plan(path: Path, why: str) -> PlanError:
    return PlanError(
        Diagnostic(
            code="bad-plan",
            message=f"this plan can't be used: {why}",
            file=str(path),
            fix="make it anew with 'ncrobot plan'",
        )
    )


def calibrated_layout(deck: Path, calibration: Calibration) -> str:
    """The text of a layout file with calibrated times in it.

    Raises:
        DeckError: the layout is wrong.
        LabError: the times can't be written into it.
    """
    return layout_with_times(deck.read_text(encoding="utf-8"), calibration, str(deck))

"""Nothing reaches into a plate that is shaken or stands in a reader: in plans and in schedules."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, assume, given, settings

from auditor.audit_kit import codes
from compiler.compiler_kit import BASE, changed, deck, plan_for, random_documents
from ncrobot.auditor import audit_schedule
from ncrobot.errors import PlanError, ProtocolError, ScheduleError
from ncrobot.plan import MovePlate, Read, Shake, Transfer
from ncrobot.scheduler import schedule_plan

FILL, METAL, LIGAND, HOLD, REDUCE = BASE["steps"]
STIR = {"do": "stir", "id": "stirring", "speed": "600 rpm"}
MEASURE = {"do": "measure", "id": "look", "start": "400 nm", "stop": "420 nm", "step": "10 nm"}


@cache
def shaken():
    plan = plan_for(changed(steps=[FILL, METAL, STIR, HOLD, LIGAND, REDUCE]))
    return plan, schedule_plan(plan)


@cache
def measured():
    plan = plan_for(changed(steps=[FILL, METAL, MEASURE, LIGAND]))
    return plan, schedule_plan(plan)


def found(plan, schedule):
    return [d.code for d in audit_schedule(plan, schedule).differences]


def shifted(schedule, names, by_s):
    """The same schedule with some entries later."""
    entries = tuple(
        entry.model_copy(update={"start_s": entry.start_s + by_s})
        if entry.operation in names
        else entry
        for entry in schedule.entries
    )
    return schedule.model_copy(update={"entries": entries})


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(random_documents())
def test_whatever_is_scheduled_reaches_into_nothing_that_moves(drawn):
    document, table, layout = drawn
    document["steps"].insert(2, {**STIR, "id": "first_stir"})
    try:
        plan = plan_for(document, table, deck(layout))
        schedule = schedule_plan(plan)
    except (PlanError, ProtocolError, ScheduleError):
        assume(False)
        return
    assert found(plan, schedule) == []


@pytest.mark.parametrize("made", [shaken, measured])
def test_schedules_as_they_are_made_agree(made):
    assert found(*made()) == []


def test_a_shaker_that_stops_too_late_is_found():
    plan, schedule = shaken()
    stops = [op.id for op in schedule.auxiliary if isinstance(op, Shake) and op.speed_rpm == 0]
    assert stops
    assert "arm-into-moving" in found(plan, shifted(schedule, stops[:1], 4.0))


def test_a_pause_that_is_left_out_is_found():
    plan, schedule = shaken()
    stops = {op.id for op in schedule.auxiliary if isinstance(op, Shake) and op.speed_rpm == 0}
    first = min((e for e in schedule.entries if e.operation in stops), key=lambda e: e.start_s)
    entries = tuple(entry for entry in schedule.entries if entry is not first)
    assert "arm-into-moving" in found(plan, schedule.model_copy(update={"entries": entries}))


def test_a_dose_that_comes_while_the_plate_is_measured_is_found():
    plan, schedule = measured()
    dose = next(op.id for op in plan.operations if isinstance(op, Transfer) and op.step == "ligand")
    entries = {entry.operation: entry for entry in schedule.entries}
    read = next(op.id for op in plan.operations if isinstance(op, Read))
    early = shifted(schedule, [dose], entries[read].start_s - entries[dose].start_s)
    assert "arm-into-reader" in found(plan, early)


def test_a_plate_that_is_fetched_while_it_is_measured_is_found():
    plan, schedule = measured()
    home = next(op.id for op in plan.operations if isinstance(op, MovePlate) and op.to == "home")
    assert "arm-into-reader" in found(plan, shifted(schedule, [home], -30.0))


def test_a_schedule_of_another_plan_is_told():
    plan, _ = measured()
    assert "other-plan" in found(plan, shaken()[1])


def test_a_plan_that_never_brings_the_plate_back_is_found():
    plan, _ = measured()
    home = next(op for op in plan.operations if isinstance(op, MovePlate) and op.to == "home")
    stays = home.model_copy(update={"to": "reader"})
    operations = tuple(stays if op is home else op for op in plan.operations)
    assert codes(plan) == []
    assert "arm-into-reader" in codes(plan.model_copy(update={"operations": operations}).sealed())

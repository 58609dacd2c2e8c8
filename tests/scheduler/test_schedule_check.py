"""The checker finds every way in which a correct schedule can be spoilt."""

from __future__ import annotations

import pytest

from ncrobot.plan import Background
from ncrobot.scheduler import check_schedule, schedule_plan
from scheduler.scheduler_kit import comb, plan_of, stock


@pytest.fixture(scope="module")
def plan():
    ops, lags = [], []
    for column in range(1, 4):
        more, bounds = comb(f"A{column}", portions=4, interval_s=600, tolerance_s=20)
        ops += more
        lags += bounds
    shaking = Background(
        device="shaker", labware="plate", speed_rpm=600, starts_after=("add-A1",), ends_before=(),
        step="stir",
    )  # fmt: skip
    short = stock(life_s=900.0, remake="person", remake_takes_s=60.0)
    return plan_of(ops, lags, stocks=[short], backgrounds=[shaking])


@pytest.fixture(scope="module")
def schedule(plan):
    return schedule_plan(plan)


def moved(schedule, name, by):
    entries = tuple(
        e.model_copy(update={"start_s": e.start_s + by}) if e.operation == name else e
        for e in schedule.entries
    )
    return schedule.model_copy(update={"entries": entries})


def codes(plan, schedule):
    return {fault.code for fault in check_schedule(plan, schedule)}


def test_a_correct_schedule_has_no_fault(plan, schedule):
    assert check_schedule(plan, schedule) == ()


def test_a_schedule_of_another_plan(plan, schedule):
    assert codes(plan, schedule.model_copy(update={"plan_sha256": "0" * 64})) == {"other-plan"}


def test_a_portion_too_late(plan, schedule):
    assert "lag-too-long" in codes(plan, moved(schedule, "p3-A2", 21))


def test_a_portion_too_early(plan, schedule):
    assert "lag-too-short" in codes(plan, moved(schedule, "p3-A2", -21))


def test_the_wrong_order(plan, schedule):
    assert "lag-too-short" in codes(plan, moved(schedule, "base-A1", -200))


@pytest.mark.parametrize("dropped", ["p1-A1", "add-A3"])
def test_a_dropped_operation(plan, schedule, dropped):
    entries = tuple(e for e in schedule.entries if e.operation != dropped)
    assert codes(plan, schedule.model_copy(update={"entries": entries})) == {"not-scheduled"}


def test_an_operation_twice(plan, schedule):
    entries = (*schedule.entries, schedule.entries[-1])
    assert "scheduled-twice" in codes(plan, schedule.model_copy(update={"entries": entries}))


def test_an_unknown_operation(plan, schedule):
    ghost = schedule.entries[0].model_copy(update={"operation": "ghost"})
    spoilt = schedule.model_copy(update={"entries": (*schedule.entries, ghost)})
    assert codes(plan, spoilt) == {"unknown-operation"}


def test_two_operations_at_once(plan, schedule):
    entries = sorted((e for e in schedule.entries if "arm" in e.resources), key=lambda e: e.start_s)
    first, second = entries[0], entries[1]
    assert "overlap" in codes(
        plan, moved(schedule, second.operation, first.start_s - second.start_s + 1)
    )


def test_an_arm_operation_without_the_arm(plan, schedule):
    entries = tuple(
        e.model_copy(update={"resources": ()}) if e.operation == "p1-A1" else e
        for e in schedule.entries
    )
    assert "resource-missing" in codes(plan, schedule.model_copy(update={"entries": entries}))


def test_the_arm_in_a_shaking_plate(plan, schedule):
    stops = {op.id for op in schedule.auxiliary if op.kind == "shake" and op.speed_rpm == 0}
    auxiliary = tuple(op for op in schedule.auxiliary if op.id not in stops)
    entries = tuple(e for e in schedule.entries if e.operation not in stops)
    spoilt = schedule.model_copy(update={"auxiliary": auxiliary, "entries": entries})
    assert "arm-in-shaking-plate" in codes(plan, spoilt)


def test_a_stock_too_old_without_its_refills(plan, schedule):
    refills = [op.id for op in schedule.auxiliary if op.kind == "refill"]
    assert refills
    auxiliary = tuple(op for op in schedule.auxiliary if op.id not in refills)
    entries = tuple(e for e in schedule.entries if e.operation not in refills)
    spoilt = schedule.model_copy(update={"auxiliary": auxiliary, "entries": entries})
    assert codes(plan, spoilt) & {"stock-too-old", "no-lot"}


def test_an_operation_that_is_given_no_time(plan, schedule):
    entries = tuple(
        e.model_copy(update={"duration_s": 0.0}) if e.operation == "p1-A1" else e
        for e in schedule.entries
    )
    assert "too-short" in codes(plan, schedule.model_copy(update={"entries": entries}))

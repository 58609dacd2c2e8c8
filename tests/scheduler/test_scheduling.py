"""Schedules are correct, reproducible and told in words; what can't be is explained."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given

from ncrobot.errors import ScheduleError
from ncrobot.plan import Lag, Plan, Refill, Shake
from ncrobot.scheduler import check_schedule, operation_duration_s, schedule_plan
from scheduler.scheduler_kit import LAYOUT, comb, plan_of, random_plans, stock, transfer


def lags_consistent(plan: Plan) -> bool:
    """Whether some times satisfy all lags when devices are unlimited (Bellman-Ford, by hand)."""
    edges = []
    length = {op.id: -(-operation_duration_s(op, LAYOUT) // 1) for op in plan.operations}
    lead = 6 if plan.backgrounds else 0
    for lag in plan.lags:
        offset = length[lag.before] if lag.point == "end" else 0
        low = lag.min_s + offset
        if lag.point == "end":
            low = max(low, length[lag.before] + lead)
        edges.append((lag.before, lag.after, -low))
        if lag.max_s is not None:
            edges.append((lag.after, lag.before, lag.max_s + offset))
    value = dict.fromkeys(length, 0.0)
    for _ in range(len(value) + 1):
        changed = False
        for a, b, weight in edges:
            if value[a] - weight > value[b] + 1e-9:
                value[b] = value[a] - weight
                changed = True
        if not changed:
            return True
    return False


@given(random_plans())
def test_a_schedule_is_correct_or_its_lags_contradict(plan):
    try:
        schedule = schedule_plan(plan)
    except ScheduleError as error:
        assert {d.code for d in error.diagnostics} == {"lags-contradict"}
        assert not lags_consistent(plan)
        return
    assert check_schedule(plan, schedule) == ()
    assert schedule.makespan_s >= schedule.lower_bound_s
    assert len(schedule.entries) == len(plan.operations) + len(schedule.auxiliary)


@given(random_plans())
def test_the_same_plan_and_seed_give_the_same_schedule(plan):
    try:
        first = schedule_plan(plan, seed=7)
    except ScheduleError:
        return
    assert schedule_plan(plan, seed=7) == first


def test_one_group_alone_always_finds_a_time():
    """A group whose lags hold together is never called impossible."""
    for tight in itertools.product((0, 5, 60), repeat=2):
        ops = [transfer(f"x{i}", "A1") for i in range(3)]
        lags = [
            Lag(before="x0", after="x1", min_s=tight[0], max_s=tight[0] + 1),
            Lag(before="x1", after="x2", min_s=tight[1], max_s=tight[1] + 1),
        ]
        plan = plan_of(ops, lags)
        assert check_schedule(plan, schedule_plan(plan)) == ()


def test_portions_are_planned_without_deviation():
    ops, lags = [], []
    for column in range(1, 13):
        more, bounds = comb(f"A{column}", portions=8, interval_s=1800, tolerance_s=30)
        ops += more
        lags += bounds
    plan = plan_of(ops, lags)
    schedule = schedule_plan(plan)
    assert check_schedule(plan, schedule) == ()
    assert {f.value_s - f.target_s for f in schedule.lags if f.target_s is not None} == {0.0}
    assert schedule.makespan_s < 1.1 * schedule.lower_bound_s


def test_the_tolerance_is_used_when_exact_portions_find_no_time():
    """Two wells whose second portions would have to start in the same second."""
    ops_a, lags_a = comb("A1", portions=2, interval_s=25, tolerance_s=0)
    ops_b, lags_b = comb("A2", portions=2, interval_s=25, tolerance_s=60)
    plan = plan_of([*ops_a, *ops_b], [*lags_a, *lags_b])
    assert check_schedule(plan, schedule_plan(plan)) == ()


def test_lags_that_contradict_are_named_with_their_lines():
    ops = [transfer(f"x{i}", "B2") for i in range(3)]
    lags = [
        Lag(before="x0", after="x1", min_s=600, kind="hold", line=12, step="hold_1"),
        Lag(before="x1", after="x2", min_s=600, kind="hold", line=13, step="hold_2"),
        Lag(before="x0", after="x2", min_s=0, max_s=900, kind="timing", line=14, step="late"),
    ]
    with pytest.raises(ScheduleError) as caught:
        schedule_plan(plan_of(ops, lags))
    diagnostic = caught.value.diagnostics[0]
    assert diagnostic.code == "lags-contradict"
    assert diagnostic.line == 14
    assert diagnostic.well == "B2"
    assert "hold_1 (line 12)" in diagnostic.message
    assert diagnostic.fix


def test_a_cross_group_deadline_that_the_arm_cannot_keep_names_the_arm():
    """Twelve wells of 22 s that all have to follow one operation within a minute."""
    first = transfer("first", "A1")
    ops = [first, *(transfer(f"x{c}", f"B{c}") for c in range(1, 13))]
    lags = [
        Lag(before="first", after=f"x{c}", max_s=60, line=9, step="quench") for c in range(1, 13)
    ]
    with pytest.raises(ScheduleError) as caught:
        schedule_plan(plan_of(ops, lags))
    diagnostic = caught.value.diagnostics[0]
    assert diagnostic.code == "no-time"
    assert "'arm'" in diagnostic.message
    assert "B1" in diagnostic.well
    assert diagnostic.line == 9


def test_a_stock_that_nobody_remakes_is_refused_when_it_gets_too_old():
    ops, lags = comb("A1", portions=8, interval_s=1800, tolerance_s=30)
    short = stock(life_s=3600.0)
    with pytest.raises(ScheduleError) as caught:
        schedule_plan(plan_of(ops, lags, stocks=[short]))
    diagnostic = caught.value.diagnostics[0]
    assert diagnostic.code == "stock-too-old"
    assert "remake: person" in diagnostic.fix
    assert diagnostic.allowed == "at most 1 h"


def test_a_person_remakes_a_stock_before_it_is_too_old():
    ops, lags = [], []
    for column in range(1, 7):
        more, bounds = comb(f"A{column}", portions=8, interval_s=1800, tolerance_s=30)
        ops += more
        lags += bounds
    short = stock(life_s=1200.0, remake="person", remake_takes_s=60.0)
    plan = plan_of(ops, lags, stocks=[short])
    schedule = schedule_plan(plan)
    assert check_schedule(plan, schedule) == ()
    refills = [op for op in schedule.auxiliary if isinstance(op, Refill)]
    assert len(refills) + 1 >= len(schedule.lots) > 6
    assert sum(lot.drawn_ul for lot in schedule.lots) == pytest.approx(len(ops) * 50)
    assert "A person is needed at" in schedule.summary
    assert all(lot.last_use_s - lot.made_s <= 1200 for lot in schedule.lots)


def test_the_shaker_pauses_around_every_visit():
    from ncrobot.plan import Background

    ops, lags = comb("A1", portions=4, interval_s=600, tolerance_s=10)
    shaking = Background(
        device="shaker", labware="plate", speed_rpm=600, starts_after=("add-A1",), ends_before=(),
        step="stir",
    )  # fmt: skip
    plan = plan_of(ops, lags, backgrounds=[shaking])
    schedule = schedule_plan(plan)
    assert check_schedule(plan, schedule) == ()
    shakes = [op for op in schedule.auxiliary if isinstance(op, Shake)]
    assert sum(op.speed_rpm > 0 for op in shakes) == sum(op.speed_rpm == 0 for op in shakes) >= 3


def test_slack_is_how_late_an_operation_may_start():
    ops = [transfer("x0", "A1"), transfer("x1", "A1")]
    plan = plan_of(ops, [Lag(before="x0", after="x1", min_s=10, max_s=70)])
    schedule = schedule_plan(plan)
    entries = {entry.operation: entry for entry in schedule.entries}
    assert entries["x1"].slack_s == 60
    assert entries["x0"].slack_s == 0

"""The checker finds every way in which a correct schedule can be spoilt, and knows no scheduler."""

from __future__ import annotations

import ast
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ncrobot.errors import ScheduleError
from ncrobot.plan import Lag, Shake
from ncrobot.scheduler import check_schedule, checking, schedule_plan
from scheduler.scheduler_kit import (
    comb,
    cool,
    person,
    plan_of,
    random_plans,
    shaking,
    stock,
    transfer,
)


@pytest.fixture(scope="module")
def plan():
    ops, lags = [cool()], []
    for group in ("A1", "A2", "A3"):
        more, bounds = comb(group, count=4, interval_s=600, tolerance_s=20)
        ops += more
        lags += [*bounds, Lag(before="cool", after=f"p1-{group}")]
        lags.append(Lag(before=f"p4-{group}", after="centrifuge", min_s=300))
    ops.append(person("centrifuge"))
    short = stock("hydride", life_s=900.0, remake="person", remake_takes_s=60.0)
    stirring = shaking(["add-A1", "add-A2", "add-A3"])
    return plan_of(ops, lags, stocks=[short], backgrounds=[stirring])


@pytest.fixture(scope="module")
def schedule(plan):
    return schedule_plan(plan)


def with_entry(schedule, name, **changes):
    entries = [e.model_copy(update=changes) if e.operation == name else e for e in schedule.entries]
    entries.sort(key=lambda entry: entry.start_s)
    return schedule.model_copy(update={"entries": tuple(entries)})


def entry_of(schedule, name):
    return next(e for e in schedule.entries if e.operation == name)


def moved(schedule, name, by):
    return with_entry(schedule, name, start_s=entry_of(schedule, name).start_s + by)


def without(schedule, names):
    return schedule.model_copy(
        update={
            "entries": tuple(e for e in schedule.entries if e.operation not in names),
            "auxiliary": tuple(op for op in schedule.auxiliary if op.id not in names),
        }
    )


def with_auxiliary(schedule, name, **changes):
    auxiliary = (
        op.model_copy(update=changes) if op.id == name else op for op in schedule.auxiliary
    )
    return schedule.model_copy(update={"auxiliary": tuple(auxiliary)})


def shakes(schedule, *, run):
    return [op.id for op in schedule.auxiliary if op.kind == "shake" and (op.speed_rpm > 0) is run]


def refills(schedule):
    return [op.id for op in schedule.auxiliary if op.kind == "refill"]


def codes(plan, schedule):
    return {fault.code for fault in check_schedule(plan, schedule)}


def test_a_correct_schedule_has_no_fault(plan, schedule):
    assert check_schedule(plan, schedule) == ()
    assert shakes(schedule, run=True)
    assert refills(schedule)


def test_a_schedule_of_another_plan(plan, schedule):
    assert codes(plan, schedule.model_copy(update={"plan_sha256": "0" * 64})) == {"other-plan"}


def test_a_portion_too_late_or_too_early(plan, schedule):
    assert "lag-too-long" in codes(plan, moved(schedule, "p3-A2", 21))
    assert "lag-too-short" in codes(plan, moved(schedule, "p3-A2", -21))


def test_a_fault_tells_well_and_line(plan, schedule):
    faults = check_schedule(plan, moved(schedule, "p3-A2", 21))
    late = next(fault for fault in faults if fault.code == "lag-too-long")
    assert (late.well, late.line) == ("A2", 40)
    assert "1221 s after the start of p1-A2; at most 1220 s were asked" in late.message


def test_the_wrong_order(plan, schedule):
    first = entry_of(schedule, "add-A1").start_s
    spoilt = with_entry(schedule, "base-A1", start_s=first)
    assert {"lag-too-short", "overlap"} <= codes(plan, spoilt)


@pytest.mark.parametrize("dropped", ["p1-A1", "add-A3", "cool"])
def test_a_dropped_operation(plan, schedule, dropped):
    entries = tuple(e for e in schedule.entries if e.operation != dropped)
    assert codes(plan, schedule.model_copy(update={"entries": entries})) == {"not-scheduled"}


def test_an_operation_twice(plan, schedule):
    entries = (*schedule.entries, schedule.entries[-1])
    spoilt = schedule.model_copy(update={"entries": entries})
    assert codes(plan, spoilt) == {"scheduled-twice"}


def test_an_unknown_operation(plan, schedule):
    ghost = schedule.entries[0].model_copy(update={"operation": "ghost"})
    spoilt = schedule.model_copy(update={"entries": (ghost, *schedule.entries)})
    assert codes(plan, spoilt) == {"unknown-operation"}


def test_an_auxiliary_operation_with_an_id_of_the_plan_or_of_a_wrong_kind(plan, schedule):
    name = schedule.auxiliary[0].id
    assert "id-twice" in codes(plan, with_auxiliary(schedule, name, id="p1-A1"))
    more = (*schedule.auxiliary, transfer("extra", "A1"))
    extra = entry_of(schedule, "p1-A1").model_copy(update={"operation": "extra"})
    spoilt = schedule.model_copy(update={"auxiliary": more, "entries": (*schedule.entries, extra)})
    assert "auxiliary-kind" in codes(plan, spoilt)


@pytest.mark.parametrize(
    ("name", "changes", "code"),
    [
        ("p1-A1", {"resources": ()}, "resource-missing"),
        ("centrifuge", {"resources": ("arm",)}, "resource-missing"),
        ("cool", {"resources": ("cooler",)}, "resource-missing"),
        ("p1-A1", {"device": "shaker"}, "wrong-device"),
        ("p1-A1", {"duration_s": 19.0}, "too-short"),
        ("centrifuge", {"duration_s": 0.0}, "too-short"),
        ("cool", {"duration_s": 299.0}, "too-short"),
        ("p1-A1", {"start_s": float("nan")}, "not-a-time"),
        ("p1-A1", {"slack_s": float("inf")}, "not-a-time"),
    ],
)
def test_an_entry_that_is_not_right(plan, schedule, name, changes, code):
    assert code in codes(plan, with_entry(schedule, name, **changes))


def test_shakers_and_refills_that_are_given_no_time(plan, schedule):
    for name in (
        shakes(schedule, run=True)[0],
        shakes(schedule, run=False)[0],
        refills(schedule)[0],
    ):
        assert "too-short" in codes(plan, with_entry(schedule, name, duration_s=1.0))


def test_two_operations_at_once(plan, schedule):
    arm = [e for e in schedule.entries if "arm" in e.resources and e.duration_s > 0]
    for first, second in pairwise(arm):
        spoilt = with_entry(schedule, second.operation, start_s=first.end_s - 1)
        assert "overlap" in codes(plan, spoilt)


def test_entries_out_of_order(plan, schedule):
    spoilt = schedule.model_copy(update={"entries": schedule.entries[::-1]})
    assert codes(plan, spoilt) == {"not-in-order"}


def test_the_arm_in_a_shaking_plate(plan, schedule):
    assert "arm-in-shaking-plate" in codes(plan, without(schedule, shakes(schedule, run=False)))
    for name in shakes(schedule, run=False)[:-1]:
        assert codes(plan, moved(schedule, name, 3)) & {"arm-in-shaking-plate", "overlap"}


def test_a_person_at_a_shaking_plate(plan, schedule):
    begins = entry_of(schedule, "centrifuge").start_s
    last = max(
        (n for n in shakes(schedule, run=False) if entry_of(schedule, n).start_s < begins),
        key=lambda n: entry_of(schedule, n).start_s,
    )
    assert "person-at-shaking-plate" in codes(plan, moved(schedule, last, 30))


def test_a_plate_that_is_not_shaken(plan, schedule):
    every = [*shakes(schedule, run=True), *shakes(schedule, run=False)]
    assert codes(plan, without(schedule, every)) == {"not-shaken"}
    for run, stop in zip(shakes(schedule, run=True), shakes(schedule, run=False), strict=True):
        lasts = entry_of(schedule, stop).end_s - entry_of(schedule, run).start_s
        found = codes(plan, with_auxiliary(schedule, run, speed_rpm=500))
        assert found == {"shakes-unasked"} | ({"not-shaken"} if lasts > 22 else set())


def test_a_shaker_that_starts_before_it_should(plan, schedule):
    first = shakes(schedule, run=True)[0]
    spoilt = with_entry(schedule, first, start_s=0.0)
    assert {"shakes-unasked", "arm-in-shaking-plate"} <= codes(plan, spoilt)


def test_a_stock_too_old_without_its_refills(plan, schedule):
    found = codes(plan, without(schedule, refills(schedule)))
    assert found == {"no-lot", "lot-unknown", "visits-wrong"}
    found = codes(plan, without(schedule, refills(schedule)[1:]))
    assert found == {"stock-too-old", "lot-too-small", "lot-wrong", "lot-unknown", "visits-wrong"}


def test_a_stock_that_is_drawn_before_it_is_there(plan, schedule):
    late = entry_of(schedule, "p1-A3").start_s
    assert "no-lot" in codes(plan, with_entry(schedule, refills(schedule)[0], start_s=late))


def test_a_lot_that_is_too_small_or_stands_elsewhere(plan, schedule):
    name = refills(schedule)[0]
    few = {"hydride_source/A1": 10.0}
    assert codes(plan, with_auxiliary(schedule, name, wells_ul=few)) == {"lot-too-small"}
    elsewhere = {"water_source/A1": 10_000.0}
    assert "refill-elsewhere" in codes(plan, with_auxiliary(schedule, name, wells_ul=elsewhere))


def test_a_refill_that_nobody_asked_for(plan, schedule):
    name = refills(schedule)[0]
    assert "refill-unasked" in codes(plan, with_auxiliary(schedule, name, stock="water"))


@pytest.mark.parametrize(
    ("field", "by"), [("made_s", 1.0), ("last_use_s", -1.0), ("drawn_ul", 5.0), ("lot", 7)]
)
def test_a_lot_that_is_not_told_as_it_is(plan, schedule, field, by):
    last = schedule.lots[-1]
    wrong = last.model_copy(update={field: getattr(last, field) + by})
    spoilt = schedule.model_copy(update={"lots": (*schedule.lots[:-1], wrong)})
    assert codes(plan, spoilt) & {"lot-wrong", "lot-unknown"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"makespan_s": 1.0}, "makespan-wrong"),
        ({"lower_bound_s": 1e9}, "bound-wrong"),
        ({"lags": ()}, "lag-figures-missing"),
    ],
)
def test_a_schedule_that_tells_wrong_figures(plan, schedule, changes, code):
    assert code in codes(plan, schedule.model_copy(update=changes))


@pytest.mark.parametrize("field", ["value_s", "slack_s", "min_s", "max_s", "target_s"])
def test_a_lag_that_is_told_wrongly(plan, schedule, field):
    first = schedule.lags[0]
    wrong = first.model_copy(update={field: getattr(first, field) + 1.0})
    spoilt = schedule.model_copy(update={"lags": (wrong, *schedule.lags[1:])})
    assert codes(plan, spoilt) == {"lag-figure-wrong"}


def test_slack_that_is_not_there(plan, schedule):
    for entry in schedule.entries:
        if entry.slack_s < 1e12 and not entry.operation.startswith("shake"):
            spoilt = with_entry(schedule, entry.operation, slack_s=entry.slack_s + 1)
            assert codes(plan, spoilt) == {"slack-wrong"}


@settings(max_examples=200)
@given(random_plans(), st.data())
def test_a_spoilt_random_schedule_is_found_out(plan, data):
    try:
        schedule = schedule_plan(plan)
    except ScheduleError:
        return
    entry = data.draw(st.sampled_from(schedule.entries))
    auxiliary = {op.id for op in schedule.auxiliary}
    how = data.draw(st.sampled_from(["drop", "twice", "later", "shorter", "with another"]))
    if how == "drop":
        spoilt = without(schedule, [entry.operation])
    elif how == "twice":
        entries = (*schedule.entries, entry)
        spoilt = schedule.model_copy(update={"entries": entries})
    elif how == "later":
        assume(entry.slack_s < 1e12 and entry.operation not in auxiliary)
        spoilt = moved(schedule, entry.operation, entry.slack_s + 1)
    elif how == "shorter":
        assume(entry.duration_s > 2)
        spoilt = with_entry(schedule, entry.operation, duration_s=entry.duration_s - 2)
    else:
        others = [
            e
            for e in schedule.entries
            if e is not entry and e.duration_s > 0 and set(e.resources) & set(entry.resources)
        ]
        assume(entry.duration_s > 0 and others)
        start_s = data.draw(st.sampled_from(others)).start_s
        spoilt = with_entry(schedule, entry.operation, start_s=start_s)
    assert check_schedule(plan, spoilt)


def test_the_checker_imports_nothing_of_the_scheduler():
    for path in Path(checking.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                inside = (name or "").startswith("ncrobot.scheduler")
                assert not inside or name.startswith("ncrobot.scheduler.checking")


def test_a_speed_of_the_plan_itself_is_no_fault():
    ops = [
        transfer("a-A1", "A1"),
        Shake(id="fast", step="s", device="shaker", labware="plate", speed_rpm=900),
        transfer("b-A1", "A1"),
    ]
    lags = [Lag(before="a-A1", after="fast"), Lag(before="fast", after="b-A1")]
    plan = plan_of(ops, lags, backgrounds=[shaking(["fast"], speed_rpm=900)])
    schedule = schedule_plan(plan)
    assert check_schedule(plan, schedule) == ()
    assert entry_of(schedule, "b-A1").start_s >= entry_of(schedule, "fast").end_s + 6

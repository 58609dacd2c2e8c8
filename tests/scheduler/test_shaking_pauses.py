"""When a plate is shaken, and when it stands still."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ncrobot.plan import Lag, Shake
from ncrobot.scheduler import check_schedule, schedule_plan
from scheduler.scheduler_kit import carry, comb, person, plan_of, read, shake, shaking, transfer

STOP_S, START_S, WORTH_S = 6, 3, 10


def commands(plan, schedule):
    """(start, end, rpm) of every shake operation."""
    operations = {op.id: op for op in (*plan.operations, *schedule.auxiliary)}
    found = [
        (entry.start_s, entry.end_s, operations[entry.operation].speed_rpm)
        for entry in schedule.entries
        if isinstance(operations[entry.operation], Shake)
    ]
    return sorted(found)


def visits(schedule, *prefixes):
    return sorted(
        (e.start_s, e.end_s) for e in schedule.entries if e.operation.startswith(prefixes)
    )


def chain(*operations, gaps=None):
    gaps = gaps or [0] * (len(operations) - 1)
    return [
        Lag(before=a.id, after=b.id, min_s=gap, max_s=gap)
        for (a, b), gap in zip(pairwise(operations), gaps, strict=True)
    ]


@pytest.mark.parametrize("gap_s", [0, 10, STOP_S + START_S + WORTH_S, 20, 60])
def test_between_two_visits_it_runs_only_if_that_is_worth_it(gap_s):
    ops = [transfer("a-A1", "A1"), transfer("b-A1", "A1"), transfer("c-A1", "A1")]
    plan = plan_of(ops, chain(*ops, gaps=[gap_s, 600]), backgrounds=[shaking(["a-A1"])])
    schedule = schedule_plan(plan)
    assert check_schedule(plan, schedule) == ()
    first, second, third = visits(schedule, "a-", "b-", "c-")
    inside = [c for c in commands(plan, schedule) if first[1] <= c[0] < second[0]]
    if gap_s > STOP_S + START_S + WORTH_S:
        assert inside == [
            (first[1], first[1] + START_S, 600),
            (second[0] - STOP_S, second[0], 0),
        ]
    else:
        assert inside == []
    assert (third[0] - STOP_S, third[0], 0) in commands(plan, schedule)


def test_it_pauses_around_every_visit_of_every_well():
    ops, lags = [], []
    for group in ("A1", "A2", "A3"):
        more, bounds = comb(group, 4, interval_s=600)
        ops += more
        lags += bounds
    firsts = [op.id for op in ops if op.id.startswith("add")]
    plan = plan_of(ops, lags, backgrounds=[shaking(firsts)])
    schedule = schedule_plan(plan)
    assert check_schedule(plan, schedule) == ()
    speeds = [speed for _, _, speed in commands(plan, schedule)]
    assert speeds == [600.0, 0.0] * (len(speeds) // 2)
    assert len(speeds) >= 2 * 4


def test_pauses_cost_the_schedule_no_time():
    ops, lags = comb("A1", 4, interval_s=600)
    still = schedule_plan(plan_of(ops, lags))
    shaken = schedule_plan(plan_of(ops, lags, backgrounds=[shaking(["add-A1"])]))
    assert shaken.makespan_s == still.makespan_s


def test_it_stops_for_a_person_and_runs_on_afterwards():
    ops = [transfer("a-A1", "A1"), person("centrifuge", 600), transfer("b-A1", "A1")]
    plan = plan_of(ops, chain(*ops, gaps=[300, 300]), backgrounds=[shaking(["a-A1"])])
    schedule = schedule_plan(plan)
    assert check_schedule(plan, schedule) == ()
    ((begin, end),) = visits(schedule, "centrifuge")
    assert (begin - STOP_S, begin, 0) in commands(plan, schedule)
    assert (end, end + START_S, 600) in commands(plan, schedule)


def test_it_stands_still_while_the_plate_is_away():
    ops = [
        transfer("a-A1", "A1"),
        carry("out", "reader"),
        read("measure"),
        carry("back", "home"),
        transfer("b-A1", "A1"),
    ]
    plan = plan_of(ops, chain(*ops, gaps=[60, 60, 60, 60]), backgrounds=[shaking(["a-A1"])])
    schedule = schedule_plan(plan)
    assert check_schedule(plan, schedule) == ()
    (out,), (back,) = visits(schedule, "out"), visits(schedule, "back")
    assert not [c for c in commands(plan, schedule) if out[0] <= c[0] < back[1]]
    assert (back[1], back[1] + START_S, 600) in commands(plan, schedule)


def test_it_ends_when_the_background_does():
    ops = [transfer("a-A1", "A1"), transfer("b-A1", "A1"), person("wait", 900)]
    lags = chain(*ops, gaps=[100, 0])
    for given, off_s in (({"ends_before": ("b-A1",)}, 120), ({"for_s": 50.0}, 70)):
        plan = plan_of(ops, lags, backgrounds=[shaking(["a-A1"], **given)])
        schedule = schedule_plan(plan)
        assert check_schedule(plan, schedule) == ()
        assert commands(plan, schedule) == [(20, 23, 600), (off_s - STOP_S, off_s, 0)]


def test_a_new_speed_of_the_plan_takes_over():
    ops = [transfer("a-A1", "A1"), shake("faster", 900), transfer("b-A1", "A1")]
    backgrounds = [shaking(["a-A1"], ends_before=("faster",)), shaking(["faster"], speed_rpm=900)]
    plan = plan_of(ops, chain(*ops, gaps=[100, 100]), backgrounds=backgrounds)
    schedule = schedule_plan(plan)
    assert check_schedule(plan, schedule) == ()
    assert commands(plan, schedule) == [(20, 23, 600), (120, 123, 900), (217, 223, 0)]


def test_after_a_new_speed_nobody_comes_before_the_plate_can_stop():
    ops = [transfer("a-A1", "A1"), shake("faster", 900), transfer("b-A1", "A1")]
    lags = [Lag(before=a.id, after=b.id) for a, b in pairwise(ops)]
    plan = plan_of(ops, lags, backgrounds=[shaking(["faster"], speed_rpm=900)])
    schedule = schedule_plan(plan)
    assert check_schedule(plan, schedule) == ()
    assert commands(plan, schedule) == [(20, 23, 900), (23, 29, 0)]
    assert visits(schedule, "b-")[0][0] == 29


def test_a_plan_that_stops_the_shaker_itself():
    ops = [transfer("a-A1", "A1"), shake("still", 0), transfer("b-A1", "A1")]
    plan = plan_of(
        ops, chain(*ops, gaps=[100, 0]), backgrounds=[shaking(["a-A1"], ends_before=("still",))]
    )
    schedule = schedule_plan(plan)
    assert check_schedule(plan, schedule) == ()
    assert commands(plan, schedule) == [(20, 23, 600), (120, 126, 0)]

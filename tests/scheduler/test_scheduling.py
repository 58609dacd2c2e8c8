"""What schedules look like: exact portions, short waits, plain words, honest bounds."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ncrobot.plan import Lag
from ncrobot.schedule import Schedule
from ncrobot.scheduler import check_schedule, schedule_plan
from scheduler.scheduler_kit import (
    HOUR_S,
    comb,
    cool,
    person,
    plan_of,
    plate,
    read,
    stock,
    transfer,
    wells,
)

EIGHT = [1800 * k for k in range(8)]


def checked(plan, **given) -> Schedule:
    schedule = schedule_plan(plan, **given)
    assert check_schedule(plan, schedule) == ()
    return schedule


def starts(schedule):
    return {entry.operation: entry.start_s for entry in schedule.entries}


def combs(count, portions=8, **given):
    ops, lags = [], []
    for group in wells(count):
        more, bounds = comb(group, portions, **given)
        ops += more
        lags += bounds
    return ops, lags


def test_an_empty_plan_has_an_empty_schedule():
    schedule = checked(plan_of([], []))
    assert (schedule.entries, schedule.makespan_s, schedule.lower_bound_s) == ((), 0, 0)


def test_combs_interleave_and_portions_are_exact():
    schedule = checked(plan_of(*combs(12, takes_s=30)))
    assert {figure.value_s - figure.target_s for figure in schedule.lags} == {0.0}
    assert schedule.makespan_s <= 1.005 * schedule.lower_bound_s


def test_96_combs_on_one_arm():
    """90 wells of 20 s fit into half an hour; with more, some come a whole comb later."""
    fits = checked(plan_of(*combs(60)))
    assert fits.makespan_s < 5 * HOUR_S
    assert "come later" not in fits.summary
    full = checked(plan_of(*combs(96)))
    assert full.makespan_s > 7.5 * HOUR_S
    assert "96 wells or columns" in full.summary
    assert "about 90 fit into one interval of 30 min" in full.summary
    assert {figure.value_s - figure.target_s for figure in full.lags} == {0.0}


def test_columns_of_the_benchmark_are_close_to_the_optimum():
    """Twelve columns, eight portions; with refills the optimum is 9.033 h."""
    schedule = checked(plate([f"A{c}" for c in range(1, 13)], EIGHT, (30, 30, 30)))
    assert 8.98 * HOUR_S < schedule.lower_bound_s <= 9.033 * HOUR_S
    assert schedule.makespan_s < 9.25 * HOUR_S
    portions = [f for f in schedule.lags if f.after.startswith("p") and f.target_s is not None]
    samples = [f for f in schedule.lags if f.after.startswith("s") and f.target_s is not None]
    assert (len(portions), len(samples)) == (12 * 7, 12 * 4)
    assert max(abs(f.value_s - f.target_s) for f in portions) == 0
    assert sum(f.value_s == f.target_s for f in samples) > len(samples) / 2


def test_single_wells_of_the_benchmark_are_scheduled_too():
    schedule = checked(plate(wells(96), EIGHT[:4], (8, 8, 20)))
    assert len(schedule.entries) > 96 * 13
    assert all(
        f.value_s == f.target_s for f in schedule.lags if f.after.startswith("p") and f.target_s
    )


def test_the_tolerance_is_used_when_exact_portions_find_no_time():
    """Each comb needs its whole interval, so the second one has to give way a little."""
    ops, lags = combs(1, portions=3, interval_s=40, tolerance_s=0)
    more, bounds = [], []
    names = ["x0", "x1"]
    more = [transfer(name, "A2") for name in names]
    bounds = [
        Lag(before="p1-A1", point="start", after="x0", min_s=20, max_s=20),
        Lag(
            before="x0", point="start", after="x1", min_s=15, max_s=45, target_s=30, kind="portion"
        ),
    ]
    schedule = checked(plan_of([*ops, *more], [*lags, *bounds]))
    (figure,) = (f for f in schedule.lags if f.after == "x1")
    assert figure.value_s == 40


def test_samples_are_taken_at_their_time_if_that_is_free():
    ops = [transfer("x0", "A1"), transfer("x1", "A1")]
    lag = Lag(before="x0", after="x1", min_s=240, max_s=360, target_s=300, kind="sample")
    assert starts(checked(plan_of(ops, [lag])))["x1"] == 20 + 300
    busy = [person("busy", 100), *ops]
    tied = Lag(before="x0", point="start", after="busy", min_s=300, max_s=300)
    assert starts(checked(plan_of(busy, [lag, tied])))["x1"] == 20 + 260


def test_wells_do_not_wait_in_vain():
    """Twenty wells are filled when their turn is near, as far as the arm has time then."""
    ops, lags = combs(20, portions=4, interval_s=100, tolerance_s=5)
    begins = starts(checked(plan_of(ops, lags)))
    waits = [begins[f"base-{w}"] - begins[f"add-{w}"] for w in wells(20)]
    assert sorted(waits)[10] < 900
    assert max(begins[f"add-{w}"] for w in wells(20)) > 1500


def test_a_hold_that_lasts_longer_than_asked_is_told():
    ops = [transfer("first", "A1"), transfer("second", "A1"), person("before_noon", 3000)]
    lags = [
        Lag(before="first", after="before_noon", max_s=0),
        Lag(before="first", after="second", min_s=600, kind="hold", step="complexation"),
    ]
    schedule = checked(plan_of(ops, lags))
    assert "'complexation' asks for at least 10 min and lasts up to 50 min" in schedule.summary


def test_setpoints_come_first_and_plate_steps_wait_for_all_wells():
    ops, lags = combs(3, portions=2)
    ops += [read("measure"), cool(), person("look", 60)]
    lags += [Lag(before="cool", after=f"p1-{w}") for w in wells(3)]
    lags += [Lag(before=f"p2-{w}", after="measure") for w in wells(3)]
    lags.append(Lag(before="measure", after="look"))
    begins = starts(checked(plan_of(ops, lags)))
    assert begins["cool"] == 0
    assert begins["measure"] >= max(begins[f"p2-{w}"] for w in wells(3)) + 20
    assert begins["look"] >= begins["measure"] + 32


def test_a_person_at_work_keeps_the_arm_off_the_deck():
    ops = [person("weigh", 300), transfer("x0", "A1"), transfer("x1", "A1")]
    schedule = checked(
        plan_of(ops, [Lag(before="weigh", point="start", after="x1", min_s=10, max_s=400)])
    )
    begins = starts(schedule)
    assert all(
        begins[n] >= begins["weigh"] + 300 or begins[n] + 20 <= begins["weigh"]
        for n in ("x0", "x1")
    )
    assert "A person is needed: Do weigh at T+0:" in schedule.summary


def test_slack_is_how_late_an_operation_may_start():
    ops = [transfer("x0", "A1"), transfer("x1", "A1"), transfer("y0", "A2")]
    lags = [Lag(before="x0", after="x1", min_s=10, max_s=70), Lag(before="x1", after="y0", min_s=5)]
    entries = {entry.operation: entry for entry in checked(plan_of(ops, lags)).entries}
    assert entries["x0"].slack_s == 0
    assert entries["x1"].slack_s == 0
    assert entries["y0"].slack_s == 1e12


def test_a_refill_may_be_late_until_the_arm_is_needed():
    ops, lags = combs(2)
    short = stock("hydride", life_s=1200.0, remake="person", remake_takes_s=60.0)
    schedule = checked(plan_of(ops, lags, stocks=[short]))
    entries = [e for e in schedule.entries if "arm" in e.resources]
    for entry, following in pairwise(entries):
        if entry.operation.startswith("refill"):
            assert entry.slack_s == following.start_s - entry.end_s


def test_the_lower_bound_counts_what_must_come_before_and_after_the_arm():
    """Ten wells of 20 s behind 300 s of cooling, and an hour to wait after the last."""
    ops = [cool(), *(transfer(f"x-{w}", w) for w in wells(10)), person("look", 60)]
    lags = [Lag(before="cool", after=f"x-{w}") for w in wells(10)]
    lags += [Lag(before=f"x-{w}", after="look", min_s=3600) for w in wells(10)]
    schedule = checked(plan_of(ops, lags))
    assert schedule.lower_bound_s == schedule.makespan_s == 300 + 10 * 20 + 3600 + 60
    assert "set by the work of 'arm'" in schedule.summary


def test_another_seed_gives_another_order_of_equal_wells():
    plan = plan_of(*combs(6, portions=2))
    found = {tuple(sorted(starts(checked(plan, seed=seed)).items())) for seed in range(5)}
    assert len(found) > 1
    assert checked(plan, seed=3) == checked(plan, seed=3)


@pytest.mark.parametrize("high", [None, 600, 1200])
def test_many_wells_before_and_after_one_plate_wide_step(high):
    """Every well within 10 min before a measurement and, if asked, within a time after it."""
    ops, lags = combs(40, portions=4, takes_s=8)
    ops.append(read("measure"))
    for group in wells(40):
        ops.append(transfer(f"end-{group}", group, 8, step="quench"))
        lags.append(
            Lag(
                before=f"p4-{group}",
                after="measure",
                min_s=1800,
                max_s=2400,
                kind="hold",
                step="hold",
            )
        )
        lags.append(Lag(before="measure", after=f"end-{group}", max_s=high, step="quench"))
    schedule = checked(plan_of(ops, lags))
    assert schedule.makespan_s < 1.05 * schedule.lower_bound_s


def test_a_short_interval_is_kept_by_wells_that_have_to_take_turns():
    """Two combs with an interval of 50 s and teeth of 20 s: two fit into each other, three don't."""
    one, two, three = (
        checked(plan_of(*combs(n, portions=5, interval_s=50, tolerance_s=0))).makespan_s
        for n in (1, 2, 3)
    )
    assert one == 260
    assert two - one < 150
    assert three - two > 150

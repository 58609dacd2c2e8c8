"""Stocks that nobody re-makes: what can be drawn within a life is, and isn't refused."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ncrobot.errors import ScheduleError
from ncrobot.plan import Lag
from ncrobot.schedule import ScheduleOptions
from ncrobot.scheduler import check_schedule, schedule_plan
from scheduler.scheduler_cp_oracle import Unsolved, least_makespan
from scheduler.scheduler_kit import comb, plan_of, random_plans, stock, transfer, wells


def equal_wells(count, portions, interval_s, takes_s=20):
    """Wells of one recipe: two additions, portions, and a sample one interval after the last."""
    operations, lags = [], []
    for group in wells(count):
        more, bounds = comb(group, portions, interval_s, takes_s=takes_s)
        sample = transfer(f"sample-{group}", group, takes_s, step="sample")
        operations += [*more, sample]
        wait_s = {"min_s": interval_s - 60, "max_s": interval_s + 60}
        lags += [*bounds, Lag(before=f"p{portions}-{group}", after=sample.id, **wait_s)]
    return operations, lags


def last_draw_s(plan, schedule):
    drawn = {op.id for op in plan.operations if getattr(op, "stock", None) == "hydride"}
    return max((e.end_s for e in schedule.entries if e.operation in drawn), default=0.0)


def kept_for(operations, lags, life_s, **given_):
    return plan_of(operations, lags, stocks=[stock("hydride", life_s=life_s, **given_)])


@pytest.mark.parametrize(
    ("count", "portions", "interval_s"), [(24, 3, 900), (24, 2, 600), (12, 4, 300), (8, 3, 300)]
)
def test_a_life_that_the_schedule_without_one_keeps_is_enough(count, portions, interval_s):
    """One well after the other at its earliest, the last of them would draw too late."""
    operations, lags = equal_wells(count, portions, interval_s)
    free = plan_of(operations, lags)
    for_ever = schedule_plan(free)
    plan = kept_for(operations, lags, last_draw_s(free, for_ever))
    schedule = schedule_plan(plan)
    assert check_schedule(plan, schedule) == ()
    assert schedule.makespan_s <= for_ever.makespan_s


@settings(max_examples=20)
@given(st.integers(2, 16), st.integers(1, 4), st.sampled_from([200, 300, 600]), st.integers(0, 900))
def test_no_equal_wells_are_refused_that_one_lot_serves(count, portions, interval_s, spare_s):
    operations, lags = equal_wells(count, portions, interval_s)
    free = plan_of(operations, lags)
    for_ever = schedule_plan(free)
    life_s = last_draw_s(free, for_ever) + spare_s
    for plan in (
        kept_for(operations, lags, life_s),
        kept_for(operations, lags, for_ever.makespan_s, remake="person", remake_takes_s=600.0),
    ):
        assert check_schedule(plan, schedule_plan(plan)) == ()


@settings(max_examples=60)
@given(random_plans(), st.integers(0, 3), st.integers(0, 60))
def test_a_plan_is_not_refused_for_a_life_that_its_schedule_keeps(plan, seed, spare_s):
    free = plan.model_copy(update={"stocks": ()})
    try:
        for_ever = schedule_plan(free, seed=seed)
    except ScheduleError:
        assume(condition=False)
    life_s = math.ceil(last_draw_s(free, for_ever)) + spare_s
    aged = plan.model_copy(update={"stocks": (stock("hydride", life_s=float(life_s)),)})
    assert check_schedule(aged, schedule_plan(aged, seed=seed)) == ()


@settings(max_examples=40)
@given(st.data())
def test_a_few_wells_are_refused_only_if_an_exact_solver_finds_nothing(data):
    portions = data.draw(st.integers(1, 4))
    interval_s = data.draw(st.sampled_from([60, 100, 200, 450]))
    takes_s = data.draw(st.sampled_from([8, 20, 45]))
    operations, lags = [], []
    for group in wells(data.draw(st.integers(1, 5))):
        more, bounds = comb(group, portions, interval_s, 5, takes_s)
        operations += more
        lags += bounds
    plan = kept_for(
        operations, lags, float(data.draw(st.sampled_from([60, 100, 200, 300, 600, 900])))
    )
    try:
        schedule = schedule_plan(plan)
    except ScheduleError as error:
        try:
            least_s = least_makespan(plan)
        except Unsolved:
            assume(condition=False)
        assert least_s is None, f"refused, but {least_s} s are enough: {error}"
        return
    assert check_schedule(plan, schedule) == ()


@pytest.mark.parametrize(
    ("portions", "interval_s", "takes_s", "life_s", "making_s"),
    [
        (1, 450, 45, 60.0, 20.0),  # draws that last most of a life
        (3, 450, 20, 150.0, 200.0),  # no lot lives until the next portion
        (2, 450, 45, 60.0, 60.0),
    ],
)
def test_refills_in_an_ordinary_rhythm_are_not_the_only_ones(
    portions, interval_s, takes_s, life_s, making_s
):
    operations, lags = [], []
    for group in wells(3):
        more, bounds = comb(group, portions, interval_s, 0, takes_s)
        follows = Lag(before=f"base-{group}", after=f"p1-{group}", max_s=120)
        operations += more
        lags += [*bounds, follows]
    plan = kept_for(operations, lags, life_s, remake="person", remake_takes_s=making_s)
    schedule = schedule_plan(plan)
    assert check_schedule(plan, schedule) == ()
    assert all(lot.last_use_s - lot.made_s <= life_s for lot in schedule.lots)


def test_an_asked_end_is_met_where_a_life_binds_as_well():
    operations, lags = equal_wells(12, 3, 300)
    free = plan_of(operations, lags)
    for_ever = schedule_plan(free)
    plan = kept_for(operations, lags, last_draw_s(free, for_ever))
    asked = ScheduleOptions(finish_within_s=for_ever.makespan_s)
    schedule = schedule_plan(plan, options=asked)
    assert check_schedule(plan, schedule) == ()


def test_a_refusal_tells_when_the_stock_is_too_old_and_whether_that_is_proven():
    operations, lags = comb("A1", 8)
    with pytest.raises(ScheduleError) as proven:
        schedule_plan(kept_for(operations, lags, 3600.0))
    (found,) = proven.value.diagnostics
    assert "too old from T+1:00" in found.message
    assert "'reduction' of A1 draws from it until T+3:31" in found.message
    assert "no proof" not in found.message
    crowd = [comb(group, 3, 150, 0) for group in wells(12)]
    operations = [op for ops, _ in crowd for op in ops]
    lags = [lag for _, bounds in crowd for lag in bounds]
    with pytest.raises(ScheduleError) as unproven:
        schedule_plan(kept_for(operations, lags, 1200.0))
    (found,) = unproven.value.diagnostics
    assert found.code == "stock-too-old"
    assert "no proof" in found.message

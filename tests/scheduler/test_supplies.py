"""Stocks with a limited life: lots, refills, and what is drawn from them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ncrobot.errors import ScheduleError
from ncrobot.plan import Lag, Refill
from ncrobot.scheduler import check_schedule, schedule_plan
from scheduler.scheduler_kit import comb, cool, person, plan_of, stock, transfer, wells


def combs(count, portions=8, **given_):
    ops, lags = [], []
    for group in wells(count):
        more, bounds = comb(group, portions, **given_)
        ops += more
        lags += bounds
    return ops, lags


def remade(life_s=1200.0, takes_s=60.0, name="hydride"):
    return stock(name, life_s=life_s, remake="person", remake_takes_s=takes_s)


def refills(schedule):
    starts = {entry.operation: entry.start_s for entry in schedule.entries}
    return [(starts[op.id], op) for op in schedule.auxiliary if isinstance(op, Refill)]


def test_a_person_remakes_a_stock_before_it_is_too_old():
    ops, lags = combs(6)
    plan = plan_of(ops, lags, stocks=[remade()])
    schedule = schedule_plan(plan)
    assert check_schedule(plan, schedule) == ()
    assert len(refills(schedule)) == len(schedule.lots) - 1 > 6
    assert [lot.lot for lot in schedule.lots] == list(range(1, len(schedule.lots) + 1))
    drawn = sum(leg.volume_ul for op in ops if op.stock == "hydride" for leg in op.legs)
    assert sum(lot.drawn_ul for lot in schedule.lots) == pytest.approx(drawn)
    assert "A person is needed: new lot of hydride at T+0:20" in schedule.summary
    assert all(lot.last_use_s - lot.made_s <= 1200 for lot in schedule.lots)


def test_a_lot_holds_what_is_drawn_a_margin_and_the_dead_volume():
    ops, lags = combs(6)
    schedule = schedule_plan(plan_of(ops, lags, stocks=[remade()]))
    lots = {lot.lot: lot for lot in schedule.lots}
    for _, refill in refills(schedule):
        assert refill.wells_ul["hydride_source/A1"] == pytest.approx(
            lots[refill.lot].drawn_ul * 1.05 + 100, abs=1
        )


def test_the_first_lot_is_made_right_before_its_first_use():
    ops, lags = combs(3, portions=2)
    ops.append(cool())
    lags += [Lag(before="cool", after=f"base-{group}", min_s=1700) for group in wells(3)]
    plan = plan_of(ops, lags, stocks=[remade()])
    schedule = schedule_plan(plan)
    assert check_schedule(plan, schedule) == ()
    at, first = refills(schedule)[0]
    assert (first.lot, first.id) == (1, "refill-hydride-1")
    used = min(e.start_s for e in schedule.entries if e.operation.startswith("p1"))
    assert 0 <= used - (at + 60) < 120
    assert schedule.lots[0].made_s == at + 60


def test_refills_that_nothing_draws_from_are_not_made():
    ops = [transfer("early-A1", "A1", stock="hydride"), transfer("late-A1", "A1", stock="hydride")]
    lags = [Lag(before="early-A1", after="late-A1", min_s=6 * 3600)]
    plan = plan_of(ops, lags, stocks=[remade()])
    schedule = schedule_plan(plan)
    assert check_schedule(plan, schedule) == ()
    assert len(refills(schedule)) == 1
    assert [lot.drawn_ul for lot in schedule.lots] == [650, 650]


def test_a_long_task_of_a_person_fits_between_refills_that_may_come():
    """Refills every 20 min leave no room for a task of 45 min; but none is needed meanwhile."""
    ops = [
        transfer("early-A1", "A1", stock="hydride"),
        person("centrifuge", 2700),
        transfer("late-A1", "A1", stock="hydride"),
    ]
    lags = [Lag(before=a.id, after=b.id) for a, b in pairwise(ops)]
    plan = plan_of(ops, lags, stocks=[remade(takes_s=600.0)])
    schedule = schedule_plan(plan)
    assert check_schedule(plan, schedule) == ()
    assert schedule.makespan_s < 2700 + 2 * 1200


def test_the_refills_of_two_stocks_never_ask_for_a_person_at_the_same_time():
    ops, lags = combs(4)
    for group in wells(4):
        extra = transfer(f"gold-{group}", group, stock="gold")
        ops.append(extra)
        lags.append(Lag(before=f"p8-{group}", after=extra.id, max_s=600))
        lags.append(Lag(before=f"add-{group}", after=extra.id))
        ops.append(transfer(f"gold0-{group}", group, stock="gold"))
    plan = plan_of(ops, lags, stocks=[remade(), remade(1700.0, 300.0, "gold")])
    schedule = schedule_plan(plan)
    assert check_schedule(plan, schedule) == ()
    assert {refill.stock for _, refill in refills(schedule)} == {"hydride", "gold"}


@pytest.mark.parametrize("life_s", [300.0, 900.0, 1800.0, 14_400.0])
@pytest.mark.parametrize("takes_s", [0.0, 60.0, 240.0, 600.0])
@pytest.mark.parametrize("interval_s", [120, 600, 1800])
@pytest.mark.parametrize(("count", "portions"), [(1, 1), (3, 3), (4, 6)])
def test_whatever_the_life_and_the_making_no_use_is_too_old(
    count, portions, life_s, takes_s, interval_s
):
    ops, lags = combs(count, portions, interval_s=interval_s, tolerance_s=30)
    plan = plan_of(ops, lags, stocks=[remade(life_s, takes_s)])
    try:
        schedule = schedule_plan(plan)
    except ScheduleError as error:
        # Only where a refill and a portion take longer than the time from portion to portion.
        assert takes_s + 20 > interval_s + 30 / (portions - 1)
        assert "re-made" in str(error)
        return
    assert check_schedule(plan, schedule) == ()


def test_a_stock_that_nobody_remakes_is_used_within_its_life_if_it_can_be():
    """In the plan's order the second well's hydride would come an hour too late."""
    ops = [
        transfer("slow-A1", "A1"), transfer("rest-A1", "A1", 3000), transfer("hydride-A1", "A1", stock="hydride"),
        transfer("hydride-A2", "A2", stock="hydride"),
    ]  # fmt: skip
    lags = [
        Lag(before="slow-A1", after="rest-A1"),
        Lag(before="rest-A1", after="hydride-A1", max_s=60),
    ]
    plan = plan_of(ops, lags, stocks=[stock("hydride", life_s=3200.0)])
    schedule = schedule_plan(plan)
    assert check_schedule(plan, schedule) == ()
    assert [(lot.made_s, lot.lot) for lot in schedule.lots] == [(0.0, 1)]


def test_a_stock_that_nobody_remakes_is_refused_when_it_gets_too_old():
    ops, lags = comb("A1", 8)
    hydride = stock("hydride", life_s=3600.0, hydrolysis_ph=12.0)
    with pytest.raises(ScheduleError) as caught:
        schedule_plan(plan_of(ops, lags, stocks=[hydride]))
    diagnostic = caught.value.diagnostics[0]
    assert diagnostic.code == "stock-too-old"
    assert diagnostic.well == "A1"
    assert diagnostic.found == "3.517 h"
    assert diagnostic.allowed == "at most 1 h"
    assert "remake: person" in diagnostic.fix
    assert "base" in diagnostic.fix


def test_a_sample_is_diluted_before_its_diluent_is_too_old_even_if_it_should_be_later():
    ops = [transfer("x0-A1", "A1"), transfer("s-A1", "A1", stock="diluent", step="sample")]
    lag = Lag(before="x0-A1", after="s-A1", min_s=100, max_s=900, target_s=500, kind="sample")
    plan = plan_of(ops, [lag], stocks=[stock("diluent", life_s=300.0)])
    schedule = schedule_plan(plan)
    assert check_schedule(plan, schedule) == ()
    assert schedule.makespan_s == 300


def test_a_working_solution_is_as_old_as_its_stock():
    dilute = transfer("dilute", None, stock="ligand").model_copy(update={"purpose": "dilution"})
    (leg,) = dilute.legs
    made = dilute.model_copy(
        update={"legs": (leg.model_copy(update={"destination": "weak_source/A1"}),)}
    )
    use = transfer("use-A1", "A1", stock="weak")

    def plan(wait_s):
        lags = [Lag(before="dilute", after="use-A1", min_s=wait_s)]
        weak = stock("weak", working_of="ligand", dilution_factor=10.0)
        return plan_of([made, use], lags, stocks=[stock("ligand", life_s=3600.0), weak])

    young = plan(3000)
    assert check_schedule(young, schedule_plan(young)) == ()
    with pytest.raises(ScheduleError, match="'weak' would be used after the end of its life"):
        schedule_plan(plan(3600))

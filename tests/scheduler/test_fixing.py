"""Fixes that a refusal names: what is called enough is, and what is left out can't help."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ncrobot.errors import ScheduleError
from ncrobot.plan import ModeOption, StepModes
from ncrobot.pricing.portions import portion_steps, with_interval, with_tolerance
from ncrobot.pricing.variants import for_ever
from ncrobot.schedule import ScheduleOptions
from ncrobot.scheduler import possible_fixes, schedule_plan, wells_that_fit
from ncrobot.scheduler.easing import Eased
from ncrobot.scheduler.network import build_network
from ncrobot.scheduler.passing import passes, wells_to_leave_out
from scheduler.scheduler_kit import comb, layout, plan_of, stock, wells

HOUR_S = 3600.0


def combs(number, portions, interval_s, *, simultaneous=8, **life):
    ops, lags = [], []
    for group in wells(number):
        more, bounds = comb(group, portions, interval_s, tolerance_s=5)
        ops += more
        lags += bounds
    stocks = [stock("hydride", **life)] if life else []
    return plan_of(ops, lags, stocks=stocks, deck=layout(simultaneous))


@st.composite
def crowded(draw):
    """Combs that are nearly or far too many for an asked end, for a stock that dies, or both."""
    number, portions = draw(st.integers(2, 9)), draw(st.integers(2, 4))
    interval_s = draw(st.sampled_from([60, 100, 300]))
    chain_s = 60 + (portions - 1) * interval_s
    end_s = draw(st.one_of(st.none(), st.floats(0.9, 2.5).map(lambda x: float(int(x * chain_s)))))
    life_s = draw(st.one_of(st.none(), st.floats(0.9, 2.5).map(lambda x: float(int(x * chain_s)))))
    life = {"life_s": life_s} if life_s else {}
    plan = combs(number, portions, interval_s, simultaneous=draw(st.sampled_from([1, 8])), **life)
    return plan, ScheduleOptions(finish_within_s=end_s)


def is_refused(plan, options=None):
    try:
        schedule_plan(plan, options=options or ScheduleOptions())
    except ScheduleError:
        return True
    return False


def refusal(plan, options):
    try:
        schedule_plan(plan, options=options)
    except ScheduleError as error:
        return error.diagnostics[0]
    assume(condition=False)
    raise AssertionError


@settings(max_examples=25)
@given(crowded())
def test_what_a_refusal_calls_enough_is_enough(case):
    plan, options = case
    found = refusal(plan, options)
    assert found.fix
    assert "necessary, may not be enough" in found.fix or "combine" in found.fix
    if told := re.search(r"a later end: ([\d.]+) h is enough", found.fix):
        end_s = round(float(told[1]) * HOUR_S, 6)
        assert end_s > options.finish_within_s
        again = schedule_plan(plan, options=ScheduleOptions(finish_within_s=end_s))
        assert again.makespan_s <= end_s


@settings(max_examples=25)
@given(crowded())
def test_what_a_refusal_leaves_out_would_be_refused_as_well(case):
    plan, options = case
    refusal(plan, options)
    kinds = {fix.kind for fix in possible_fixes(plan, options)}
    if "tolerance" not in kinds:
        assert is_refused(with_tolerance(plan, "reduction").make(), options)
    if "interval" not in kinds:
        for share in (0.75, 0.5):
            interval_s = float(round(share * portion_steps(plan)["reduction"][0]))
            assert is_refused(with_interval(plan, "reduction", interval_s).make(), options)
    if "end" not in kinds and options.finish_within_s is not None:
        assert is_refused(plan)
    if kinds.isdisjoint({"life", "remake"}):
        assert is_refused(for_ever(plan, "hydride"), options)


@settings(max_examples=25)
@given(crowded())
def test_the_wells_that_are_left_pass_every_check_and_one_more_does_not(case):
    plan, options = case
    refusal(plan, options)
    eased = Eased(plan, build_network(plan))
    gone = wells_to_leave_out(eased, options)
    assume(gone)
    assert wells_that_fit(plan, options) == len(plan.wells) - len(gone)
    assert passes(eased.without_groups(set(gone)), options)
    for back in gone:
        # Equal wells: whichever comes back, the arm hasn't the time for it.
        assert not passes(eased.without_groups(set(gone) - {back}), options)


def test_all_windows_count_not_only_the_worst():
    """After the interval is no longer too full, the window from the start to the end still is."""
    plan = combs(96, 8, 1800, simultaneous=1)
    options = ScheduleOptions(finish_within_s=3.75 * HOUR_S)
    (found,) = (fix for fix in possible_fixes(plan, options) if fix.kind == "wells")
    left = len(plan.wells) - len(found.wells)
    eased = Eased(plan, build_network(plan))
    assert passes(eased.without_groups(set(found.wells)), options)
    assert left < 84
    assert f"at most {left} wells" in refusal(plan, options).fix


def test_an_interval_that_outlives_the_stock_is_not_advised():
    """21 combs of 20 s need 7 min; eight portions 7 min apart outlive a stock of 45 min."""
    plan = combs(21, 8, 300, simultaneous=1, life_s=2700.0)
    fix = refusal(plan, ScheduleOptions()).fix
    assert "an interval of at least" not in fix
    assert "remake: person for 'hydride'" in fix
    assert "one wave late costs 40 min" in fix


def test_only_a_stock_that_limits_is_named():
    plan = combs(21, 8, 300, life_s=2700.0)
    plan = plan.model_copy(update={"stocks": (*plan.stocks, stock("water", life_s=86400.0))})
    found = refusal(plan, ScheduleOptions())
    assert "'hydride' keeps for 45 min" in found.message
    assert "'water'" not in found.message
    assert "'water'" not in found.fix
    assert "a later end" not in found.fix
    assert "a column of eight wells" not in found.fix


@pytest.mark.parametrize(("arm_s", "named"), [(960.0, True), (9600.0, False)])
def test_a_mode_is_named_only_where_it_saves_time_of_the_arm(arm_s, named):
    plan = combs(12, 3, 120)
    assert "batching" not in refusal(plan, ScheduleOptions(finish_within_s=400.0)).fix
    option = ModeOption(mode="multi_dispense", arm_s=arm_s / 10)
    mode = StepModes(
        step="reduction", stock="hydride", mode="single", groups={"single": 12}, portions=3,
        wells=1, arm_s=720.0, portion_s=20.0, spread_s=0.0, alternatives=(option,),
    )  # fmt: skip
    plan = plan.model_copy(update={"modes": (mode,)})
    fix = refusal(plan, ScheduleOptions(finish_within_s=800.0)).fix
    assert ("batching: multi_dispense for reduction" in fix) == named


def test_a_well_that_comes_too_late_by_itself_is_left_out_without_a_search():
    """One long comb among short ones: the others are those that fit."""
    ops, lags = comb("A1", 8)
    more, bounds = comb("B1", 2)
    plan = plan_of([*ops, *more], [*lags, *bounds])
    found = refusal(plan, ScheduleOptions(finish_within_s=HOUR_S))
    assert found.code == "not-within"
    assert "at most 1 wells (without A1)" in found.fix

"""Verdicts of overload are right in both directions, bounds are bounds, asked ends are kept."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ncrobot.errors import ScheduleError
from ncrobot.plan import Lag
from ncrobot.schedule import ScheduleOptions
from ncrobot.scheduler import check_schedule, schedule_plan
from ncrobot.scheduler.overload import capacity_at_once
from scheduler.scheduler_cp_oracle import Unsolved, least_makespan
from scheduler.scheduler_kit import (
    comb,
    layout,
    plan_of,
    plate,
    portions,
    random_lags,
    stock,
    transfer,
    wells,
)
from scheduler.test_feasibility import tiny_plans


@st.composite
def small_plans(draw):
    """Chains, combs and stocks of which the exact solver finds the optimum at once."""
    operations, lags = [], []
    for group in wells(draw(st.integers(1, 4))):
        names = [f"{group}-{i}" for i in range(draw(st.integers(1, 3)))]
        operations += [transfer(name, group, draw(st.sampled_from([8, 20, 45]))) for name in names]
        lags += draw(random_lags(names))
        teeth = [f"{group}-p{k}" for k in range(1, draw(st.integers(2, 4)) + 1)]
        operations += [
            transfer(name, group, 20, stock="hydride", step="reduction", portion=k)
            for k, name in enumerate(teeth, start=1)
        ]
        lags.append(Lag(before=names[-1], after=teeth[0]))
        lags += portions(
            group, teeth, draw(st.sampled_from([60, 100, 300])), draw(st.integers(0, 5))
        )
    life = {
        "life_s": draw(st.sampled_from([150.0, 400.0, 2000.0])),
        "remake": draw(st.sampled_from(["person", "never"])),
        "remake_takes_s": 30.0,
    }
    return plan_of(operations, lags, stocks=[stock("hydride", **life)])


def attempt(plan, **options):
    try:
        return schedule_plan(plan, options=ScheduleOptions(**options))
    except ScheduleError as error:
        return error.diagnostics


def solved(plan):
    """The least makespan; what the solver can't tell, or not with its few lots, is no example."""
    try:
        least_s = least_makespan(plan)
    except Unsolved:
        assume(condition=False)
    assume(least_s is not None or not any(use.remake == "person" for use in plan.stocks))
    return least_s


@settings(max_examples=40)
@given(st.one_of(small_plans(), tiny_plans()))
def test_the_lower_bound_is_a_bound_and_a_proof_is_one(plan):
    schedule = attempt(plan)
    assume(not isinstance(schedule, tuple))
    least_s = solved(plan)
    assert least_s is not None
    assert schedule.lower_bound_s <= least_s
    assert schedule.makespan_s >= least_s
    assert schedule.gap == pytest.approx(schedule.makespan_s / schedule.lower_bound_s - 1)
    if schedule.proven:
        assert schedule.makespan_s == least_s


@settings(max_examples=50)
@given(st.one_of(small_plans(), tiny_plans()), st.floats(0.7, 1.3))
def test_an_overload_is_proven_and_what_fits_is_scheduled(plan, share):
    least_s = solved(plan)
    limit_s = float(max(int((least_s or 600) * share), 1))
    found = attempt(plan, finish_within_s=limit_s)
    possible = least_s is not None and least_s <= limit_s
    if isinstance(found, tuple):
        if any(d.code in {"overloaded", "lags-contradict"} for d in found):
            assert not possible, f"refused as overloaded, but {least_s} s are enough: {found[0]}"
        assert all(d.fix for d in found)
        return
    assert possible
    assert found.makespan_s <= limit_s
    assert check_schedule(plan, found) == ()


@settings(max_examples=30)
@given(st.integers(3, 5), st.integers(0, 12), st.integers(0, 100))
def test_the_capacity_of_combs_is_never_too_low(teeth, tolerance, spread):
    """All combs begin within the spread; one more than the figure is never possible."""
    interval, tooth = 60, 17
    fits = capacity_at_once(interval, tooth, tolerance, teeth, spread)
    count = 5 if fits is None else fits + 1
    assume(fits is not None)
    operations, lags = [transfer("first", None, 8)], []
    for group in wells(count):
        names = [f"{group}-p{k}" for k in range(1, teeth + 1)]
        operations += [
            transfer(name, group, tooth, stock="hydride", step="reduction", portion=k)
            for k, name in enumerate(names, start=1)
        ]
        lags += portions(group, names, interval, tolerance)
        lags.append(Lag(before="first", after=names[0], max_s=spread))
    assert solved(plan_of(operations, lags)) is None


def test_an_asked_end_that_leaves_too_little_time_is_refused_with_what_fits():
    """96 combs of 20 s in half an hour need a second wave; 5 h leave time for one."""
    ops, lags = [], []
    for group in wells(96):
        more, bounds = comb(group, 8, tolerance_s=0)
        ops += more
        lags += bounds
    plan = plan_of(ops, lags, deck=layout(simultaneous=1))
    (found,) = attempt(plan, finish_within_s=5 * 3600.0)
    assert found.code == "overloaded"
    assert "90 of 96 wells in this window fit" in found.message
    assert "each interval of 30 min" in found.message
    assert found.well == "C12, D12, E12, F12, G12, H12"
    assert "one wave late costs 4 h" in found.fix
    assert "at most 90 wells" in found.fix
    assert "--explain" in found.fix


def test_an_asked_end_that_one_chain_alone_misses_says_so():
    (found,) = attempt(plan_of(*comb("A1", 8)), finish_within_s=3600.0)
    assert found.code == "not-within"
    assert "one well alone" in found.message
    assert found.allowed == "at most 1 h"


def test_an_asked_end_that_is_only_not_found_says_that_it_is_no_proof():
    plan = plate([f"A{c}" for c in range(1, 13)], [1800 * k for k in range(8)], (30, 30, 30))
    free = schedule_plan(plan)
    assert not free.proven
    (found,) = attempt(plan, finish_within_s=free.lower_bound_s + 1)
    assert found.code == "not-within"
    assert "no schedule was found" in found.message
    assert "none is shorter than" in found.message


def test_refills_that_no_schedule_can_do_without_are_part_of_the_bound():
    """One comb of four portions, 10 min apart; the stock keeps for 5 min, a lot takes 9 min."""
    ops, lags = comb("A1", 4, interval_s=600, tolerance_s=100)
    slow = stock("hydride", life_s=300.0, remake="person", remake_takes_s=580.0)
    schedule = schedule_plan(plan_of(ops, lags, stocks=[slow]))
    bare = schedule_plan(plan_of(ops, lags))
    # A lot and a portion in each of three gaps take 1800 s; without them 1700 s are enough.
    assert schedule.lower_bound_s >= bare.lower_bound_s + 100
    assert schedule.makespan_s >= schedule.lower_bound_s

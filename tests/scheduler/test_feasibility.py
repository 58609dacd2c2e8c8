"""No schedule is wrong, and nothing that can be scheduled is refused."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.errors import ScheduleError
from ncrobot.plan import Lag
from ncrobot.scheduler import check_schedule, schedule_plan
from scheduler.scheduler_kit import plan_of, random_plans, stock, transfer, wells
from scheduler.scheduler_oracle import possible


@st.composite
def tiny_plans(draw):
    """Up to four groups of up to three transfers; tight lags within and across, a stock that ages."""
    operations, lags, names = [], [], []
    for group in wells(draw(st.integers(1, 4))):
        chain = [f"{group}-{i}" for i in range(draw(st.integers(1, 3)))]
        operations += [
            transfer(
                name, group, draw(st.sampled_from([8, 20, 45])),
                stock=draw(st.sampled_from(["water", "hydride"])),
            )
            for name in chain
        ]  # fmt: skip
        pairs = [(chain[i], chain[j]) for i in range(len(chain)) for j in range(i + 1, len(chain))]
        lags += [draw(lag_between(pair)) for pair in pairs if draw(st.integers(0, 3))]
        names += chain
    if len(names) > 1:
        for _ in range(draw(st.integers(0, 3))):
            before, after = draw(st.permutations(names))[:2]
            lags.append(draw(lag_between((before, after))))
    short = stock("hydride", life_s=float(draw(st.sampled_from([40, 120, 300, 10_000]))))
    return plan_of(operations, lags, stocks=[short])


@st.composite
def lag_between(draw, pair):
    low = draw(st.sampled_from([0, 0, 5, 30, 120]))
    high = draw(st.sampled_from([None, low, low + 10, low + 40, low + 200]))
    point = draw(st.sampled_from(["start", "end"]))
    return Lag(before=pair[0], after=pair[1], point=point, min_s=low, max_s=high, step=pair[1])


@settings(max_examples=400)
@given(tiny_plans())
def test_a_tiny_plan_is_scheduled_if_and_only_if_it_can_be(plan):
    try:
        schedule = schedule_plan(plan)
    except ScheduleError as error:
        assert not possible(plan), f"refused, but it is possible: {error}"
        return
    assert check_schedule(plan, schedule) == ()
    assert possible(plan)


@settings(max_examples=300)
@given(random_plans())
def test_a_random_plan_gets_a_correct_schedule_or_a_reason(plan):
    try:
        schedule = schedule_plan(plan)
    except ScheduleError as error:
        for diagnostic in error.diagnostics:
            assert diagnostic.code in {
                "lags-contradict",
                "no-time",
                "overloaded",
                "stock-too-old",
            }
            assert diagnostic.message
            assert diagnostic.fix
            assert diagnostic.well
        return
    assert check_schedule(plan, schedule) == ()
    assert schedule.makespan_s >= schedule.lower_bound_s
    assert len(schedule.entries) == len(plan.operations) + len(schedule.auxiliary)


@given(random_plans(), st.integers(0, 3))
def test_the_same_plan_and_seed_give_the_same_schedule(plan, seed):
    try:
        first = schedule_plan(plan, seed=seed)
    except ScheduleError:
        return
    assert schedule_plan(plan, seed=seed) == first

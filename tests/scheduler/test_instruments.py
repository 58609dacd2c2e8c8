"""Samples on instruments beside the deck: in turn, in time or expired, and told before the run."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.deck.layout import DeckLayout
from ncrobot.plan import Lag, SampleUse, Transfer
from ncrobot.scheduler import check_schedule, schedule_plan
from scheduler.scheduler_kit import HOUR_S, layout, plan_of, transfer, wells

RUN_S = 2400.0


def deck(**given_) -> DeckLayout:
    instrument = {"serves": "hplc_ms", "run_s": RUN_S, **given_}
    data = {**layout().model_dump(), "instruments": {"hplc": instrument}}
    return DeckLayout.model_validate(data)


def sample(name, group, step) -> Transfer:
    operation = transfer(name, group, 20, step=step)
    (leg,) = operation.legs
    moved = leg.model_copy(
        update={"source": f"plate/{group}", "destination": f"samples_{step}/{group}"}
    )
    return operation.model_copy(update={"purpose": "sample", "stock": None, "legs": (moved,)})


def plan_with(count, stable_s=None, priorities=(0,), **given_):
    ops, lags, uses = [], [], []
    for number, priority in enumerate(priorities):
        step = f"sample_{number}"
        uses.append(
            SampleUse(step=step, instrument="hplc_ms", stable_for_s=stable_s, priority=priority)
        )
        for group in wells(count):
            ops.append(sample(f"{step}-{group}", group, step))
            if number:
                lags.append(Lag(before=f"sample_{number - 1}-{group}", after=f"{step}-{group}"))
    plan = plan_of(ops, lags, deck=deck(**given_))
    return plan.model_copy(update={"samples": tuple(uses)}).sealed()


def times_of(plan):
    schedule = schedule_plan(plan)
    assert check_schedule(plan, schedule) == ()
    (times,) = schedule.instruments
    return schedule, times


def test_ninety_six_samples_of_forty_minutes_need_sixty_four_hours():
    schedule, times = times_of(plan_with(96, carry_s=600))
    assert times.needed_s == 64 * HOUR_S
    assert times.begin_s == schedule.makespan_s + 600
    assert times.end_s == times.begin_s + 64 * HOUR_S
    assert (times.expired, times.take_every) == (0, 1)
    assert schedule.makespan_s < HOUR_S
    assert "96 samples need 64 h of 'hplc' after the run" in schedule.summary


def test_samples_that_expire_are_told_with_a_share_that_does_not():
    schedule, times = times_of(plan_with(96, stable_s=12 * HOUR_S))
    planned = [each for each in times.injections if each.state == "planned"]
    assert len(planned) == 18
    assert times.expired == 78
    assert all(each.age_s <= 12 * HOUR_S for each in planned)
    assert times.take_every == 6
    assert "78 of them would expire" in schedule.summary
    assert "every 6th sample would be measured in time" in schedule.summary


def test_no_share_is_offered_where_none_would_be_in_time():
    schedule, times = times_of(plan_with(3, stable_s=60.0, carry_s=600))
    assert (times.expired, times.take_every) == (3, None)
    assert "no share of them" in schedule.summary


def test_a_blank_comes_first_and_after_every_ten_samples():
    _, times = times_of(plan_with(25, blank_every=10, blank_run_s=1000))
    starts = [each.start_s - times.begin_s for each in times.injections]
    assert starts[0] == 1000
    assert starts[10] == 2000 + 10 * RUN_S
    assert times.needed_s == 25 * RUN_S + 3 * 1000


def test_a_higher_priority_goes_first():
    _, times = times_of(plan_with(4, priorities=(0, 5)))
    order = sorted(times.injections, key=lambda each: each.start_s)
    assert [each.step for each in order] == ["sample_1"] * 4 + ["sample_0"] * 4


def test_samples_that_come_one_by_one_are_measured_while_the_plan_goes_on():
    schedule, times = times_of(plan_with(96, collect="each"))
    assert times.begin_s < schedule.makespan_s


def test_a_plan_without_such_samples_has_no_timetable():
    plan = plan_of([transfer("x", "A1")], [], deck=deck())
    assert schedule_plan(plan).instruments == ()


@settings(max_examples=60)
@given(
    st.integers(1, 12),
    st.sampled_from([None, 3600.0, 9000.0, 40_000.0]),
    st.lists(st.integers(0, 2), min_size=1, max_size=3),
    st.integers(0, 4),
    st.sampled_from(["each", "end"]),
)
def test_every_timetable_is_sound(count, stable_s, priorities, blank_every, collect):
    plan = plan_with(
        count, stable_s, priorities, blank_every=blank_every, blank_run_s=500, collect=collect
    )
    _, times = times_of(plan)
    assert len(times.injections) == count * len(priorities)
    assert times.expired == sum(each.start_s is None for each in times.injections)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"start_s": 0.0}, "instrument-busy"),
        ({"taken_s": 1.0}, "sample-wrong"),
        ({"state": "expired"}, "sample-wrong"),
        ({"place": "samples_sample_0/H12"}, "samples-missing"),
    ],
)
def test_the_checker_finds_what_is_wrong_on_an_instrument(change, code):
    plan = plan_with(4, 12 * HOUR_S)
    schedule, times = times_of(plan)
    first = times.injections[1].model_copy(update=change)
    spoilt = times.model_copy(
        update={"injections": (times.injections[0], first, *times.injections[2:])}
    )
    faults = check_schedule(plan, schedule.model_copy(update={"instruments": (spoilt,)}))
    assert code in {fault.code for fault in faults}
    gone = check_schedule(plan, schedule.model_copy(update={"instruments": ()}))
    assert {fault.code for fault in gone} == {"instrument-missing"}

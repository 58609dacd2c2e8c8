"""What is asked of a schedule is kept, told, and checked by code of its own."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ncrobot.errors import ScheduleError
from ncrobot.plan import Lag
from ncrobot.schedule import ScheduleOptions
from ncrobot.scheduler import (
    binding_lines,
    check_schedule,
    critical_chain,
    read_options,
    schedule_plan,
    wells_that_fit,
)
from scheduler.scheduler_kit import (
    HOUR_S,
    comb,
    person,
    plan_of,
    plate,
    random_plans,
    stock,
    transfer,
    wells,
)

NIGHT = read_options(start="18:00", person_away=["22:00-07:00"])


def checked(plan, options, seed=0):
    schedule = schedule_plan(plan, options=options, seed=seed)
    assert check_schedule(plan, schedule) == ()
    return schedule


def codes(plan, schedule):
    return {fault.code for fault in check_schedule(plan, schedule)}


def sampled(count, portions=4, bounds=(1200, 1500), **given_):
    """Combs with a sample of each well after the last portion; wells differ in a parameter."""
    ops, lags = [], []
    for group in wells(count):
        more, held = comb(group, portions, interval_s=600, **given_)
        ops += [*more, transfer(f"sample-{group}", group, step="sample")]
        lags += [
            *held,
            Lag(before=f"p{portions}-{group}", after=f"sample-{group}", min_s=bounds[0],
                max_s=bounds[1], kind="hold", step="sample"),
        ]  # fmt: skip
    return ops, lags


def with_values(plan, seed=3):
    values = random.Random(seed)
    given_ = [
        well.model_copy(update={"values": {"ratio": float(n), "hold": float(values.randrange(4))}})
        for n, well in enumerate(plan.wells)
    ]
    return plan.model_copy(update={"wells": tuple(given_)}).sealed()


OPTIONS = st.builds(
    lambda objective, away, treatment, within, reserve: ScheduleOptions(
        objective=objective,
        reserve=reserve,
        equal_treatment=treatment,
        finish_within_s=within,
        **({"start_s": NIGHT.start_s, "person_away": NIGHT.person_away} if away else {}),
    ),
    st.sampled_from(["makespan", "deviation", "person-time"]),
    st.booleans(),
    st.sampled_from([None, None, "delay", "spread"]),
    st.sampled_from([None, None, 2 * HOUR_S]),
    st.sampled_from([0.0, 0.0, 0.1]),
)


@settings(max_examples=120)
@given(random_plans(), OPTIONS, st.integers(0, 2))
def test_whatever_is_asked_is_kept_or_refused_and_told_the_same_each_time(plan, options, seed):
    try:
        schedule = schedule_plan(plan, options=options, seed=seed)
    except ScheduleError as error:
        assert all(d.message and d.fix for d in error.diagnostics)
        return
    assert check_schedule(plan, schedule) == ()
    again = schedule_plan(plan, options=options, seed=seed)
    assert again.model_dump_json() == schedule.model_dump_json()
    assert binding_lines(plan, schedule)
    chain = critical_chain(plan, schedule)
    assert all(link.from_s <= link.to_s for link in chain)
    assert [link.from_s for link in chain] == sorted(link.from_s for link in chain)


def test_questions_and_refills_keep_off_the_hours_when_nobody_is_there():
    ops, lags = [], []
    for group in wells(30):
        more, held = comb(group, 6)
        ops += more
        lags += held
    ops.append(person("look", 300))
    lags += [Lag(before=f"p6-{w}", after="look") for w in wells(30)]
    short = stock("hydride", life_s=3 * HOUR_S, remake="person", remake_takes_s=300.0)
    plan = plan_of(ops, lags, stocks=[short])
    free = checked(plan, ScheduleOptions())
    kept = checked(plan, read_options(start="20:00", person_away=["22:00-07:00"]))
    people = [e for e in kept.entries if "person" in e.resources]
    assert people
    assert all(not 2 * HOUR_S < e.end_s < 11 * HOUR_S for e in people)
    assert all(not 2 * HOUR_S <= e.start_s < 11 * HOUR_S for e in people)
    assert kept.cost_s == kept.makespan_s - free.makespan_s > 0
    assert "nobody there" in kept.summary


def test_a_comb_that_needs_refills_all_night_is_refused_if_nobody_is_there_long_enough():
    ops, lags = comb("A1", 8)
    short = stock("hydride", life_s=900.0, remake="person", remake_takes_s=60.0)
    always = read_options(start="18:00", person_away=["10:00-09:00"])
    with pytest.raises(ScheduleError) as caught:
        schedule_plan(plan_of(ops, lags, stocks=[short]), options=always)
    (found,) = caught.value.diagnostics
    assert found.code == "no-time"
    assert "nobody is there" in found.message


def test_a_question_that_takes_no_time_needs_somebody_too():
    ops = [transfer("x", "A1"), person("confirm", 0.0)]
    lags = [Lag(before="x", after="confirm", min_s=5 * HOUR_S)]
    schedule = checked(plan_of(ops, lags), NIGHT)
    begins = {e.operation: e.start_s for e in schedule.entries}
    assert begins["confirm"] >= 13 * HOUR_S


def test_the_checker_finds_a_person_asked_at_night():
    plan = plan_of([person("look", 300)], [])
    schedule = checked(plan, NIGHT)
    late = schedule.entries[0].model_copy(update={"start_s": 4 * HOUR_S - 200.0})
    spoilt = schedule.model_copy(
        update={"entries": (late,), "makespan_s": late.end_s, "visits_s": (late.start_s,)}
    )
    assert "nobody-there" in codes(plan, spoilt)


def test_delays_are_the_same_for_all_wells_on_request():
    plan = with_values(plan_of(*sampled(24)))
    plain = checked(plan, ScheduleOptions())
    equal = checked(plan, ScheduleOptions(equal_treatment="delay"))
    assert len({figure.delay_s for figure in equal.treated.delays}) == 1
    assert len(equal.treated.delays) == 24
    assert "for every well" in equal.summary
    assert equal.cost_s == max(equal.makespan_s - plain.makespan_s, 0)
    figure = equal.treated.delays[0]
    wrong = equal.treated.model_copy(
        update={"delays": (figure.model_copy(update={"delay_s": 7.0}), *equal.treated.delays[1:])}
    )
    assert "delay-wrong" in codes(plan, equal.model_copy(update={"treated": wrong}))


def test_a_spread_is_told_and_the_order_follows_no_parameter():
    plan = with_values(plan_of(*sampled(48)))
    spread = checked(plan, ScheduleOptions(equal_treatment="spread"), seed=5)
    assert set(spread.treated.rank_correlations) == {"ratio", "hold"}
    assert max(map(abs, spread.treated.rank_correlations.values())) < 0.25
    other = checked(plan, ScheduleOptions(equal_treatment="spread"), seed=6)
    assert other.entries != spread.entries
    wrong = spread.treated.model_copy(update={"rank_correlations": {"ratio": 0.0, "hold": 0.9}})
    assert "correlation-wrong" in codes(plan, spread.model_copy(update={"treated": wrong}))


def test_delays_that_cannot_be_equal_are_refused():
    ops, lags = comb("A1", 2)
    with pytest.raises(ScheduleError, match="nothing follows the last portion"):
        schedule_plan(plan_of(ops, lags), options=ScheduleOptions(equal_treatment="delay"))
    ops, lags = sampled(2)
    lags[-1] = lags[-1].model_copy(update={"min_s": 3000, "max_s": 3100})
    with pytest.raises(ScheduleError, match="no delay from the last portion to 'sample' suits"):
        schedule_plan(plan_of(ops, lags), options=ScheduleOptions(equal_treatment="delay"))


def test_targets_come_first_if_deviation_counts():
    """Samples at targets that the shortest schedule misses here and there."""
    plan = plate([f"A{c}" for c in range(1, 13)], [1800 * k for k in range(8)], (30, 30, 30))

    def missed(schedule):
        return sum(abs(f.value_s - f.target_s) for f in schedule.lags if f.target_s is not None)

    plain = checked(plan, ScheduleOptions())
    exact = checked(plan, ScheduleOptions(objective="deviation"))
    assert missed(exact) == 0
    assert missed(plain) > 0
    assert exact.cost_s == max(exact.makespan_s - plain.makespan_s, 0)


def test_a_question_waits_for_the_refill_if_a_persons_time_counts():
    ops, lags = comb("A1", 4)
    ops.append(person("look", 60))
    lags.append(Lag(before="add-A1", after="look", min_s=600))
    short = stock("hydride", life_s=2700.0, remake="person", remake_takes_s=120.0)
    plan = plan_of(ops, lags, stocks=[short])
    plain = checked(plan, ScheduleOptions())
    few = checked(plan, ScheduleOptions(objective="person-time"))
    assert len(few.visits_s) < len(plain.visits_s)


@settings(max_examples=40)
@given(random_plans())
def test_a_persons_time_is_never_more_than_without_asking(plan):
    try:
        plain = schedule_plan(plan)
    except ScheduleError:
        assume(condition=False)
    few = schedule_plan(plan, options=ScheduleOptions(objective="person-time"))
    assert len(few.visits_s) <= len(plain.visits_s)


@pytest.mark.parametrize(
    "words",
    [
        {"objective": "fast"},
        {"finish_within": "12"},
        {"finish_within": "-1 h"},
        {"start": "25:00"},
        {"start": "18:00", "person_away": ["22-07"]},
        {"start": "18:00", "person_away": ["22:00-22:00"]},
        {"person_away": ["22:00-07:00"]},
        {"equal_treatment": "yes"},
        {"reserve": "much"},
        {"reserve": "120 %"},
    ],
)
def test_a_wrong_option_gives_one_clear_error(words):
    with pytest.raises(ScheduleError) as caught:
        read_options(**words)
    (found,) = caught.value.diagnostics
    assert found.code == "bad-option"
    assert found.allowed
    assert found.fix


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"gap": 0.5}, "gap-wrong"),
        ({"proven": True}, "not-proven"),
        ({"visits_s": (1.0,)}, "visits-wrong"),
        ({"options": ScheduleOptions(finish_within_s=60.0)}, "ends-too-late"),
        ({"options": ScheduleOptions(equal_treatment="delay")}, "treatment-missing"),
    ],
)
def test_the_checker_finds_what_is_told_wrongly(change, code):
    ops, lags = comb("A1", 4)
    more, held = comb("A2", 4)
    short = stock("hydride", life_s=2700.0, remake="person", remake_takes_s=120.0)
    plan = plan_of([*ops, *more], [*lags, *held], stocks=[short])
    schedule = checked(plan, ScheduleOptions())
    assert not schedule.proven
    assert code in codes(plan, schedule.model_copy(update=change))


def test_visits_are_told_by_the_clock_on_the_wall():
    plan = plan_of(
        [transfer("x", "A1"), person("look", 60)],
        [Lag(before="x", point="start", after="look", min_s=7 * HOUR_S)],
    )
    schedule = checked(plan, read_options(start="18:00"))
    assert "look at T+7:00 (01:00, day 2)" in schedule.summary


def test_the_wells_that_fit_are_those_of_the_proof():
    ops, lags = [], []
    for group in wells(96):
        more, held = comb(group, 8, tolerance_s=0)
        ops += more
        lags += held
    plan = plan_of(ops, lags)
    within = ScheduleOptions(finish_within_s=5 * HOUR_S)
    assert wells_that_fit(plan, within) == 90
    assert wells_that_fit(plan, ScheduleOptions()) is None
    fewer = plan.model_copy(update={"wells": plan.wells[:90]})
    keep = {op.id for op in plan.operations if op.group in wells(90)}
    fewer = fewer.model_copy(
        update={
            "operations": tuple(op for op in plan.operations if op.id in keep),
            "lags": tuple(lag for lag in plan.lags if lag.before in keep),
        }
    ).sealed()
    assert wells_that_fit(fewer, within) is None


def test_a_persons_load_is_proven_as_well():
    """Three tasks of an hour each within the two hours before everyone leaves and a day's end."""
    ops = [person(f"task_{n}", 3600) for n in range(3)]
    options = read_options(finish_within="10 h", start="20:00", person_away=["22:00-07:00"])
    with pytest.raises(ScheduleError) as caught:
        schedule_plan(plan_of(ops, []), options=options)
    (found,) = caught.value.diagnostics
    assert found.code == "overloaded"
    assert "'person' is overloaded" in found.message


def test_a_reserve_leaves_the_arm_free_after_its_work_and_tells_its_price():
    plan = plan_of(*sampled(24, takes_s=20))
    plain = checked(plan, ScheduleOptions())
    kept = checked(plan, read_options(reserve="10 %"))
    assert kept.options.reserve == 0.1
    arm = [e for e in kept.entries if "arm" in e.resources]
    assert all(b.start_s - a.end_s >= 2 for a, b in itertools.pairwise(arm))
    assert kept.cost_s == max(kept.makespan_s - plain.makespan_s, 0)
    assert "the arm left free for 10% of its work" in kept.summary
    close = plain.model_copy(update={"options": ScheduleOptions(reserve=0.2)})
    assert "no-reserve" in codes(plan, close)


def test_a_reserve_that_leaves_no_time_is_named_in_the_refusal():
    ops = [transfer("x", "A1"), transfer("y", "A1")]
    lags = [Lag(before="x", after="y", max_s=0)]
    with pytest.raises(ScheduleError, match="the arm is left free for 50% of its work"):
        schedule_plan(plan_of(ops, lags), options=ScheduleOptions(reserve=0.5))

"""Lags as they really are: minima are kept, broken maxima flag their wells with size and cause."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.engine_cases import TWO_COLUMNS, assert_books_match_world, assert_declared_end
from engine.engine_kit import column, dose, in_a_row, make_plan, simulate
from ncrobot.events import EventKind, ExitStatus
from ncrobot.plan.document import Lag
from ncrobot.plan.operations import AskPerson, Read
from ncrobot.scheduler import check_schedule, schedule_plan
from ncrobot_sim import Fault, FaultPlan

DOSE_S = 21.75


def two_portions(if_late: str = "continue"):
    """Portion 2 of column 1 is due 100 s after portion 1, give or take 20 s; column 2 between."""
    operations = [
        dose("portion-1", "hydride", column(1), portion=1),
        dose("other", "gold", column(2)),
        dose("portion-2", "hydride", column(1), portion=2),
    ]
    lag = Lag(
        before="portion-1", point="start", after="portion-2", min_s=80, max_s=120, target_s=100,
        kind="portion", if_late=if_late,
    )  # fmt: skip
    plan = make_plan(operations, [lag], wells=TWO_COLUMNS)
    return plan, in_a_row(plan, starts_s={"portion-1": 0.0, "other": 30.0, "portion-2": 100.0})


def stall(delay_s: float) -> FaultPlan:
    """The arm stands still in the dispense of the operation between the portions."""
    return FaultPlan([Fault("arm", "dispense", 2, delay_s=delay_s)])


def test_a_stall_flags_the_late_wells_with_size_and_cause_and_no_others() -> None:
    plan, schedule = two_portions()
    outcome, bench = simulate(plan, schedule, faults=stall(200.0))
    assert_declared_end(outcome, bench)
    assert outcome.status is ExitStatus.SUCCEEDED
    (broken,) = bench.record.of(EventKind.LAG_BROKEN)
    late_s = 30.0 + DOSE_S + 200.0 - 120.0
    assert broken.wells == column(1)
    assert broken.data["by_s"] == pytest.approx(late_s)
    assert broken.data["value_s"] == pytest.approx(120 + late_s)
    assert (broken.data["before"], broken.data["after"]) == ("portion-1", "portion-2")
    assert broken.data["cause"] == "other on arm took 221.8 s instead of 21.8 s"
    assert set(bench.record.flagged()) == set(column(1))
    assert bench.record.results()["portion-2"] == "done", "policy continue: it goes on"
    assert (outcome.wells_ok, outcome.wells_flagged) == (8, 8)


def test_a_delay_within_the_tolerance_is_told_but_flags_nothing() -> None:
    plan, schedule = two_portions()
    outcome, bench = simulate(plan, schedule, faults=stall(60.0))
    assert outcome.wells_flagged == 0
    started = [
        e for e in bench.record.of(EventKind.OPERATION_STARTED) if e.operation == "portion-2"
    ]
    assert started[0].data["late_s"] == pytest.approx(30.0 + DOSE_S + 60.0 - 100.0)


def test_policy_abandon_skips_the_late_dose_and_goes_on_with_others() -> None:
    plan, schedule = two_portions("abandon")
    outcome, bench = simulate(plan, schedule, faults=stall(200.0))
    assert_declared_end(outcome, bench)
    assert bench.record.results() == {"portion-1": "done", "other": "done", "portion-2": "skipped"}
    assert bench.world.volume_ul("plate/A1") == pytest.approx(50)
    assert outcome.status is ExitStatus.SUCCEEDED
    assert_books_match_world(bench)


def test_policy_stop_ends_the_run() -> None:
    plan, schedule = two_portions("stop")
    outcome, bench = simulate(plan, schedule, faults=stall(200.0))
    assert_declared_end(outcome, bench)
    assert outcome.status is ExitStatus.ABORTED
    assert "as the protocol asks when late" in outcome.reason
    assert ("portion-2", "pick_up_tips") not in bench.record.acts()


def test_minima_hold_when_the_operation_before_runs_late() -> None:
    operations = [
        dose("acid", "hydride", column(1)),
        Read(id="read", step="s", device="reader", labware="plate", wavelengths_nm=(500,)),
    ]
    plan = make_plan(operations, [Lag(before="acid", after="read", min_s=300.0)])
    schedule = in_a_row(plan, starts_s={"acid": 0.0, "read": 330.0})
    _, bench = simulate(
        plan, schedule, faults=FaultPlan([Fault("arm", "aspirate", 1, delay_s=500.0)])
    )
    acid, read = (bench.record.ended(name).data for name in ("acid", "read"))
    assert read["start_s"] == pytest.approx(acid["end_s"] + 300.0)


def test_a_lag_from_a_start_does_not_wait_for_the_end() -> None:
    ask = AskPerson(id="ask", step="s", device="person", task="Look.", takes_s=500, default="done")
    plan = make_plan(
        [ask, dose("gold", "gold", column(1))],
        [Lag(before="ask", point="start", after="gold", min_s=50.0)],
    )
    schedule = in_a_row(plan, starts_s={"ask": 0.0, "gold": 50.0})
    free = [
        e.model_copy(update={"resources": ("person",)}) if e.operation == "ask" else e
        for e in schedule.entries
    ]
    _, bench = simulate(plan, schedule.model_copy(update={"entries": tuple(free)}))
    assert bench.record.ended("gold").data["start_s"] == pytest.approx(50.0)


def test_one_late_arm_delays_the_next_in_the_schedules_order() -> None:
    operations = [dose(f"o{n}", "gold", [w]) for n, w in enumerate(column(1))]
    plan = make_plan(operations)
    _, bench = simulate(
        plan, in_a_row(plan), faults=FaultPlan([Fault("arm", "pick_up_tips", 2, delay_s=100.0)])
    )
    times = [bench.record.ended(f"o{n}").data for n in range(8)]
    assert times[0]["start_s"] == 0
    for before, after in pairwise(times):
        assert after["start_s"] == pytest.approx(before["end_s"])


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 4), st.integers(60, 400), st.integers(0, 300), st.integers(1, 8))
def test_a_schedule_of_the_scheduler_keeps_every_lag_unless_something_stalls(
    portions: int, interval_s: int, stall_s: int, nth: int
) -> None:
    """Portions for two columns as the scheduler plans them; then with one stall of the arm."""
    operations, lags = [], []
    for number in (1, 2):
        names = [f"c{number}-p{p}" for p in range(portions)]
        operations += [
            dose(name, "hydride", column(number), portion=p + 1) for p, name in enumerate(names)
        ]
        lags += [
            Lag(before=names[0], point="start", after=name, min_s=p * interval_s - 15,
                max_s=p * interval_s + 15, target_s=p * interval_s, kind="portion")
            for p, name in enumerate(names) if p
        ]  # fmt: skip
    plan = make_plan(operations, lags, wells=TWO_COLUMNS)
    schedule = schedule_plan(plan)
    assert check_schedule(plan, schedule) == ()
    outcome, bench = simulate(plan, schedule)
    assert (outcome.status, outcome.wells_flagged) == (ExitStatus.SUCCEEDED, 0)
    faults = FaultPlan([Fault("arm", "aspirate", nth, delay_s=float(stall_s))])
    outcome, bench = simulate(plan, schedule, faults=faults)
    assert_declared_end(outcome, bench)
    times = {name: bench.record.ended(name).data for name in bench.record.results()}
    broken = {
        (e.data["before"], e.data["after"]): e.data["by_s"]
        for e in bench.record.of(EventKind.LAG_BROKEN)
    }
    for lag in lags:
        value_s = times[lag.after]["start_s"] - times[lag.before]["start_s"]
        assert value_s >= lag.min_s - 1e-6
        if value_s > lag.max_s + 1.0:
            assert broken[lag.before, lag.after] == pytest.approx(value_s - lag.max_s)
        else:
            assert (lag.before, lag.after) not in broken
    assert_books_match_world(bench)

"""Stopping, cancelling and losing the record: acts are finished, devices are safe, the end is told."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.engine_cases import EVERY_KIND, assert_books_match_world, assert_declared_end, two_doses
from engine.engine_kit import (
    Bench,
    Record,
    chain,
    column,
    dose,
    in_a_row,
    make_bench,
    make_plan,
    simulate,
)
from ncrobot.clock import VirtualClock, run_virtual
from ncrobot.engine import Engine
from ncrobot.errors import InternalError, LabError, ScheduleError
from ncrobot.events import EventKind, ExitStatus
from ncrobot.plan.operations import AskPerson, Shake
from ncrobot.state import fold


def stop_at(time_s: float):
    async def stop(bench: Bench) -> None:
        await bench.clock.sleep(time_s)
        bench.engine.request_stop("somebody pressed Ctrl-C")

    return stop


def test_a_stop_in_an_act_finishes_it_sheds_the_tips_and_aborts() -> None:
    plan = two_doses()
    outcome, bench = simulate(plan, in_a_row(plan), meanwhile=stop_at(9.0))  # while aspirating
    assert outcome.status is ExitStatus.ABORTED
    assert outcome.reason == "somebody pressed Ctrl-C"
    assert bench.record.acts() == [
        ("gold-1", "pick_up_tips"),
        ("gold-1", "aspirate"),
        ("gold-1", "discard_tips"),
        (None, "safe_state"),
    ]
    assert outcome.wells_flagged == 16, "no well is finished"
    assert_declared_end(outcome, bench)
    assert_books_match_world(bench)
    assert bench.world.tip_volume_ul(0) is None


def test_a_stop_while_waiting_acts_at_once() -> None:
    plan = make_plan([dose("gold", "gold", column(1))])
    schedule = in_a_row(plan, starts_s={"gold": 50_000.0})
    outcome, bench = simulate(plan, schedule, meanwhile=stop_at(100.0))
    assert outcome.status is ExitStatus.ABORTED
    assert outcome.duration_s == pytest.approx(100.0)
    assert bench.record.acts() == [(None, "safe_state")]


def test_a_stop_ends_a_question_and_a_settling_temperature() -> None:
    ask = AskPerson(id="ask", step="s", device="person", task="Wait.", takes_s=9000, default="done")
    for plan in (
        make_plan([ask]),
        make_plan([dose("gold", "gold", column(1))], initial_temperatures_c={"cooler": 4.0}),
    ):
        outcome, bench = simulate(plan, in_a_row(plan), meanwhile=stop_at(100.0))
        assert outcome.status is ExitStatus.ABORTED
        assert_declared_end(outcome, bench)
        assert bench.clock.now_s() == pytest.approx(100.0)


def test_a_stop_before_the_run_moves_nothing() -> None:
    plan = make_plan([dose("gold", "gold", column(1))])

    async def main(clock: VirtualClock):
        bench = make_bench(plan, in_a_row(plan), clock)
        bench.engine.request_stop("not today")
        return await bench.engine.run(), bench

    outcome, bench = run_virtual(main)
    assert outcome.status is ExitStatus.ABORTED
    assert bench.record.acts() == [(None, "safe_state")]
    assert_declared_end(outcome, bench)


def test_an_engine_runs_once() -> None:
    plan = make_plan([dose("gold", "gold", column(1))])

    async def main(clock: VirtualClock) -> None:
        bench = make_bench(plan, in_a_row(plan), clock)
        await bench.engine.run()
        with pytest.raises(InternalError, match="once"):
            await bench.engine.run()

    run_virtual(main)


def test_only_the_first_reason_counts() -> None:
    plan = two_doses()

    async def twice(bench: Bench) -> None:
        await bench.clock.sleep(9.0)
        bench.engine.request_stop("first")
        bench.engine.request_stop("second")

    outcome, _ = simulate(plan, in_a_row(plan), meanwhile=twice)
    assert outcome.reason == "first"


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 900))
def test_a_stop_at_any_moment_leaves_everything_safe_and_the_books_right(time_s: float) -> None:
    plan = make_plan(EVERY_KIND, chain(EVERY_KIND))
    outcome, bench = simulate(plan, in_a_row(plan), meanwhile=stop_at(time_s))
    assert outcome.status is ExitStatus.ABORTED
    assert_declared_end(outcome, bench)
    assert_books_match_world(bench)
    assert all(bench.world.tip_volume_ul(channel) is None for channel in range(8))


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 900), st.integers(1, 3))
def test_a_cancellation_is_passed_on_after_everything_is_safe(time_s: float, times: int) -> None:
    plan = make_plan(EVERY_KIND, chain(EVERY_KIND))

    async def main(clock: VirtualClock) -> Bench:
        bench = make_bench(plan, in_a_row(plan), clock)
        running = asyncio.ensure_future(bench.engine.run())
        await clock.sleep(time_s)
        for _ in range(times):
            running.cancel()
            await clock.sleep(0.01)
        with pytest.raises(asyncio.CancelledError):
            await running
        return bench

    bench = run_virtual(main)
    ended = bench.record.events[-1]
    assert (ended.kind, ended.data["status"]) == (EventKind.RUN_ENDED, "aborted")
    assert bench.record.of(EventKind.SAFE_STATE)
    assert_books_match_world(bench)


ARM_ACTS = (
    "pick_up_tips", "aspirate", "dispense", "mix", "return_tips", "discard_tips", "move_labware",
)  # fmt: skip
DEVICES = ("arm", "cooler", "person", "reader", "shaker")


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 90))
def test_without_a_record_nothing_more_is_done(number: int) -> None:
    """From the event that can't be written on, no act is begun; devices are safe all the same."""
    plan = make_plan(EVERY_KIND, chain(EVERY_KIND))
    called: list[tuple[str, bool]] = []

    def adapt(workcell, world, record: Record):
        for device, methods in (
            (workcell.arm, ARM_ACTS),
            (workcell.devices["shaker"], ("shake", "set_temperature")),
        ):
            for method in methods:
                watch(device, method, method, record)
        for name, device in workcell.everything():
            watch(device, "safe_state", name, record)

    def watch(device, method: str, name: str, record: Record):
        real = getattr(device, method)

        async def watched(*arguments):
            called.append((name, record.broken))
            return await real(*arguments)

        setattr(device, method, watched)

    outcome, bench = simulate(plan, in_a_row(plan), record=Record(break_at=number), adapt=adapt)
    record = bench.record
    after = [name for name, was_broken in called if was_broken]
    if not record.broken:
        assert outcome.status is ExitStatus.SUCCEEDED
        return
    assert outcome.status is ExitStatus.FAILED
    assert "the record can't be written" in outcome.reason
    assert "No space left" in outcome.reason
    assert set(after) <= set(DEVICES), "no act but the safe state"
    assert {name for name, _ in called if name in DEVICES} == set(DEVICES)
    fold(record.events)


def test_a_record_that_cannot_be_made_durable_stops_before_the_act() -> None:
    plan = two_doses()
    record = Record()
    flushes = iter(range(100))

    def flush() -> None:
        if next(flushes) >= 3:
            raise OSError(5, "disk gone")
        record.flushed = len(record.events)

    record.flush = flush  # type: ignore[method-assign]
    outcome, bench = simulate(plan, in_a_row(plan), record=record)
    assert outcome.status is ExitStatus.FAILED
    assert "disk gone" in outcome.reason
    told = [event.act for event in record.events if event.kind is EventKind.INTENT]
    done = [event.act for event in record.events if event.kind is EventKind.DONE]
    assert len(told) == len(done) + 1, "the last intent was not durable, so its act was not begun"
    assert bench.world.volume_ul("plate/A1") == 0


def test_a_schedule_of_another_plan_is_refused() -> None:
    plan, other = two_doses(), make_plan([dose("gold", "gold", column(1))])
    with pytest.raises(ScheduleError, match="another plan"):
        simulate(plan, in_a_row(other))
    short = in_a_row(plan).model_copy(update={"entries": in_a_row(plan).entries[1:]})
    with pytest.raises(ScheduleError, match="1 missing"):
        simulate(plan, short)


def test_a_schedule_in_which_operations_wait_for_each_other_is_refused() -> None:
    operations = [dose("a", "gold", column(1)), dose("b", "gold", column(1))]
    plan = make_plan(operations, chain(operations))
    backwards = in_a_row(plan, starts_s={"b": 0.0, "a": 100.0}, order=["b", "a"])
    with pytest.raises(ScheduleError, match="wait for each other"):
        simulate(plan, backwards)


def test_a_workcell_without_a_device_is_refused_with_the_nearest_name() -> None:
    plan = make_plan([Shake(id="s", step="s", device="shakr", labware="plate", speed_rpm=100)])

    async def main(clock: VirtualClock) -> None:
        bench = make_bench(two_doses(), in_a_row(two_doses()), clock)
        with pytest.raises(LabError, match="did you mean 'shaker'"):
            Engine(
                run_id="r", plan=plan, schedule=in_a_row(plan), workcell=bench.workcell,
                clock=clock, emit=bench.record.emit,
            )  # fmt: skip

    run_virtual(main)

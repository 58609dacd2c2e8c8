"""Pausing: nothing new begins, its cost is told before, and going on plans from the present."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from engine.engine_cases import assert_books_match_world, assert_declared_end, two_doses
from engine.engine_kit import Bench, column, dose, in_a_row, make_bench, make_plan, simulate
from ncrobot.clock import VirtualClock, run_virtual
from ncrobot.errors import InternalError
from ncrobot.events import EventKind, ExitStatus
from ncrobot.plan.document import Lag
from ncrobot.repairs import Damage, Repaired
from ncrobot.scheduler import make_repairer, schedule_plan
from ncrobot.state import fold
from ncrobot.statuses import ENDED, TRANSITIONS, RunStatus, check_transition


def statuses(bench: Bench) -> list[str]:
    return [e.data["status"] for e in bench.record.of(EventKind.STATUS_CHANGED)]


@settings(max_examples=30, deadline=None)
@given(at_s=st.floats(0.1, 75), lasts_s=st.floats(0.1, 5000))
def test_nothing_begins_in_a_pause_and_all_is_done_after_it(at_s, lasts_s):
    plan = two_doses()

    async def meanwhile(bench: Bench) -> None:
        await bench.clock.sleep(at_s)
        assert bench.engine.request_pause("somebody looks", "anna")
        await bench.clock.sleep(lasts_s)
        assert bench.engine.request_continue("anna")

    outcome, bench = simulate(plan, in_a_row(plan), meanwhile=meanwhile)
    assert outcome.status is ExitStatus.SUCCEEDED
    assert outcome.wells_ok == 16
    assert_declared_end(outcome, bench)
    assert_books_match_world(bench)
    changed = bench.record.of(EventKind.STATUS_CHANGED)
    begun = [e.time_s for e in bench.record.of(EventKind.OPERATION_STARTED)]
    pausing_s = next(e.time_s for e in changed if e.data["status"] == "pausing")
    running_s = next(e.time_s for e in changed if e.data["status"] == "running")
    assert not [s for s in begun if pausing_s < s < running_s]
    assert running_s - pausing_s == pytest.approx(lasts_s)


def test_a_pause_is_complete_when_what_was_under_way_is_over():
    plan = two_doses()

    async def meanwhile(bench: Bench) -> None:
        await bench.clock.sleep(10.0)  # in the first operation
        bench.engine.request_pause("lunch")
        assert bench.engine.status is RunStatus.PAUSING
        await bench.clock.sleep(60.0)
        assert bench.engine.status is RunStatus.PAUSED
        assert not bench.engine.request_pause("again")
        bench.engine.request_continue()

    _, bench = simulate(plan, in_a_row(plan), meanwhile=meanwhile)
    assert statuses(bench) == ["pausing", "paused", "running"]
    paused = bench.record.of(EventKind.STATUS_CHANGED)[1]
    first_ended = bench.record.of(EventKind.OPERATION_ENDED)[0]
    assert paused.time_s == first_ended.time_s


def two_columns_in_time():
    operations = [
        dose("gold-1", "gold", column(1)),
        dose("gold-2", "gold", column(2)),
        dose("hydride-1", "hydride", column(1), tips=2),
        dose("hydride-2", "hydride", column(2), tips=2),
    ]
    lags = [
        Lag(before="gold-1", after="hydride-1", min_s=0, max_s=120, if_late="abandon"),
        Lag(before="gold-2", after="hydride-2", min_s=0, max_s=300, if_late="continue"),
    ]
    return make_plan(operations, lags, wells=[*column(1), *column(2)])


def test_the_cost_of_a_pause_is_told_before_and_comes_true():
    plan = two_columns_in_time()
    told = []

    async def meanwhile(bench: Bench) -> None:
        while len(bench.record.of(EventKind.OPERATION_ENDED)) < 2:
            await bench.clock.sleep(0.5)
        told.extend(bench.engine.costs_of_pausing())
        bench.engine.request_pause("a phone call")
        await bench.clock.sleep(200.0)
        bench.engine.request_continue()

    schedule = in_a_row(plan, starts_s={"hydride-1": 60.0, "hydride-2": 90.0})
    outcome, bench = simulate(plan, schedule, meanwhile=meanwhile)
    assert [(cost.operation, cost.wells, cost.policy) for cost in told] == [
        ("hydride-1", column(1), "abandon"),
        ("hydride-2", column(2), "continue"),
    ]
    assert 0 < told[0].within_s < 120 < told[1].within_s
    assert outcome.status is ExitStatus.SUCCEEDED
    state = fold(bench.record.events)
    assert {well for well, fate in state.wells.items() if fate.status == "abandoned"} == set(
        column(1)
    )
    assert outcome.wells_ok == 8


def test_going_on_plans_the_rest_anew():
    """The column that is in a hurry goes first after the pause, though it was to be the last."""
    operations = [
        dose("gold-1", "gold", column(1)),
        dose("gold-2", "gold", column(2)),
        dose("hydride-1", "hydride", column(1), tips=2),
        dose("hydride-2", "hydride", column(2), tips=2),
    ]
    lags = [
        Lag(before="gold-1", after="hydride-1", min_s=0, max_s=4000),
        Lag(before="gold-2", after="hydride-2", min_s=0, max_s=100),
    ]
    plan = make_plan(operations, lags, wells=[*column(1), *column(2)])
    schedule = schedule_plan(plan)
    first = next(e.operation for e in schedule.entries if "hydride" in e.operation)

    async def main(clock: VirtualClock):
        bench = make_bench(plan, schedule, clock, repairer=make_repairer(plan))
        running = asyncio.ensure_future(bench.engine.run())
        while len(bench.record.of(EventKind.OPERATION_ENDED)) < 2:
            await clock.sleep(0.5)
        bench.engine.request_pause("a phone call")
        await clock.sleep(75.0)
        bench.engine.request_continue()
        return await running, bench

    outcome, bench = run_virtual(main)
    assert outcome.wells_ok == 16, (first, bench.record.flagged())


def test_a_repair_that_fails_loses_no_plate():
    """Whether it raises or gives a schedule of nothing: the order is kept, and that is told."""

    def raises(schedule, progress):
        raise ZeroDivisionError("nobody thought of this")

    def useless(schedule, progress):
        nothing = schedule.model_copy(update={"entries": ()})
        damage = Damage(lags=0, worst_s=0.0, worst_tolerances=0.0)
        return Repaired(nothing, "guessing", damage, damage, 0)

    plan = two_doses()
    for repairer in (raises, useless):

        async def main(clock: VirtualClock, repairer=repairer):
            bench = make_bench(plan, in_a_row(plan), clock, repairer=repairer)
            running = asyncio.ensure_future(bench.engine.run())
            await clock.sleep(3.0)
            bench.engine.request_pause("a phone call")
            await clock.sleep(75.0)
            bench.engine.request_continue()
            return await running, bench

        outcome, bench = run_virtual(main)
        assert outcome.status is ExitStatus.SUCCEEDED
        assert len(bench.record.of(EventKind.REPAIR_REFUSED)) >= 1
        assert not bench.record.of(EventKind.SCHEDULE_REPAIRED)
        assert_declared_end(outcome, bench)


def test_a_paused_run_can_be_stopped():
    plan = two_doses()

    async def meanwhile(bench: Bench) -> None:
        await bench.clock.sleep(10.0)
        bench.engine.request_pause("lunch")
        await bench.clock.sleep(600.0)
        bench.engine.request_stop("never mind")

    outcome, bench = simulate(plan, in_a_row(plan), meanwhile=meanwhile)
    assert outcome.status is ExitStatus.ABORTED
    assert statuses(bench) == ["pausing", "paused"]
    assert_declared_end(outcome, bench)
    assert not bench.engine.request_continue()


class Statuses(RuleBasedStateMachine):
    """Somebody presses buttons at random while a run goes on; only the table's changes happen."""

    @initialize(sleep_s=st.floats(0, 30))
    def start(self, sleep_s: float) -> None:
        self.presses: list[tuple[str, float]] = [("wait", sleep_s)]

    @rule(sleep_s=st.floats(0, 40))
    def wait(self, sleep_s: float) -> None:
        self.presses.append(("wait", sleep_s))

    @rule(button=st.sampled_from(["pause", "continue", "pause", "continue", "stop", "halt"]))
    @precondition(lambda self: len(self.presses) < 12)
    def press(self, button: str) -> None:
        self.presses.append((button, 0.0))

    def teardown(self) -> None:
        plan = two_doses()

        async def meanwhile(bench: Bench) -> None:
            for button, sleep_s in getattr(self, "presses", ()):
                if button == "wait":
                    await bench.clock.sleep(sleep_s)
                else:
                    push(bench, button)
            await bench.clock.sleep(1.0)
            bench.engine.request_continue()

        outcome, bench = simulate(plan, in_a_row(plan), meanwhile=meanwhile)
        path = [RunStatus.QUEUED]
        for event in bench.record.events:
            if event.kind is EventKind.RUN_STARTED:
                path.append(RunStatus.RUNNING)
            elif event.kind in (EventKind.STATUS_CHANGED, EventKind.RUN_ENDED):
                path.append(RunStatus(event.data["status"]))
        for before, after in pairwise(path):
            check_transition(before, after)
        assert path[-1] in ENDED
        assert path[-1].value == outcome.status.value
        assert fold(bench.record.events).status == outcome.status.value
        if not bench.engine._run.emergency:
            assert_books_match_world(bench)


def push(bench: Bench, button: str) -> None:
    """Press a button; it does what the state of the run lets it do."""
    before, ending = bench.engine.status, _ending(bench)
    if button == "pause":
        asked = bench.engine.request_pause("x")
        assert asked == (before is RunStatus.RUNNING and not ending)
    elif button == "continue":
        paused = before in (RunStatus.PAUSING, RunStatus.PAUSED)
        assert bench.engine.request_continue() == (paused and not ending)
    elif button == "stop":
        bench.engine.request_stop("x")
    else:
        bench.engine.halt("x")


def _ending(bench: Bench) -> bool:
    return bench.engine._run.ending is not None


Statuses.TestCase.settings = settings(max_examples=40, stateful_step_count=12, deadline=None)
TestStatuses = Statuses.TestCase


def test_the_table_of_states_is_closed_and_every_state_is_reached():
    assert set(TRANSITIONS) == set(RunStatus)
    reached = {RunStatus.QUEUED}
    for _ in RunStatus:
        reached |= {after for before in reached for after in TRANSITIONS[before]}
    assert reached == set(RunStatus)
    for before in RunStatus:
        for after in RunStatus:
            if after in TRANSITIONS[before]:
                check_transition(before, after)
            else:
                with pytest.raises(InternalError, match="can't become"):
                    check_transition(before, after)
        if before is not RunStatus.SUCCEEDED:
            assert RunStatus.RECOVERING in TRANSITIONS[before], "any death can be resumed"

"""Gas over a plate: it flows in its operations and never outside them, however a run ends."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.engine_kit import (
    LAYOUT,
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
from engine.resume_kit import take_up
from ncrobot.clock import VirtualClock, run_virtual
from ncrobot.deck.layout import Gas
from ncrobot.engine import recall
from ncrobot.errors import DeviceErrorKind, LabError
from ncrobot.events import EventKind, ExitStatus
from ncrobot.plan import AskPerson, LetGas, MovePlate
from ncrobot.state import fold
from ncrobot_sim import Fault, FaultPlan
from ncrobot_sim.operator import SimulatedOperator

K = DeviceErrorKind
WATCHDOG_S = 5.0
FOR_S = 600.0
VALVE = Gas(
    kind="gas", driver="sim.gas", gas="nitrogen", flow_ml_per_min=(10, 200),
    watchdog_s=WATCHDOG_S, settle_s=1.0,
)  # fmt: skip
WITH_GAS = LAYOUT.model_copy(update={"devices": {**LAYOUT.devices, "n2": VALVE}})
LET_GAS = LetGas(
    id="gas", step="gas", device="n2", labware="plate", gas="nitrogen", flow_ml_per_min=50,
    for_s=FOR_S, tolerance_s=30.0,
)  # fmt: skip


def plan_of(*operations):
    found = operations or (dose("gold", "gold", column(1)), LET_GAS, dose("acid", "hydride", column(1), tips=2))  # fmt: skip
    return make_plan(found, chain(found), deck=WITH_GAS)


PLAN = plan_of()
SCHEDULE = in_a_row(PLAN)


def flows(bench: Bench) -> list[tuple[float, float, float]]:
    return bench.workcell.devices["n2"].flows


def flowed_s(bench: Bench) -> float:
    return sum(to - since for since, to, _ in flows(bench))


def assert_only_within(bench: Bench, *, more_s: float = 2.0) -> None:
    """Gas flowed between beginning and end of its operation only, and it is shut now."""
    valve, journal = bench.workcell.devices["n2"], bench.engine._run.journal
    assert valve._now_ml_per_min() == 0
    spans = [
        (journal.clock_s(event.data["start_s"]), journal.clock_s(event.data["end_s"]))
        for event in bench.record.of(EventKind.OPERATION_ENDED)
        if event.operation == "gas"
    ]
    for since, to, flow in flows(bench):
        assert flow == 50
        assert any(a <= since and to <= b + 1e-6 for a, b in spans), spans
    assert flowed_s(bench) <= FOR_S + more_s


def test_gas_flows_for_its_time_is_read_and_counted():
    outcome, bench = simulate(PLAN, SCHEDULE)
    assert outcome.status is ExitStatus.SUCCEEDED, outcome.reason
    assert (outcome.wells_ok, outcome.wells_flagged) == (8, 0)
    assert_only_within(bench)
    assert flowed_s(bench) == pytest.approx(FOR_S + VALVE.settle_s)
    ended = bench.record.ended("gas").data
    assert ended["flowed_s"] == pytest.approx(FOR_S)
    assert ended["end_s"] - ended["start_s"] == pytest.approx(FOR_S + 2 * VALVE.settle_s)
    read = bench.record.of(EventKind.GAS_READ)
    assert 10 <= len(read) <= 12
    assert {event.data["flow_ml_per_min"] for event in read} == {50}
    acts = [e for e in bench.record.events if e.operation == "gas" and e.act == "set_flow"]
    assert [e.kind for e in acts] == [EventKind.INTENT, EventKind.DONE] * 2
    assert [e.data["flow_ml_per_min"] for e in acts[::2]] == [50, 0]
    assert fold(bench.record.events).operations["gas"].flowed_s == pytest.approx(FOR_S)
    gap = bench.record.ended("acid").data["start_s"] - ended["end_s"]
    assert gap >= 0


END_S = SCHEDULE.makespan_s


@settings(max_examples=14, deadline=None)
@given(st.floats(0, END_S), st.sampled_from(["stop", "halt", "pause"]))
def test_no_gas_flows_whenever_a_run_is_stopped(at_s, how):
    async def interfere(bench: Bench) -> None:
        await bench.clock.sleep(at_s)
        if how == "pause":
            bench.engine.request_pause("a look")
            await bench.clock.sleep(2 * FOR_S)
            bench.engine.request_continue()
        elif how == "halt":
            bench.engine.halt("the button")
        else:
            bench.engine.request_stop("enough")

    outcome, bench = simulate(PLAN, SCHEDULE, meanwhile=interfere)
    assert_only_within(bench)
    told = [e for e in bench.record.of(EventKind.OPERATION_ENDED) if e.operation == "gas"]
    if how == "pause":
        assert outcome.status is ExitStatus.SUCCEEDED
        assert flowed_s(bench) == pytest.approx(FOR_S + VALVE.settle_s)
    elif told:
        assert abs(told[0].data.get("flowed_s", 0.0) - flowed_s(bench)) <= 2 * VALVE.settle_s
    (safe,) = bench.record.of(EventKind.SAFE_STATE)
    assert safe.data["confirmed"]["n2"] is True


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 60))
def test_no_gas_flows_whenever_the_record_breaks(number):
    record = Record(break_at=number)
    _, bench = simulate(PLAN, SCHEDULE, record=record)
    valve = bench.workcell.devices["n2"]
    assert valve._now_ml_per_min() == 0
    if record.broken and flows(bench):
        broke_s = max(event.time_s for event in record.events)
        _, to, _ = flows(bench)[-1]
        assert to <= bench.engine._run.journal.clock_s(broke_s) + 60 + WATCHDOG_S


def test_a_cancelled_run_shuts_the_valve():
    async def main(clock: VirtualClock) -> Bench:
        bench = make_bench(PLAN, SCHEDULE, clock)
        running = asyncio.ensure_future(bench.engine.run())
        await clock.sleep(300)
        assert flows(bench)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return bench

    assert_only_within(run_virtual(main))


def test_a_defect_of_a_driver_shuts_the_valve():
    def spoil(workcell, world, record):
        async def broken() -> None:
            raise ZeroDivisionError

        workcell.devices["n2"].feed_watchdog = broken

    with pytest.raises(Exception, match="ZeroDivisionError"):
        simulate(PLAN, SCHEDULE, adapt=spoil, meanwhile=None)


FAULTS = st.lists(
    st.builds(
        Fault,
        st.just("n2"),
        st.sampled_from(["set_flow", "read_flow", "feed_watchdog", "safe_state"]),
        st.integers(1, 12),
        st.sampled_from([None, K.FLOW_NOT_REACHED, K.VALVE_ERROR, K.TIMEOUT, K.DEVICE_GONE]),
        moved=st.sampled_from([False, None]),
        delay_s=st.sampled_from([0.0, 3.0, 20.0]),
        happened=st.booleans(),
        part=st.sampled_from([0.0, 0.5, 1.0]),
        stays=st.booleans(),
    ),
    max_size=4,
)


@settings(max_examples=20, deadline=None)
@given(FAULTS)
def test_whatever_fails_no_more_flows_than_was_asked_for(faults):
    outcome, bench = simulate(PLAN, SCHEDULE, faults=FaultPlan(faults))
    slow_s = sum(fault.delay_s for fault in faults)
    # A device that is gone shuts by itself; nothing else leaves it open.
    gone = any(fault.kind is K.DEVICE_GONE or fault.act == "safe_state" for fault in faults)
    valve = bench.workcell.devices["n2"]
    assert gone or valve._now_ml_per_min() == 0
    most_s = FOR_S + (1 + len(faults)) * (2 * VALVE.settle_s + 3 * WATCHDOG_S) + slow_s
    assert flowed_s(bench) <= most_s
    ended = bench.record.ended("gas").data
    if ended["result"] == "done":
        assert flowed_s(bench) >= FOR_S - 1 - slow_s
        assert ended["flowed_s"] == pytest.approx(FOR_S, abs=1e-6)
    else:
        assert outcome.wells_flagged == 8


def test_a_valve_that_falls_silent_is_asked_again_for_the_rest():
    faults = [Fault("n2", "feed_watchdog", 60, K.TIMEOUT, moved=False)]
    outcome, bench = simulate(PLAN, SCHEDULE, faults=FaultPlan(faults))
    assert outcome.status is ExitStatus.SUCCEEDED
    assert len(flows(bench)) == 2
    assert flowed_s(bench) == pytest.approx(FOR_S, abs=WATCHDOG_S)
    (handled,) = bench.record.of(EventKind.FAULT_HANDLED)
    assert (handled.act, handled.data["response"]) == ("let_gas", "retry")


def test_a_flow_away_from_its_setpoint_is_shut_and_asked_about():
    numbers = [*range(50, 53), *range(60, 63)]
    faults = [Fault("n2", "read_flow", n, K.FLOW_NOT_REACHED, part=0.5) for n in numbers]
    _, bench = simulate(PLAN, SCHEDULE, faults=FaultPlan(faults))
    handled = [event.data["response"] for event in bench.record.of(EventKind.FAULT_HANDLED)]
    assert handled == ["retry", "retry"]  # by the table, then by a person
    (asked,) = bench.record.of(EventKind.QUESTION)
    assert "lets 25 mL/min flow, not 50" in asked.data["text"]
    assert "rest of the time" in asked.data["text"]
    assert_only_within(bench, more_s=3 * WATCHDOG_S)


def test_one_odd_reading_is_no_fault():
    fault = Fault("n2", "read_flow", 9, K.FLOW_NOT_REACHED, part=1.5)
    outcome, bench = simulate(PLAN, SCHEDULE, faults=FaultPlan([fault]))
    assert outcome.wells_ok == 8
    assert bench.record.of(EventKind.FAULT_HANDLED) == []
    assert flowed_s(bench) == pytest.approx(FOR_S + VALVE.settle_s, abs=WATCHDOG_S)


def test_a_valve_that_does_not_shut_ends_the_run():
    faults = [Fault("n2", "set_flow", n, K.VALVE_ERROR, moved=None) for n in (2, 3, 4)]
    outcome, bench = simulate(PLAN, SCHEDULE, faults=FaultPlan(faults))
    assert outcome.status is ExitStatus.FAILED
    assert "number 4" in outcome.reason
    assert "acid" not in bench.record.results()
    assert bench.workcell.devices["n2"]._now_ml_per_min() == 0, "its safe state has shut it"


def test_no_gas_over_a_plate_that_stands_elsewhere():
    away = MovePlate(id="away", step="look", device="arm", labware="plate", to="reader")
    plan = plan_of(away, LET_GAS)
    _, bench = simulate(plan, in_a_row(plan))
    assert flows(bench) == []
    assert "isn't where it flows" in bench.record.ended("gas").data["reason"]


def test_gas_needs_a_valve_in_the_workcell():
    def remove(workcell, world, record):
        del workcell.devices["n2"]

    with pytest.raises(LabError, match="'n2' that lets gas flow"):
        simulate(PLAN, SCHEDULE, adapt=remove)


def test_a_valve_that_shuts_late_flags_the_wells():
    slow = Fault("n2", "set_flow", 2, None, delay_s=4.0)
    hung = [Fault("n2", "set_flow", n, K.TIMEOUT, moved=None, delay_s=20.0) for n in (2, 3)]
    outcome, bench = simulate(PLAN, SCHEDULE, faults=FaultPlan([slow]))
    assert outcome.wells_flagged == 0
    outcome, bench = simulate(PLAN, SCHEDULE, faults=FaultPlan(hung))
    assert outcome.wells_flagged == 0, "its watchdog has shut it after 5 s"
    strict = plan_of(LET_GAS.model_copy(update={"tolerance_s": 4.0}))
    outcome, bench = simulate(strict, in_a_row(strict), faults=FaultPlan(hung))
    assert outcome.wells_flagged == 8
    assert "flowed 5.0 s too long" in bench.record.flagged()["A1"][0]
    assert flowed_s(bench) == pytest.approx(FOR_S + WATCHDOG_S, abs=2.0)


@pytest.mark.parametrize(("tolerance_s", "flagged"), [(30.0, 0), (4.0, 8), (None, 0)])
def test_an_order_without_an_answer_costs_the_time_of_the_watchdog_at_most(tolerance_s, flagged):
    """Nobody knows whether it flowed; it wasn't heard of any more, so it shut itself."""
    asked = LET_GAS.model_copy(update={"tolerance_s": tolerance_s})
    plan = plan_of(asked)
    lost = Fault("n2", "set_flow", 1, K.TIMEOUT, moved=None, delay_s=300.0)
    outcome, bench = simulate(plan, in_a_row(plan), faults=FaultPlan([lost]))
    assert outcome.wells_flagged == flagged
    assert flowed_s(bench) == pytest.approx(FOR_S - WATCHDOG_S, abs=2.0)
    if flagged:
        assert "may have flowed 5.0 s less" in bench.record.flagged()["A1"][0]


class Answering(SimulatedOperator):
    """Somebody who gives one answer to what is asked about gas."""

    def __init__(self, answer, **settings):
        super().__init__(**settings)
        self.answer = answer
        self.heard = []

    async def ask(self, question):
        if "rest" not in question.choices:
            return await super().ask(question)
        self.heard.append(question)
        return self.answer


@pytest.fixture(scope="module")
def lived():
    """A whole run, with the times at which its valve was open."""
    outcome, bench = simulate(PLAN, SCHEDULE)
    assert outcome.wells_ok == 8
    return bench


def cut(lived: Bench, number: int) -> tuple[float, float]:
    """How long gas had flowed, at least and at most, if a run dies after so many events."""
    journal, events = lived.engine._run.journal, lived.record.events
    since_s = journal.clock_s(events[number - 1].time_s)
    until_s = journal.clock_s(events[number].time_s)
    (begin_s, end_s, _), = flows(lived)  # fmt: skip
    return max(min(since_s, end_s) - begin_s, 0.0), max(min(until_s, end_s) - begin_s, 0.0)


def in_gas(lived: Bench) -> list[int]:
    """Numbers of events after which gas may have flowed, and wasn't over."""
    numbers = [e.seq for e in lived.record.events if e.operation == "gas"]
    return [number for number in numbers if number != numbers[-1]]


@pytest.mark.parametrize("answer", ["rest", "enough", "abandon", None])
def test_a_run_that_died_under_gas_asks_and_never_gives_more(lived, answer, tmp_path):
    """Whatever the moment: what flowed is told in bounds, and a repeat is for the rest only."""
    for number in in_gas(lived)[:: 2 if answer == "rest" else 5]:
        least_s, most_s = cut(lived, number)
        before = lived.record.events[:number]
        people = []

        def person(world, clock, people=people):
            people.append(Answering(answer, name="person", clock=clock, world=world))
            return people[0]

        path = tmp_path / f"{number}.world"
        found = take_up(PLAN, SCHEDULE, before, path, down_s=30, person=person)
        again_s = flowed_s(found.bench)
        opened = any(e.act == "set_flow" for e in before)
        if not opened:
            assert people[0].heard == []
            assert again_s == pytest.approx(FOR_S + VALVE.settle_s)
            continue
        told = recall(before, SCHEDULE).broken_off["gas"]
        counted = [float(act.data["flowed_s"]) for act in told.acts]
        assert max(counted) <= most_s + 1e-6
        assert found.bench.workcell.devices["n2"]._now_ml_per_min() == 0
        if max(counted) >= FOR_S:
            assert people[0].heard == []
            assert again_s == 0
            continue
        (question,) = people[0].heard
        assert question.default == "enough"
        assert "the valve is shut" in question.text
        (resumed,) = fold(found.events).resumed
        assert (("gas", "set_flow") in {(u["operation"], u["act"]) for u in resumed["unknown"]}) == any(a.is_open for a in told.acts)  # fmt: skip
        if answer == "rest":
            assert least_s + again_s <= FOR_S + 60 + WATCHDOG_S
            assert again_s == pytest.approx(FOR_S - max(counted) + VALVE.settle_s)
        else:
            assert again_s == 0
        flagged = fold(found.events).wells
        assert len(flagged) == 8
        is_lost = found.outcome.status is not ExitStatus.SUCCEEDED
        assert is_lost == (answer == "abandon")


def test_a_run_that_was_stopped_under_gas_knows_to_the_second_what_flowed(tmp_path):
    async def stop(bench: Bench) -> None:
        await bench.clock.sleep(300)
        bench.engine.request_stop("enough")

    _, bench = simulate(PLAN, SCHEDULE, meanwhile=stop)
    flowed = bench.record.ended("gas").data["flowed_s"]
    assert 0 < flowed < 300
    people = []

    def person(world, clock):
        people.append(Answering("rest", name="person", clock=clock, world=world))
        return people[0]

    found = take_up(PLAN, SCHEDULE, bench.record.events, tmp_path / "w", down_s=60, person=person)
    assert f"after {flowed:.0f} s of 600 s" in people[0].heard[0].text
    assert flowed_s(found.bench) == pytest.approx(FOR_S - flowed + VALVE.settle_s)
    assert found.outcome.status is ExitStatus.SUCCEEDED


def test_the_plate_may_be_shaken_and_a_person_asked_around_it():
    ask = AskPerson(id="ask", step="s", device="person", task="Look.", takes_s=60, default="done")
    plan = plan_of(dose("gold", "gold", column(1)), LET_GAS, ask)
    outcome, bench = simulate(plan, in_a_row(plan))
    assert outcome.status is ExitStatus.SUCCEEDED
    assert bench.record.ended("ask").data["start_s"] >= bench.record.ended("gas").data["end_s"]

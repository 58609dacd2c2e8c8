"""Responses by table, protocol and person: what is done, what it costs, and what is written."""

from __future__ import annotations

import pytest

from engine.engine_cases import TWO_COLUMNS, absent, assert_books_match_world, assert_declared_end
from engine.engine_kit import LAYOUT, Bench, column, dose, in_a_row, make_plan, simulate, stock_use
from ncrobot.engine import RunOutcome
from ncrobot.errors import DeviceErrorKind
from ncrobot.events import EventKind, ExitStatus
from ncrobot.faults import Ask, Response
from ncrobot.plan.document import Lag, StepFaults, WellPlan
from ncrobot.plan.operations import Leg, SetTemperature, Shake, Transfer
from ncrobot_sim import Fault, FaultPlan

K, R = DeviceErrorKind, Response
WELLS = column(1)


def rule(step: str, **responses: object) -> StepFaults:
    """What a step asks for: a response, several, or a question, by error."""
    ladders = {
        kind: given if isinstance(given, tuple) else (given,) for kind, given in responses.items()
    }
    return StepFaults.model_validate({"step": step, "responses": ladders})


def asks(*choices: Response, default: Response = R.SKIP_WELL, within_s: float = 120.0) -> Ask:
    return Ask(choices=(*choices, default), default=default, within_s=within_s)


def run_gold(
    *faults: Fault,
    rules: tuple[StepFaults, ...] = (),
    answers: dict[int, str] | None = None,
    adapt=None,
    operations=None,
    lags=(),
    **fields: object,
) -> tuple[RunOutcome, Bench]:
    """Gold into column 1, then hydride with fresh tips; a person answers as told, in order."""

    def hook(workcell, world, record) -> None:
        workcell.operator._answers = dict(answers or {})
        if adapt is not None:
            adapt(workcell, world, record)

    plan = make_plan(
        operations or [dose("gold", "gold", WELLS), dose("last", "hydride", WELLS, reuse=False, tips=2)],
        lags, on_fault=rules, **fields,
    )  # fmt: skip
    return simulate(plan, in_a_row(plan), faults=FaultPlan(faults), adapt=hook)


def decisions(bench: Bench) -> list[tuple[str, str, str]]:
    """Act, response and whose word it was, in order."""
    found = bench.record.of(EventKind.FAULT_HANDLED)
    return [(event.act or "", event.data["response"], event.data["by"]) for event in found]


def at_draw(kind: DeviceErrorKind, nth: int = 1, *, moved: bool | None = False, **fields) -> Fault:
    return Fault("arm", "aspirate", nth, kind, moved, channels=(2,), **fields)


def at_dispense(
    kind: DeviceErrorKind, nth: int = 1, *, moved: bool | None = None, **fields
) -> Fault:
    return Fault("arm", "dispense", nth, kind, moved, channels=(2,), **fields)


def volumes(bench: Bench) -> dict[str, float]:
    return {well: bench.world.volume_ul(f"plate/{well}") for well in WELLS}


# What the table does.


def test_a_draw_in_which_nothing_moved_is_begun_again_with_another_tip() -> None:
    outcome, bench = run_gold(at_draw(K.CLOT))
    assert_declared_end(outcome, bench)
    assert decisions(bench) == [("draw", "next_tip", "table")]
    assert bench.record.flagged() == {}
    assert volumes(bench) == pytest.approx(dict.fromkeys(WELLS, 100.0))
    picks = [e.data["tips"] for e in bench.record.of(EventKind.INTENT) if e.act == "pick_up_tips"]
    assert [len(tips) for tips in picks] == [8, 1, 8]
    assert picks[1][0]["tip"] != "tips/C1", "the tip with the clot isn't used again"
    assert_books_match_world(bench)


def test_the_others_are_served_before_what_failed_is_begun_again() -> None:
    _, bench = run_gold(at_draw(K.CLOT))
    served = [
        tuple(move["address"] for move in event.data["moves"])
        for event in bench.record.of(EventKind.INTENT)
        if event.act == "dispense" and event.operation == "gold"
    ]
    assert [len(wells) for wells in served] == [7, 1]
    assert served[1] == ("plate/C1",)


def test_every_ladder_ends() -> None:
    """The same draw fails for ever: one more tip, then the well is left."""
    outcome, bench = run_gold(*(at_draw(K.CLOT, n) for n in range(1, 20)))
    assert_declared_end(outcome, bench)
    words = [d[1] for d in decisions(bench)]
    assert words == ["next_tip", "skip_well"]
    assert set(bench.record.flagged()) == {"C1"}


def test_tips_run_out_and_the_wells_are_left() -> None:
    """As many spare tips as the rack has; then nothing more is tried."""
    plan_tips = [dose(f"g{n}", "gold", WELLS, tips=n, reuse=False) for n in range(1, 13)]
    fault = Fault("arm", "pick_up_tips", 1, K.TIP_NOT_PICKED_UP, False, channels=(2,))
    outcome, bench = run_gold(fault, operations=plan_tips)
    assert_declared_end(outcome, bench)
    assert decisions(bench) == [("take_tips", "skip_well", "table")]
    assert set(bench.record.flagged()) == {"C1"}


def test_a_decision_is_written_down_with_its_error_legs_and_wells() -> None:
    _, bench = run_gold(at_dispense(K.TIMEOUT))
    (event,) = bench.record.of(EventKind.FAULT_HANDLED)
    assert event.operation == "gold"
    assert event.wells == ("C1",)
    assert event.data["moved"] is None
    assert event.data["error_kind"] == "timeout"
    assert event.data["legs"] == [[2, 0, "plate/C1"]]


# Another source.


def two_troughs(second_ul: float = 20_000.0):
    """Gold stands in two troughs; the plan draws from the first."""
    use = stock_use("gold").model_copy(
        update={"positions_ul": {"gold/A1": 20_000.0, "water/A1": second_ul}}
    )
    return [use, stock_use("hydride")]


def test_a_source_without_liquid_is_replaced_by_another_of_the_same_stock() -> None:
    outcome, bench = run_gold(at_draw(K.NO_LIQUID), stocks=two_troughs())
    assert_declared_end(outcome, bench)
    assert decisions(bench) == [("draw", "next_source", "table")]
    assert bench.record.flagged() == {}
    sources = {d["destination"]: d["source"] for d in bench.record.ended("gold").data["deliveries"]}
    assert sources.pop("plate/C1") == "water/A1"
    assert set(sources.values()) == {"gold/A1"}
    picks = [e for e in bench.record.of(EventKind.INTENT) if e.act == "pick_up_tips"]
    assert len(picks) == 2, "the tip is clean, so it draws again"
    assert_books_match_world(bench)


def test_a_source_that_others_need_is_left_to_them() -> None:
    """The second trough holds just what is planned to be drawn there."""
    other = dose("gold", "gold", WELLS).legs
    second = Transfer.model_validate(
        {
            **dose("more", "gold", WELLS, 50.0, tips=3).model_dump(),
            "legs": [leg.model_copy(update={"source": "water/A1"}) for leg in other],
        }
    )
    outcome, bench = run_gold(
        at_draw(K.NO_LIQUID),
        operations=[dose("gold", "gold", WELLS), second],
        stocks=two_troughs(400.0),
    )
    assert decisions(bench) == [("draw", "skip_well", "table")]
    assert set(bench.record.flagged()) == {"C1"}
    assert len(bench.record.ended("more").data["deliveries"]) == 7
    assert_declared_end(outcome, bench)


def test_what_the_books_refuse_gets_another_source_too() -> None:
    use = stock_use("gold").model_copy(
        update={"positions_ul": {"gold/A1": 330.0, "water/A1": 400.0}}
    )
    outcome, bench = run_gold(operations=[dose("gold", "gold", WELLS)], stocks=[use])
    assert_declared_end(outcome, bench)
    assert bench.record.flagged() == {}
    drawn = [d["source"] for d in bench.record.ended("gold").data["deliveries"]]
    assert sorted(drawn) == ["gold/A1"] * 6 + ["water/A1"] * 2
    assert_books_match_world(bench)


# What the protocol asks for.


def test_a_step_may_ask_for_less_than_the_table() -> None:
    outcome, bench = run_gold(at_draw(K.CLOT), rules=(rule("gold", clot=R.CONTINUE),))
    assert decisions(bench) == [("draw", "continue", "protocol")]
    assert set(bench.record.flagged()) == {"C1"}
    assert volumes(bench)["C1"] == pytest.approx(50.0), "without gold, but with the rest"
    assert outcome.status is ExitStatus.SUCCEEDED
    assert_books_match_world(bench)


def test_a_step_may_ask_for_more_and_the_rest_of_the_table_holds() -> None:
    faults = [at_draw(K.CLOT, n) for n in (1, 2, 3)]
    rules = (rule("gold", clot=(R.NEXT_TIP, R.NEXT_TIP, R.NEXT_TIP)), rule("last", stall=R.STOP))
    _, bench = run_gold(*faults, rules=rules)
    assert [d[1] for d in decisions(bench)] == ["next_tip"] * 3
    assert bench.record.flagged() == {}
    _, bench = run_gold(*faults, at_draw(K.CLOT, 4), rules=rules)
    assert decisions(bench)[-1] == ("draw", "skip_well", "table")


def test_the_protocol_may_throw_away_a_draw_that_perhaps_moved() -> None:
    """Nothing has reached a well, so no dose is doubled; the table alone wouldn't do it."""
    fault = at_draw(K.CLOT, moved=None, happened=True)
    _, bench = run_gold(fault)
    assert decisions(bench) == [("draw", "skip_well", "table")]
    outcome, bench = run_gold(fault, rules=(rule("gold", clot=R.NEXT_TIP),))
    assert_declared_end(outcome, bench)
    assert decisions(bench) == [("draw", "next_tip", "protocol")]
    assert bench.record.flagged() == {}
    assert volumes(bench) == pytest.approx(dict.fromkeys(WELLS, 100.0))
    assert_books_match_world(bench)


@pytest.mark.parametrize("word", [R.RETRY, R.NEXT_TIP])
@pytest.mark.parametrize("happened", [True, False])
def test_no_protocol_repeats_a_dispense_that_perhaps_moved(word, happened) -> None:
    """Also where a plan was made by hand: the rule stands in the engine as well."""
    fault = at_dispense(K.TIMEOUT, happened=happened)
    _, bench = run_gold(fault, rules=(rule("gold", timeout=word),))
    assert decisions(bench) == [("dispense", "skip_well", "table")]
    assert volumes(bench)["C1"] == pytest.approx(50.0 if happened else 0.0)


def test_a_stop_by_the_protocol_aborts_and_one_of_the_table_fails() -> None:
    outcome, bench = run_gold(at_draw(K.CLOT), rules=(rule("gold", clot=R.STOP),))
    assert_declared_end(outcome, bench)
    assert outcome.status is ExitStatus.ABORTED
    assert outcome.wells_flagged == 8
    outcome, bench = run_gold(Fault("arm", "aspirate", 1, K.DEVICE_GONE, None))
    assert outcome.status is ExitStatus.FAILED


# Asking a person.


def test_a_person_hears_what_each_choice_costs() -> None:
    lags = [Lag(before="gold", after="last", point="start", max_s=200.0)]
    outcome, bench = run_gold(
        at_dispense(K.TIMEOUT),
        rules=(rule("gold", timeout=asks(R.RETRY, R.NEXT_TIP, R.CONTINUE, R.STOP)),),
        answers={1: "skip_well"}, lags=lags, wells=WELLS,
    )  # fmt: skip
    (question,) = bench.record.of(EventKind.QUESTION)
    assert question.data["default"] == "skip_well"
    assert question.data["answer_within_s"] == 120.0
    costs = question.data["costs"]
    assert costs["next_tip"] == "next_tip may double gold in C1"
    assert "at most 50 µL gold" in costs["retry"]
    assert "any part of 50 µL gold may be missing" in costs["continue"]
    assert costs["stop"] == "stop ends the run for 8 wells that aren't finished"
    assert all(told in question.data["text"] for told in costs.values())
    assert "Nobody knows whether something has moved" in question.data["text"]
    entry = {e.operation: e for e in bench.schedule.entries}
    room_s = 200.0 - entry["last"].start_s
    assert question.data["left_s"] == pytest.approx(room_s, abs=0.01)
    assert f"{room_s:.0f} s left until a lag" in question.data["text"]
    assert decisions(bench) == [("dispense", "skip_well", "person")]
    assert outcome.wells_flagged == 1


def replicated(*wells: str) -> tuple[WellPlan, ...]:
    return tuple(
        WellPlan(
            well=well, name=well, kind="synthesis", asked_umol={}, final_volume_ul=0, peak_volume_ul=0,
            values={"ratio": 1.0 if well in wells else 2.0 + n},
        )
        for n, well in enumerate(WELLS)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("group", "told"),
    [
        (("C1", "D1", "E1"), "loses C1, 1 of 3 replicates"),
        ((), "loses C1, the only well of its condition"),
    ],
)
def test_skipping_tells_what_is_left_of_a_condition(group, told) -> None:
    plan = make_plan(
        [dose("gold", "gold", WELLS), dose("last", "hydride", WELLS, reuse=False, tips=2)],
        on_fault=(rule("gold", timeout=asks(R.NEXT_TIP)),),
    )
    plan = plan.model_copy(update={"wells": replicated(*group)}).sealed()
    _, bench = simulate(plan, in_a_row(plan), faults=FaultPlan([at_dispense(K.TIMEOUT)]))
    (question,) = bench.record.of(EventKind.QUESTION)
    assert question.data["costs"]["skip_well"] == f"skip_well {told}"
    assert "no lag limits the time" in question.data["text"]


def test_a_replicate_that_is_lost_already_does_not_count() -> None:
    plan = make_plan(
        [dose("gold", "gold", WELLS), dose("last", "hydride", WELLS, reuse=False, tips=2)],
        on_fault=(rule("last", timeout=asks(R.NEXT_TIP)),),
    )
    plan = plan.model_copy(update={"wells": replicated("C1", "D1", "E1")}).sealed()
    faults = [
        Fault("arm", "dispense", 1, K.TIMEOUT, None, channels=(3,)),
        at_dispense(K.TIMEOUT, 2),
    ]
    _, bench = simulate(plan, in_a_row(plan), faults=FaultPlan(faults))
    (question,) = bench.record.of(EventKind.QUESTION)
    assert "loses C1, 1 of 2 replicates" in question.data["costs"]["skip_well"]


def test_without_an_answer_the_default_holds_and_the_run_goes_on() -> None:
    outcome, bench = run_gold(
        at_dispense(K.TIMEOUT), rules=(rule("gold", timeout=asks(R.NEXT_TIP, within_s=77.0)),), adapt=absent
    )  # fmt: skip
    assert_declared_end(outcome, bench)
    asked, answered = bench.record.of(EventKind.QUESTION)[0], bench.record.of(EventKind.ANSWER)[0]
    assert answered.time_s - asked.time_s == pytest.approx(77.0)
    assert decisions(bench) == [("dispense", "skip_well", "default")]
    assert outcome.status is ExitStatus.SUCCEEDED
    assert outcome.wells_flagged == 1


@pytest.mark.parametrize(("happened", "got"), [(True, 100.0), (False, 50.0)])
def test_a_person_may_dose_again_and_the_well_is_flagged(happened, got) -> None:
    """In truth it is doubled or not; the flag says that nobody knows."""
    outcome, bench = run_gold(
        at_dispense(K.TIMEOUT, happened=happened),
        rules=(rule("gold", timeout=asks(R.NEXT_TIP)),),
        operations=[dose("gold", "gold", WELLS)],
    )
    assert_declared_end(outcome, bench)
    assert decisions(bench) == [("dispense", "next_tip", "person")]
    assert volumes(bench)["C1"] == pytest.approx(got)
    (reason,) = bench.record.flagged()["C1"]
    assert "then next_tip, as was asked" in reason
    assert outcome.wells_flagged == 1


@pytest.mark.parametrize("happened", [True, False])
def test_pushing_out_what_is_left_in_the_tip_never_doubles(happened) -> None:
    outcome, bench = run_gold(
        at_dispense(K.TIMEOUT, happened=happened),
        rules=(rule("gold", timeout=asks(R.RETRY)),),
    )
    assert_declared_end(outcome, bench)
    assert decisions(bench) == [("dispense", "retry", "person")]
    assert volumes(bench) == pytest.approx(dict.fromkeys(WELLS, 100.0))
    assert set(bench.record.flagged()) == {"C1"}
    assert_books_match_world(bench)


def test_nobody_is_asked_while_the_other_channels_hold_liquid() -> None:
    _, bench = run_gold(at_draw(K.CLOT, moved=None), rules=(rule("gold", clot=asks(R.NEXT_TIP)),))
    kinds = [
        (event.kind, event.act)
        for event in bench.record.events
        if event.operation == "gold"
        and event.kind in (EventKind.QUESTION, EventKind.DONE)
        and event.act != "return_tips"
    ]
    asked = kinds.index((EventKind.QUESTION, None))
    assert (EventKind.DONE, "dispense") in kinds[:asked]
    assert bench.record.flagged() == {}, "the person let it be drawn again"


def test_a_person_is_asked_three_times_at_most_about_the_same() -> None:
    fault = [Fault("shaker", "shake", n, K.STALL, False) for n in range(1, 20)]
    stop = Shake(id="off", step="off", device="shaker", labware="plate", speed_rpm=0)
    outcome, bench = run_gold(*fault, operations=[stop, dose("gold", "gold", WELLS)])
    assert len(bench.record.of(EventKind.QUESTION)) == 3
    assert [d[1] for d in decisions(bench)] == ["retry"] * 5 + ["skip_well"]
    assert outcome.status is ExitStatus.FAILED


def test_a_person_who_says_so_lets_the_arm_into_a_plate_that_is_not_homed() -> None:
    fault = [Fault("shaker", "shake", n, K.SHAKER_NOT_HOMED, False) for n in (1, 2, 3)]
    stop = Shake(id="off", step="off", device="shaker", labware="plate", speed_rpm=0)
    operations = [stop, dose("gold", "gold", WELLS)]

    def homes_it(workcell, world, record) -> None:
        ask = workcell.operator.ask

        async def look(question):
            world.set_homed("shaker", homed=True)
            return await ask(question)

        workcell.operator.ask = look

    outcome, bench = run_gold(
        *fault, operations=operations, answers={1: "continue"}, adapt=homes_it
    )
    assert outcome.status is ExitStatus.SUCCEEDED
    assert outcome.wells_flagged == 8
    assert len(bench.record.ended("gold").data["deliveries"]) == 8


def test_an_answer_that_is_no_choice_counts_as_none() -> None:
    _, bench = run_gold(
        at_dispense(K.TIMEOUT),
        rules=(rule("gold", timeout=asks(R.NEXT_TIP)),),
        answers={1: "perhaps"},
    )
    assert decisions(bench) == [("dispense", "skip_well", "default")]


def test_a_person_who_is_gone_leaves_the_default() -> None:
    from ncrobot.errors import DeviceError

    def gone(workcell, world, record) -> None:
        async def ask(question):
            raise DeviceError("no terminal", device="person", kind=K.DEVICE_GONE, moved=False)

        workcell.operator.ask = ask

    outcome, bench = run_gold(
        at_dispense(K.TIMEOUT), rules=(rule("gold", timeout=asks(R.NEXT_TIP)),), adapt=gone
    )
    assert decisions(bench) == [("dispense", "skip_well", "default")]
    assert outcome.status is ExitStatus.SUCCEEDED


def test_a_stop_while_a_person_is_asked_ends_the_run_at_once() -> None:
    async def stop(bench: Bench) -> None:
        await bench.clock.sleep(40.0)
        bench.engine.request_stop("the user")

    plan = make_plan(
        [dose("gold", "gold", WELLS), dose("last", "hydride", WELLS, reuse=False, tips=2)],
        on_fault=(rule("gold", timeout=asks(R.NEXT_TIP, within_s=5000.0)),),
    )
    outcome, bench = simulate(
        plan, in_a_row(plan), faults=FaultPlan([at_dispense(K.TIMEOUT)]), adapt=absent,
        meanwhile=stop,
    )  # fmt: skip
    assert_declared_end(outcome, bench)
    assert outcome.status is ExitStatus.ABORTED
    assert outcome.duration_s < 100


# Heads and devices.


def test_a_rigid_head_is_never_asked_to_act_with_one_channel_alone() -> None:
    arm = LAYOUT.arm.model_copy(update={"independent_volumes": False})
    layout = LAYOUT.model_copy(update={"arm": arm})
    for fault in (at_draw(K.CLOT), at_dispense(K.STALL, moved=False)):
        outcome, bench = run_gold(fault, deck=layout)
        assert_declared_end(outcome, bench)
        assert [d[1] for d in decisions(bench)] == ["skip_well"]
    whole = Fault("arm", "dispense", 1, K.STALL, False)
    outcome, bench = run_gold(whole, deck=layout)
    assert [d[1] for d in decisions(bench)] == ["retry"]
    assert bench.record.flagged() == {}


def test_waiting_longer_for_a_temperature_is_a_persons_choice() -> None:
    warm = SetTemperature(
        id="warm", step="warm", device="cooler", temperature_c=60.0, tolerance_c=0.01
    )
    operations = [warm, dose("gold", "gold", WELLS)]

    def slow(workcell, world, record) -> None:
        workcell.devices["cooler"]._constant_s = 600.0

    outcome, bench = run_gold(operations=operations, adapt=slow)
    assert outcome.status is ExitStatus.SUCCEEDED
    assert ("set_temperature", "retry", "person") in decisions(bench)
    assert bench.record.flagged() == {}

    def slow_and_alone(workcell, world, record) -> None:
        slow(workcell, world, record)
        absent(workcell, world, record)

    rules = (rule("warm", temperature_not_reached=asks(R.RETRY, default=R.CONTINUE)),)
    outcome, bench = run_gold(operations=operations, adapt=slow_and_alone, rules=rules)
    assert decisions(bench) == [("set_temperature", "continue", "default")]
    assert outcome.wells_flagged == 8
    assert outcome.status is ExitStatus.SUCCEEDED


def test_a_sample_that_is_lost_does_not_cost_its_reaction() -> None:
    sample = Transfer(
        id="sample", step="sample", device="arm", wells=WELLS, purpose="sample",
        legs=tuple(
            Leg(channel=c, tip=f"tips/{w[0]}6", source=f"plate/{w}", destination=f"samples/{w}", volume_ul=20, umol={})
            for c, w in enumerate(WELLS)
        ),
        tip_use="fresh", touches=True,
    )  # fmt: skip
    operations = [dose("gold", "gold", WELLS), sample, dose("last", "hydride", WELLS, tips=2)]
    outcome, bench = run_gold(at_draw(K.STALL, 2, moved=None), operations=operations)
    assert_declared_end(outcome, bench)
    assert decisions(bench) == [("take_sample", "continue", "table")]
    assert set(bench.record.flagged()) == {"C1"}
    assert len(bench.record.ended("last").data["deliveries"]) == 8


def test_one_failing_well_never_stops_the_other_fifteen() -> None:
    faults = [
        at_draw(K.CLOT, moved=None),
        at_dispense(K.TIMEOUT, 2),
        at_draw(K.STALL, 3, moved=None),
    ]
    operations = [dose("g1", "gold", column(1)), dose("g2", "gold", column(2))]
    outcome, bench = run_gold(*faults, operations=operations, wells=TWO_COLUMNS)
    assert_declared_end(outcome, bench)
    assert outcome.status is ExitStatus.SUCCEEDED
    assert set(bench.record.flagged()) == {"C1", "C2"}
    others = set(TWO_COLUMNS) - {"C1", "C2"}
    assert all(bench.world.volume_ul(f"plate/{well}") == pytest.approx(50) for well in others)

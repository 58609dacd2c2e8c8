"""What goes wrong: each defined error at each act, one failing well among many, the books after it."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.engine_cases import (
    EVERY_KIND,
    TWO_COLUMNS,
    absent,
    assert_books_match_world,
    assert_declared_end,
    bench_clock,
    two_doses,
)
from engine.engine_kit import (
    ROWS,
    Bench,
    Record,
    chain,
    column,
    dose,
    in_a_row,
    make_plan,
    simulate,
    stock_use,
)
from ncrobot.engine import RunOutcome
from ncrobot.errors import DeviceError, DeviceErrorKind, InternalError
from ncrobot.events import EventKind, ExitStatus
from ncrobot.plan.operations import Leg, MovePlate, Read, SetTemperature, Shake, Transfer
from ncrobot_sim import Fault, FaultPlan
from ncrobot_sim.faults import CERTAIN, POSSIBLE

CASES = [
    (act, kind, moved, happened)
    for act in ("pick_up_tips", "aspirate", "dispense", "mix", "drop_tips")
    for kind in POSSIBLE[act]
    for moved, happened in ((False, False), (None, False), (None, True))
    if moved is False or kind not in CERTAIN
]


def run_with(*faults: Fault, plan=None) -> tuple[RunOutcome, Bench]:
    plan = plan or two_doses()
    return simulate(plan, in_a_row(plan), faults=FaultPlan(faults))


def is_mended(act: str, kind: DeviceErrorKind, *, moved: bool | None) -> bool:
    """Whether the table of defaults saves the well: nothing has moved, so it is done again."""
    if act in ("pick_up_tips", "drop_tips"):
        return True
    return moved is False and kind is not DeviceErrorKind.NO_LIQUID


@pytest.mark.parametrize(("act", "kind", "moved", "happened"), CASES)
def test_one_failing_channel_concerns_its_well_and_no_other(act, kind, moved, happened) -> None:
    fault = Fault("arm", act, 1, kind, moved, channels=(3,), happened=happened)
    outcome, bench = run_with(fault)
    assert_declared_end(outcome, bench)
    assert bench.world.faults.struck == [fault]
    assert outcome.status is ExitStatus.SUCCEEDED
    flagged = bench.record.flagged()
    mended = is_mended(act, kind, moved=moved)
    if mended:
        assert flagged == {}
    else:
        assert set(flagged) == {"D1"}
        assert kind.value in flagged["D1"][0]
    later = {d["destination"] for d in bench.record.ended("acid-1").data["deliveries"]}
    lost = set() if mended or act == "mix" else {"plate/D1"}
    assert later == {f"plate/{row}1" for row in ROWS} - lost
    assert len(bench.record.ended("gold-2").data["deliveries"]) == 8, "a spare tip serves column 2"
    wrong = EventKind.NOT_DONE if moved is False else EventKind.UNKNOWN
    (failure,) = [e for e in bench.record.of(wrong) if e.data.get("error_kind")]
    assert failure.data["error_kind"] == kind.value
    assert failure.data["channels"] == [3]
    if moved is False or happened or act in ("pick_up_tips", "drop_tips", "mix"):
        assert_books_match_world(bench)
    for well in {*TWO_COLUMNS} - {*flagged}:
        assert bench.world.volume_ul(f"plate/{well}") == pytest.approx(100), well


@pytest.mark.parametrize("kind", [DeviceErrorKind.NO_LIQUID, DeviceErrorKind.TIMEOUT])
def test_a_failing_act_of_all_channels_loses_its_column_only(kind) -> None:
    moved = False if kind in CERTAIN else None
    outcome, bench = run_with(Fault("arm", "aspirate", 1, kind, moved))
    assert_declared_end(outcome, bench)
    assert set(bench.record.flagged()) == set(column(1))
    results = bench.record.results()
    assert results["gold-1"] == ("not_done" if moved is False else "unknown")
    assert results["acid-1"] == "skipped"
    assert results["acid-2"] == "done"


def test_nothing_that_may_have_dispensed_is_ever_repeated() -> None:
    _, bench = run_with(
        Fault("arm", "dispense", 1, DeviceErrorKind.TIMEOUT, None, channels=(2,), happened=True)
    )
    told = [
        move["address"]
        for event in bench.record.of(EventKind.INTENT)
        if event.operation == "gold-1" and event.act == "dispense"
        for move in event.data["moves"]
    ]
    assert sorted(told) == sorted(f"plate/{row}1" for row in ROWS)
    assert bench.world.volume_ul("plate/C1") == pytest.approx(50)


def test_where_nobody_knows_the_books_assume_that_it_moved() -> None:
    """So the source can't be overdrawn nor the well overfilled later; the tracker is corrected."""
    _, bench = run_with(
        Fault("arm", "aspirate", 1, DeviceErrorKind.TIMEOUT, None, channels=(2,), happened=False)
    )
    ledger = bench.record.of(EventKind.RUN_ENDED)[0].data["ledger"]
    assert ledger["gold/A1"]["volume_ul"] == pytest.approx(bench.world.volume_ul("gold/A1") - 50)
    (check,) = bench.record.of(EventKind.CROSS_CHECK)
    (difference,) = check.data["differences"]
    assert difference["address"] == "gold/A1"
    assert difference["tracker_ul"] - difference["ledger_ul"] == pytest.approx(50)


@pytest.mark.parametrize("act", ["pick_up_tips", "aspirate", "dispense", "mix", "drop_tips"])
def test_an_arm_that_is_gone_ends_the_run_as_failed(act) -> None:
    outcome, bench = run_with(Fault("arm", act, 2, DeviceErrorKind.DEVICE_GONE, None))
    assert_declared_end(outcome, bench)
    assert outcome.status is ExitStatus.FAILED
    if act != "drop_tips":
        assert "device_gone" in outcome.reason
        assert (
            bench.record.events[-4].data.get("reason", "").startswith("the run ended")
            or outcome.wells_flagged
        )


def test_tips_that_cannot_be_shed_end_the_run() -> None:
    """Neither put back nor thrown away, once more in vain, and three times by a person's word."""
    faults = [Fault("arm", "drop_tips", n, DeviceErrorKind.STALL, False) for n in range(1, 7)]
    outcome, bench = run_with(*faults)
    assert outcome.status is ExitStatus.FAILED
    assert "tips can't be shed" in outcome.reason
    assert len(bench.record.of(EventKind.QUESTION)) == 3
    assert_declared_end(outcome, bench)
    assert bench.world.tip_volume_ul(0) is None, "the last attempt, before the safe state, worked"


def test_a_lost_source_abandons_every_well_downstream() -> None:
    make = Transfer(
        id="make", step="make", device="arm", purpose="dilution", stock="gold",
        legs=(Leg(channel=0, tip="tips/A4", source="gold/A1", destination="mixes/A1",
                  volume_ul=200, umol={}),),
        tip_use="fresh", touches=True,
    )  # fmt: skip
    use = [
        Transfer(
            id=f"use-{well}", step="use", device="arm", wells=(well,), purpose="dose", stock="thin",
            legs=(Leg(channel=0, tip=f"tips/A{n}", source="mixes/A1", destination=f"plate/{well}",
                      volume_ul=20, umol={}),),
            tip_use="fresh", touches=False,
        )
        for n, well in enumerate(("A1", "A2"), 6)
    ]  # fmt: skip
    thin = stock_use("gold").model_copy(
        update={"stock": "thin", "positions_ul": {"mixes/A1": 0.0}, "working_of": "gold"}
    )
    plan = make_plan(
        [make, *use, dose("other", "water", ["B1"])], wells=["A1", "A2", "B1"],
        stocks=[stock_use("gold"), stock_use("water"), thin],
    )  # fmt: skip
    outcome, bench = run_with(Fault("arm", "aspirate", 1, DeviceErrorKind.CLOT, None), plan=plan)
    assert_declared_end(outcome, bench)
    assert set(bench.record.flagged()) == {"A1", "A2"}
    assert bench.record.results() == {
        "make": "unknown", "use-A1": "skipped", "use-A2": "skipped", "other": "done",
    }  # fmt: skip


def test_an_empty_source_is_found_by_the_books_before_the_arm_moves() -> None:
    plan = make_plan(
        [dose("gold-1", "gold", column(1)), dose("gold-2", "gold", column(2))],
        wells=TWO_COLUMNS,
        stocks=[stock_use("gold", 500.0)],
    )
    outcome, bench = run_with(plan=plan)
    assert_declared_end(outcome, bench)
    assert len(bench.record.ended("gold-2").data["deliveries"]) == 2, "100 µL were left"
    assert outcome.wells_flagged == 6
    assert not bench.record.of(EventKind.NOT_DONE), "the arm was never asked for what can't be"
    assert_books_match_world(bench)


def test_when_every_well_is_lost_the_run_fails_at_once() -> None:
    plan = two_doses()
    outcome, bench = simulate(
        plan,
        in_a_row(plan, starts_s={"acid-1": 10_000.0}),
        faults=FaultPlan(
            Fault("arm", "aspirate", n, DeviceErrorKind.NO_LIQUID, False) for n in (1, 2)
        ),
    )
    assert outcome.status is ExitStatus.FAILED
    assert "no well is left" in outcome.reason
    assert outcome.duration_s < 200
    assert_declared_end(outcome, bench)


def shaken():
    """The plate is shaken, stopped for the arm, and shaken again."""
    return make_plan(
        [
            Shake(id="on", step="s", device="shaker", labware="plate", speed_rpm=600),
            Shake(id="off", step="s", device="shaker", labware="plate", speed_rpm=0),
            dose("gold", "gold", column(1)),
            Shake(id="on-again", step="s", device="shaker", labware="plate", speed_rpm=600),
        ]
    )


def not_stopping(kind: DeviceErrorKind, times: int) -> list[Fault]:
    return [Fault("shaker", "shake", n, kind, None) for n in range(2, 2 + times)]


def test_a_shaker_that_is_not_homed_costs_its_wells_rather_than_the_tips() -> None:
    """Two retries, three answers of a person who tries as well: then the wells are given up."""
    kind = DeviceErrorKind.SHAKER_NOT_HOMED
    outcome, bench = run_with(*not_stopping(kind, 6), plan=shaken())
    assert_declared_end(outcome, bench)
    assert outcome.status is ExitStatus.FAILED
    assert outcome.wells_flagged == 8
    assert ("gold", "pick_up_tips") not in bench.record.acts()
    outcome, bench = run_with(*not_stopping(kind, 4), plan=shaken())
    assert outcome.status is ExitStatus.SUCCEEDED
    assert outcome.wells_flagged == 0


def test_a_shaker_that_does_not_answer_is_kept_from_the_arm_by_its_speed() -> None:
    outcome, bench = run_with(*not_stopping(DeviceErrorKind.TIMEOUT, 3), plan=shaken())
    assert_declared_end(outcome, bench)
    assert outcome.status is ExitStatus.FAILED
    assert outcome.wells_flagged == 8
    assert any("interlock" in reason for reason in bench.record.flagged()["A1"])
    assert ("gold", "dispense") not in bench.record.acts()


def test_a_shaker_that_does_not_start_flags_its_wells_and_they_go_on() -> None:
    faults = [Fault("shaker", "shake", n, DeviceErrorKind.TIMEOUT, False) for n in (1, 2, 3)]
    outcome, bench = run_with(*faults, plan=shaken())
    assert_declared_end(outcome, bench)
    assert outcome.status is ExitStatus.SUCCEEDED
    assert bench.record.results()["gold"] == "done"
    assert outcome.wells_flagged == 8


def test_a_slow_pause_makes_the_arm_wait_and_the_restart_waits_for_the_arm() -> None:
    plan = shaken()
    late = FaultPlan(
        [Fault("shaker", "shake", 2, delay_s=40.0), Fault("arm", "dispense", 1, delay_s=50.0)]
    )
    outcome, bench = simulate(plan, in_a_row(plan), faults=late)
    assert_declared_end(outcome, bench)
    assert outcome.status is ExitStatus.SUCCEEDED
    times = {name: bench.record.ended(name).data for name in ("off", "gold", "on-again")}
    assert times["gold"]["start_s"] >= times["off"]["end_s"]
    assert times["on-again"]["start_s"] >= times["gold"]["end_s"]


def test_a_schedule_that_lets_arm_and_shaker_overlap_is_held_by_the_interlock() -> None:
    """The second line of defence: the restart is planned into the visit, yet nothing collides."""
    plan = shaken()
    schedule = in_a_row(plan, starts_s={"on": 0.0, "off": 100.0, "gold": 101.0, "on-again": 110.0})
    outcome, bench = simulate(plan, schedule)
    assert_declared_end(outcome, bench)
    assert outcome.status is ExitStatus.SUCCEEDED


def test_a_temperature_that_is_not_reached_abandons_the_wells() -> None:
    plan = make_plan(
        [
            SetTemperature(id="warm", step="s", device="shaker", temperature_c=60.0),
            dose("gold", "gold", column(1)),
        ]
    )

    def cold(workcell, world, record):
        async def room() -> float:
            return 25.0

        workcell.devices["shaker"].read_temperature_c = room

    outcome, bench = simulate(plan, in_a_row(plan), adapt=cold)
    assert_declared_end(outcome, bench)
    assert outcome.status is ExitStatus.FAILED
    assert "temperature_not_reached" in bench.record.flagged()["A1"][0]


def test_a_device_that_cannot_get_ready_fails_the_run_before_anything_moves() -> None:
    plan = make_plan([dose("gold", "gold", column(1))], initial_temperatures_c={"cooler": 4.0})
    outcome, bench = simulate(
        plan,
        in_a_row(plan),
        faults=FaultPlan([Fault("cooler", "set_temperature", 1, DeviceErrorKind.REFUSED, False)]),
    )
    assert outcome.status is ExitStatus.FAILED
    assert outcome.reason.startswith("before the start")
    assert ("gold", "pick_up_tips") not in bench.record.acts()
    assert outcome.wells_flagged == 8
    assert_declared_end(outcome, bench)


def read_and_carry():
    carry = MovePlate(id="carry", step="s", device="arm", labware="samples", to="reader")
    read = Read(id="read", step="s", device="reader", labware="plate", wavelengths_nm=(500,))
    return make_plan([read, carry, dose("gold", "gold", column(1))])


def test_a_lost_plate_ends_the_run_unless_a_person_puts_it_back() -> None:
    plan = read_and_carry()
    lost = FaultPlan([Fault("arm", "move_labware", 1, DeviceErrorKind.STALL, None)])
    outcome, bench = simulate(plan, in_a_row(plan), faults=lost, adapt=absent)
    assert_declared_end(outcome, bench)
    assert outcome.status is ExitStatus.FAILED
    assert "nobody knows where samples is" in outcome.reason
    outcome, bench = run_with(*lost.faults, plan=plan)
    assert outcome.status is ExitStatus.SUCCEEDED
    (question,) = bench.record.of(EventKind.QUESTION)
    assert question.data["choices"] == ["retry", "stop"]
    assert "put it there first" in question.data["costs"]["retry"]


def test_a_reading_is_taken_again_and_at_last_left_out() -> None:
    plan = read_and_carry()
    fault = partial(Fault, "reader", "read_absorbance", kind=DeviceErrorKind.TIMEOUT, moved=None)
    outcome, bench = run_with(fault(1), plan=plan)
    assert (outcome.status, outcome.wells_flagged) == (ExitStatus.SUCCEEDED, 0)
    outcome, bench = run_with(fault(1), fault(2), plan=plan)
    assert outcome.status is ExitStatus.SUCCEEDED
    assert bench.record.results()["read"] == "unknown"
    assert outcome.wells_flagged == 8
    assert bench.record.results()["gold"] == "done"


def test_a_device_that_never_answers_is_given_up() -> None:
    plan = make_plan([dose("gold", "gold", column(1))])

    def deaf(workcell, world, record):
        async def never(moves):
            await bench_clock(workcell).sleep(1e9)

        workcell.arm.aspirate = never

    outcome, bench = simulate(plan, in_a_row(plan), adapt=deaf)
    assert outcome.status is ExitStatus.FAILED
    assert "had no answer within 900 s" in bench.record.flagged()["A1"][0]


def test_an_exception_that_no_rule_foresees_is_a_defect_and_everything_is_made_safe() -> None:
    plan = two_doses()
    record = Record()

    def broken(workcell, world, record):
        async def bug(moves):
            raise ZeroDivisionError("oops")

        workcell.arm.dispense = bug

    with pytest.raises(InternalError, match="oops"):
        simulate(plan, in_a_row(plan), adapt=broken, record=record)
    assert [e.kind for e in record.events[-1:]] == [EventKind.RUN_ENDED]
    assert record.events[-1].data["status"] == "failed"
    (unknown,) = record.of(EventKind.UNKNOWN)
    assert unknown.data["error_kind"] == "undefined"
    assert all(record.of(EventKind.SAFE_STATE)[0].data["confirmed"].values())
    assert (None, "discard_tips") in record.acts() or ("gold-1", "discard_tips") in record.acts()


def test_all_devices_that_cannot_be_connected_are_told_at_once() -> None:
    plan = make_plan([dose("gold", "gold", column(1))])

    def gone(workcell, world, record):
        for name in ("shaker", "reader"):
            workcell.devices[name].connect = partial(_gone, name)

    outcome, bench = simulate(plan, in_a_row(plan), adapt=gone)
    assert outcome.status is ExitStatus.FAILED
    assert "shaker: no cable" in outcome.reason
    assert "reader: no cable" in outcome.reason
    assert bench.record.acts() == [(None, "safe_state")]


async def _gone(name: str) -> None:
    raise DeviceError("no cable", device=name, kind=DeviceErrorKind.DEVICE_GONE, moved=False)


def test_a_device_that_does_not_confirm_its_safe_state_is_told() -> None:
    plan = make_plan([dose("gold", "gold", column(1))])

    def stuck(workcell, world, record):
        async def fails() -> bool:
            raise RuntimeError("no link")

        async def hangs() -> bool:
            await bench_clock(workcell).sleep(1e9)
            return True

        workcell.devices["shaker"].safe_state = fails
        workcell.devices["cooler"].safe_state = hangs

    outcome, bench = simulate(plan, in_a_row(plan), adapt=stuck)
    assert outcome.status is ExitStatus.SUCCEEDED
    confirmed = bench.record.of(EventKind.SAFE_STATE)[0].data["confirmed"]
    assert {name for name, yes in confirmed.items() if not yes} == {"shaker", "cooler"}


def _tells_all(fault: Fault) -> bool:
    """Whether the books follow the world: what may have moved did, as the books assume."""
    if fault.act == "drop_tips" and fault.kind is DeviceErrorKind.DEVICE_GONE:
        return False  # the books leave the tips on an arm that nobody can ask
    return fault.moved is False or fault.happened or fault.kind is None


ACTS = {
    ("arm", "pick_up_tips"): 4, ("arm", "aspirate"): 4, ("arm", "dispense"): 4, ("arm", "mix"): 3,
    ("arm", "drop_tips"): 4, ("arm", "move_labware"): 2, ("shaker", "shake"): 4,
    ("shaker", "set_temperature"): 2, ("reader", "read_absorbance"): 1,
}  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 4))
def test_random_faults_always_end_in_a_declared_state(seed: int, number: int) -> None:
    operations = [
        *EVERY_KIND,
        dose("g2", "gold", column(2)),
        dose("h2", "hydride", column(2), reuse=False, tips=3, mix_repetitions=2, mix_volume_ul=30),
        Shake(id="end", step="s", device="shaker", labware="plate", speed_rpm=300),
    ]
    plan = make_plan(operations, chain(operations), wells=TWO_COLUMNS)
    faults = FaultPlan.drawn(seed, ACTS, number)
    outcome, bench = simulate(plan, in_a_row(plan), faults=faults)
    assert_declared_end(outcome, bench)
    if all(_tells_all(fault) for fault in bench.world.faults.struck):
        assert_books_match_world(bench)

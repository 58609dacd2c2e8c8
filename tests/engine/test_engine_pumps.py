"""Pumps: absolute doses, priming into the waste, and what a plunger's readback is good for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.engine_cases import assert_books_match_world, assert_declared_end
from engine.engine_kit import LAYOUT, Bench, chain, dose, in_a_row, make_plan, simulate
from ncrobot.deck.layout import SyringePump
from ncrobot.engine import RunOutcome
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot.events import EventKind, ExitStatus
from ncrobot.plan import PumpDose, dispense_offsets_s, operation_duration_s
from ncrobot_sim import Fault, FaultPlan
from ncrobot_sim.syringe_pump import SimulatedSyringePump

WELLS = tuple(f"{row}1" for row in "ABCDEFGH")
PUMP = {
    "kind": "syringe_pump", "driver": "sim.syringe_pump", "stock": "hydride",
    "source": "hydride/A1", "syringe_ul": 500.0, "rate_ul_per_s": (1.0, 500.0),
    "fill_ul_per_s": 200.0, "dispense_ul_per_s": 50.0, "dose_ul": 2.0, "dead_volume_ul": 30.0,
    "prime_ul": 40.0, "valve_s": 0.5,
}  # fmt: skip
NEEDLE = SyringePump.model_validate({**PUMP, "needle": "output"})
FIXED = SyringePump.model_validate(
    {**PUMP, "outlets": {str(n): well for n, well in enumerate(WELLS, start=1)}}
)
GAPPED = NEEDLE.model_copy(update={"air_gap_ul": 6.0})
SLOW = FIXED.model_copy(update={"rate_ul_per_s": (0.001, 500.0)})


def pump_dose(name: str, pump: SyringePump, volume_ul: float = 25.0, fills: int = 1) -> PumpDose:
    """Hydride for column 1, in so many fillings of the syringe."""
    base = dose(name, "hydride", WELLS, volume_ul)
    legs = tuple(
        leg.model_copy(update={"channel": 0, "tip": "pump/A1", "cycle": number * fills // 8})
        for number, leg in enumerate(base.legs)
    )
    fields = base.model_dump(exclude={"legs", "kind", "mode", "device", "excess_ul", "excess_to"})
    return PumpDose(
        **fields, legs=legs, device="arm" if pump.needle else "pump", pump="pump",
        excess_ul=pump.prime_ul, excess_to="waste",
    )  # fmt: skip


def run_pump(
    pump: SyringePump, *operations: PumpDose, faults: tuple[Fault, ...] = (), adapt=None
) -> tuple[RunOutcome, Bench]:
    layout = LAYOUT.model_copy(update={"devices": {**LAYOUT.devices, "pump": pump}})
    plan = make_plan(operations, chain(operations), wells=WELLS, deck=layout)

    def with_pump(clock, workcell, world, record) -> None:
        device = SimulatedSyringePump(
            name="pump", clock=clock, settings={**pump.model_dump(), "plate": "plate"}, world=world
        )
        workcell.devices["pump"] = device
        if adapt is not None:
            adapt(device, world, record)

    def hook(workcell, world, record) -> None:
        with_pump(workcell.arm._clock, workcell, world, record)

    return simulate(plan, in_a_row(plan), faults=FaultPlan(faults), adapt=hook)


@pytest.mark.parametrize(
    "pump", [NEEDLE, GAPPED, FIXED], ids=["needle", "air gap", "fixed outlets"]
)
@settings(max_examples=25, deadline=None)
@given(
    volume=st.integers(200, 4500).map(lambda hundredths: hundredths / 100), fills=st.integers(1, 3)
)
def test_every_well_gets_its_dose_and_the_rest_is_in_the_waste(pump, volume, fills):
    operations = [pump_dose(f"hydride-{n}", pump, volume, fills) for n in (1, 2)]
    outcome, bench = run_pump(pump, *operations)
    assert outcome.status is ExitStatus.SUCCEEDED
    assert bench.record.flagged() == {}
    for well in WELLS:
        assert bench.world.volume_ul(f"plate/{well}") == pytest.approx(2 * volume)
    assert sum(bench.world.waste.values()) == pytest.approx(80.0)
    assert bench.world.volume_ul("hydride/A1") == pytest.approx(50_000 - 16 * volume - 80)
    assert_books_match_world(bench)


@pytest.mark.parametrize(
    "pump", [NEEDLE, GAPPED, FIXED], ids=["needle", "air gap", "fixed outlets"]
)
def test_a_pump_takes_as_long_as_the_model_says(pump):
    operations = [pump_dose(f"hydride-{n}", pump, fills=2) for n in (1, 2)]
    _, bench = run_pump(pump, *operations)
    for operation in operations:
        data = bench.record.ended(operation.id).data
        took = data["end_s"] - data["start_s"]
        assert took == pytest.approx(operation_duration_s(operation, bench.plan.deck), abs=1e-6)
        offsets = dispense_offsets_s(operation, bench.plan.deck)
        for each in data["deliveries"]:
            served = each["delivered_s"] - data["start_s"]
            assert served == pytest.approx(offsets[each["destination"]], abs=1e-6)


# Moves of the plunger: 1 fills, 2 primes, 3 to 10 dose the wells.
@pytest.mark.parametrize("nth", range(1, 11))
@pytest.mark.parametrize("happened", [False, True])
def test_a_failed_move_is_settled_by_the_readback_and_costs_no_well(nth, happened):
    fault = Fault("pump", "move_plunger", nth, DeviceErrorKind.STALL, None, happened=happened)
    outcome, bench = run_pump(NEEDLE, pump_dose("hydride-1", NEEDLE), faults=(fault,))
    assert outcome.status is ExitStatus.SUCCEEDED
    assert bench.world.faults.struck == [fault]
    assert bench.record.flagged() == {}
    for well in WELLS:
        assert bench.world.volume_ul(f"plate/{well}") == pytest.approx(25.0), well
    assert_books_match_world(bench)


def test_a_plunger_that_never_moves_costs_its_well_only():
    faults = tuple(
        Fault("pump", "move_plunger", nth, DeviceErrorKind.OVERPRESSURE, None) for nth in (5, 6)
    )
    outcome, bench = run_pump(FIXED, pump_dose("hydride-1", FIXED), faults=faults)
    assert_declared_end(outcome, bench)
    assert set(bench.record.flagged()) == {"C1"}
    assert bench.world.volume_ul("plate/C1") == 0.0
    for well in set(WELLS) - {"C1"}:
        assert bench.world.volume_ul(f"plate/{well}") == pytest.approx(25.0)
    assert_books_match_world(bench)


@pytest.mark.parametrize("pump", [NEEDLE, FIXED], ids=["needle", "fixed outlets"])
@pytest.mark.parametrize("happened", [False, True])
def test_a_valve_that_does_not_turn_is_asked_again_and_never_pushes_elsewhere(pump, happened):
    """The fourth turn is the first towards a well: with three failures its well is given up."""
    turns = tuple(
        Fault("pump", "move_valve", nth, DeviceErrorKind.VALVE_ERROR, None, happened=happened)
        for nth in (4, 5, 6)
    )
    outcome, bench = run_pump(pump, pump_dose("hydride-1", pump), faults=turns[:2])
    assert bench.record.flagged() == {}
    outcome, bench = run_pump(pump, pump_dose("hydride-1", pump), faults=turns)
    assert_declared_end(outcome, bench)
    assert set(bench.record.flagged()) == {"A1"}
    for well in set(WELLS) - {"A1"}:
        assert bench.world.volume_ul(f"plate/{well}") == pytest.approx(25.0), well
    assert bench.world.volume_ul("plate/A1") == 0.0
    assert_books_match_world(bench)


def test_a_prime_that_stops_half_way_is_in_the_books():
    def half(device, world, record) -> None:
        moved = device.move_plunger

        async def stuck(position_ul, rate_ul_per_s):
            if position_ul == pytest.approx(200.0):  # the end of the prime: 40 of 240 µL
                await moved(220.0, rate_ul_per_s)
                raise DeviceError("stuck", device="pump", kind=DeviceErrorKind.STALL, moved=None)
            await moved(position_ul, rate_ul_per_s)

        device.move_plunger = stuck

    outcome, bench = run_pump(FIXED, pump_dose("hydride-1", FIXED), adapt=half)
    assert_declared_end(outcome, bench)
    assert outcome.status is ExitStatus.FAILED
    ledger = bench.record.of(EventKind.RUN_ENDED)[0].data["ledger"]
    drawn_ul = 50_000 - bench.world.volume_ul("hydride/A1")
    assert drawn_ul == pytest.approx(240.0)
    assert ledger["hydride/A1"]["volume_ul"] == pytest.approx(50_000 - 240.0)


def test_where_nobody_knows_the_plunger_no_further_dose_is_given():
    def silence(device, world, record) -> None:
        moved = device.move_plunger

        async def unreadable():
            raise DeviceError("no answer", device="pump", kind=DeviceErrorKind.TIMEOUT, moved=None)

        async def failing(position_ul, rate_ul_per_s):
            if world.volume_ul("plate/B1") > 0:
                device.read_plunger_ul = unreadable
                raise DeviceError("lost", device="pump", kind=DeviceErrorKind.TIMEOUT, moved=None)
            await moved(position_ul, rate_ul_per_s)

        device.move_plunger = failing

    operations = [pump_dose("hydride-1", NEEDLE)]
    outcome, bench = run_pump(NEEDLE, *operations, adapt=silence)
    flagged = bench.record.flagged()
    assert set(flagged) == set(WELLS) - {"A1", "B1"}
    assert bench.record.results() == {"hydride-1": "unknown"}
    doubtful = [
        event.wells for event in bench.record.of(EventKind.UNKNOWN) if event.act == "dispense"
    ]
    assert doubtful == [("C1",)]
    assert all(
        bench.world.volume_ul(f"plate/{well}") == 0 for well in "DEFGH" for well in [well + "1"]
    )
    assert outcome.wells_flagged == 6


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), number=st.integers(1, 4))
def test_no_well_gets_more_than_its_dose_whatever_fails(seed, number):
    acts = {("pump", "move_plunger"): 22, ("pump", "move_valve"): 14}
    faults = FaultPlan.drawn(seed, acts, number=number)
    operations = [pump_dose(f"hydride-{n}", FIXED) for n in (1, 2)]
    outcome, bench = run_pump(FIXED, *operations, faults=tuple(faults.faults))
    flagged = bench.record.flagged()
    for well in WELLS:
        volume_ul = bench.world.volume_ul(f"plate/{well}")
        assert volume_ul <= 50.0 + 1e-6
        if well not in flagged and outcome.status is ExitStatus.SUCCEEDED:
            assert volume_ul == pytest.approx(50.0)


def test_a_slow_addition_goes_on_evenly_and_is_no_time_out():
    """Three quarters of an hour for each well: longer than any other act may take."""
    slow = pump_dose("hydride-1", SLOW).model_copy(update={"over_s": 2700.0})
    rates = []

    def listen(device, world, record) -> None:
        moved = device.move_plunger

        async def moving(position_ul, rate_ul_per_s):
            rates.append(rate_ul_per_s)
            await moved(position_ul, rate_ul_per_s)

        device.move_plunger = moving

    outcome, bench = run_pump(SLOW, slow, adapt=listen)
    assert outcome.status is ExitStatus.SUCCEEDED
    assert bench.record.flagged() == {}
    assert rates.count(pytest.approx(25.0 / 2700.0)) == len(WELLS)
    for well in WELLS:
        assert bench.world.volume_ul(f"plate/{well}") == pytest.approx(25.0)
    data = bench.record.ended("hydride-1").data
    assert data["end_s"] - data["start_s"] == pytest.approx(
        operation_duration_s(slow, bench.plan.deck), abs=1e-6
    )


def test_a_slow_addition_out_of_fixed_outlets_keeps_no_tip_away():
    """The arm pipettes into the same plate, at its time, while the pump goes on for an hour."""
    slow = pump_dose("slow", SLOW).model_copy(update={"over_s": 450.0})
    column_2 = tuple(f"{row}2" for row in "ABCDEFGH")
    quick = dose("quick", "gold", column_2, 20.0)
    layout = LAYOUT.model_copy(update={"devices": {**LAYOUT.devices, "pump": SLOW}})
    plan = make_plan([slow, quick], (), wells=(*WELLS, *column_2), deck=layout)

    def hook(workcell, world, record) -> None:
        workcell.devices["pump"] = SimulatedSyringePump(
            name="pump", clock=workcell.arm._clock, world=world,
            settings={**SLOW.model_dump(), "plate": "plate"},
        )  # fmt: skip

    times = in_a_row(plan, starts_s={"slow": 0.0, "quick": 60.0})
    outcome, bench = simulate(plan, times, adapt=hook)
    assert outcome.status is ExitStatus.SUCCEEDED
    data = bench.record.ended("quick").data
    assert data["start_s"] == pytest.approx(60.0)
    assert data["end_s"] == pytest.approx(60.0 + operation_duration_s(quick, layout), abs=1e-6)
    assert bench.record.ended("slow").data["end_s"] > 3600.0
    assert_books_match_world(bench)


def test_air_is_drawn_back_between_doses_and_goes_out_before_the_next():
    moves = []

    def listen(device, world, record) -> None:
        moved = device.move_plunger

        async def moving(position_ul, rate_ul_per_s):
            moves.append((position_ul, world.needle_at))
            await moved(position_ul, rate_ul_per_s)

        device.move_plunger = moving

    outcome, bench = run_pump(GAPPED, pump_dose("hydride-1", GAPPED), adapt=listen)
    assert outcome.status is ExitStatus.SUCCEEDED
    names = [act for _, act in bench.record.acts() if act in ("dispense", "draw_back", "push_back")]
    assert names == ["dispense"] + ["draw_back", "push_back", "dispense"] * 7
    at_a, back_at_a, out_at_b, at_b = moves[2:6]
    assert back_at_a == (at_a[0] + 6.0, "plate/A1")
    assert out_at_b == (at_a[0], "plate/B1")
    assert at_b == (at_a[0] - 25.0, "plate/B1")
    for well in WELLS:
        assert bench.world.volume_ul(f"plate/{well}") == pytest.approx(25.0)
    assert_books_match_world(bench)


@pytest.mark.parametrize("nth", range(3, 26))
@pytest.mark.parametrize("happened", [False, True])
def test_a_move_of_the_air_that_fails_costs_no_well(nth, happened):
    fault = Fault("pump", "move_plunger", nth, DeviceErrorKind.STALL, None, happened=happened)
    outcome, bench = run_pump(GAPPED, pump_dose("hydride-1", GAPPED), faults=(fault,))
    assert outcome.status is ExitStatus.SUCCEEDED
    assert bench.record.flagged() == {}
    for well in WELLS:
        assert bench.world.volume_ul(f"plate/{well}") == pytest.approx(25.0), well
    assert_books_match_world(bench)

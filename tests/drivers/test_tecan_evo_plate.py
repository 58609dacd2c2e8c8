"""A small plate run whole on an emulated EVO: what stands in its wells is what was planned."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

from compiler.compiler_kit import BASE, text_of
from drivers.evo_kit import Bench, layout, make
from engine.engine_kit import Record
from ncrobot.auditor import audit_plan
from ncrobot.clock import VirtualClock, run_virtual
from ncrobot.compiler import compile_plan
from ncrobot.deck import build_pylabrobot_deck
from ncrobot.engine import Engine, RunOutcome, Workcell
from ncrobot.events import EventKind
from ncrobot.lab import schedule
from ncrobot.plan import Plan, Transfer
from ncrobot.protocol import read_conditions, read_protocol
from ncrobot.workcells import simulated_workcell
from ncrobot_sim.emulators.robots.evo_usb import EvoFault, EvoFaultKind

WELLS = ("A1", "B1", "C1", "H1", "A2", "D12")


@cache
def plan() -> Plan:
    document = {name: part for name, part in BASE.items() if name != "controls"}
    source = read_protocol(text_of(document), "trial.yaml")
    conditions = read_conditions("well\n" + "\n".join(WELLS), source, format="csv", file="t.csv")
    return compile_plan(source, conditions, layout())


def run(made: Plan, *faults: EvoFault) -> tuple[RunOutcome, Record, Bench]:
    """Run it on the emulated machine; shaker and cooler are simulated."""
    times = schedule(made)
    deck = build_pylabrobot_deck(made.deck)
    loads = {a: ul for use in made.stocks for a, ul in times.loaded_ul(use.stock, use.positions_ul).items()}  # fmt: skip
    bench = make(deck, loads=loads)
    bench.usb.faults.extend(faults)
    record = Record()

    async def main(clock: VirtualClock) -> RunOutcome:
        bench.usb.pace = clock.sleep
        simulated = simulated_workcell(made, times, clock)
        workcell = Workcell(bench.arm, simulated.devices, operator=simulated.operator)
        engine = Engine(
            run_id="r1", plan=made, schedule=times, workcell=workcell, clock=clock,
            emit=record.emit, flush=record.flush,
        )  # fmt: skip
        return await engine.run()

    return run_virtual(main), record, bench


def doses(made: Plan) -> dict[str, dict[str, float]]:
    """What each reaction well is to get from each stock, and in how many parts."""
    found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for operation in made.operations:
        if isinstance(operation, Transfer):
            for leg in operation.legs:
                # PyLabRobot's figures for water add about 3 to 4 % and 0.9 to 6 µL to each dose.
                found[leg.destination][operation.stock] += leg.volume_ul
    return found


def test_every_well_gets_its_doses_and_nothing_else():
    made = plan()
    assert audit_plan(made).agrees
    outcome, record, bench = run(made)
    assert outcome.status == "succeeded", outcome.reason
    stock_at = {address: use.stock for use in made.stocks for address in use.positions_ul}
    expected = doses(made)
    parts = defaultdict(int)
    for operation in made.operations:
        for leg in operation.legs if isinstance(operation, Transfer) else ():
            parts[leg.destination, operation.stock] += 1
    for well in WELLS:
        address = f"reaction_plate/{well}"
        got: dict[str, float] = defaultdict(float)
        for source, volume_ul in bench.machine.vessels[address].holds_ul.items():
            got[stock_at[source]] += volume_ul
        assert set(got) == set(expected[address])
        for stock, volume_ul in got.items():
            asked_ul, number = expected[address][stock], parts[address, stock]
            assert asked_ul - 0.5 * number <= volume_ul <= 1.05 * asked_ul + 6.5 * number
    empty = [n for n, v in bench.machine.vessels.items() if n.startswith("reaction") and v.volume_ul > 0]  # fmt: skip
    assert len(empty) == len(WELLS)
    assert bench.machine.plungers == [0] * 8
    assert all(column is None for column in bench.machine.columns)
    events = [event.kind for event in record.events]
    assert EventKind.CROSS_CHECK not in events


def test_a_lost_reply_ends_the_run_without_a_second_push():
    made = plan()
    fault = EvoFault(EvoFaultKind.SILENCE, "MTR", after=4)
    outcome, _, bench = run(made, fault)
    assert outcome.status != "succeeded"
    expected = doses(made)
    for well in WELLS:
        address = f"reaction_plate/{well}"
        held_ul = bench.machine.vessels[address].volume_ul
        assert held_ul <= 1.05 * sum(expected[address].values()) + 40.0
    moves = [data for data, _ in bench.usb.exchanges if data[3:6] == b"MTR"]
    assert len(moves) == 4


def test_a_level_that_is_not_found_costs_no_other_well_its_doses():
    made = plan()
    outcome, record, bench = run(made, EvoFault(EvoFaultKind.ERROR, "MDT", after=3, code=9))
    assert outcome.status == "succeeded", outcome.reason
    handled = [event for event in record.events if event.kind is EventKind.FAULT_HANDLED]
    assert handled
    for well in WELLS:
        held_ul = bench.machine.vessels[f"reaction_plate/{well}"].volume_ul
        assert held_ul <= 1.05 * sum(doses(made)[f"reaction_plate/{well}"].values()) + 40.0
    assert bench.machine.plungers == [0] * 8

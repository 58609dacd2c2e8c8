"""Interlocks at run time: what a readback forbids isn't done."""

from __future__ import annotations

import pytest

from engine.engine_kit import LAYOUT, chain, column, dose, in_a_row, make_plan, simulate
from ncrobot.clock import VirtualClock, run_virtual
from ncrobot.deck.layout import Gas
from ncrobot.engine import Workcell
from ncrobot.engine.interlocks import Interlocks
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot.events import EventKind
from ncrobot.plan import MovePlate, Read
from ncrobot_sim import Fault, FaultPlan, World
from ncrobot_sim.gas import SimulatedGas
from ncrobot_sim.operator import SimulatedOperator
from ncrobot_sim.reader import SimulatedReader
from ncrobot_sim.shaker import make_shaker

GAS = Gas(kind="gas", driver="some.valve", gas="nitrogen", flow_ml_per_min=(10, 200), watchdog_s=5)
WITH_GAS = LAYOUT.model_copy(update={"devices": {**LAYOUT.devices, "n2": GAS}})


class Arm:
    name = "arm"


def interlocks(clock, devices, layout=WITH_GAS):
    world = World()
    operator = SimulatedOperator(name="person", clock=clock, world=world)
    workcell = Workcell(Arm(), devices, operator=operator)
    return Interlocks(layout, workcell, clock, check=lambda: None, before_wait=lambda: None)


def valve(clock, **more):
    settings = {**GAS.model_dump(), **more}
    return SimulatedGas(name="n2", clock=clock, settings=settings, world=World())


def refused(test):
    """Run a test that ends with a refusal, and return it."""
    with pytest.raises(DeviceError) as caught:
        run_virtual(test)
    assert caught.value.kind is DeviceErrorKind.REFUSED
    assert caught.value.moved is False
    assert "interlock" in str(caught.value)
    return str(caught.value)


def test_a_gas_valve_is_armed_and_read_back():
    async def main(clock: VirtualClock) -> None:
        device = valve(clock)
        await interlocks(clock, {"n2": device}).arm_watchdogs()
        assert await device.read_watchdog_s() == 5.0

    run_virtual(main)


def test_no_gas_flows_from_a_valve_whose_watchdog_sleeps():
    async def main(clock: VirtualClock) -> None:
        await interlocks(clock, {"n2": valve(clock, watchdog="broken")}).arm_watchdogs()

    assert "asleep" in refused(main)


def test_no_gas_flows_from_a_valve_that_waits_longer_than_the_layout_says():
    class Lazy(SimulatedGas):
        async def arm_watchdog(self, timeout_s):
            await super().arm_watchdog(10 * timeout_s)

    async def main(clock: VirtualClock) -> None:
        lazy = Lazy(name="n2", clock=clock, settings=GAS.model_dump(), world=World())
        await interlocks(clock, {"n2": lazy}).arm_watchdogs()

    assert "set to 50 s and not at 5 s" in refused(main)


def test_a_device_without_a_watchdog_is_no_gas_valve():
    async def main(clock: VirtualClock) -> None:
        shaker = make_shaker(
            name="n2", clock=clock, settings=LAYOUT.devices["shaker"].model_dump(), world=World()
        )
        await interlocks(clock, {"n2": shaker}).arm_watchdogs()

    assert "no gas valve" in refused(main)


def test_a_layout_without_gas_asks_nothing():
    async def main(clock: VirtualClock) -> None:
        await interlocks(clock, {}, LAYOUT).arm_watchdogs()

    run_virtual(main)


MOVES = (
    MovePlate(id="in", step="look", device="arm", labware="plate", to="reader"),
    Read(id="look", step="look", device="reader", labware="plate", wavelengths_nm=(400,)),
    MovePlate(id="out", step="look", device="arm", labware="plate", to="home"),
)


def look(*more, faults=None, adapt=None, steps=MOVES):
    """A plate that is carried to the reader, measured and carried home, with doses in between."""
    operations = [dose("first", "water", column(1)), *steps, *more]
    plan = make_plan(operations, chain(operations))
    return simulate(plan, in_a_row(plan), faults=FaultPlan(faults or ()), adapt=adapt)


def test_a_drawer_is_open_while_the_gripper_is_there_and_shut_otherwise():
    outcome, bench = look()
    assert outcome.status == "succeeded"
    acts = [act for _, act in bench.record.acts()]
    handing = ["open_drawer", "move_labware", "close_drawer"]
    told = [act for act in acts if act in {*handing, "read_absorbance"}]
    assert told == [*handing, "read_absorbance", *handing]
    assert bench.world.collisions == []
    assert bench.world.drawers_open == {"reader": False}


def test_the_gripper_stays_out_of_a_drawer_that_does_not_open():
    class Jammed(SimulatedReader):
        async def open_drawer(self):
            """Say nothing, and don't move."""

    def jam(workcell, world, record):
        settings = LAYOUT.devices["reader"].model_dump()
        workcell.devices["reader"] = Jammed(
            name="reader", clock=workcell.devices["reader"]._clock, settings=settings, world=world
        )

    _, bench = look(adapt=jam)
    assert bench.world.collisions == []
    assert bench.world.device_under("plate") == "shaker"
    assert "move_labware" not in [act for _, act in bench.record.acts()]
    assert bench.record.results()["in"] == "not_done"
    assert "doesn't stand open" in bench.record.ended("in").data["reason"]


def test_a_drawer_that_fails_to_open_moves_nothing():
    fault = Fault("reader", "open_drawer", 1, DeviceErrorKind.STALL, moved=None)
    _, bench = look(faults=[fault])
    assert bench.world.collisions == []
    assert bench.world.device_under("plate") == "shaker"


def test_a_drawer_that_stays_open_keeps_the_reader_from_measuring():
    fault = Fault("reader", "close_drawer", 1, DeviceErrorKind.STALL, moved=False)
    _, bench = look(faults=[fault])
    assert bench.record.results()["look"] != "done"
    assert "drawer" in bench.record.ended("look").data["reason"]
    assert bench.record.results()["out"] == "done"
    assert bench.world.collisions == []


def test_no_tip_goes_into_a_plate_that_stands_in_a_reader():
    into_it, bench = look(dose("late", "gold", column(1)), steps=MOVES[:2])
    assert into_it.status != "succeeded" or into_it.wells_flagged == 8
    assert bench.record.results()["late"] == "not_done"
    assert "stands in reader" in bench.record.ended("late").data["reason"]
    assert bench.world.umol("plate/A1").get("gold", 0.0) == 0.0


def test_the_reader_ends_shut_whatever_happens():
    fault = Fault("reader", "close_drawer", 2, DeviceErrorKind.STALL, moved=False)
    _, bench = look(faults=[fault])
    assert bench.world.drawers_open == {"reader": False}
    (safe,) = bench.record.of(EventKind.SAFE_STATE)
    assert safe.data["confirmed"]["reader"] is True

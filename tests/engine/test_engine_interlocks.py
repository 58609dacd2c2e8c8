"""Interlocks at run time: what a readback forbids isn't done."""

from __future__ import annotations

import pytest

from engine.engine_kit import LAYOUT, STOCKS
from ncrobot.clock import VirtualClock, run_virtual
from ncrobot.deck.layout import Gas
from ncrobot.engine import Workcell
from ncrobot.engine.interlocks import Interlocks
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot_sim import World
from ncrobot_sim.gas import SimulatedGas
from ncrobot_sim.operator import SimulatedOperator
from ncrobot_sim.shaker import make_shaker

assert STOCKS
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

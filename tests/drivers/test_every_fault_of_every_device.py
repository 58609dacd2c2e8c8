"""Every fault of the line and of the device, at the drivers that don't pump: none is papered over.

A fault of the line that passes costs nothing: what was asked for is done, by the machine's own
account. A fault that stays, or one of the device, either is told with its kind, or what was asked
for is true all the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from drivers.line_kit import BLOCK, GAS, SHAKER, fault, with_device
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot_sim.emulators import Emulated, FaultKind


@dataclass(frozen=True)
class Case:
    """A driver, what it is asked for, and whether the machine then does that."""

    kind: str
    work: Callable[[Any], Awaitable[None]]
    done: Callable[[Any, float], bool]
    settings: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    speed: float = 100.0


async def stir_and_heat(plate):
    await plate.set_temperature(60.0)
    await plate.shake(500)
    await plate.read_temperature_c()


async def heat(block):
    await block.set_temperature(60.0)
    await block.read_temperature_c()


async def read_ph(probe):
    await probe.compensate(30.0)
    await probe.read_ph()
    await probe.read_health()


async def weigh(balance):
    await balance.tare()
    await balance.read_mass_mg()


async def let_flow(gas):
    await gas.arm_watchdog(60.0)
    await gas.set_flow(100.0)


CASES = (
    Case("ika.rct", stir_and_heat, lambda d, _: (d.motor.target_rpm, d.plate.target_c) == (500, 60), SHAKER, {"watchdog_s": 1500}),
    Case("ika.ret", stir_and_heat, lambda d, _: (d.motor.target_rpm, d.plate.target_c) == (500, 60), SHAKER, {"watchdog_s": 1500}),
    Case("heidolph.hei_connect", stir_and_heat, lambda d, _: (d.motor.target_rpm, d.plate.target_c) == (500, 60), SHAKER, {"watchdog": False}),
    Case("qinstruments.bioshake", stir_and_heat, lambda d, _: (d.motor.target_rpm, d.block.target_c) == (500, 60), SHAKER),
    Case("opentrons.heater_shaker", stir_and_heat, lambda d, _: (d.motor.target_rpm, d.plate.target_c) == (500, 60), SHAKER),
    Case("opentrons.temperature_module", heat, lambda d, _: d.block.target_c == 60, BLOCK),
    Case("julabo.thermostat", heat, lambda d, _: d.bath.target_c == 60, BLOCK),
    Case("huber.pilot", heat, lambda d, _: d.bath.target_c == 60, BLOCK),
    Case("atlas.ezo_ph", read_ph, lambda d, _: d.told_c == 30.0),
    Case("mettler.sics", weigh, lambda d, _: d.net_g() == 0.0, options={"rest_s": 1.0}),
    Case("alicat.mc", let_flow, lambda d, now_s: abs(d.flow(now_s) - 100) < 12, GAS, {"full_scale_ml_per_min": 500}, 20.0),
)  # fmt: skip

PASSING = (
    FaultKind.DEAF, FaultKind.SILENCE, FaultKind.GARBAGE, FaultKind.NOISE, FaultKind.TRUNCATED, FaultKind.DUPLICATE,
    FaultKind.ECHO, FaultKind.UNASKED, FaultKind.LATE,
)  # fmt: skip
HARD = (FaultKind.STALL, FaultKind.RESET, FaultKind.DISCONNECT)

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)


def run(case: Case, test: Callable[[Any, Emulated], Awaitable[Any]], reply_s: float = 0.1) -> Any:
    return with_device(
        case.kind, test, settings=case.settings, speed=case.speed, options={"reply_s": reply_s, **case.options},
    )  # fmt: skip


async def is_done(case, driver, emulated):
    """Whether the machine does it, or will at once."""

    async def look():
        with emulated.lock:
            return case.done(emulated.device, emulated.now_s())

    return await driver.until(look, within_s=5.0, poll_s=0.5)


@every_case
@pytest.mark.parametrize("kind", PASSING)
def test_a_fault_of_the_line_that_passes_costs_nothing(case, kind):
    async def test(driver, emulated):
        for nth in (1, 5, 9, 13):
            late_s = 0.12 * case.speed
            emulated.inject(fault(kind, nth=nth, delay_s=late_s))
        await case.work(driver)
        assert await is_done(case, driver, emulated)

    run(case, test)


@every_case
@pytest.mark.parametrize("kind", [FaultKind.SILENCE, FaultKind.GARBAGE])
def test_a_device_that_says_nothing_any_more_is_told_and_not_called_safe(case, kind):
    async def test(driver, emulated):
        emulated.inject(fault(kind, times=0))
        with pytest.raises(DeviceError) as caught:
            await case.work(driver)
        assert caught.value.kind in (DeviceErrorKind.TIMEOUT, DeviceErrorKind.REFUSED)
        if case.kind not in ("atlas.ezo_ph", "mettler.sics"):  # which have nothing to make safe
            assert not await driver.safe_state()

    run(case, test, reply_s=0.05)


@every_case
@pytest.mark.parametrize("kind", HARD)
@pytest.mark.parametrize("nth", [1, 3])
def test_what_hits_the_device_is_told_or_overcome(case, kind, nth):
    async def test(driver, emulated):
        if kind is not FaultKind.DISCONNECT and kind not in emulated.device.offers:
            with pytest.raises(ValueError, match="has no fault"):
                emulated.device.suffer(kind, 0.0)
            return
        emulated.inject(fault(kind, nth=nth))
        try:
            await case.work(driver)
        except DeviceError as error:
            assert error.device == "device"
            assert error.kind in DeviceErrorKind
        else:
            done = await is_done(case, driver, emulated)
            # Power may come back when all was said: no driver can know. It tells at the next act.
            assert done or kind is not FaultKind.STALL

    run(case, test)


@every_case
def test_a_device_that_comes_back_works_again(case):
    async def test(driver, emulated):
        await case.work(driver)
        emulated.unplug()
        with pytest.raises(DeviceError):
            await case.work(driver)
        emulated.plug_in()
        if case.kind == "alicat.mc":  # its guardian has lost its port: it is connected anew
            await driver.disconnect()
            await driver.connect()
        await case.work(driver)
        assert await is_done(case, driver, emulated)
        assert await driver.safe_state()

    run(case, test, reply_s=0.3)

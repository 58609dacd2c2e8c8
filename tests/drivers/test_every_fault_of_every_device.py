"""Every fault of the line and of the device, at the drivers that don't pump: none is papered over.

A fault of the line that passes costs nothing: what was asked for is done, by the machine's own
account. A fault that stays, or one of the device, either is told with its kind, or what was asked
for is true all the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from benchmarks.drivers.cases import CASES, PASSING, Case, patience_s

from drivers.line_kit import fault, with_device
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot_sim.emulators import Emulated, FaultKind

HARD = (FaultKind.STALL, FaultKind.RESET, FaultKind.DISCONNECT)

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)


def run(case: Case, test: Callable[[Any, Emulated], Awaitable[Any]], reply_s: float = 0.5) -> Any:
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
            late_s = 1.2 * patience_s(kind) * case.speed
            emulated.inject(fault(kind, nth=nth, delay_s=late_s))
        await case.work(driver)
        assert await is_done(case, driver, emulated)

    run(case, test, reply_s=patience_s(kind))


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

    run(case, test, reply_s=0.2)


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

    run(case, test, reply_s=0.5)

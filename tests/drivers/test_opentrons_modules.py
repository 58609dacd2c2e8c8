"""The drivers of opentrons.heater_shaker and opentrons.temperature_module at their own lines."""

from __future__ import annotations

import asyncio

import pytest
from pylabrobot.temperature_controlling.opentrons_backend_usb import (
    OpentronsTemperatureModuleUSBBackend,
)

from drivers.line_kit import BLOCK, SHAKER, fault, make, talk, with_device
from ncrobot.devices import PlateClamp, Shaker, TemperatureControl
from ncrobot.errors import DeviceError, DeviceErrorKind, LabError
from ncrobot_sim.emulators import FaultKind, start_emulator

SHAKING, BLOCKING = "opentrons.heater_shaker", "opentrons.temperature_module"


def lines(*told):
    return [(f"{sent}\n".encode(), f"{reply} OK\n".encode()) for sent, reply in told]


READY = ("M123", "M123 C:0 T:0")


def test_shaking_and_heating_word_by_word():
    async def test(shaker):
        await shaker.shake(500)
        await shaker.set_temperature(45.0)
        assert await shaker.read_temperature_c() == 24.98
        await shaker.set_temperature(None)
        await shaker.shake(0)
        await shaker.release()
        identity = await shaker.identify()
        assert (identity.serial_number, identity.firmware) == ("HS12", "v1.0")

    talk(
        SHAKING, test,
        *lines(
            READY, ("M241", "M241 STATUS:IDLE_OPEN"), ("M243", "M243"), ("M241", "M241 STATUS:CLOSING"), ("M241", "M241 STATUS:IDLE_CLOSED"),
            ("M3 S500", "M3"), ("M123", "M123 C:120 T:500"), ("M123", "M123 C:499 T:500"),
            ("M104 S45.00", "M104"), ("M105", "M105 C:24.98 T:45.00"), ("M105", "M105 C:24.98 T:45.00"),
            ("M106", "M106"), ("M105", "M105 C:24.98 T:None"),
            ("G28", "G28"), ("M123", "M123 C:0 T:0"), ("M123", "M123 C:0 T:0"), ("G28", "G28"), ("M123", "M123 C:0 T:0"),
            ("M242", "M242"), ("M241", "M241 STATUS:IDLE_OPEN"), ("M115", "M115 FW:v1.0 HW:A1 SerialNo:HS12"),
        ),
        settings=SHAKER,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("error", "kind"),
    [("ERR126:not closed", DeviceErrorKind.REFUSED), ("ERR105:no start", DeviceErrorKind.STALL),
     ("ERR123:lost", DeviceErrorKind.SHAKER_NOT_HOMED), ("ERR201:open", DeviceErrorKind.TEMPERATURE_NOT_REACHED)],
)  # fmt: skip
def test_an_error_ends_with_ok_too(error, kind):
    async def test(shaker):
        with pytest.raises(DeviceError, match=error[3:6]) as caught:
            await shaker.shake(500)
        assert caught.value.kind is kind

    talk(SHAKING, test, *lines(READY, ("M241", "M241 STATUS:IDLE_CLOSED"), ("M3 S500", error)), settings=SHAKER)  # fmt: skip


def test_it_shakes_heats_and_hands_over_from_end_to_end():
    async def test(shaker, emulated):
        device = emulated.device
        assert isinstance(shaker, Shaker)
        assert isinstance(shaker, TemperatureControl)
        assert isinstance(shaker, PlateClamp)
        assert await shaker.read_clamped() is None
        await shaker.shake(750)
        assert device.latch == "IDLE_CLOSED"
        assert device.motor.speed_rpm(emulated.now_s()) == pytest.approx(750, abs=40)
        with pytest.raises(DeviceError, match="holds its plate"):
            await shaker.release()
        await shaker.set_temperature(45.0)
        await shaker.clock.sleep(1000.0)
        assert await shaker.read_temperature_c() == pytest.approx(45.0, abs=0.5)
        await shaker.shake(0)
        await shaker.release()
        assert device.latch == "IDLE_OPEN"
        assert await shaker.safe_state()
        assert device.plate.target_c is None

    with_device(SHAKING, test, settings=SHAKER, speed=1000.0)


def test_a_blocked_motor():
    async def test(shaker, emulated):
        emulated.inject(fault(FaultKind.STALL, "M3 "))
        with pytest.raises(DeviceError, match="shakes at 0 rpm") as caught:
            await shaker.shake(700)
        assert caught.value.kind is DeviceErrorKind.STALL
        with pytest.raises(DeviceError, match="refuses G28"):
            await shaker.shake(0)
        assert not await shaker.safe_state()

    with_device(SHAKING, test, settings=SHAKER, speed=500.0)


def block_lines(*told):
    return [(f"{sent}\r\n\r\n".encode(), f"{reply}ok\r\nok\r\n".encode()) for sent, reply in told]


def test_the_temperature_module_word_by_word():
    async def test(block):
        await block.set_temperature(45.5)
        assert await block.read_temperature_c() == 22.5
        await block.set_temperature(None)
        identity = await block.identify()
        assert (identity.model, identity.serial_number) == ("Opentrons temp_deck_v20", "TD1")

    talk(
        BLOCKING, test,
        *block_lines(
            ("M105", "T:none C:22.000\r\n"), ("M104 S45.5", ""), ("M105", "T:46.000 C:22.000\r\n"),
            ("M105", "T:46.000 C:22.500\r\n"), ("M18", ""), ("M105", "T:none C:23.000\r\n"),
            ("M115", "serial:TD1 model:temp_deck_v20 version:v2.0.1\r\n"),
        ),
        settings=BLOCK,
    )  # fmt: skip


def test_a_set_point_that_is_not_taken():
    async def test(block):
        with pytest.raises(DeviceError, match="has the setpoint None, not 45"):
            await block.set_temperature(45.0)

    talk(
        BLOCKING, test,
        *block_lines(("M105", "T:none C:22.000\r\n"), ("M104 S45.0", ""), ("M105", "T:none C:22.000\r\n")),
        settings=BLOCK,
    )  # fmt: skip


@pytest.mark.parametrize("state", ["off", "hold"])
def test_the_temperature_module_from_end_to_end(state):
    async def test(block, emulated):
        assert isinstance(block, TemperatureControl)
        await block.set_temperature(45.0)
        await block.clock.sleep(1000.0)
        assert await block.read_temperature_c() == pytest.approx(45.0, abs=0.5)
        assert await block.safe_state()
        assert emulated.device.block.target_c == (45.0 if state == "hold" else None)

    with_device(BLOCKING, test, settings={**BLOCK, "safe_state": state}, speed=1000.0)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [(SHAKING, {**SHAKER, "speed_rpm": (100, 900)}), (SHAKING, {**SHAKER, "temperature_c": (4, 90)}),
     (BLOCKING, {**BLOCK, "temperature_c": (0, 90)})],
)  # fmt: skip
def test_layouts_are_checked(kind, settings):
    with pytest.raises(LabError, match=r"speed_rpm|temperature_c"):
        make(kind, settings, None, 1.0)


def test_limits_are_checked():
    async def test(shaker, emulated):
        with pytest.raises(DeviceError, match="200 to 1000 rpm, not 1200"):
            await shaker.shake(1200)
        with pytest.raises(DeviceError, match="40 to 90 °C, not 95"):
            await shaker.set_temperature(95)

    with_device(SHAKING, test, settings=SHAKER)
    for driver in (make(SHAKING, {}, None, 1.0), make(BLOCKING, {}, None, 1.0)):
        with pytest.raises(DeviceError, match="no temperatures"):
            asyncio.run(driver.set_temperature(50))
    with pytest.raises(DeviceError, match="no speeds"):
        asyncio.run(make(SHAKING, {}, None, 1.0).shake(500))


def test_pylabrobot_drives_our_temperature_module():
    async def main(port):
        theirs = OpentronsTemperatureModuleUSBBackend(port=port)
        await theirs.setup()
        await theirs.set_temperature(45)
        assert await theirs.get_current_temperature() > 20
        await theirs.stop()

    with start_emulator(BLOCKING) as emulated:
        asyncio.run(main(emulated.port))
        assert [each.command for each in emulated.exchanges] == [b"M104 S45", b"M105", b"M18"]

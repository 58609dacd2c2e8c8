"""The driver of heidolph.hei_connect: names that come back, its watchdog, its faults."""

from __future__ import annotations

import pytest

from drivers.line_kit import SHAKER, fault, make, talk, with_device
from ncrobot.devices import Shaker, TemperatureControl
from ncrobot.errors import DeviceError, DeviceErrorKind, LabError
from ncrobot_sim.emulators import FaultKind

KIND = "heidolph.hei_connect"


def lines(*told):
    return [(f"{sent}\r\n".encode(), f"{reply}\r\n".encode()) for sent, reply in told]


READY = [("PA_NEW", "PA_NEW"), ("STATUS", "STATUS 2")]


def test_stirring_and_heating_word_by_word():
    async def test(plate):
        await plate.shake(500)
        await plate.set_temperature(60.0)
        assert await plate.read_temperature_c() == 24.8
        await plate.set_temperature(None)
        await plate.shake(0)
        assert (await plate.identify()).model == "Heidolph MR Hei"

    talk(
        KIND, test,
        *lines(
            *READY, ("CC_ON", "CC_ON"),
            ("OUT_SP_3 500", "OUT_SP_3 500"), ("IN_SP_3", "IN_SP_3 500"), ("START_2", "START_2"), ("STATUS", "STATUS 1"),
            ("IN_PV_5", "IN_PV_5 500"), ("OUT_SP_1 60", "OUT_SP_1 60"), ("IN_SP_1", "IN_SP_1 60.0"), ("START_1", "START_1"),
            ("STATUS", "STATUS 1"), ("IN_PV_3", "IN_PV_3 24.8"), ("STOP_1", "STOP_1"), ("STOP_2", "STOP_2"),
            ("IN_PV_5", "IN_PV_5 0"), ("STATUS", "STATUS 2"),
        ),
        settings=SHAKER, speed=3.0,
    )  # fmt: skip


def test_a_probe_that_is_not_there():
    async def test(plate):
        with pytest.raises(DeviceError, match="no temperature probe"):
            await plate.read_temperature_c()

    talk(KIND, test, *lines(*READY, ("IN_PV_1", "IN_PV_1 999.9")), options={"probe": True, "watchdog": False})  # fmt: skip


@pytest.mark.parametrize("answer", ["STATUS -1", "STATUS -7"])
def test_its_own_faults_are_told(answer):
    async def test(plate):
        raise AssertionError("it connected")

    with pytest.raises(DeviceError, match=r"is blocked at its knobs|reports fault -7"):
        talk(KIND, test, *lines(("PA_NEW", "PA_NEW"), ("STATUS", answer)))


def test_it_stirs_and_heats_from_end_to_end():
    async def test(plate, emulated):
        device = emulated.device
        assert isinstance(plate, Shaker)
        assert isinstance(plate, TemperatureControl)
        await plate.shake(700)
        assert device.motor.speed_rpm(emulated.now_s()) == pytest.approx(700, abs=20)
        await plate.set_temperature(60.0)
        await plate.clock.sleep(900.0)
        assert await plate.read_temperature_c() == pytest.approx(60.0, abs=1.0)
        assert await plate.safe_state()
        assert (device.heats, device.turns) == (False, False)

    with_device(KIND, test, settings=SHAKER, speed=1000.0, options={"watchdog": False})


def test_a_controller_that_dies_leaves_it_cold_and_still():
    async def test(plate, emulated):
        await plate.shake(700)
        await plate.set_temperature(60.0)
        await plate.clock.sleep(40.0)
        assert emulated.device.heats
        await plate.stop_heart()
        await plate.clock.sleep(20.0)
        with pytest.raises(DeviceError, match="reports fault -2"):
            await plate.shake(800)
        assert not emulated.device.heats
        assert await plate.safe_state()

    with_device(KIND, test, settings=SHAKER, speed=20.0)


def test_a_blocked_motor():
    async def test(plate, emulated):
        emulated.inject(fault(FaultKind.STALL, "START_2"))
        with pytest.raises(DeviceError, match="turns at 0 rpm, not at 700") as caught:
            await plate.shake(700)
        assert caught.value.kind is DeviceErrorKind.STALL

    with_device(KIND, test, settings=SHAKER, speed=200.0, options={"watchdog": False})


def test_a_layout_is_checked():
    with pytest.raises(LabError, match="speed_rpm"):
        make(KIND, {**SHAKER, "speed_rpm": (50, 800)}, None, 1.0)

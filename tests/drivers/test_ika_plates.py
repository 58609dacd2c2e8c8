"""The drivers of ika.rct and ika.ret: their words, their watchdog, and orders that nobody confirms."""

from __future__ import annotations

import asyncio

import pytest

from drivers.line_kit import SHAKER, fault, make, talk, with_device
from ncrobot.devices import Shaker, TemperatureControl
from ncrobot.errors import DeviceError, DeviceErrorKind, LabError
from ncrobot_sim.emulators import FaultKind

KINDS = ("ika.rct", "ika.ret")
LOWEST_C = {"ika.rct": 20, "ika.ret": 0}


def lines(*told):
    """Each ends with blank CR blank LF; an answer of None is no answer, which is what orders get."""
    return [
        (f"{sent} \r \n".encode(), b"" if reply is None else f"{reply}\r\n".encode())
        for sent, reply in told
    ]


def joined(*told):
    """The same, where an order without answer and what follows it come as one."""
    script, before = [], b""
    for sent, reply in lines(*told):
        before += sent
        if reply:
            script.append((before, reply))
            before = b""
    return [*script, *([(before, b"")] if before else [])]


READY = [
    ("IN_NAME", "RCT digital"),
    ("OUT_SP_12@20", "20.0"),
    ("OUT_SP_42@0", "0.0"),
    ("OUT_WD2@60", "60"),
]


def test_stirring_and_heating_word_by_word():
    async def test(plate):
        await plate.shake(500)
        await plate.set_temperature(60.0)
        assert await plate.read_temperature_c() == 24.8
        await plate.set_temperature(None)
        await plate.shake(0)
        assert (await plate.identify()).model == "IKA RCT digital"

    talk(
        "ika.rct", test,
        *joined(
            *READY,
            ("OUT_SP_4 500", None), ("IN_SP_4", "500.0 4"), ("START_4", None), ("IN_PV_4", "120.0 4"), ("IN_PV_4", "500.0 4"),
            *[("OUT_SP_1 60", None), ("IN_SP_1", "60.0 1"), ("START_1", None)] * 2, ("IN_PV_2", "24.8 2"),
            ("STOP_1", None), ("OUT_SP_1 20", None), ("IN_SP_1", "20.0 1"), ("STOP_1", None),
            ("STOP_4", None), ("IN_PV_4", "500.0 4"), ("IN_PV_4", "0.0 4"), ("IN_NAME", "RCT digital"),
        ),
        settings=SHAKER, speed=100.0,
    )  # fmt: skip


def test_the_ret_has_a_set_point_for_the_liquid_and_another_for_the_plate():
    async def test(plate):
        await plate.set_temperature(60.0)
        await plate.read_temperature_c()
        assert (await plate.identify()).firmware == "1.3"

    def script(channel):
        return joined(
            ("IN_NAME", "RET"), *[(f"OUT_SP_{channel} 60", None), (f"IN_SP_{channel}", f"60.0 {channel}"), ("START_1", None)] * 2,
            (f"IN_PV_{channel}", f"24.8 {channel}"), ("IN_NAME", "RET"), ("IN_VERSION", "1.3"),
        )  # fmt: skip

    talk("ika.ret", test, *script(2), settings=SHAKER, options={"watchdog_s": None})
    talk("ika.ret", test, *script(1), settings=SHAKER, options={"watchdog_s": None, "probe": True})


def test_the_plain_end_of_line():
    async def test(plate):
        pass

    talk("ika.rct", test, (b"IN_NAME\r\n", b"C-MAG HS7\r\n"), options={"ends": "plain", "watchdog_s": None})  # fmt: skip


def test_a_set_point_that_is_not_taken():
    async def test(plate):
        with pytest.raises(DeviceError, match="doesn't take 500") as caught:
            await plate.shake(500)
        assert caught.value.kind is DeviceErrorKind.REFUSED

    talk(
        "ika.rct", test, *joined(("IN_NAME", "RCT"), *[("OUT_SP_4 500", None), ("IN_SP_4", "0.0 4")] * 3),
        settings=SHAKER, options={"watchdog_s": None},
    )  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_it_stirs_and_heats_from_end_to_end(kind):
    async def test(plate, emulated):
        device = emulated.device
        assert isinstance(plate, Shaker)
        assert isinstance(plate, TemperatureControl)
        await plate.shake(700)
        assert device.motor.speed_rpm(emulated.now_s()) == pytest.approx(700, abs=20)
        await plate.set_temperature(60.0)
        await plate.clock.sleep(900.0)
        assert await plate.read_temperature_c() == pytest.approx(60.0, abs=1.0)
        await plate.shake(0)
        assert device.motor.target_rpm == 0
        assert await plate.safe_state()
        assert device.plate.target_c is None
        assert min(device.set_c.values()) == LOWEST_C[kind]

    with_device(kind, test, settings=SHAKER, speed=1000.0, options={"watchdog_s": None})


@pytest.mark.parametrize("kind", KINDS)
def test_a_controller_that_dies_leaves_it_cold_and_still(kind):
    async def test(plate, emulated):
        await plate.shake(700)
        await plate.set_temperature(60.0)
        await plate.clock.sleep(200.0)
        assert emulated.device.plate.target_c == 60.0  # fed for more than three time-outs
        await plate.stop_heart()
        await plate.clock.sleep(120.0)
        with emulated.lock:
            emulated.device.advance(emulated.now_s())
        assert emulated.device.plate.target_c == 20.0
        assert emulated.device.motor.target_rpm == 0

    with_device(kind, test, settings=SHAKER, speed=50.0)


@pytest.mark.parametrize("state", ["stopped", "stopped_heater_off"])
def test_only_a_plate_that_is_to_hold_its_heat_is_freed_of_its_watchdog(state):
    async def test(plate, emulated):
        await plate.set_temperature(60.0)
        await plate.safe_state()
        await plate.disconnect()
        return emulated.device.watchdog, emulated.device.heats

    watchdog, heats = with_device("ika.rct", test, settings={**SHAKER, "safe_state": state})
    assert (watchdog is None) == heats == (state == "stopped")


def test_a_blocked_motor():
    async def test(plate, emulated):
        emulated.inject(fault(FaultKind.STALL, "START_4"))
        with pytest.raises(DeviceError, match="turns at 0 rpm, not at 700") as caught:
            await plate.shake(700)
        assert caught.value.kind is DeviceErrorKind.STALL

    with_device("ika.rct", test, settings=SHAKER, speed=200.0)


def test_limits_and_layouts():
    async def test(plate, emulated):
        with pytest.raises(DeviceError, match="200 to 1000 rpm, not 1200"):
            await plate.shake(1200)
        with pytest.raises(DeviceError, match="40 to 90 °C, not 95"):
            await plate.set_temperature(95)
        assert not any(b"OUT_SP_4 " in each.command for each in emulated.exchanges)

    with_device("ika.rct", test, settings=SHAKER)
    with pytest.raises(LabError, match="speed_rpm"):
        make("ika.rct", {**SHAKER, "speed_rpm": (0, 3000)}, None, 1.0)
    with pytest.raises(LabError, match="temperature_c"):
        make("ika.rct", {**SHAKER, "temperature_c": (4, 90)}, None, 1.0)
    with pytest.raises(LabError, match="watchdog_s"):
        make("ika.rct", {**SHAKER, "options": {"watchdog_s": 5}}, None, 1.0)
    for plate, word in (
        (make("ika.rct", {"temperature_c": (20, 90)}, None, 1.0), "speeds"),
        (make("ika.rct", {"speed_rpm": (100, 900)}, None, 1.0), "temperatures"),
    ):
        with pytest.raises(DeviceError, match=f"no {word}"):
            asyncio.run(plate.shake(500) if word == "speeds" else plate.set_temperature(50))

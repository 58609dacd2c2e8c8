"""The driver of qinstruments.bioshake: its words, its edge lock, and coming home."""

from __future__ import annotations

import asyncio

import pytest
from pylabrobot.heating_shaking.bioshake_backend import BioShake as TheirBioShake

from drivers.line_kit import SHAKER, fault, make, talk, with_device
from ncrobot.devices import PlateClamp, Shaker, TemperatureControl
from ncrobot.errors import DeviceError, DeviceErrorKind, LabError
from ncrobot_sim.emulators import FaultKind, start_emulator

KIND = "qinstruments.bioshake"


def lines(*told):
    return [(f"{sent}\r".encode(), f"{reply}\r\n".encode()) for sent, reply in told]


READY = [
    ("getShakeMinRpm", "200"), ("getShakeMaxRpm", "3000"), ("getTempMin", "0.0"), ("getTempMax", "99.0"),
]  # fmt: skip


def test_shaking_and_heating_word_by_word():
    async def test(shaker):
        await shaker.shake(750)
        await shaker.set_temperature(45.0)
        assert await shaker.read_temperature_c() == 24.8
        await shaker.set_temperature(None)
        await shaker.shake(0)
        await shaker.release()
        assert await shaker.read_clamped() is False
        identity = await shaker.identify()
        assert (identity.model, identity.firmware) == ("BioShake 3000-T elm", "v1.7")

    talk(
        KIND, test,
        *lines(
            *READY, ("setShakeAcceleration3", "ok"),
            ("getShakeState", "3"), ("getElmState", "3"), ("setElmLockPos", "ok"), ("getElmState", "1"),
            ("setShakeTargetSpeed750", "ok"), ("shakeOn", "ok"), ("getShakeActualSpeed", "300"),
            ("getShakeActualSpeed", "748"), ("getShakeState", "0"),
            ("setTempTarget450", "ok"), ("tempOn", "ok"), ("getTempTarget", "45.0"), ("getTempState", "1"),
            ("getTempActual", "24.8"), ("getTempTarget", "45.0"), ("getTempState", "1"), ("tempOff", "ok"),
            ("getShakeState", "0"), ("shakeOff", "ok"), ("getShakeState", "7"), ("getShakeState", "3"),
            ("getShakeState", "3"), ("getElmState", "1"), ("setElmUnlockPos", "e"), ("getElmState", "1"), ("setElmUnlockPos", "ok"),
            ("getElmState", "3"), ("getElmState", "3"), ("getDescription", "BioShake 3000-T elm"), ("getVersion", "v1.7"),
        ),
        settings=SHAKER, options={"acceleration_s": 3},
    )  # fmt: skip


def test_without_an_edge_lock():
    async def test(shaker):
        await shaker.clamp()
        await shaker.release()
        assert await shaker.read_clamped() is None

    talk(KIND, test, *lines(*READY, ("getShakeState", "3")), settings=SHAKER, options={"elm": False})  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "word"), [((300, 3000, 0, 99), "rpm"), ((200, 3000, 50, 99), "°C")]
)
def test_a_layout_that_asks_for_more_than_this_one_can(answers, word):
    async def test(shaker):
        raise AssertionError("it connected")

    asked = [sent for sent, _ in READY]
    script = lines(*zip(asked, answers, strict=True))[: 2 if word == "rpm" else 4]
    with pytest.raises(DeviceError, match=f"{word}, the layout asks for more"):
        talk(KIND, test, *script, settings=SHAKER)


@pytest.mark.parametrize("answer", ["e", "u -> shakeOn"])
def test_a_refusal(answer):
    async def test(shaker):
        with pytest.raises(DeviceError, match="refuses shakeOn") as caught:
            await shaker.shake(750)
        assert caught.value.moved is False

    talk(
        KIND, test,
        *lines(("getShakeMinRpm", "200"), ("getShakeMaxRpm", "3000"), ("getShakeState", "3"), ("getElmState", "1"),
               ("setShakeTargetSpeed750", "ok"), ("shakeOn", answer)),
        settings={"speed_rpm": (200, 800)},
    )  # fmt: skip


def test_it_shakes_heats_and_hands_over_from_end_to_end():
    async def test(shaker, emulated):
        device = emulated.device
        assert isinstance(shaker, Shaker)
        assert isinstance(shaker, TemperatureControl)
        assert isinstance(shaker, PlateClamp)
        await shaker.release()
        assert device.elm == 3
        await shaker.shake(750)
        assert device.elm == 1
        assert device.state(emulated.now_s()) == 0
        with pytest.raises(DeviceError, match="holds its plate"):
            await shaker.release()
        await shaker.set_temperature(45.0)
        await shaker.clock.sleep(500.0)
        assert await shaker.read_temperature_c() == pytest.approx(45.0, abs=0.5)
        await shaker.shake(0)
        assert device.state(emulated.now_s()) == 3
        await shaker.release()
        assert await shaker.read_clamped() is False
        assert await shaker.safe_state()
        assert not device.heats

    with_device(KIND, test, settings=SHAKER, speed=500.0)


def test_a_set_point_that_is_lost_is_ordered_again_and_one_that_is_lost_later_is_told():
    async def test(shaker, emulated):
        emulated.inject(fault(FaultKind.RESET, "tempOn"))
        await shaker.set_temperature(45.0)
        with emulated.lock:
            assert (emulated.device.target_c, emulated.device.heats) == (45.0, True)
        assert await shaker.read_temperature_c() < 45.0
        with emulated.lock:
            emulated.device.lose_power(emulated.now_s())
        with pytest.raises(DeviceError, match="lost its set point") as caught:
            await shaker.read_temperature_c()
        assert caught.value.kind is DeviceErrorKind.TEMPERATURE_NOT_REACHED
        await shaker.set_temperature(None)
        assert await shaker.read_temperature_c() < 45.0

    with_device(KIND, test, settings=SHAKER, speed=100.0)


def test_a_set_point_that_is_never_taken():
    async def test(shaker):
        with pytest.raises(DeviceError, match="doesn't take 45 °C"):
            await shaker.set_temperature(45.0)

    once = [("setTempTarget450", "ok"), ("tempOn", "ok"), ("getTempTarget", "45.0"), ("getTempState", "0")]  # fmt: skip
    talk(KIND, test, *lines(*READY, *once * 3), settings=SHAKER)


def test_a_figure_that_answers_another_question_doesnt_condemn_the_set_point():
    async def test(shaker):
        await shaker.set_temperature(45.0)
        assert await shaker.read_temperature_c() == 24.8

    taken = [("setTempTarget450", "ok"), ("tempOn", "ok"), ("getTempTarget", "45.0"), ("getTempState", "1")]  # fmt: skip
    again = [("getTempActual", "24.8"), ("getTempTarget", "24.8"), *taken[2:]]
    talk(KIND, test, *lines(*READY, *taken, *again), settings=SHAKER)


def test_a_figure_that_answers_another_question_doesnt_leave_it_shaking():
    async def test(shaker):
        await shaker.shake(0)

    told = [("getShakeState", "3"), ("getShakeState", "0"), ("shakeOff", "ok"), ("getShakeState", "3")]  # fmt: skip
    talk(KIND, test, *lines(*READY, *told), settings=SHAKER)


def test_firmware_that_tells_no_set_point():
    async def test(shaker):
        await shaker.set_temperature(45.0)
        assert await shaker.read_temperature_c() == 24.8

    told = [("setTempTarget450", "ok"), ("tempOn", "ok"), ("getTempTarget", "u -> getTempTarget"), ("getTempActual", "24.8")]  # fmt: skip
    talk(KIND, test, *lines(*READY, *told), settings=SHAKER)


def test_a_blocked_drive():
    async def test(shaker, emulated):
        emulated.inject(fault(FaultKind.STALL, "shakeOn"))
        with pytest.raises(DeviceError, match="shakes at 0 rpm, not at 700") as caught:
            await shaker.shake(700)
        assert caught.value.kind is DeviceErrorKind.STALL
        with pytest.raises(DeviceError, match="didn't come home") as caught:
            await shaker.shake(0)
        assert caught.value.kind is DeviceErrorKind.SHAKER_NOT_HOMED
        assert not await shaker.safe_state()

    with_device(KIND, test, settings=SHAKER, speed=500.0)


def test_a_lock_that_sticks():
    async def test(shaker, emulated):
        emulated.inject(fault(FaultKind.STALL, "getElmState"))
        with pytest.raises(DeviceError, match="lock doesn't move"):
            await shaker.release()
        assert await shaker.read_clamped() is None

    with_device(KIND, test, settings=SHAKER, speed=500.0)


def test_limits_and_layouts():
    async def test(shaker, emulated):
        with pytest.raises(DeviceError, match="200 to 1000 rpm, not 1200"):
            await shaker.shake(1200)
        with pytest.raises(DeviceError, match="40 to 90 °C, not 95"):
            await shaker.set_temperature(95)

    with_device(KIND, test, settings=SHAKER)
    with pytest.raises(LabError, match="speed_rpm"):
        make(KIND, {**SHAKER, "speed_rpm": (100, 3000)}, None, 1.0)
    with pytest.raises(DeviceError, match="no temperatures"):
        asyncio.run(make(KIND, {}, None, 1.0).set_temperature(50))


def test_pylabrobot_drives_our_emulator():
    async def main(port):
        theirs = TheirBioShake(port=port)
        await theirs.io.setup()
        try:
            await theirs.start_shaking(speed=500, acceleration=2)
            await theirs.set_temperature(45)
            assert await theirs.get_current_temperature() > 20
            await theirs.deactivate()
            await theirs.stop_shaking()
            await theirs.unlock_plate()
        finally:
            await theirs.stop()

    with start_emulator(KIND, speed=5.0) as emulated:
        asyncio.run(main(emulated.port))
        assert emulated.device.elm == 3
        assert emulated.device.target_c == 45.0
        assert not emulated.device.heats

"""The drivers of julabo.thermostat and huber.pilot: their words, read back, and their troubles."""

from __future__ import annotations

import asyncio

import pytest

from drivers.line_kit import BLOCK, fault, make, talk, with_device
from ncrobot.devices import TemperatureControl
from ncrobot.errors import DeviceError, DeviceErrorKind, LabError
from ncrobot_sim.emulators import FaultKind

JULABO, HUBER = "julabo.thermostat", "huber.pilot"
BATH = {**BLOCK, "temperature_c": (-10, 90)}


def julabo(*told):
    """Orders get no answer: they come as one with the question behind them."""
    return [(f"{sent}\r".encode(), f"{reply}\r\n".encode()) for sent, reply in told]


def test_the_julabo_word_by_word():
    async def test(bath):
        await bath.set_temperature(55.5)
        assert await bath.read_temperature_c() == 24.12
        await bath.set_temperature(None)
        identity = await bath.identify()
        assert (identity.model, identity.firmware) == ("JULABO F25-HE VERSION", "4.0")

    talk(
        JULABO, test,
        *julabo(
            ("status", "02 REMOTE STOP"), ("out_sp_00 55.5\rin_sp_00", "55.50"), ("out_mode_05 1\rstatus", "03 REMOTE START"),
            ("in_pv_00", " 24.12"), ("out_mode_05 0\rstatus", "02 REMOTE STOP"), ("version", "JULABO F25-HE VERSION 4.0"),
        ),
        settings=BATH,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "word", "kind"),
    [("00 MANUAL STOP", "manual control", DeviceErrorKind.REFUSED),
     ("-01 LOW LEVEL", "-01 LOW LEVEL", DeviceErrorKind.TEMPERATURE_NOT_REACHED),
     ("-09 NOT NOW", "doesn't allow that", DeviceErrorKind.REFUSED)],
)  # fmt: skip
def test_what_a_julabo_complains_of(status, word, kind):
    async def test(bath):
        raise AssertionError("it connected")

    with pytest.raises(DeviceError, match=word) as caught:
        talk(JULABO, test, *julabo(("status", status)))
    assert caught.value.kind is kind


def test_a_julabo_that_takes_no_set_point():
    async def test(bath):
        with pytest.raises(DeviceError, match="says that is too much"):
            await bath.set_temperature(80.0)

    talk(
        JULABO, test,
        *julabo(("status", "02 REMOTE STOP"), ("out_sp_00 80\rin_sp_00", "20.00"), ("status", "-11 VALUE TOO LARGE")),
        settings=BATH,
    )  # fmt: skip


def test_an_external_sensor():
    async def test(bath):
        return await bath.read_temperature_c()

    read = talk(JULABO, test, *julabo(("status", "02 REMOTE STOP"), ("in_pv_02", "21.00")), options={"external": True, "bits": "8N1"})  # fmt: skip
    assert read == 21.0


def huber(*told):
    return [(f"{{M{sent}\r\n".encode(), f"{{S{reply}\r\n".encode()) for sent, reply in told]


def test_the_huber_word_by_word():
    async def test(bath):
        await bath.set_temperature(-10.0)
        assert await bath.read_temperature_c() == 25.0
        await bath.set_temperature(None)
        assert (await bath.identify()).model.startswith("Huber")

    talk(
        HUBER, test,
        *huber(
            ("05****", "050000"), ("00FC18", "00FC18"), ("16****", "160000"), ("160001", "160001"), ("14****", "140000"),
            ("140001", "140001"), ("05****", "050000"), ("14****", "140001"), ("01****", "0109C4"),
            ("140000", "140000"), ("160000", "160000"), ("00****", "00FC18"),
        ),
        settings=BATH,
    )  # fmt: skip


def test_a_huber_without_its_process_sensor():
    async def test(bath):
        with pytest.raises(DeviceError, match="no process sensor"):
            await bath.read_temperature_c()

    talk(HUBER, test, *huber(("05****", "050000"), ("07****", "07C504")), options={"process": True})


def test_a_huber_with_an_error():
    async def test(bath):
        raise AssertionError("it connected")

    with pytest.raises(DeviceError, match="reports error 3"):
        talk(HUBER, test, *huber(("05****", "050003")))


@pytest.mark.parametrize("kind", [JULABO, HUBER])
@pytest.mark.parametrize("state", ["off", "hold"])
def test_a_bath_from_end_to_end(kind, state):
    async def test(bath, emulated):
        assert isinstance(bath, TemperatureControl)
        await bath.set_temperature(-5.0)
        await bath.clock.sleep(1500.0)
        assert await bath.read_temperature_c() == pytest.approx(-5.0, abs=0.5)
        await bath.set_temperature(45.0)
        assert emulated.device.bath.target_c == 45.0
        assert await bath.safe_state()
        assert emulated.device.bath.target_c == (45.0 if state == "hold" else None)

    with_device(kind, test, settings={**BATH, "safe_state": state}, speed=1000.0)


@pytest.mark.parametrize("kind", [JULABO, HUBER])
def test_a_bath_that_gets_into_trouble(kind):
    async def test(bath, emulated):
        emulated.inject(fault(FaultKind.STALL, "mode_05 1|M140001"))
        with pytest.raises(DeviceError, match=r"LOW LEVEL|reports error") as caught:
            await bath.set_temperature(45.0)
        assert caught.value.kind is DeviceErrorKind.TEMPERATURE_NOT_REACHED

    with_device(kind, test, settings=BATH, speed=500.0)


def test_a_julabo_that_was_switched_to_manual_control():
    async def test(bath, emulated):
        with emulated.lock:
            emulated.device.remote = False
        with pytest.raises(DeviceError, match="doesn't allow that now"):
            await bath.set_temperature(45.0)

    with_device(JULABO, test, settings=BATH, speed=500.0)


@pytest.mark.parametrize("kind", [JULABO, HUBER])
def test_limits_and_layouts(kind):
    async def test(bath, emulated):
        with pytest.raises(DeviceError, match="-10 to 90 °C, not 95"):
            await bath.set_temperature(95)

    with_device(kind, test, settings=BATH)
    with pytest.raises(LabError, match="temperature_c"):
        make(kind, {"temperature_c": (-200, 90)}, None, 1.0)
    with pytest.raises(DeviceError, match="no temperatures"):
        asyncio.run(make(kind, {}, None, 1.0).set_temperature(50))

"""The driver of atlas.ezo_ph: unasked readings, compensation, calibration, restarts."""

from __future__ import annotations

import pytest

from drivers.line_kit import fault, talk, with_device
from ncrobot.devices import PHProbe
from ncrobot.errors import DeviceError
from ncrobot_sim.emulators import FaultKind

KIND = "atlas.ezo_ph"


def lines(*told):
    return [
        (f"{sent}\r".encode(), "".join(f"{line}\r" for line in reply).encode())
        for sent, *reply in told
    ]


READY = [("*OK,1", "7.000", "*OK"), ("C,0", "7.001", "*OK")]


def test_reading_and_calibrating_word_by_word():
    async def test(probe):
        await probe.compensate(23.5)
        assert await probe.read_ph() == 9.56
        await probe.calibrate("low", 4.0)
        health = await probe.read_health()
        assert (health.points, health.acid_slope_percent, health.base_slope_percent, health.zero_mv) == (2, 99.7, 100.3, -0.89)  # fmt: skip
        identity = await probe.identify()
        assert (identity.model, identity.firmware) == ("Atlas EZO-pH", "1.98")

    talk(
        KIND, test,
        *lines(
            *READY, ("T,23.5", "*OK"), ("T,?", "?T,23.5", "*OK"), ("RT,23.5", "9.560", "*OK"),
            ("Cal,?", "?Cal,1", "*OK"), ("Slope,?", "?Slope,100.0,100.0,0.00", "*OK"),
            ("T,23.5", "*OK"), ("T,?", "?T,23.5", "*OK"), ("Cal,low,4.00", "*OK"),
            ("Cal,?", "?CAL,2", "*OK"), ("Slope,?", "?SLOPE,99.7,100.3,-0.89", "*OK"),
            ("Cal,?", "?CAL,2", "*OK"), ("Slope,?", "?SLOPE,99.7,100.3,-0.89", "*OK"), ("i", "?I,pH,1.98", "*OK"),
        ),
    )  # fmt: skip


def test_a_refusal():
    async def test(probe):
        with pytest.raises(DeviceError, match="refuses RT"):
            await probe.read_ph()

    talk(KIND, test, *lines(*READY, ("RT,25.0", "*ER")))


def test_a_compensation_that_is_not_taken():
    async def test(probe):
        with pytest.raises(DeviceError, match="compensates for 25 °C, not 40"):
            await probe.compensate(40.0)

    talk(KIND, test, *lines(*READY, ("T,40.0", "*OK"), ("T,?", "?T,25.0", "*OK")))


def test_a_restart_is_noticed_and_mended():
    async def test(probe):
        assert await probe.read_ph() == 8.0

    talk(
        KIND, test,
        *lines(*READY, ("RT,25.0", "*RS", "*RE", "9.560", "*OK"), *READY, ("RT,25.0", "8.000", "*OK")),
    )  # fmt: skip


def calibrated(probe, emulated):
    async def calibrate():
        for point, ph in (("mid", 7.0), ("low", 4.0), ("high", 10.0)):
            emulated.device.ph = ph
            await probe.calibrate(point, ph)

    return calibrate()


def test_a_calibrated_electrode_reads_what_it_stands_in():
    async def test(probe, emulated):
        assert isinstance(probe, PHProbe)
        device = emulated.device
        assert not device.continuous
        device.ph = 10.0
        before = await probe.read_ph()
        await calibrated(probe, emulated)
        assert (await probe.read_health()).points == 3
        for ph in (2.0, 5.5, 7.0, 9.0, 12.0):
            device.ph = ph
            assert await probe.read_ph() == pytest.approx(ph, abs=0.003)
        assert abs(before - 10.0) > 0.05
        assert await probe.safe_state()

    with_device(KIND, test, speed=200.0)


def test_compensation_for_the_temperature():
    async def test(probe, emulated):
        await calibrated(probe, emulated)
        emulated.device.ph, emulated.device.liquid_c = 10.0, 60.0
        assert abs(await probe.read_ph() - 10.0) > 0.2
        await probe.compensate(60.0)
        assert await probe.read_ph() == pytest.approx(10.0, abs=0.02)

    with_device(KIND, test, speed=200.0)


def test_wrong_buffers_are_refused():
    async def test(probe, emulated):
        with pytest.raises(DeviceError, match="mid is a buffer of pH 6 to 8, not 4"):
            await probe.calibrate("mid", 4.0)
        with pytest.raises(DeviceError, match="mid point first"):
            await probe.calibrate("low", 4.0)
        await probe.calibrate("mid", 7.0)
        with pytest.raises(DeviceError, match="refuses Cal"):
            await probe.calibrate("low", 4.0)  # it still stands in the buffer of before
        with pytest.raises(DeviceError, match="0 to 100 °C"):
            await probe.compensate(120.0)

    with_device(KIND, test, speed=200.0)


def test_power_loss_between_readings_is_mended():
    async def test(probe, emulated):
        await calibrated(probe, emulated)
        await probe.compensate(40.0)
        emulated.device.ph, emulated.device.liquid_c = 5.0, 40.0
        emulated.inject(fault(FaultKind.RESET, "RT"))
        first = await probe.read_ph()
        await probe.clock.sleep(5.0)
        second = await probe.read_ph()
        assert first == pytest.approx(5.0, abs=0.02)
        assert second == pytest.approx(5.0, abs=0.02)
        assert not emulated.device.continuous

    with_device(KIND, test, speed=100.0)

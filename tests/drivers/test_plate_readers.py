"""Plate readers through PyLabRobot, down to its transports: every well gets its own figures."""

from __future__ import annotations

import asyncio
import types

import pytest
from pylabrobot.plate_reading.agilent import biotek_backend
from pylabrobot.plate_reading.molecular_devices import backend as spectramax_backend
from pylabrobot.plate_reading.tecan import infinite_backend
from pylabrobot.plate_reading.tecan.spark20m import spark_reader_async

from drivers.reader_kit import (
    BioTekAdapter,
    InfiniteUsb,
    SparkBench,
    SparkUsb,
    SpectraMaxLine,
    nearly,
)
from drivers.wire_kit import QuickClock, peer
from ncrobot.devices import Drawer, PlateReader, load_driver
from ncrobot.errors import DeviceError, DeviceErrorKind, LabError

LAYOUT = {
    "kind": "reader",
    "wavelength_nm": (300, 900),
    "read_s_per_wavelength": 1.0,
    "overhead_s": 1.0,
    "options": {"plate": "cor_96_wellplate_360uL_Fb"},
}
WELLS = ["A1", "C5", "H12", "B12"]
PLACES = {"A1": (0, 0), "C5": (2, 4), "H12": (7, 11), "B12": (1, 11)}
SPECTRUM, SOME = list(range(400, 460, 10)), [405, 520, 650, 700, 710, 840, 850]


def make(driver, options=None, **more):
    settings = {**LAYOUT, "options": {**LAYOUT["options"], **(options or {})}}
    return load_driver(driver)(name="reader", clock=QuickClock(1000.0), settings=settings, **more)


def connected(device, test):
    async def main():
        await device.connect()
        try:
            return await test(device)
        finally:
            await device.disconnect()

    return asyncio.run(main())


def quick(speed):
    """What a module sees as asyncio: pauses are shorter."""
    sped = types.SimpleNamespace(**vars(asyncio))
    sped.sleep = lambda s: asyncio.sleep(s / speed)
    return sped


@pytest.fixture(params=["spectramax_m5", "spectramax_384_plus"])
def spectramax(request, monkeypatch):
    """A SpectraMax on a pseudo-terminal, and the driver for it."""
    line_of = spectramax_backend.Serial
    monkeypatch.setattr(
        spectramax_backend, "Serial", lambda **given: line_of(**{**given, "timeout": 0.005})
    )
    monkeypatch.setattr(spectramax_backend, "asyncio", quick(100))
    plain = request.param == "spectramax_384_plus"
    line = SpectraMaxLine("PLA", 1) if plain else SpectraMaxLine()
    with peer(line.answer) as wire:

        def driver(**options):
            return make(f"molecular_devices.{request.param}", options, port=wire.port)

        yield line, driver


@pytest.fixture(params=["synergy_h1", "cytation"])
def biotek(request, monkeypatch):
    """A BioTek reader behind a USB adapter, and the driver for it."""
    monkeypatch.setattr(biotek_backend, "FTDI", BioTekAdapter)
    monkeypatch.setattr(BioTekAdapter, "made", [])
    return lambda **options: make(f"biotek.{request.param}", options, port="A1B2")


@pytest.fixture
def infinite(monkeypatch):
    """An Infinite behind USB, and the driver for it."""
    monkeypatch.setattr(infinite_backend, "USB", InfiniteUsb)
    monkeypatch.setattr(InfiniteUsb, "made", [])
    return lambda **options: make("tecan.infinite", options)


@pytest.fixture
def spark(monkeypatch):
    """A Spark behind USB, and the driver for it."""
    bench = SparkBench()
    monkeypatch.setattr(SparkUsb, "bench", bench, raising=False)
    monkeypatch.setattr(spark_reader_async, "USB", SparkUsb)
    usb = types.SimpleNamespace(core=types.SimpleNamespace(Device=object, USBError=OSError))
    monkeypatch.setattr(spark_reader_async, "usb", usb, raising=False)
    monkeypatch.setattr(spark_reader_async, "asyncio", quick(50))
    return bench, lambda **options: make("tecan.spark", options)


async def reads_right(device, waves, wells=WELLS):
    found = await device.read_absorbance("sample_plate", wells, waves)
    assert list(found) == wells
    for well, figures in found.items():
        assert len(figures) == len(waves)
        for nm, figure in zip(waves, figures, strict=True):
            assert nearly(figure, *PLACES[well], nm), (well, nm, figure)
    return found


async def moves_its_drawer(device):
    assert isinstance(device, PlateReader)
    assert isinstance(device, Drawer)
    assert await device.read_drawer_open() is None
    await device.open_drawer()
    assert await device.read_drawer_open() is True
    await device.close_drawer()
    assert await device.read_drawer_open() is False
    assert await device.safe_state()


def test_a_spectramax_reads_spectra_and_single_wavelengths(spectramax):
    line, driver = spectramax
    line.busy = 1

    async def test(device):
        await moves_its_drawer(device)
        found = await reads_right(device, SPECTRUM)
        assert found["H12"][-1] > 0.0
        below = await reads_right(device, [890, 895, 900])
        assert below["H12"][-1] < 0.0
        await reads_right(device, SOME)
        assert (await device.identify()).firmware == "FW 2.0 OPT 3"
        await reads_right(device, [520])

    connected(driver(), test)
    modes = [each for each in line.told if each.startswith("!MODE")]
    assert modes == [
        "!MODE SPECTRUM 400 10 6", "!MODE SPECTRUM 890 5 3", *["!MODE ENDPOINT"] * 3,
    ]  # fmt: skip
    assert "!WAVELENGTH 405 520 650 700 710 840" in line.told
    assert {"!OPEN", "!CLOSE"} <= set(line.told)


def test_a_spectramax_that_fails_or_reads_something_else(spectramax):
    line, driver = spectramax

    async def test(device):
        line.fails["!READ"] = 306
        with pytest.raises(DeviceError, match="low light") as caught:
            await device.read_absorbance("sample_plate", WELLS, SPECTRUM)
        assert caught.value.kind is DeviceErrorKind.REFUSED
        line.shifts = 1
        with pytest.raises(DeviceError, match=r"read 401, 411, .* instead of 400, 410"):
            await device.read_absorbance("sample_plate", WELLS, SPECTRUM)
        line.shifts = 0
        await reads_right(device, SPECTRUM)
        line.dark = {PLACES["C5"]}
        with pytest.raises(DeviceError, match="C5 lets no light of 400 nm through"):
            await device.read_absorbance("sample_plate", WELLS, SPECTRUM)

    connected(driver(), test)

    async def saturated(device):
        found = await device.read_absorbance("sample_plate", ["C5", "A1"], SPECTRUM)
        assert found["C5"] == [4.5] * len(SPECTRUM)
        assert found["A1"][0] < 1.0

    connected(driver(saturated_au=4.5), saturated)


def test_a_spectramax_needs_a_port_that_is_there():
    with pytest.raises(DeviceError, match="has no port"):
        asyncio.run(make("molecular_devices.spectramax_m5").connect())
    gone = make("molecular_devices.spectramax_m5", port="/dev/no-such-port")
    with pytest.raises(DeviceError, match="no-such-port") as caught:
        asyncio.run(gone.connect())
    assert caught.value.kind is DeviceErrorKind.DEVICE_GONE


def test_a_biotek_reader_reads_the_wells_that_are_asked_for(biotek):
    async def test(device):
        await moves_its_drawer(device)
        await reads_right(device, [400, 410, 900])
        identity = await device.identify()
        assert (identity.serial_number, identity.firmware) == ("07040215", "1.04")

    connected(biotek(), test)
    (adapter,) = BioTekAdapter.made
    assert adapter.device_id == "A1B2"
    orders = [each for each in adapter.told if each.startswith("0047")]
    assert [each[6:14] for each in orders[:4]] == ["01010101", "02120212", "03050305", "08120812"]
    assert len(orders) == 12


def test_a_biotek_reader_that_fails_or_sees_no_light(biotek):
    async def test(device):
        (adapter,) = BioTekAdapter.made
        adapter.breaks = "lamp"
        with pytest.raises(DeviceError, match="answer that it doesn't know") as caught:
            await device.read_absorbance("sample_plate", WELLS, [400])
        assert caught.value.kind is DeviceErrorKind.REFUSED
        adapter.breaks = ""
        adapter.dark = {PLACES["H12"]}
        with pytest.raises(DeviceError, match="H12 lets no light"):
            await device.read_absorbance("sample_plate", WELLS, [400])
        await reads_right(device, [400], ["A1", "C5"])

    connected(biotek(), test)


def test_an_infinite_reads_row_by_row(infinite):
    async def test(device):
        await moves_its_drawer(device)
        await reads_right(device, [310, 400])
        every = {f"{row}{column}" for row in "ABCDEFGH" for column in range(1, 13)}
        found = await device.read_absorbance("sample_plate", sorted(every), [500])
        assert len({round(figures[0], 4) for figures in found.values()}) > 80
        assert (await device.identify()).model == "Tecan Infinite 200 PRO"

    connected(infinite(), test)
    (usb,) = InfiniteUsb.made
    assert not usb.is_set_up
    assert "EXCITATION 1,ABS,3100,50,0" in usb.told
    assert "EXCITATION 1,ABS,4000,90,0" in usb.told
    assert usb.told.count("PREPARE REF") == 3


def test_an_infinite_that_sees_no_light_or_is_silent(infinite, monkeypatch):
    monkeypatch.setattr(load_driver("tecan.infinite"), "least_s", 0.5)

    async def test(device):
        (usb,) = InfiniteUsb.made
        usb.dark = {PLACES["C5"]}
        with pytest.raises(DeviceError, match="C5 lets no light"):
            await device.read_absorbance("sample_plate", WELLS, [400])
        await reads_right(device, [400], ["A1", "H12"])
        usb.silent = True  # PyLabRobot then begins anew and anew
        device.within_s = lambda wavelengths: 0.5 * wavelengths
        with pytest.raises(DeviceError) as caught:
            await device.read_absorbance("sample_plate", WELLS, [400])
        assert caught.value.kind in (DeviceErrorKind.TIMEOUT, DeviceErrorKind.DEVICE_GONE)
        assert not await device.safe_state()

    connected(infinite(), test)
    with pytest.raises(LabError, match="no port"):
        make("tecan.infinite", port="7")


def test_a_spark_reads_spectra_and_single_wavelengths(spark):
    bench, driver = spark

    async def test(device):
        await moves_its_drawer(device)
        await reads_right(device, SPECTRUM)
        await reads_right(device, [405, 700])
        assert (await device.identify()).serial_number == "4711"
        device.backend.reader.seq_num = 250  # rows would be sorted by a number that wraps
        await reads_right(device, SPECTRUM)

    connected(driver(bandwidth_nm=3.5, flashes=2), test)
    assert "EXCITATION TYPE=BANDPASS WAVELENGTH=4000~4500:100 BANDWIDTH=35 LABEL=1" in [
        each.replace("TYPE=BP", "TYPE=BANDPASS") for each in bench.told
    ]
    assert bench.told.count("READ LABEL=1 COUNT=2") == 4


def test_a_long_spectrum_of_a_spark_is_cut_so_that_no_row_takes_a_minute(spark):
    bench, _ = spark
    slow = {**LAYOUT, "read_s_per_wavelength": 80.0}
    device = load_driver("tecan.spark")(name="reader", clock=QuickClock(1000.0), settings=slow)
    connected(device, lambda one: reads_right(one, list(range(400, 480, 10))))
    ranges = [each for each in bench.told if "~4" in each and "WAVELENGTH" in each]
    assert len(ranges) == 2


def test_a_spark_that_loses_a_row_fails_or_does_not_move(spark):
    bench, driver = spark

    async def test(device):
        bench.loses = 3
        with pytest.raises(DeviceError, match="7 rows of 12, not 8 rows of 12"):
            await device.read_absorbance("sample_plate", WELLS, SPECTRUM)
        with pytest.raises(DeviceError, match="7 rows of 12"):
            await device.read_absorbance("sample_plate", WELLS, [400])
        bench.loses = None
        bench.fails = "PREPARE"
        with pytest.raises(DeviceError, match="lamp is dark") as caught:
            await device.read_absorbance("sample_plate", WELLS, SPECTRUM)
        assert caught.value.kind is DeviceErrorKind.REFUSED
        bench.fails, bench.data = "", type(bench.data)()
        bench.deaf = True
        with pytest.raises(DeviceError, match="doesn't say that its plate stands at OUT_RIGHT"):
            await device.open_drawer()
        assert await device.read_drawer_open() is None

    connected(driver(), test)
    bench.modules.clear()
    with pytest.raises(DeviceError, match="Failed to connect") as caught:
        asyncio.run(driver().connect())
    assert caught.value.kind is DeviceErrorKind.DEVICE_GONE


def test_a_spark_without_pyusb_says_so(monkeypatch):
    monkeypatch.delattr(spark_reader_async, "usb", raising=False)
    with pytest.raises(DeviceError, match="pyusb is not installed"):
        asyncio.run(make("tecan.spark").connect())


@pytest.mark.parametrize(
    "driver",
    ["molecular_devices.spectramax_m5", "biotek.synergy_h1", "biotek.cytation", "tecan.infinite", "tecan.spark"],
)  # fmt: skip
def test_layouts_are_checked_before_anything_is_opened(driver):
    with pytest.raises(LabError, match=r"device-range|can't do all"):
        load_driver(driver)(
            name="reader", clock=QuickClock(1.0), settings={**LAYOUT, "wavelength_nm": (150, 900)}
        )
    with pytest.raises(LabError, match="saturated_au"):
        make(driver, {"saturated": 3})

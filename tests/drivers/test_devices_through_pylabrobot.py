"""hamilton.heater_shaker, inheco.cpac and bmg.clariostar: PyLabRobot's commands to stand-ins."""

from __future__ import annotations

import asyncio
import math

import pytest
from pylabrobot.heating_shaking.hamilton_backend import (
    HamiltonHeaterShakerBackend,
    HamiltonHeaterShakerInterface,
)
from pylabrobot.temperature_controlling.inheco import InhecoCPACBackend

from drivers.line_kit import BLOCK, SHAKER
from drivers.wire_kit import QuickClock
from ncrobot.devices import Drawer, PlateClamp, PlateReader, Shaker, TemperatureControl, load_driver
from ncrobot.errors import DeviceError, DeviceErrorKind, LabError, UserError

READER = {
    "kind": "reader",
    "wavelength_nm": (300, 800),
    "read_s_per_wavelength": 1.0,
    "overhead_s": 1.0,
}
PLATE = {"options": {"plate": "cor_96_wellplate_360uL_Fb"}}
SHAKES, COOLS, READS = "hamilton.heater_shaker", "inheco.cpac", "bmg.clariostar"


def make(kind, settings, **more):
    return load_driver(kind)(name="device", clock=QuickClock(1000.0), settings=settings, **more)


def connected(device, test):
    async def main():
        await device.connect()
        try:
            return await test(device)
        finally:
            await device.disconnect()

    return asyncio.run(main())


class Box(HamiltonHeaterShakerInterface):
    """Stands in for the control box: keeps what it is told, and answers as it would."""

    def __init__(self):
        self.told: list[str] = []
        self.shakes = False
        self.stuck = False
        self.gone = False

    async def send_hhs_command(self, index, command, **keywords):
        if self.gone:
            raise OSError("no such device")
        figures = "".join(f"{key}{value}" for key, value in keywords.items())
        self.told.append(f"T{index}{command}{figures}")
        if not self.stuck:
            self.shakes = {"SB": True, "SC": False}.get(command, self.shakes)
        answers = {"RD": f"rd{int(self.shakes)}", "RT": "rt+0452 +0449"}
        return f"T{index}{command}id0001{answers.get(command, '')}"


def shaker(box, **settings):
    backend = HamiltonHeaterShakerBackend(index=2, interface=box)
    return make(SHAKES, {**SHAKER, **settings}, backend=backend)


def test_the_heater_shaker_word_by_word():
    box = Box()

    async def test(device):
        assert isinstance(device, Shaker)
        assert isinstance(device, TemperatureControl)
        assert isinstance(device, PlateClamp)
        assert box.told == ["T2RD", "T2LI", "T2SI"]
        assert await device.read_clamped() is None
        await device.release()
        await device.shake(500)
        assert await device.read_speed_rpm() == 500
        assert await device.read_clamped() is True
        with pytest.raises(DeviceError, match="holds its plate"):
            await device.release()
        await device.set_temperature(45.0)
        assert await device.read_temperature_c() == 45.2
        await device.shake(0)
        assert await device.read_speed_rpm() == 0
        assert await device.safe_state()

    connected(shaker(box), test)
    orders = [line for line in box.told if not line.endswith("RD")]
    assert orders == [
        "T2LI", "T2SI", "T2LPlp0", "T2LPlp1", "T2SBst0sv0500sr01000", "T2TAta0450", "T2RT", "T2SC", "T2SW",
        "T2TO", "T2SC", "T2SW",
    ]  # fmt: skip


def test_one_that_shakes_already_is_left_alone_and_its_speed_is_not_known():
    box = Box()
    box.shakes = True

    async def test(device):
        assert math.isnan(await device.read_speed_rpm())
        assert (await device.identify()).model == "Hamilton heater-shaker"

    connected(shaker(box), test)
    assert set(box.told) == {"T2RD"}


def test_one_that_does_not_stop_and_one_that_is_gone():
    box = Box()

    async def test(device):
        await device.shake(500)
        box.stuck = True
        with pytest.raises(DeviceError, match="doesn't stand still") as caught:
            await device.shake(0)
        assert caught.value.kind is DeviceErrorKind.SHAKER_NOT_HOMED
        assert not await device.safe_state()
        box.gone = True
        with pytest.raises(DeviceError, match="no such device") as caught:
            await device.read_speed_rpm()
        assert caught.value.kind is DeviceErrorKind.DEVICE_GONE

    connected(shaker(box), test)


class TecBox:
    """Stands in for the control box of the blocks."""

    def __init__(self):
        self.told: list[str] = []
        self.error = ""

    async def setup(self):
        self.told.append("setup")

    async def stop(self):
        self.told.append("stop")

    async def send_command(self, command):
        if self.error:
            raise RuntimeError(f"Error response from device: {self.error}")
        self.told.append(command)
        return {"3RAT0": "453", "3RFV2": "4711", "3RFV1": "1.0"}.get(command, "")


@pytest.mark.parametrize("state", ["off", "hold"])
def test_the_block_word_by_word(state):
    box = TecBox()

    async def test(device):
        assert isinstance(device, TemperatureControl)
        await device.set_temperature(37.3)
        assert await device.read_temperature_c() == 45.3
        identity = await device.identify()
        assert (identity.serial_number, identity.firmware) == ("4711", "1.0")
        assert await device.safe_state()

    backend = InhecoCPACBackend(3, box)
    connected(make(COOLS, {**BLOCK, "safe_state": state}, backend=backend), test)
    off = [] if state == "hold" else ["3ATE0"]
    assert box.told == ["setup", "3STT373", "3ATE1", "3RAT0", "3RFV2", "3RFV1", *off, "stop"]


def test_a_call_that_tidies_up_without_end_is_left():
    box = TecBox()

    async def stubborn():
        for _ in range(3):
            try:
                await asyncio.sleep(60.0)
            except asyncio.CancelledError:  # as a finally that goes on asking a silent device
                continue

    async def test(device):
        begin = asyncio.get_running_loop().time()
        with pytest.raises(DeviceError, match=r"didn't answer within 0\.1 s") as caught:
            await device.call(stubborn(), within_s=0.1)
        assert caught.value.kind is DeviceErrorKind.TIMEOUT
        assert asyncio.get_running_loop().time() - begin < 20.0
        task = asyncio.ensure_future(device.call(asyncio.sleep(60.0)))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    connected(make(COOLS, BLOCK, backend=InhecoCPACBackend(3, box)), test)


def test_a_block_that_reports_an_error():
    box = TecBox()

    async def test(device):
        box.error = "3rat5"
        with pytest.raises(DeviceError, match="3rat5"):
            await device.read_temperature_c()
        assert not await device.safe_state()

    connected(make(COOLS, BLOCK, backend=InhecoCPACBackend(3, box)), test)


class Reading:
    """Stands in for PyLabRobot's backend of the reader: each well reads its place, and nm."""

    def __init__(self):
        self.did: list[str] = []
        self.dark = False

    async def setup(self):
        self.did.append("setup")

    async def stop(self):
        self.did.append("stop")

    async def open(self):
        self.did.append("open")

    async def close(self, plate):
        assert plate is None
        self.did.append("close")

    async def read_command_status(self):
        return b"ready"

    async def read_absorbance(self, plate, wells, wavelength):
        assert wells == plate.get_all_items()
        rows = [[row + column / 100 + wavelength for column in range(12)] for row in range(8)]
        if self.dark:
            rows[1][2] = None
        return [{"wavelength": wavelength, "data": rows, "temperature": math.nan, "time": 0.0}]


def test_the_reader_reads_wells_and_moves_its_drawer():
    backend = Reading()

    async def test(device):
        assert isinstance(device, PlateReader)
        assert isinstance(device, Drawer)
        assert await device.read_drawer_open() is None
        await device.open_drawer()
        assert await device.read_drawer_open() is True
        found = await device.read_absorbance("sample_plate", ["A1", "B3"], [400, 500])
        assert found == {"A1": [400.0, 500.0], "B3": [401.02, 501.02]}
        with pytest.raises(DeviceError, match="300 to 800 nm, not 900"):
            await device.read_absorbance("sample_plate", ["A1"], [900])
        backend.dark = True
        with pytest.raises(DeviceError, match="B3 lets no light"):
            await device.read_absorbance("sample_plate", ["B3"], [400])
        await device.identify()
        assert await device.safe_state()

    with pytest.raises(LabError, match="geometry of the plates"):
        make(READS, READER, backend=Reading())
    connected(make(READS, {**READER, **PLATE}, backend=backend), test)
    assert backend.did == ["setup", "open", "close", "stop"]


@pytest.mark.parametrize("kind", [SHAKES, COOLS, READS])
def test_without_the_package_of_its_transport_it_says_so(kind):
    device = make(kind, PLATE if kind == READS else {})
    with pytest.raises(DeviceError) as caught:
        asyncio.run(device.connect())
    assert caught.value.kind is DeviceErrorKind.DEVICE_GONE
    with pytest.raises(DeviceError, match="not connected"):
        asyncio.run(device.identify())


@pytest.mark.parametrize(
    ("kind", "settings"),
    [(SHAKES, {"speed_rpm": (10, 900)}), (COOLS, {"temperature_c": (-20, 20)}), (READS, {**PLATE, "wavelength_nm": (100, 900)}),
     (READS, {"options": {"plate": "no_such_plate"}}), (COOLS, {"options": {"index": 9}})],
)  # fmt: skip
def test_layouts_are_checked(kind, settings):
    with pytest.raises(UserError, match=r"device-range|can't|no definition"):
        make(kind, settings)

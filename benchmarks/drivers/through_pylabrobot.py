"""Drivers that reach their devices through PyLabRobot: what was heard behind it in a piece of work.

The stand-ins for the devices are those of the tests, so they are looked up there.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sys
import types
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from functools import partial
from importlib import import_module
from typing import Any
from unittest.mock import patch

from benchmarks.drivers.cases import BLOCK, SHAKER
from benchmarks.plates import ROOT
from ncrobot.clock import WallClock
from ncrobot.deck import build_pylabrobot_deck, find_container, load_deck
from ncrobot.devices import ChannelMove, HandlerSetup, TipPick, load_driver
from ncrobot.errors import DeviceError

WIRE_LEVEL = 5
"""Level at which PyLabRobot logs what goes over a line."""

READER = {
    "kind": "reader", "wavelength_nm": (300, 900), "read_s_per_wavelength": 1.0, "overhead_s": 1.0,
    "options": {"plate": "cor_96_wellplate_360uL_Fb"},
}  # fmt: skip
_FIGURES = re.compile(r"-?\d+(?:\.\d+)?")

Heard = Sequence[str]


def commands_of(name: str) -> dict[str, int]:
    """What was heard in one undisturbed piece of work with a driver, and how often."""
    logger = logging.getLogger("ncrobot_drivers")
    before, logger.level = logger.level, logging.ERROR
    try:
        heard = asyncio.run(WORKS[name]())
    finally:
        logger.level = before
    return dict(sorted(Counter(heard).items()))


def faults_of(name: str) -> dict[str, str]:
    """How each fault that the stand-in can have ended; only an EVO's has any."""
    if name != "tecan.evo":
        return {}
    kinds = _test_module("ncrobot_sim.emulators.robots.evo_usb").EvoFaultKind
    return {kind.value: asyncio.run(_evo_struck(kind)) for kind in kinds}


def _test_module(name: str) -> Any:
    tests = str(ROOT / "tests")
    if tests not in sys.path:
        sys.path.insert(0, tests)
    return import_module(name)


def _setup(layout_name: str) -> HandlerSetup:
    layout = load_deck(ROOT / "deck_layouts" / f"{layout_name}.yaml")
    deck = build_pylabrobot_deck(layout)
    find = partial(find_container, deck)
    return HandlerSetup(deck, find, layout.arm.times, layout.arm.channels)


async def _dose(arm: Any, tip: str, source: str, destination: str, *, mixes: bool = True) -> None:
    """One dose with the first channel, with all that an arm is asked for around it."""
    await arm.load({source: 10_000.0 if mixes else 1500.0})
    await arm.pick_up_tips([TipPick(0, tip)])
    await arm.aspirate([ChannelMove(0, source, 50.0, 50.0)])
    await arm.dispense([ChannelMove(0, destination, 50.0, 50.0)])
    if mixes:
        await arm.mix([ChannelMove(0, destination, 20.0, 50.0)], 3)
    await arm.return_tips([TipPick(0, tip)])
    await arm.pick_up_tips([TipPick(0, tip)])
    await arm.discard_tips([0])
    await arm.identify()
    await arm.safe_state()


class _Lines(logging.Handler):
    """Collects the first four letters of what PyLabRobot logs of a line: a command of a STAR."""

    def __init__(self) -> None:
        super().__init__(WIRE_LEVEL)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == WIRE_LEVEL:
            self.heard.append(record.getMessage()[:4])


async def _starlet() -> Heard:
    star = import_module("pylabrobot.liquid_handling.backends.hamilton.STAR_chatterbox")
    lines, logger = _Lines(), logging.getLogger("pylabrobot")
    before = logger.level
    logger.addHandler(lines)
    logger.setLevel(WIRE_LEVEL)
    try:
        arm = load_driver("hamilton.starlet")(
            name="arm", setup=_setup("starlet_96"), clock=WallClock(),
            backend=star.STARChatterboxBackend(),
        )  # fmt: skip
        await arm.connect()
        await _dose(arm, "tips_300_1/A1", "trough_200_1/A1", "reaction_plate/A1")
        await arm.move_labware("sample_plate", "reader")
        await arm.disconnect()
    finally:
        logger.removeHandler(lines)
        logger.setLevel(before)
    return lines.heard


async def _ot2() -> Heard:
    backend = _test_module("drivers.test_opentrons_ot2").Recording(verbose=False)
    arm = load_driver("opentrons.ot2")(
        name="arm", setup=_setup("ot2_96"), clock=WallClock(), backend=backend
    )
    await arm.connect()
    await _dose(arm, "tips_300_1/A1", "reservoir/A1", "reaction_plate/A1")
    await arm.disconnect()
    return [called for called, _, _ in backend.commands]


async def _evo() -> Heard:
    bench = _test_module("drivers.evo_kit").make()
    await bench.arm.connect()
    await _dose(bench.arm, "tips_200_1/A1", "stock_plate_1/A1", "reaction_plate/A1", mixes=False)
    await bench.arm.disconnect()
    return list(bench.sent())


async def _evo_struck(kind: Any) -> str:
    """A fault at the draw of a dose."""
    usb = _test_module("ncrobot_sim.emulators.robots.evo_usb")
    bench = _test_module("drivers.evo_kit").make()
    await bench.arm.connect()
    bench.usb.faults.append(usb.EvoFault(kind, "MTR"))
    try:
        await _dose(
            bench.arm, "tips_200_1/A1", "stock_plate_1/A1", "reaction_plate/A1", mixes=False
        )
    except DeviceError as error:
        return f"told: {error.kind.value}"
    finally:
        await bench.arm.disconnect()
    held_ul = bench.machine.vessels["reaction_plate/A1"].volume_ul
    return "overcome" if 45.0 < held_ul < 60.0 else "not noticed at once"


async def _use(driver: Any, work: Callable[[Any], Awaitable[None]]) -> None:
    await driver.connect()
    try:
        await work(driver)
        await driver.identify()
        await driver.safe_state()
    finally:
        await driver.disconnect()


async def _shakes(shaker: Any) -> None:
    await shaker.release()
    await shaker.shake(500)
    await shaker.set_temperature(45.0)
    await shaker.read_temperature_c()
    await shaker.shake(0)


async def _heats(block: Any) -> None:
    await block.set_temperature(37.0)
    await block.read_temperature_c()


async def _reads(reader: Any) -> None:
    await reader.open_drawer()
    await reader.close_drawer()
    await reader.read_absorbance("sample_plate", ["A1", "C5"], [400, 410, 420])


async def _heater_shaker() -> Heard:
    theirs = import_module("pylabrobot.heating_shaking.hamilton_backend")
    box = _test_module("drivers.test_devices_through_pylabrobot").Box()
    backend = theirs.HamiltonHeaterShakerBackend(index=2, interface=box)
    driver = load_driver("hamilton.heater_shaker")(
        name="device", clock=WallClock(), settings=SHAKER, backend=backend
    )
    await _use(driver, _shakes)
    return [line[2:4] for line in box.told]


async def _cpac() -> Heard:
    theirs = import_module("pylabrobot.temperature_controlling.inheco")
    box = _test_module("drivers.test_devices_through_pylabrobot").TecBox()
    driver = load_driver("inheco.cpac")(
        name="device", clock=WallClock(), settings=BLOCK,
        backend=theirs.InhecoCPACBackend(3, box),
    )  # fmt: skip
    await _use(driver, _heats)
    return [_FIGURES.sub("#", line) for line in box.told]


async def _clariostar() -> Heard:
    backend = _test_module("drivers.test_devices_through_pylabrobot").Reading()
    driver = load_driver("bmg.clariostar")(
        name="device", clock=WallClock(), settings=READER, backend=backend
    )
    calls: list[str] = []
    for call in ("setup", "stop", "open", "close", "read_command_status", "read_absorbance"):
        setattr(backend, call, _noted(calls, call, getattr(backend, call)))
    await _use(driver, _reads)
    return calls


def _noted(calls: list[str], name: str, call: Callable[..., Awaitable[Any]]) -> Any:
    async def noted(*arguments: Any, **keywords: Any) -> Any:
        calls.append(name)
        return await call(*arguments, **keywords)

    return noted


def _quick(speed: float) -> Any:
    """What a module of PyLabRobot sees as asyncio: its pauses are shorter."""
    sped = types.SimpleNamespace(**vars(asyncio))
    sped.sleep = lambda s: asyncio.sleep(s / speed)
    return sped


async def _read_with(name: str, **more: Any) -> None:
    driver = load_driver(name)(name="device", clock=WallClock(), settings=READER, **more)
    await _use(driver, _reads)


async def _spectramax(name: str, *, plain: bool) -> Heard:
    theirs = import_module("pylabrobot.plate_reading.molecular_devices.backend")
    kit, wire = _test_module("drivers.reader_kit"), _test_module("drivers.wire_kit")
    line = kit.SpectraMaxLine("PLA", 1) if plain else kit.SpectraMaxLine()
    line_of = theirs.Serial
    with ExitStack() as stack:
        stack.enter_context(
            patch.object(theirs, "Serial", lambda **given: line_of(**{**given, "timeout": 0.005}))
        )
        stack.enter_context(patch.object(theirs, "asyncio", _quick(100)))
        port = stack.enter_context(wire.peer(line.answer)).port
        await _read_with(name, port=port)
    return [each.split(" ")[0] for each in line.told]


async def _biotek(name: str) -> Heard:
    theirs = import_module("pylabrobot.plate_reading.agilent.biotek_backend")
    adapter = _test_module("drivers.reader_kit").BioTekAdapter
    adapter.made.clear()
    with patch.object(theirs, "FTDI", adapter):
        await _read_with(name, port="A1B2")
    # What is longer than a letter is the parameter of the order before it.
    return [each for each in adapter.made[0].told if len(each) == 1]


async def _infinite() -> Heard:
    theirs = import_module("pylabrobot.plate_reading.tecan.infinite_backend")
    usb = _test_module("drivers.reader_kit").InfiniteUsb
    usb.made.clear()
    with patch.object(theirs, "USB", usb):
        await _read_with("tecan.infinite")
    return [_FIGURES.sub("#", each) for each in usb.made[0].told]


async def _spark() -> Heard:
    theirs = import_module("pylabrobot.plate_reading.tecan.spark20m.spark_reader_async")
    kit = _test_module("drivers.reader_kit")
    bench = kit.SparkBench()
    usb = types.SimpleNamespace(core=types.SimpleNamespace(Device=object, USBError=OSError))
    with (
        patch.object(kit.SparkUsb, "bench", bench, create=True),
        patch.object(theirs, "USB", kit.SparkUsb),
        patch.object(theirs, "usb", usb, create=True),
        patch.object(theirs, "asyncio", _quick(50)),
    ):
        await _read_with("tecan.spark")
    return [_FIGURES.sub("#", each) for each in bench.told]


async def _stop_button() -> Heard:
    driver = load_driver("serial.stop_button")(
        name="device", clock=WallClock(), settings={"line": "cts"}, port="loop://"
    )
    lines: list[str] = []
    look = driver._port.read_input  # noqa: SLF001 - what it looks at is all that can be heard

    def seen(line: str) -> bool:
        lines.append(f"reads {line}")
        return bool(look(line))

    with patch.object(driver._port, "read_input", seen):  # noqa: SLF001
        await driver.connect()
        await driver.safe_state()
        await driver.disconnect()
    return lines


WORKS: dict[str, Callable[[], Awaitable[Heard]]] = {
    "hamilton.starlet": _starlet,
    "opentrons.ot2": _ot2,
    "tecan.evo": _evo,
    "hamilton.heater_shaker": _heater_shaker,
    "inheco.cpac": _cpac,
    "bmg.clariostar": _clariostar,
    "molecular_devices.spectramax_m5": partial(
        _spectramax, "molecular_devices.spectramax_m5", plain=False
    ),
    "molecular_devices.spectramax_384_plus": partial(
        _spectramax, "molecular_devices.spectramax_384_plus", plain=True
    ),
    "biotek.synergy_h1": partial(_biotek, "biotek.synergy_h1"),
    "biotek.cytation": partial(_biotek, "biotek.cytation"),
    "tecan.infinite": _infinite,
    "tecan.spark": _spark,
    "serial.stop_button": _stop_button,
}
"""A piece of work with each driver that has no emulator on a line of its own."""

"""One case per serial driver: what it is asked for, and whether the machine then does that."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ncrobot.clock import PacedClock
from ncrobot.devices import load_driver
from ncrobot_sim.emulators import Emulated, FaultKind, WireFault, start_emulator

PASSING = (
    FaultKind.DEAF,
    FaultKind.SILENCE,
    FaultKind.GARBAGE,
    FaultKind.NOISE,
    FaultKind.TRUNCATED,
    FaultKind.DUPLICATE,
    FaultKind.ECHO,
    FaultKind.UNASKED,
    FaultKind.LATE,
    FaultKind.WRONG_CHECKSUM,
)
"""Faults of the line, which pass; a language without a check has no wrong one."""

LOSING = frozenset(
    {
        FaultKind.DEAF,
        FaultKind.SILENCE,
        FaultKind.GARBAGE,
        FaultKind.TRUNCATED,
        FaultKind.LATE,
        FaultKind.WRONG_CHECKSUM,
    }
)
"""Faults after which a driver waits in vain for as long as it has patience."""

HARD = (FaultKind.STALL, FaultKind.VALVE, FaultKind.RESET, FaultKind.DISCONNECT)
"""Faults of the device, and a pulled cable."""


@dataclass(frozen=True)
class Case:
    """A driver, the work that it is asked for, and whether the machine has done it."""

    kind: str
    work: Callable[[Any], Awaitable[None]]
    done: Callable[[Any, float], bool]
    settings: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    speed: float = 100.0

    def told(self, reply_s: float) -> dict[str, Any]:
        """The device's fields in a deck layout."""
        return {**self.settings, "options": {"reply_s": reply_s, **self.options}}


async def run_case(
    case: Case,
    test: Callable[[Any, Emulated], Awaitable[Any]],
    *,
    reply_s: float = 1.0,
) -> Any:
    """Run ``test(driver, emulator)``; the driver is connected before and disconnected after."""
    told = case.told(reply_s)
    with start_emulator(case.kind, told, speed=case.speed) as emulated:
        driver = load_driver(case.kind)(
            name="device",
            clock=PacedClock(case.speed, start=datetime.now(UTC), monotonic_s=time.monotonic),
            port=emulated.port,
            settings=told,
        )
        try:
            await driver.connect()
            return await test(driver, emulated)
        finally:
            await driver.disconnect()


async def is_done(case: Case, driver: Any, emulated: Emulated) -> bool:
    """Whether the machine does what it was asked for, or will at once."""
    for _ in range(20):
        with emulated.lock:
            if case.done(emulated.device, emulated.now_s()):
                return True
        await driver.clock.sleep(0.5)
    return False


def patience_s(kind: FaultKind) -> float:
    """How long to wait for replies under a fault: long, where that costs nothing.

    Whoever shares a busy computer with the emulator must not take its slowness for a fault.
    """
    return 0.4 if kind in LOSING else 1.0


def inject(emulated: Emulated, case: Case, kind: FaultKind) -> None:
    """Let a fault strike now and then (one that passes), or once in the work (one that stays)."""
    places = (1, 5, 9, 13) if kind in PASSING else (2,)
    late_s = 1.2 * patience_s(kind) * case.speed * (kind in PASSING)
    for nth in places:
        emulated.inject(WireFault(kind, nth=nth, delay_s=late_s))


async def _stir_and_heat(plate: Any) -> None:
    await plate.set_temperature(60.0)
    await plate.shake(500)
    await plate.read_temperature_c()


async def _heat(block: Any) -> None:
    await block.set_temperature(60.0)
    await block.read_temperature_c()


async def _read_ph(probe: Any) -> None:
    await probe.compensate(30.0)
    await probe.read_ph()
    await probe.read_health()


async def _weigh(balance: Any) -> None:
    await balance.tare()
    await balance.read_mass_mg()


async def _let_flow(gas: Any) -> None:
    await gas.arm_watchdog(60.0)
    await gas.set_flow(100.0)


def _pump(inlet: str, waste: str, rate: float) -> Callable[[Any], Awaitable[None]]:
    async def work(pump: Any) -> None:
        if await pump.read_plunger_ul() is None:
            await pump.initialise(waste)
        await pump.move_valve(inlet)
        await pump.move_plunger(500.0, rate)
        await pump.move_valve(waste)
        await pump.move_plunger(200.0, rate)

    return work


def _stands_at(per_ul: float) -> Callable[[Any, float], bool]:
    return lambda device, _: abs(device.plunger.place / per_ul - 200.0) < 1.0


def _syringe(inlet: str, waste: str, rates: tuple[float, float]) -> dict[str, Any]:
    return {
        "kind": "syringe_pump", "syringe_ul": 1000.0, "rate_ul_per_s": rates, "inlet": inlet,
        "waste": waste, "needle": None, "outlets": {}, "valve_s": 0.5,
    }  # fmt: skip


SHAKER = {
    "kind": "shaker",
    "speed_rpm": (200, 1000),
    "start_s": 3.0,
    "stop_s": 3.0,
    "temperature_c": (40, 90),
}
BLOCK = {"kind": "temperature_block", "temperature_c": (10, 90), "settle_s": 600.0}
GAS = {"kind": "gas", "gas": "nitrogen", "flow_ml_per_min": (10, 200), "watchdog_s": 5.0}
COUNTS = {"diameter_mm": 4.61, "flow": "check_valves", "empty_at_power_on": True}
WORDS = _syringe("input", "output", (1.0, 500.0))


def _cavro(device: Any, _: float) -> bool:
    return abs(device.runner.plunger.place / 6 - 200.0) < 1.0


def _counts(device: Any, _: float) -> bool:
    return abs(float(device.plunger_ul) - 200.0) < 1.5


def _plate(device: Any, _: float) -> bool:
    return (device.motor.target_rpm, device.plate.target_c) == (500, 60)


CASES = (
    Case("ika.rct", _stir_and_heat, _plate, SHAKER, {"watchdog_s": 1500}),
    Case("ika.ret", _stir_and_heat, _plate, SHAKER, {"watchdog_s": 1500}),
    Case("heidolph.hei_connect", _stir_and_heat, _plate, SHAKER, {"watchdog": False}),
    Case(
        "qinstruments.bioshake",
        _stir_and_heat,
        lambda d, _: (d.motor.target_rpm, d.block.target_c) == (500, 60),
        SHAKER,
    ),
    Case("opentrons.heater_shaker", _stir_and_heat, _plate, SHAKER),
    Case("opentrons.temperature_module", _heat, lambda d, _: d.block.target_c == 60, BLOCK),
    Case("julabo.thermostat", _heat, lambda d, _: d.bath.target_c == 60, BLOCK),
    Case("huber.pilot", _heat, lambda d, _: d.bath.target_c == 60, BLOCK),
    Case("atlas.ezo_ph", _read_ph, lambda d, _: d.told_c == 30.0),
    Case("mettler.sics", _weigh, lambda d, _: d.net_g() == 0.0, {}, {"rest_s": 1.0}),
    Case(
        "alicat.mc",
        _let_flow,
        lambda d, now_s: abs(d.flow(now_s) - 100) < 12,
        GAS,
        {"full_scale_ml_per_min": 500},
        20.0,
    ),
)

PUMPS = (
    Case("tecan.xcalibur", _pump("input", "output", 100.0), _cavro, WORDS),
    Case(
        "tecan.xlp",
        _pump("1", "6", 100.0),
        _cavro,
        _syringe("1", "6", (1.0, 500.0)),
        {"valve": "6-port"},
    ),
    Case("hamilton.psd4", _pump("input", "output", 100.0), _cavro, WORDS, {"steps": 3000}),
    Case(
        "hamilton.ml600",
        _pump("input", "output", 100.0),
        _stands_at(48.0),
        _syringe("input", "output", (1.0, 400.0)),
        {"valve": "words"},
    ),
    Case(
        "runze.sy01b",
        _pump("1", "6", 50.0),
        _stands_at(12.0),
        _syringe("1", "6", (2.0, 300.0)),
        {"stroke_s_at_100": 6.0, "steps": 12000},
    ),
    Case(
        "new_era.ne1000",
        _pump("inlet", "waste", 5.0),
        _counts,
        _syringe("inlet", "waste", (0.1, 10.0)),
        {**COUNTS, "watchdog_s": 255},
    ),
    Case(
        "chemyx.fusion",
        _pump("inlet", "waste", 5.0),
        _counts,
        _syringe("inlet", "waste", (0.1, 10.0)),
        COUNTS,
    ),
    Case(
        "harvard.elite11",
        _pump("inlet", "waste", 5.0),
        _counts,
        _syringe("inlet", "waste", (0.1, 10.0)),
        {**COUNTS, "quiet_s": 0.3},
    ),
)

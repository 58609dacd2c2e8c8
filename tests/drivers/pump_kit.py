"""A syringe pump's driver and its emulator, joined by a pseudo-terminal, in quick time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from drivers.wire_kit import QuickClock
from ncrobot.devices import load_driver
from ncrobot_sim.emulators import Emulated, FaultKind, WireFault, start_emulator

SPEED = 200.0


def pump_settings(**more: Any) -> dict[str, Any]:
    """The fields of a syringe pump in a deck layout."""
    return {
        "kind": "syringe_pump", "syringe_ul": 1000.0, "rate_ul_per_s": (1.0, 500.0),
        "inlet": "input", "waste": "output", "needle": None, "outlets": {}, "valve_s": 0.5, **more,
    }  # fmt: skip


def with_pump(
    kind: str,
    test: Callable[[Any, Emulated], Awaitable[Any]],
    *,
    faults: Iterable[WireFault] = (),
    speed: float = SPEED,
    connect: bool = True,
    **settings: Any,
) -> Any:
    """Run ``test(driver, emulator)``; the driver is connected before and disconnected after."""
    told = pump_settings(**settings)

    async def main() -> Any:
        with start_emulator(kind, told, faults, speed=speed) as emulated:
            driver = load_driver(kind)(
                name="pump", clock=QuickClock(speed), port=emulated.port, settings=told
            )
            try:
                if connect:
                    await driver.connect()
                return await test(driver, emulated)
            finally:
                await driver.disconnect()

    return asyncio.run(main())


def fault(kind: FaultKind, command: str = "", **more: Any) -> WireFault:
    return WireFault(kind, command=command, **more)

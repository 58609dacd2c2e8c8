"""A driver of any device on a line, joined to its emulator or to a script, in quick time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from drivers.wire_kit import QuickClock, talk_with, worked_with
from ncrobot.devices import load_driver
from ncrobot_sim.emulators import Emulated, FaultKind, WireFault

Test = Callable[[Any, Emulated], Awaitable[Any]]

SHAKER = {"kind": "shaker", "speed_rpm": (200, 1000), "start_s": 3.0, "stop_s": 3.0, "temperature_c": (40, 90)}  # fmt: skip
BLOCK = {"kind": "temperature_block", "temperature_c": (10, 90), "settle_s": 600.0}
GAS = {"kind": "gas", "gas": "nitrogen", "flow_ml_per_min": (10, 200), "watchdog_s": 5.0}


def make(kind: str, settings: Mapping[str, Any], port: str | None, speed: float) -> Any:
    return load_driver(kind)(
        name="device", clock=QuickClock(speed), port=port, settings=dict(settings)
    )


def with_device(
    kind: str,
    test: Test,
    *,
    settings: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    faults: Iterable[WireFault] = (),
    speed: float = 50.0,
    connect: bool = True,
) -> Any:
    """Run ``test(driver, emulator)``; the driver is connected before and disconnected after."""
    told = {**(settings or {}), "options": {"reply_s": 0.3, **(options or {})}}
    return worked_with(kind, told, test, faults=faults, speed=speed, connect=connect)


def talk(
    kind: str,
    test: Callable[[Any], Awaitable[Any]],
    *lines: tuple[bytes, bytes],
    settings: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    speed: float = 1000.0,
) -> Any:
    """Let a driver say exactly these lines, connect included, and get exactly these answers."""
    told = {**(settings or {}), "options": {"reply_s": 2.0, **(options or {})}}

    return talk_with(load_driver(kind), told, test, *lines, speed=speed)


def fault(kind: FaultKind, command: str = "", **more: Any) -> WireFault:
    return WireFault(kind, command=command, **more)

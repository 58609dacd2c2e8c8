"""Surveys the devices of a workcell: what each is, how it is, and all that is wrong, at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ncrobot.clock import WallClock
from ncrobot.deck import DeckLayout
from ncrobot.devices import (
    Balance,
    Drawer,
    GasFlow,
    Identity,
    PHProbe,
    Shaker,
    SyringePump,
    TemperatureControl,
    known_drivers,
)
from ncrobot.errors import DeviceError
from ncrobot.lab.checking import PATIENCE_S, in_one_line
from ncrobot.locking import lock_workcell
from ncrobot.workcells import NOT_BUILT, lacking, make_device

_Ask = Callable[[Any], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One device: what it says of itself, what it reads now, and what is wrong with it."""

    device: str
    kind: str
    driver: str
    port: str | None
    identity: Identity | None = None
    readings: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def survey(layout: DeckLayout) -> list[Surveyed]:
    """Connect, identify and read every device beside the arm, all at the same time.

    Nothing moves. What is wrong with one doesn't keep the others from being asked.

    Raises:
        LabError: a run or another check has the workcell.
    """
    with lock_workcell(layout, run=None, since=datetime.now(UTC)):
        return asyncio.run(_all(layout))


async def _all(layout: DeckLayout) -> list[Surveyed]:
    return list(await asyncio.gather(*(_one(layout, name) for name in layout.devices)))


async def _one(layout: DeckLayout, name: str) -> Surveyed:
    settings = layout.devices[name]
    told: dict[str, Any] = {
        "device": name, "kind": settings.kind, "driver": settings.driver, "port": settings.port,
    }  # fmt: skip
    if settings.driver not in known_drivers():
        why = NOT_BUILT.get(settings.driver)
        missing = f"no driver {settings.driver!r} is " + (f"built: {why}" if why else "installed")
        return Surveyed(**told, problems=(missing,))
    unsaid = lacking(layout, name)
    if unsaid:
        return Surveyed(**told, problems=tuple(map(in_one_line, unsaid)))
    device = make_device(layout, name, WallClock())
    try:
        async with asyncio.timeout(PATIENCE_S):
            await device.connect()
            told["identity"] = await device.identify()
            readings, problems = await _read(device)
            return Surveyed(**told, readings=readings, problems=problems)
    except TimeoutError:
        return Surveyed(**told, problems=(f"it didn't answer within {PATIENCE_S:.0f} s",))
    except DeviceError as error:
        return Surveyed(**told, problems=(str(error),))
    finally:
        await device.disconnect()


async def _read(device: object) -> tuple[dict[str, str], tuple[str, ...]]:
    """Everything that this kind of device can be asked without moving anything."""
    readings: dict[str, str] = {}
    problems: list[str] = []
    for promise, name, ask in _QUESTIONS:
        if not isinstance(device, promise):
            continue
        try:
            readings[name] = await ask(device)
        except DeviceError as error:
            problems.append(str(error))
    return readings, tuple(problems)


async def _speed(device: Shaker) -> str:
    return f"{await device.read_speed_rpm():g} rpm"


async def _temperature(device: TemperatureControl) -> str:
    return f"{await device.read_temperature_c():.1f} °C"


async def _plunger(device: SyringePump) -> str:
    position_ul = await device.read_plunger_ul()
    return "not homed" if position_ul is None else f"{position_ul:.1f} µL in the syringe"


async def _valve(device: SyringePump) -> str:
    return await device.read_valve() or "no port that it tells"


async def _ph(device: PHProbe) -> str:
    health = await device.read_health()
    return f"{await device.read_ph():.2f}, calibrated at {health.points} points"


async def _mass(device: Balance) -> str:
    return f"{await device.read_mass_mg(stable=False):g} mg"


async def _flow(device: GasFlow) -> str:
    return f"{await device.read_flow_ml_per_min():g} mL/min"


async def _drawer(device: Drawer) -> str:
    is_open = await device.read_drawer_open()
    return {True: "open", False: "shut", None: "it doesn't tell"}[is_open]


_QUESTIONS: tuple[tuple[type, str, _Ask], ...] = (
    (Shaker, "speed", _speed),
    (TemperatureControl, "temperature", _temperature),
    (SyringePump, "plunger", _plunger),
    (SyringePump, "valve", _valve),
    (PHProbe, "pH", _ph),
    (Balance, "mass", _mass),
    (GasFlow, "flow", _flow),
    (Drawer, "drawer", _drawer),
)

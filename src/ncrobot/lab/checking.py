"""Asks the devices of a workcell whether they are there, and moves nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ncrobot.clock import WallClock
from ncrobot.deck import DeckLayout, load_deck
from ncrobot.devices import Connectable, Identity
from ncrobot.errors import DeviceError, Diagnostic, LabError
from ncrobot.locking import lock_workcell
from ncrobot.workcells import check_drivers, lacking, make_device

PATIENCE_S = 15.0
"""How long one device may take to answer."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What one device answered: what it is, or its problem."""

    device: str
    driver: str
    identity: Identity | None = None
    problem: str | None = None


def check_devices(layout: DeckLayout) -> list[Checked]:
    """Ask each device beside the arm what it is. The arm isn't asked: to connect it moves it.

    Raises:
        LabError: a driver is missing, a run or another check has the workcell, or the layout has
            no device beside the arm.
    """
    check_drivers(layout)
    if not layout.devices:
        raise LabError(
            Diagnostic(
                code="nothing-to-check",
                message=f"the deck {layout.name!r} has no device beside the arm, and an arm can't "
                "be asked without moving it",
                fix="leave the check out",
            )
        )
    with lock_workcell(layout, run=None, since=datetime.now(UTC)):
        return asyncio.run(_all(layout))


def device_check(path: Path) -> Callable[[], Mapping[str, str | None]]:
    """A check of the devices of a layout as a routine wants it: each device's problem, or None.

    Raises:
        DeckError: the layout is wrong.
        LabError: a driver is missing.
    """
    layout = load_deck(path)
    check_drivers(layout)

    def check() -> Mapping[str, str | None]:
        return {each.device: each.problem for each in check_devices(layout)}

    return check


def in_one_line(finding: Diagnostic) -> str:
    """A finding about a device, with what would mend it."""
    options = f" (allowed {finding.allowed})" if finding.allowed else ""
    return f"{finding.message}{options}: {finding.fix}" if finding.fix else finding.message


async def _all(layout: DeckLayout) -> list[Checked]:
    return list(await asyncio.gather(*(_one(layout, name) for name in layout.devices)))


async def _one(layout: DeckLayout, name: str) -> Checked:
    driver = layout.devices[name].driver
    unsaid = lacking(layout, name)
    if unsaid:
        return Checked(name, driver, problem="; ".join(in_one_line(each) for each in unsaid))
    device = make_device(layout, name, WallClock())
    try:
        async with asyncio.timeout(PATIENCE_S):
            return Checked(name, driver, identity=await _identity(device))
    except TimeoutError:
        return Checked(name, driver, problem=f"it didn't answer within {PATIENCE_S:.0f} s")
    except DeviceError as error:
        return Checked(name, driver, problem=str(error))


async def _identity(device: Connectable) -> Identity:
    try:
        await device.connect()
        return await device.identify()
    finally:
        await device.disconnect()

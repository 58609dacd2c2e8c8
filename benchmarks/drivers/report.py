"""Writes results/drivers.json: each driver, its emulator, what was said, and what was withstood."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from typing import Any

from benchmarks.drivers.cases import (
    CASES,
    HARD,
    PASSING,
    PUMPS,
    Case,
    inject,
    is_done,
    patience_s,
    run_case,
)
from benchmarks.drivers.through_pylabrobot import commands_of, faults_of
from benchmarks.measuring import write
from benchmarks.plates import ROOT
from ncrobot.devices import known_drivers
from ncrobot.errors import DeviceError
from ncrobot_sim.emulators import Emulated, FaultKind, known_emulators
from ncrobot_sim.emulators.device import Emulator

_ROW = re.compile(r"^\| `([\w.]+)` \| (.+) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
AT_ONCE = 4
"""Emulated devices that work at the same time: more would only wait for the computer."""
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def main() -> None:
    """Work with every driver at its emulator, without and with each fault."""
    write("drivers", asyncio.run(_report()))


async def _report() -> dict[str, Any]:
    page = (ROOT / "docs" / "hardware.md").read_text(encoding="utf-8")
    tried = {row[0]: row[1:] for row in _ROW.findall(page)}
    cases = {case.kind: case for case in (*CASES, *PUMPS)}
    told: dict[str, Any] = {}
    for name, point in sorted(known_drivers().items()):
        if name.startswith(("sim.", "terminal.")):
            continue
        device, emulator, others, hardware = tried.get(name, ("", "", "", "no"))
        told[name] = {
            "entry_point": point.value,
            "device": device,
            "emulator": _emulator_of(name),
            "tried_on": {"emulator": emulator, "third_party": others, "hardware": hardware},
        }
        if name in cases:
            told[name] |= await _worked(cases[name])
        else:
            commands = await asyncio.to_thread(commands_of, name)
            told[name] |= {"commands": commands, "faults": await asyncio.to_thread(faults_of, name)}
    return told


def _emulator_of(name: str) -> str | None:
    """Where the emulator of a driver is; None: there is only a stand-in, in the tests."""
    if name == "tecan.evo":
        return "ncrobot_sim.emulators.robots: tecan_evo"
    return f"ncrobot_sim.emulators: {name}" if name in known_emulators() else None


async def _worked(case: Case) -> dict[str, Any]:
    """What was said in one undisturbed piece of work, and how each fault ended."""

    async def quiet(driver: Any, emulated: Emulated) -> list[str]:
        await case.work(driver)
        if not await is_done(case, driver, emulated):
            raise SystemExit(f"{case.kind} doesn't do its work")
        await driver.identify()
        await driver.safe_state()
        return [_shape(each.command) for each in emulated.exchanges]

    said = Counter(await run_case(case, quiet))
    kinds = (*PASSING, *HARD)
    turns = asyncio.Semaphore(AT_ONCE)
    ends = await asyncio.gather(*(_in_turn(turns, case, kind) for kind in kinds))
    faults = {kind.value: ended for kind, ended in zip(kinds, ends, strict=True) if ended}
    return {"commands": dict(sorted(said.items())), "faults": faults}


async def _in_turn(turns: asyncio.Semaphore, case: Case, kind: FaultKind) -> str:
    async with turns:
        return await _struck(case, kind)


async def _struck(case: Case, kind: FaultKind) -> str:
    """How work under a fault ended; empty if the machine can't have it."""

    async def test(driver: Any, emulated: Emulated) -> str:
        device = emulated.device
        no_check = kind is FaultKind.WRONG_CHECKSUM and type(device).spoil is Emulator.spoil
        if no_check or (kind in HARD[:3] and kind not in device.offers):
            return ""
        inject(emulated, case, kind)
        try:
            await case.work(driver)
        except DeviceError as error:
            return f"told: {error.kind.value}"
        return "overcome" if await is_done(case, driver, emulated) else "not noticed at once"

    return str(await run_case(case, test, reply_s=patience_s(kind)))


def _shape(command: bytes) -> str:
    """A command without its figures; of a binary one its function code."""
    if command[:1] == b"\xcc":
        return f"function {command[2]:02X}h"
    text = "".join(chr(byte) for byte in command if 32 <= byte < 127)
    return _NUMBER.sub("#", text) or "(empty)"


if __name__ == "__main__":
    main()

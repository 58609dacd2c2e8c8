"""The USB line of an emulated EVO, in the place of PyLabRobot's own, with switchable faults."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ncrobot_sim.emulators.robots.evo_liquids import Spot, Vessel
from ncrobot_sim.emulators.robots.tecan_evo import OK_STATUS, STX, EvoMachine

READ_TIMEOUT_S = 0.02
"""How long a read waits for a reply that doesn't come, in seconds of the computer."""


class EvoFaultKind(StrEnum):
    """What can go wrong with an exchange."""

    DEAF = "deaf"
    SILENCE = "silence"
    LATE = "late"
    GARBAGE = "garbage"
    TRUNCATED = "truncated"
    OTHER_MODULE = "other_module"
    ERROR = "error"
    RESET = "reset"
    DISCONNECT = "disconnect"


@dataclass
class EvoFault:
    """One fault at the ``after``-th time that a command is heard; ``code`` is that of an error."""

    kind: EvoFaultKind
    command: str
    after: int = 1
    code: int = 10


Pace = Callable[[float], Awaitable[None]]
"""Waits for so many seconds of the machine."""


class EvoUsb:
    """Has the calls of PyLabRobot's USB line; a reply comes when the machine has moved.

    ``pace`` waits for the machine's motion; without it a motion takes no time.
    """

    def __init__(self, machine: EvoMachine, pace: Pace | None = None) -> None:
        self.machine = machine
        self.pace = pace
        self.faults: list[EvoFault] = []
        self.exchanges: list[tuple[bytes, bytes]] = []
        self.is_open = False
        self.is_gone = False
        self._replies: list[bytes] = []
        self._late: list[bytes] = []

    async def setup(self, *, empty_buffer: bool = True) -> None:
        """Open it, as PyLabRobot does: what was left unread is dropped."""
        if self.is_gone:
            raise RuntimeError("USB device not found.")
        self.is_open = True
        if empty_buffer:
            self._replies.clear()
            self._late.clear()

    async def stop(self) -> None:
        """Close it."""
        self.is_open = False

    async def write(self, data: bytes, timeout: float | None = None) -> None:
        """Send a command."""
        del timeout
        self._check()
        await asyncio.sleep(0)
        fault = self._strikes(data.decode("ascii")[3:6])
        kind = None if fault is None else fault.kind
        if kind is EvoFaultKind.DISCONNECT:
            self.is_gone = True
        if kind is EvoFaultKind.RESET:
            self.machine.lose_power()
        if fault is not None and kind is EvoFaultKind.ERROR:
            reply = bytes([STX]) + data[1:3] + bytes([OK_STATUS | fault.code]) + b"\0"
        elif kind is EvoFaultKind.DEAF:
            reply = b""
        else:
            began_s = self.machine.now_s
            reply = self.machine.hear(data)
            if self.pace is not None and self.machine.now_s > began_s:
                await self.pace(self.machine.now_s - began_s)
        self.exchanges.append((data, reply))
        self._answer(kind, reply)

    async def read(self, timeout: float | None = None, size: int | None = None) -> bytes:
        """Return a reply.

        Raises:
            TimeoutError: there is none; a late one comes afterwards.

        """
        del timeout, size
        if not self._replies:
            await asyncio.sleep(READ_TIMEOUT_S)
            self._replies += self._late
            self._late.clear()
            raise TimeoutError("Timeout while reading from USB device 'Tecan EVO'.")
        self._check()
        await asyncio.sleep(0)
        return self._replies.pop(0)

    def serialize(self) -> dict[str, Any]:
        """Say nothing of itself."""
        return {}

    def _check(self) -> None:
        if not self.is_open:
            raise RuntimeError("USB device for 'Tecan EVO' is not connected.")
        if self.is_gone:
            raise OSError(19, "No such device (it may have been disconnected)")

    def _strikes(self, command: str) -> EvoFault | None:
        for fault in self.faults:
            if fault.command == command:
                fault.after -= 1
                if fault.after <= 0:
                    self.faults.remove(fault)
                    return fault
        return None

    def _answer(self, kind: EvoFaultKind | None, reply: bytes) -> None:
        if kind in {EvoFaultKind.DEAF, EvoFaultKind.SILENCE, EvoFaultKind.DISCONNECT}:
            return
        if kind is EvoFaultKind.LATE:
            self._late.append(reply)
            return
        if kind is EvoFaultKind.GARBAGE:
            reply = b"\x7f\xff\x01\x55\xaa"
        elif kind is EvoFaultKind.TRUNCATED:
            reply = reply[:3]
        elif kind is EvoFaultKind.OTHER_MODULE:
            reply = reply[:1] + b"C1" + reply[3:]
        self._replies.append(reply)


def furnish(machine: EvoMachine, deck: Any, loads_ul: dict[str, float]) -> None:
    """Put what stands on a PyLabRobot deck on the machine; wells hold these volumes at first.

    A well's content is named after the well, so that it is known wherever it gets to.
    """
    for labware in deck.get_all_resources():
        if not hasattr(labware, "get_all_items"):
            continue
        corner = labware.get_location_wrt(deck)
        names = {item: name for name, item in labware._ordering.items()}  # noqa: SLF001
        for item in labware.get_all_items():
            at = corner + item.location + item.center()
            name = f"{labware.name}/{names[item.name]}"
            if hasattr(item, "make_tip"):
                machine.spots[name] = Spot(name, at.x, at.y)
                continue
            volume_ul = loads_ul.get(name, 0.0)
            holds = {name: volume_ul} if volume_ul > 0 else {}
            machine.vessels[name] = Vessel(name, at.x, at.y, holds)

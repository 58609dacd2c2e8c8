"""A Huber thermostat in its PB language, after programs that drive it.

What isn't confirmed: that control starts only while the pump circulates; that it neither controls
nor circulates after a loss of power; the number of its error. Told something while it starts, it
hangs for some seconds, as one program's author has seen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ncrobot_sim.emulators.device import Emulator
from ncrobot_sim.emulators.faults import FaultKind
from ncrobot_sim.emulators.physics import ROOM_C, Warmth

BATH_S, STARTING_S = 240.0, 5.0
NO_SENSOR = -15100


class Pilot(Emulator):
    """One thermostat. Options: ``baud``, ``process`` (its sensor is plugged in)."""

    kind = "huber.pilot"
    baud = 9600
    offers = frozenset({FaultKind.STALL, FaultKind.RESET})
    range_c = (-50.0, 200.0)

    def __init__(self, settings: Mapping[str, Any]) -> None:
        options = {**settings, **(settings.get("options") or {})}
        super().__init__(options)
        self.process = bool(options.get("process", False))
        self.bath = Warmth(BATH_S)
        self.set_c = ROOM_C
        self.lose_power(0.0)

    def lose_power(self, now_s: float) -> None:
        """Neither control nor circulate; the set point stays."""
        super().lose_power(now_s)
        self.controls = self.circulates = False
        self.error = 0
        self.starts_s = -STARTING_S
        self.bath.aim(None, now_s)

    def split(self, buffer: bytes) -> tuple[bytes, bytes] | None:
        """A line to CR LF."""
        line, end, rest = buffer.partition(b"\r\n")
        return (line, rest) if end else None

    def answer(self, command: bytes, now_s: float) -> bytes:
        """Answer with the value as it then is."""
        match = re.fullmatch(r"\{M([0-9A-F]{2})([0-9A-F]{4}|\*{4})", command.decode("latin-1"))
        if match is None or self.starts_s < now_s < self.starts_s + STARTING_S:
            return b""
        address = int(match[1], 16)
        if match[2] != "****":
            self._set(address, int(match[2], 16), now_s)
        value = self._values(now_s).get(address)
        if value is None:
            return b""
        return f"{{S{address:02X}{value & 0xFFFF:04X}\r\n".encode("latin-1")

    def _values(self, now_s: float) -> dict[int, int]:
        bath = round(100 * self.bath.now_c(now_s))
        return {
            0x00: round(100 * self.set_c),
            0x01: bath,
            0x03: 500 if self.circulates else 0,
            0x05: self.error,
            0x06: 0,
            0x07: bath if self.process else NO_SENSOR,
            0x0A: self.controls | self.circulates << 1,
            0x14: int(self.controls),
            0x16: int(self.circulates),
        }

    def _set(self, address: int, value: int, now_s: float) -> None:
        signed = value - 0x10000 if value >= 0x8000 else value
        if address == 0x00 and self.range_c[0] <= signed / 100 <= self.range_c[1]:
            self.set_c = signed / 100
        elif address == 0x16 and value in (0, 1) and not self.error:
            self._begin(now_s, starts=bool(value) and not self.circulates)
            self.circulates = bool(value)
            self.controls = self.controls and self.circulates
        elif address == 0x14 and value in (0, 1):
            starts = bool(value) and self.circulates
            self._begin(now_s, starts=starts and not self.controls)
            self.controls = starts
        goal_c = self.set_c if self.controls else None
        if goal_c != self.bath.target_c:
            self.bath.aim(goal_c, now_s)

    def _begin(self, now_s: float, *, starts: bool) -> None:
        if starts:
            self.starts_s = now_s

    def suffer(self, kind: FaultKind, now_s: float) -> None:
        """Have an error that stops it, or lose power."""
        if kind is FaultKind.STALL:
            self.lose_power(now_s)
            self.error = 1
        else:
            super().suffer(kind, now_s)


DEVICE = Pilot

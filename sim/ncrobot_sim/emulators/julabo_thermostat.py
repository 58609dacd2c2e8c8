"""A Julabo thermostat: questions are answered, orders are not.

What isn't confirmed: that it is under manual control after a loss of power; that an order while it
isn't remote changes nothing but its status; the words behind the numbers of its status.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ncrobot_sim.emulators.device import Emulator
from ncrobot_sim.emulators.faults import FaultKind
from ncrobot_sim.emulators.physics import ROOM_C, Warmth

BATH_S = 240.0
WORDS = {
    0: "MANUAL STOP", 1: "MANUAL START", 2: "REMOTE STOP", 3: "REMOTE START",
    -1: "LOW LEVEL ALARM", -8: "INVALID COMMAND", -9: "COMMAND NOT ALLOWED IN CURRENT MODE",
    -10: "VALUE TOO SMALL", -11: "VALUE TOO LARGE", -15: "EXTERNAL SENSOR MISSING",
}  # fmt: skip


class Thermostat(Emulator):
    """One bath. Options: ``baud``, ``external`` (its sensor is plugged in)."""

    kind = "julabo.thermostat"
    baud = 4800
    bits_per_byte = 10.0
    reply_after_s = 0.02
    offers = frozenset({FaultKind.STALL, FaultKind.RESET})
    range_c = (-50.0, 200.0)

    def __init__(self, settings: Mapping[str, Any]) -> None:
        options = {**settings, **(settings.get("options") or {})}
        super().__init__(options)
        self.external = bool(options.get("external", False))
        self.bath = Warmth(BATH_S)
        self.set_c = ROOM_C
        self.remote = True
        self.runs = False
        self.alarm = 0
        self.complaint = 0

    def lose_power(self, now_s: float) -> None:
        """Stand under manual control; the set point stays."""
        super().lose_power(now_s)
        self.remote, self.runs = False, False
        self.alarm = self.complaint = 0
        self.bath.aim(None, now_s)

    def split(self, buffer: bytes) -> tuple[bytes, bytes] | None:
        """A line to its CR; a LF after it is nothing."""
        line, end, rest = buffer.partition(b"\r")
        return (line.lstrip(b"\n").strip(), rest) if end else None

    def answer(self, command: bytes, now_s: float) -> bytes:
        """Answer a question, obey an order."""
        text = command.decode("latin-1").lower()
        said = self._report(text, now_s)
        if said is None:
            self._obey(text, now_s)
            return b""
        return f"{said}\r\n".encode("latin-1")

    def _report(self, text: str, now_s: float) -> str | None:
        bath_c = self.bath.now_c(now_s)
        told = {
            "in_pv_00": f"{bath_c:.2f}",
            "in_pv_01": "50" if self.runs else "0",
            "in_pv_02": f"{bath_c:.2f}" if self.external else "---.--",
            "in_pv_03": "120.0",
            "in_sp_00": f"{self.set_c:.2f}",
            "version": "JULABO F25-HE VERSION 4.0",
        }
        if text == "status":
            code = self.alarm or self.complaint or 2 * self.remote + self.runs
            self.complaint = 0
            return f"{'-' if code < 0 else ''}{abs(code):02d} {WORDS[code]}"
        return told.get(text)

    def _obey(self, text: str, now_s: float) -> None:
        order = re.fullmatch(r"out_(sp_00|mode_05) (-?\d+(?:\.\d+)?)", text)
        if order is None:
            self.complaint = -8
        elif not self.remote:
            self.complaint = -9
        elif order[1] == "mode_05":
            self.runs = order[2] == "1" and not self.alarm
        elif float(order[2]) < self.range_c[0]:
            self.complaint = -10
        elif float(order[2]) > self.range_c[1]:
            self.complaint = -11
        else:
            self.set_c = round(float(order[2]), 2)
        goal_c = self.set_c if self.runs else None
        if goal_c != self.bath.target_c:
            self.bath.aim(goal_c, now_s)

    def suffer(self, kind: FaultKind, now_s: float) -> None:
        """Run dry, or lose power."""
        if kind is FaultKind.STALL:
            self.alarm, self.runs = -1, False
            self.bath.aim(None, now_s)
        else:
            super().suffer(kind, now_s)


DEVICE = Thermostat

"""A Runze SY-01B in its binary protocol, after programs that drive it.

What isn't confirmed: it answers 06 as long as its place isn't known; its counter is zero after
power-up, wherever the plunger is; a figure of speed is proportional to the rate. With the option
``answers_at_end`` it answers orders only when they are carried out, as some pumps do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ncrobot_sim.emulators.cavro.motion import Speeds
from ncrobot_sim.emulators.cavro.plunger import Plunger
from ncrobot_sim.emulators.device import Emulator
from ncrobot_sim.emulators.faults import FaultKind

FINE, FRAME, PARAMETER, BUSY, STALLED, UNKNOWN, WORKING = 0x00, 0x01, 0x02, 0x04, 0x05, 0x06, 0xFE
HOMING_S, VALVE_S = 10.0, 0.5


class Sy01b(Emulator):
    """One pump, whose ``plunger`` counts in steps."""

    kind = "runze.sy01b"
    baud = 9600
    offers = frozenset({FaultKind.STALL, FaultKind.RESET})

    def __init__(self, settings: Mapping[str, Any]) -> None:
        options = {**settings, **(settings.get("options") or {})}
        super().__init__(options)
        self.address = int(options.get("address", 0))
        self.stroke_steps = int(options.get("steps", 12000))
        self.valve_ports = int(options.get("valve_ports", 6))
        self.stroke_s_at_100 = float(options.get("stroke_s_at_100", 6.0))
        self.answers_at_end = bool(options.get("answers_at_end", False))
        self.plunger = Plunger()
        self.lose_power(0.0)

    def lose_power(self, now_s: float) -> None:
        """Forget place, speed and orders."""
        self.plunger.settle(now_s)
        super().lose_power(now_s)
        self.datum = self.plunger.place
        self.homed = False
        self.speed = 100
        self.valve = 0
        self.stalled = False
        self._ends_s: float | None = None
        self._after: Callable[[], None] | None = None

    def split(self, buffer: bytes) -> tuple[bytes, bytes] | None:
        """Eight bytes from CC, or fourteen of a factory command."""
        start = buffer.find(b"\xcc")
        if start < 0:
            return b"", b""
        ahead = buffer[start:]
        if len(ahead) < 8:
            return None
        if ahead[5] == 0xDD or len(ahead) >= 14:
            length = 8 if ahead[5] == 0xDD else 14
            return ahead[:length], ahead[length:]
        return None

    def answer(self, command: bytes, now_s: float) -> bytes:
        """Obey a frame."""
        self.advance(now_s)
        if command[1] != self.address:
            return b""
        if sum(command[:-2]) & 0xFFFF != int.from_bytes(command[-2:], "little"):
            return self._said(FRAME)
        code, figure = command[2], command[3] | command[4] << 8
        told = self._report(code, now_s)
        if told is None:
            status = self._obey(code, figure, now_s)
            told = b"" if status == WORKING and self.answers_at_end else self._said(status)
        return told

    def _obey(self, code: int, figure: int, now_s: float) -> int:
        """Carry out an order; returns the status to answer with."""
        if code == 0x49:
            self._stop(now_s)
            return FINE
        if code == 0x4B:
            self.speed = figure or self.speed
            return FINE if 0 < figure <= 1000 else PARAMETER
        return BUSY if self._ends_s is not None else self._begin(code, figure, now_s)

    def _report(self, code: int, now_s: float) -> bytes | None:
        if code == 0x4A:
            return self._said(self._motor())
        place = round(self.plunger.now(now_s) - self.datum)
        figures = {0x20: self.address, 0x3F: 0x0901, 0x3E: self.valve, 0x66: max(place, 0)}
        return self._said(FINE, figures[code]) if code in figures else None

    def _motor(self) -> int:
        if self._ends_s is not None:
            return BUSY
        if self.stalled:
            return STALLED
        return FINE if self.homed else UNKNOWN

    def _said(self, status: int, figure: int = 0) -> bytes:
        body = bytes([0xCC, self.address, status, figure & 0xFF, figure >> 8, 0xDD])
        return body + (sum(body) & 0xFFFF).to_bytes(2, "little")

    def _begin(self, code: int, figure: int, now_s: float) -> int:
        status = WORKING
        if code in (0x45, 0x4F):
            rate = self.stroke_steps / HOMING_S
            self._glide(0.0, rate, now_s)
            self._after = self._homed
        elif code == 0x4C:
            self._ends_s, self._after = now_s + VALVE_S, lambda: setattr(self, "valve", 0)
        elif code == 0x44 and 1 <= figure <= self.valve_ports:
            self._ends_s, self._after = now_s + VALVE_S, lambda: setattr(self, "valve", figure)
        elif code == 0x4E and not self.homed:
            status = UNKNOWN
        elif code == 0x4E and figure <= self.stroke_steps:
            rate = self.stroke_steps / self.stroke_s_at_100 * self.speed / 100
            self._glide(figure + self.datum, rate, now_s)
            self._after = None
        else:
            status = PARAMETER
        return status

    def _glide(self, target: float, rate: float, now_s: float) -> None:
        steady = Speeds(rate, rate, rate, 1e9)
        self._ends_s = self.plunger.begin(target, steady, now_s, str(self.valve)) + 1e-6

    def _homed(self) -> None:
        self.homed, self.stalled, self.datum = True, False, 0.0

    def _stop(self, now_s: float) -> None:
        self.plunger.settle(now_s)
        self._ends_s, self._after = None, None

    def advance(self, now_s: float) -> None:
        """End what is over."""
        if self._ends_s is not None and self._ends_s <= now_s:
            ended_s, after = self._ends_s, self._after
            self._stop(ended_s)
            if after is not None:
                after()
            if self.answers_at_end:
                self.say(self._said(FINE), ended_s + 0.01)

    def next_event_s(self) -> float | None:
        """When an order ends, if that is told."""
        own = super().next_event_s()
        if not self.answers_at_end or self._ends_s is None:
            return own
        return self._ends_s if own is None else min(own, self._ends_s)

    def suffer(self, kind: FaultKind, now_s: float) -> None:
        """Block the plunger, or lose power."""
        if kind is FaultKind.STALL:
            self._stop(now_s)
            self.stalled, self.homed = True, False
        else:
            super().suffer(kind, now_s)

    def spoil(self, reply: bytes) -> bytes | None:
        """Change the sum."""
        return reply[:6] + bytes([reply[6] ^ 0x01]) + reply[7:]


DEVICE = Sy01b

"""A Hamilton Microlab 600 with one syringe (protocol 1/RNO+), after programs that drive it.

What isn't confirmed: after a loss of power it answers nothing but ``1a``; ``E1`` is 40h and its
bits; the counter is zero after power-up, wherever the plunger is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ncrobot_sim.emulators.cavro.motion import Speeds
from ncrobot_sim.emulators.cavro.plunger import Plunger
from ncrobot_sim.emulators.device import Emulator
from ncrobot_sim.emulators.faults import FaultKind

ACK, NAK = b"\x06", b"\x15"
STEPS, FURTHEST = 48_000, 52_800
HOMING_S, VALVE_S = 8.0, 0.6
WORDS = {"I": "input", "O": "output", "W": "wash"}


class Ml600(Emulator):
    """One pump, whose ``plunger`` counts in steps. Option: ``baud``."""

    kind = "hamilton.ml600"
    baud = 9600
    offers = frozenset({FaultKind.STALL, FaultKind.VALVE, FaultKind.RESET})

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__({**settings, **(settings.get("options") or {})})
        self.plunger = Plunger()
        self.lose_power(0.0)

    def lose_power(self, now_s: float) -> None:
        """Forget address, place and orders."""
        self.plunger.settle(now_s)
        super().lose_power(now_s)
        self.addressed = False
        self.homed = self.valve_homed = False
        self.datum = self.plunger.place
        self.valve: str | None = None
        self.bits = 0
        self.sticks = False
        self.jammed = False
        self._after: Callable[[], None] | None = None
        self._ends_s: float | None = None

    def split(self, buffer: bytes) -> tuple[bytes, bytes] | None:
        """A line to its CR."""
        line, end, rest = buffer.partition(b"\r")
        return (line, rest) if end else None

    def answer(self, command: bytes, now_s: float) -> bytes:
        """Obey a line."""
        text = command.decode("latin-1")
        if text == "1a":
            self.addressed = True
            return b"1b\r"
        if not self.addressed or not text.startswith("a"):
            return b""
        self.advance(now_s)
        told = self._report(text[1:], now_s)
        if told is not None:
            return ACK + told.encode("latin-1") + b"\r"
        return (ACK if self._order(text[1:], now_s) else NAK) + b"\r"

    def _report(self, text: str, now_s: float) -> str | None:
        if text == "E1":
            told, self.bits = chr(0x40 | self.bits | (2 if self._ends_s else 0)), 0
            return told
        reports = {
            "F": "*" if self._ends_s is not None else "Y",
            "UR": "NV01.02.A",
            "YQP": str(self.steps(now_s)), "YQPR": str(self.steps(now_s)),
            "LQP": self.valve or "", "LQPR": self.valve or "",
        }  # fmt: skip
        return reports.get(text)

    def steps(self, now_s: float) -> int:
        """Step that it counts."""
        return round(self.plunger.now(now_s) - self.datum)

    def _order(self, text: str, now_s: float) -> bool:
        """Obey an order; False if it is refused."""
        if text == "K":
            self.plunger.settle(now_s)
        elif text == "V":
            if self.plunger.glide is None:
                self._ends_s, self._after = None, None
        elif self._ends_s is not None:
            return False
        else:
            return self._begin(text, now_s)
        return True

    def _begin(self, text: str, now_s: float) -> bool:
        """Begin what takes time."""
        move = re.fullmatch(r"M(\d+)S(\d+)R", text)
        turn = re.fullmatch(r"LP[01]([1-8])R|([IOW])R", text)
        if text == "LXR":
            return self._turn("1", now_s, homes=True)
        if text == "X1R":
            return self._home(now_s)
        if turn is not None:
            return self._turn(turn[1] or WORDS[turn[2]], now_s)
        if move is not None:
            return self._move(int(move[1]), int(move[2]), now_s)
        self.bits |= 0x08
        return False

    def _turn(self, port: str, now_s: float, *, homes: bool = False) -> bool:
        if not self.valve_homed and not homes:
            return False

        def turned() -> None:
            if self.sticks:
                self.sticks, self.valve, self.valve_homed = False, None, False
                self.bits |= 0x10
            else:
                self.valve, self.valve_homed = port, True

        self.valve = None
        self._ends_s, self._after = now_s + VALVE_S, turned
        return True

    def _home(self, now_s: float) -> bool:
        def homed() -> None:
            self.homed, self.datum, self.jammed = True, 0.0, False

        steady = Speeds(STEPS / HOMING_S, STEPS / HOMING_S, STEPS / HOMING_S, 1e6)
        self._ends_s = self.plunger.begin(0.0, steady, now_s, self.valve) + 1e-6
        self._after = homed
        return True

    def _move(self, step: int, stroke_s: int, now_s: float) -> bool:
        if not self.homed or not 0 <= step <= FURTHEST or not 2 <= stroke_s <= 3692:
            return False
        if self.jammed:
            self.bits |= 0x10
            return True
        steady = Speeds(STEPS / stroke_s, STEPS / stroke_s, STEPS / stroke_s, 1e6)
        self._ends_s = self.plunger.begin(step + self.datum, steady, now_s, self.valve)
        self._after = None
        return True

    def advance(self, now_s: float) -> None:
        """End what is over."""
        if self._ends_s is not None and self._ends_s <= now_s:
            self.plunger.settle(self._ends_s)
            after, self._after, self._ends_s = self._after, None, None
            if after is not None:
                after()

    def suffer(self, kind: FaultKind, now_s: float) -> None:
        """Block the syringe, let the valve stick, or lose power."""
        if kind is FaultKind.STALL:
            self.jammed = True
            self.homed = False
            if self.plunger.glide is not None:
                self.plunger.settle(now_s)
                self._ends_s, self._after = None, None
                self.bits |= 0x10
        elif kind is FaultKind.VALVE:
            self.sticks = True
        else:
            super().suffer(kind, now_s)


DEVICE = Ml600

"""An Alicat mass-flow controller. Nothing in it stops the flow when nobody is heard.

What isn't confirmed: which words stand at the end of a frame in which order; the layout of the
answer about a register; that the set point after a loss of power is 0.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from ncrobot_sim.emulators.device import Emulator
from ncrobot_sim.emulators.faults import FaultKind

GASES = ("Air", "Ar", "CH4", "CO", "CO2", "C2H6", "H2", "He", "N2", "N2O", "Ne", "O2")
VALVE_S = 0.3
STREAM_S = 0.05


class Mc(Emulator):
    """One controller of address A. Options: ``baud``, ``full_scale``, ``streaming``."""

    kind = "alicat.mc"
    baud = 19200
    offers = frozenset({FaultKind.STALL, FaultKind.RESET})

    def __init__(self, settings: Mapping[str, Any]) -> None:
        options = {**settings, **(settings.get("options") or {})}
        super().__init__(options)
        self.full_scale = float(options.get("full_scale", 500.0))
        self.gas = "Air"
        self.variable = 37
        self.locked = False
        self.stuck = False
        self.streaming = bool(options.get("streaming", False))
        self.next_s = STREAM_S
        self._from, self._since_s = 0.0, 0.0
        self.set_point, self.held = 0.0, False
        self.opened: list[tuple[float, float]] = []

    def lose_power(self, now_s: float) -> None:
        """The valve shuts, and stays shut."""
        super().lose_power(now_s)
        self._aim(0.0, now_s)
        self.held = False

    def split(self, buffer: bytes) -> tuple[bytes, bytes] | None:
        """A line to its CR."""
        line, end, rest = buffer.partition(b"\r")
        return (line.strip(), rest) if end else None

    def flow(self, now_s: float) -> float:
        """What flows now."""
        goal = 0.0 if self.held else self.set_point
        if self.stuck:
            goal = self._from
        return goal + (self._from - goal) * math.exp(-max(now_s - self._since_s, 0.0) / VALVE_S)

    def _aim(self, set_point: float, now_s: float, *, held: bool | None = None) -> None:
        self._from, self._since_s = self.flow(now_s), now_s
        self.set_point = set_point
        self.held = self.held if held is None else held
        self.opened.append((now_s, 0.0 if self.held else set_point))

    def frame(self, now_s: float) -> str:
        """A data frame."""
        flow = self.flow(now_s)
        tail = " ".join(word for word, on in (("HLD", self.held), ("LCK", self.locked)) if on)
        line = (
            f"A +014.70 +025.00 {flow:+07.2f} {flow:+07.2f} {self.set_point:+07.2f} {self.gas:>6}"
        )
        return f"{line} {tail}".rstrip()

    def answer(self, command: bytes, now_s: float) -> bytes:
        """Obey a line; case doesn't matter."""
        text = command.decode("latin-1").upper()
        if text == "@@=A":
            self.streaming = False
            return b""
        if self.streaming or not text.startswith("A"):
            return b""
        said = self._obey(text[1:], now_s)
        return f"{said}\r".encode("latin-1")

    def _obey(self, text: str, now_s: float) -> str:
        setting = re.fullmatch(r"S(\d+(?:\.\d+)?)", text)
        gas = re.fullmatch(r"(?:G|\$\$W46=)(\d+)", text)
        if setting is not None and float(setting[1]) <= self.full_scale * 1.05:
            self._aim(round(float(setting[1]), 2), now_s)
        elif gas is not None and int(gas[1]) < len(GASES):
            self.gas = GASES[int(gas[1])]
        elif text in ("HC", "C"):
            self._aim(self.set_point, now_s, held=text == "HC")
        elif text in ("L", "U"):
            self.locked = text == "L"
        elif text == "R122":
            return f"A   122 = {self.variable}"
        elif text == "VE":
            return "A   6v21.0-R22 Nov 12 2019,14:02:00"
        elif text:
            return "?"
        return self.frame(now_s)

    def advance(self, now_s: float) -> None:
        """Flood the line, if it was left so."""
        while self.streaming and self.next_s <= now_s:
            self.say(f"{self.frame(self.next_s)[2:]}\r".encode("latin-1"), self.next_s)
            self.next_s += STREAM_S

    def next_event_s(self) -> float | None:
        """The next frame that nobody asked for."""
        own = super().next_event_s()
        if not self.streaming:
            return own
        return self.next_s if own is None else min(own, self.next_s)

    def suffer(self, kind: FaultKind, now_s: float) -> None:
        """The valve sticks as it is, or power is lost."""
        if kind is FaultKind.STALL:
            self._from, self._since_s, self.stuck = self.flow(now_s), now_s, True
        else:
            super().suffer(kind, now_s)


DEVICE = Mc

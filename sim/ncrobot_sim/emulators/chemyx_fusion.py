"""A Chemyx Fusion (commands as the maker's web page lists them; answers as programs read them).

Its plunger has a place of its own (``plunger_ul``), of which its answers tell nothing. What isn't
confirmed: the figures of its states; that each start from rest counts anew; that it forgets units,
rate and volume without power.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from ncrobot_sim.emulators.device import Answer, Emulator
from ncrobot_sim.emulators.faults import FaultKind

TO_UL = {0: 1e3, 1: 1e3, 2: 1.0, 3: 1.0}
TO_S = {0: 60.0, 1: 3600.0, 2: 60.0, 3: 3600.0}
FASTEST_MM_PER_MIN = 190.0
SLOWEST_UL_PER_S = 1e-5
ANSWER_S = 0.05


class Fusion(Emulator):
    """One channel. Options: ``channel``, ``baud``."""

    kind = "chemyx.fusion"
    baud = 9600
    offers = frozenset({FaultKind.STALL, FaultKind.RESET})

    def __init__(self, settings: Mapping[str, Any]) -> None:
        options = {**settings, **(settings.get("options") or {})}
        super().__init__(options)
        self.channel = int(options.get("channel", 0))
        self.plunger_ul = 0.0
        self.moved_ul: list[float] = []
        self.status = 0
        self.since_s = 0.0
        self.before_ul = 0.0
        self.lose_power(0.0)

    def lose_power(self, now_s: float) -> None:
        """Everything that was set is as delivered, and nothing has been counted."""
        self._end(now_s)
        super().lose_power(now_s)
        self.units, self.diameter_mm, self.delay = 0, 20.0, 0.0
        self.rate, self.volume = 1.0, 1.0
        self.shown_ul, self.status = 0.0, 0

    def split(self, buffer: bytes) -> tuple[bytes, bytes] | None:
        """A line to its CR; a LF after it is nothing."""
        line, end, rest = buffer.partition(b"\r")
        return (line.lstrip(b"\n"), rest) if end else None

    def answer(self, command: bytes, now_s: float) -> bytes | Answer:
        """Echo the command, answer it, and show the prompt."""
        self.advance(now_s)
        text = command.decode("latin-1")
        match = re.fullmatch(r"(?:([12]) )?(.+)", text.strip())
        told = "Invalid Command!"
        if match is not None and int(match[1] or 0) in (0, self.channel):
            told = self._obey(match[2].split(), now_s)
        return Answer(f"{text}\r{told}\r\n>".encode("latin-1"), ANSWER_S)

    def _obey(self, words: list[str], now_s: float) -> str:
        if words[:1] == ["set"] and len(words) == 3:
            return self._set(words[1], words[2])
        said = {
            "start": self._start,
            "stop": self._stop,
            "pump status": lambda _: str(self.status),
            "dispensed volume": self._dispensed,
        }.get(" ".join(words))
        return "Invalid Command!" if said is None else said(now_s)

    def _set(self, what: str, text: str) -> str:
        """Set something; what is out of range stays as it was, and that is what is told."""
        try:
            value = float(text)
        except ValueError:
            return "Invalid Command!"
        if what == "units":
            self.units = int(value) if value in TO_UL else self.units
        elif what == "diameter":
            self.diameter_mm = value if 0.1 <= value <= 40 else self.diameter_mm
        elif what == "delay":
            self.delay = value
        elif what == "rate":
            self.rate = value if self._is_rate(value) else self.rate
        elif what == "volume":
            self.volume = value or self.volume
        return {
            "units": f"units = {self.units}",
            "diameter": f"diameter = {self.diameter_mm:.3f}",
            "delay": f"delay = {self.delay:.6f}",
            "rate": f"rate = {self.rate:.6f}",
            "volume": f"volume = {self.volume:.6f}",
        }.get(what, "Invalid Command!")

    def _is_rate(self, value: float) -> bool:
        area_mm2 = math.pi * self.diameter_mm**2 / 4
        ul_per_s = value * TO_UL[self.units] / TO_S[self.units]
        return SLOWEST_UL_PER_S <= ul_per_s <= FASTEST_MM_PER_MIN * area_mm2 / 60

    @property
    def _ul_per_s(self) -> float:
        return self.rate * TO_UL[self.units] / TO_S[self.units]

    @property
    def _asked_ul(self) -> float:
        return abs(self.volume) * TO_UL[self.units]

    def _start(self, now_s: float) -> str:
        if self.status == 0:
            self.shown_ul = 0.0
        self.status, self.since_s, self.before_ul = 1, now_s, self.shown_ul
        return "Pump start running..."

    def _stop(self, now_s: float) -> str:
        self._end(now_s)
        self.status = 0
        return "Pump stop!"

    def _dispensed(self, now_s: float) -> str:
        return f"dispensed volume = {self._done_ul(now_s) / TO_UL[self.units]:.4f}"

    def _done_ul(self, now_s: float) -> float:
        if self.status != 1:
            return self.shown_ul
        run_ul = (now_s - self.since_s) * self._ul_per_s
        return min(self.before_ul + run_ul, self._asked_ul)

    def _end(self, now_s: float) -> None:
        if self.status != 1:
            return
        done_ul = self._done_ul(now_s)
        moved_ul = (done_ul - self.before_ul) * (-1.0 if self.volume > 0 else 1.0)
        self.plunger_ul += moved_ul
        self.moved_ul.append(moved_ul)
        self.shown_ul, self.status = done_ul, 0

    def advance(self, now_s: float) -> None:
        """End a run whose volume is moved."""
        if self.status == 1 and self._done_ul(now_s) >= self._asked_ul:
            self._end(now_s)

    def suffer(self, kind: FaultKind, now_s: float) -> None:
        """Stall, or lose power."""
        if kind is FaultKind.STALL:
            if self.status == 1:
                self._end(now_s)
                self.status = 4
        else:
            super().suffer(kind, now_s)


DEVICE = Fusion

"""A Harvard Pump 11 Elite (manual 5419-002, in parts).

Its plunger has a place of its own (``plunger_ul``), which the counters don't know. What isn't
confirmed: a target counts from the zero of its direction's counter; a loss of power clears all.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ncrobot_sim.emulators.device import Emulator
from ncrobot_sim.emulators.faults import FaultKind

UL = {"ml": 1e3, "ul": 1.0, "nl": 1e-3, "m": 1e3, "u": 1.0, "n": 1e-3}
PER_S = {"hr": 1 / 3600, "h": 1 / 3600, "min": 1 / 60, "m": 1 / 60, "sec": 1.0, "s": 1.0}
FASTEST_MM_PER_MIN = 159.0


@dataclass
class Run:
    """A run under way; it ends at ``volume_ul``, infinite without a target."""

    way: str
    since_s: float
    rate: float
    volume_ul: float

    def done_ul(self, now_s: float) -> float:
        """What it has moved."""
        return min(max(now_s - self.since_s, 0.0) * self.rate, self.volume_ul)

    @property
    def end_s(self) -> float:
        """When it ends by itself."""
        return self.since_s + self.volume_ul / self.rate


class Elite11(Emulator):
    """One pump. Options: ``address``, ``baud``."""

    kind = "harvard.elite11"
    baud = 115200
    offers = frozenset({FaultKind.STALL, FaultKind.RESET})

    def __init__(self, settings: Mapping[str, Any]) -> None:
        options = {**settings, **(settings.get("options") or {})}
        super().__init__(options)
        self.address = int(options.get("address", 0))
        self.plunger_ul = 0.0
        self.moved_ul: list[float] = []
        self.diameter_mm = 10.0
        self.run: Run | None = None
        self.lose_power(0.0)

    def lose_power(self, now_s: float) -> None:
        """Rates, target and counters are gone."""
        self._end_run(now_s)
        super().lose_power(now_s)
        self.counts_ul = {"i": 0.0, "w": 0.0}
        self.rates = {"i": 1.0, "w": 1.0}
        self.target_ul = 0.0
        self.prompt = ":"

    def split(self, buffer: bytes) -> tuple[bytes, bytes] | None:
        """A line to its CR; a LF after it is nothing."""
        line, end, rest = buffer.partition(b"\r")
        return (line.lstrip(b"\n"), rest) if end else None

    def answer(self, command: bytes, now_s: float) -> bytes:
        """Obey a line if it is for this pump."""
        match = re.match(r"(\d\d?)?:?\s*(.*)", command.decode("latin-1").strip().lower())
        if match is None or int(match[1] or 0) != self.address:
            return b""
        self.advance(now_s)
        before = self._prompt_now()
        lines = self._obey(match[2].split(), now_s)
        said = "".join(f"\n{self.address:02d}{before}{line}\r" for line in lines)
        return f"{said}\n{self.address:02d}{self._prompt_now()}".encode("latin-1")

    def _prompt_now(self) -> str:
        if self.run is not None:
            return ">" if self.run.way == "i" else "<"
        return self.prompt

    def _obey(self, words: list[str], now_s: float) -> list[str]:
        word, rest = (words[0], words[1:]) if words else ("", [])
        lines: list[str] = []
        if word == "ver":
            lines = ["ELITE I/W SINGLE 3.0.2"]
        elif word in ("irun", "wrun"):
            self._start(word[0], now_s)
        elif word in ("stop", "stp"):
            self._end_run(now_s)
            self.prompt = ":"
        elif word in ("ivolume", "wvolume"):
            lines = [self._volume(word[0], now_s)]
        elif word in ("civolume", "cwvolume"):
            self.counts_ul[word[1]] = 0.0
        elif word == "ctvolume":
            self.target_ul = 0.0
        elif word in ("irate", "wrate", "tvolume", "diameter", "force"):
            lines = self._set(word, rest)
        elif word:
            lines = ["Command error:", "   Unknown command"]
        return lines

    def _set(self, word: str, rest: list[str]) -> list[str]:
        wrong = [f"Argument error: {' '.join(rest)}", "   Out of range"]
        try:
            value = float(rest[0])
        except (IndexError, ValueError):
            return self._shown(word) if not rest else wrong
        unit = rest[1] if len(rest) > 1 else ""
        if word == "diameter" and 0.1 <= value <= 50:
            self.diameter_mm = value
        elif word == "force" and 1 <= value <= 100:
            pass  # any force is the same to an emulated syringe
        elif word == "tvolume" and unit in UL:
            self.target_ul = value * UL[unit]
        elif word.endswith("rate") and self._rate(word[0], value, unit):
            pass  # set by the question itself
        else:
            return wrong
        return []

    def _rate(self, way: str, value: float, unit: str) -> bool:
        volume, _, time = unit.partition("/")
        if volume not in UL or time not in PER_S:
            return False
        rate = value * UL[volume] * PER_S[time]
        area_mm2 = math.pi * self.diameter_mm**2 / 4
        if not 0 < rate * 60 <= FASTEST_MM_PER_MIN * area_mm2:
            return False
        self.rates[way] = rate
        return True

    def _shown(self, word: str) -> list[str]:
        if word == "diameter":
            return [f"{self.diameter_mm:.4f} mm"]
        if word == "tvolume":
            return [f"{self.target_ul:.4f} ul" if self.target_ul else "Target volume not set"]
        if word == "force":
            return ["50%"]
        return [f"{self.rates[word[0]] * 60:.4f} ul/min"]

    def _start(self, way: str, now_s: float) -> None:
        self._end_run(now_s)
        left_ul = math.inf
        if self.target_ul:
            left_ul = self.target_ul - self.counts_ul[way]
            if left_ul <= 0:
                self.prompt = "T*"
                return
        self.run = Run(way, now_s, self.rates[way], left_ul)

    def _volume(self, way: str, now_s: float) -> str:
        moved = self.run.done_ul(now_s) if self.run is not None and self.run.way == way else 0.0
        volume_ul = self.counts_ul[way] + moved
        if volume_ul >= 1000:
            return f"{volume_ul / 1000:.5g} ml"
        return f"{volume_ul:.5g} ul" if volume_ul >= 1 else f"{volume_ul * 1000:.5g} nl"

    def _end_run(self, now_s: float) -> None:
        run, self.run = self.run, None
        if run is None:
            return
        done_ul = run.done_ul(now_s)
        signed_ul = done_ul if run.way == "w" else -done_ul
        self.plunger_ul += signed_ul
        self.moved_ul.append(signed_ul)
        self.counts_ul[run.way] += done_ul

    def advance(self, now_s: float) -> None:
        """End a run that has reached its target."""
        if self.run is not None and self.run.end_s <= now_s:
            self._end_run(self.run.end_s)
            self.prompt = "T*"

    def suffer(self, kind: FaultKind, now_s: float) -> None:
        """Stall, or lose power."""
        if kind is FaultKind.STALL:
            if self.run is not None:
                self._end_run(now_s)
                self.prompt = "*"
        else:
            super().suffer(kind, now_s)


DEVICE = Elite11

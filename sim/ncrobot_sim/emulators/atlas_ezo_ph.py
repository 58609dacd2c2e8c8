"""An Atlas Scientific EZO-pH with an electrode in a liquid, as delivered: it reads unasked.

The electrode follows Nernst's law with a slope and an offset of its own. What isn't confirmed: the
codes around a restart; that continuous mode is back after one and the compensation is 25 °C again.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from typing import Any

from ncrobot_sim.emulators.device import Answer, Emulator
from ncrobot_sim.emulators.faults import FaultKind

MV_PER_K = 0.198_42
"""Ideal slope of an electrode over the absolute temperature, R·ln(10)/F (mV/K)."""

READ_S, QUICK_S = 0.9, 0.3
BUFFERS = ("low", "mid", "high")


class EzoPh(Emulator):
    """One probe. ``ph`` and ``liquid_c`` are what it stands in.

    ``liquid`` tells its pH instead, if that goes on changing.

    Options: ``baud``, ``slope`` (1: ideal), ``offset_mv``, ``noise_ph``, ``drift_mv_per_h``.
    """

    kind = "atlas.ezo_ph"
    baud = 9600
    offers = frozenset({FaultKind.RESET})

    def __init__(self, settings: Mapping[str, Any]) -> None:
        options = {**settings, **(settings.get("options") or {})}
        super().__init__(options)
        self.ph, self.liquid_c = 7.0, 25.0
        self.liquid: Callable[[], float] | None = None
        self.slope = float(options.get("slope", 0.98))
        self.offset_mv = float(options.get("offset_mv", 4.0))
        self.noise_ph = float(options.get("noise_ph", 0.0))
        self.drift_mv_per_h = float(options.get("drift_mv_per_h", 0.0))
        self._noise = random.Random(7)  # noqa: S311
        self.points: dict[str, tuple[float, float]] = {}
        self.acknowledges = True
        self.lose_power(0.0)

    def lose_power(self, now_s: float) -> None:
        """Start anew: calibration is kept, compensation isn't."""
        super().lose_power(now_s)
        self.told_c = 25.0
        self.continuous = True
        self.next_s = now_s + 1.0
        if now_s:
            self.say(b"*RS\r", now_s + 0.1)
            self.say(b"*RE\r", now_s + 0.4)

    def split(self, buffer: bytes) -> tuple[bytes, bytes] | None:
        """A line to its CR."""
        line, end, rest = buffer.partition(b"\r")
        return (line.strip(), rest) if end else None

    def volts_mv(self, now_s: float) -> float:
        """What the electrode gives."""
        kelvin = self.liquid_c + 273.15
        drift_mv = self.drift_mv_per_h * now_s / 3600
        ph = self.ph if self.liquid is None else self.liquid()
        return self.offset_mv + drift_mv - (ph - 7) * MV_PER_K * kelvin * self.slope

    def reading(self, now_s: float, told_c: float | None = None) -> str:
        """What it makes of that, with its calibration, for the temperature that it was told."""
        per_ph_mv = MV_PER_K * ((self.told_c if told_c is None else told_c) + 273.15)
        mv = self.volts_mv(now_s)
        mid = self.points.get("mid")
        centre_ph, centre = (7.0, 0.0) if mid is None else (mid[0], mid[1])
        units = -(mv / per_ph_mv) - centre
        slope = self._slope("low" if units < 0 else "high")
        value = centre_ph + units / slope + self._noise.gauss(0.0, self.noise_ph)
        return f"{min(max(value, 0.0), 14.0):.3f}"

    def _slope(self, side: str) -> float:
        mid, other = self.points.get("mid"), self.points.get(side)
        if mid is None or other is None:
            return 1.0
        return (other[1] - mid[1]) / (other[0] - mid[0])

    def answer(self, command: bytes, now_s: float) -> bytes | Answer:
        """Obey a line; it ends with an acknowledgement, unless those are off."""
        self.advance(now_s)
        text = command.decode("latin-1").upper()
        said, wait_s = self._obey(text, now_s)
        code = "*ER" if said is None else "*OK"
        lines = [*([said] if said else []), *([code] if self.acknowledges else [])]
        return Answer("".join(f"{line}\r" for line in lines).encode("latin-1"), wait_s)

    def _obey(self, text: str, now_s: float) -> tuple[str | None, float]:
        """Carry out a line: what is said (empty: nothing, None: refused), and when."""
        word, _, rest = text.partition(",")
        figure = re.fullmatch(r"-?\d+(?:\.\d+)?", rest)
        said: str | None = None
        wait_s = QUICK_S
        if text == "R":
            said, wait_s = self.reading(now_s), READ_S
        elif word == "RT" and figure:
            said, wait_s = self.reading(now_s, float(rest)), READ_S
        elif word == "CAL":
            said, wait_s = self._calibrate(rest, now_s), READ_S
        elif word == "C" and rest in ("0", "1"):
            self.continuous, self.next_s = rest == "1", now_s + 1.0
            said = ""
        elif word == "*OK" and rest in ("0", "1"):
            self.acknowledges, said = rest == "1", ""
        elif word == "T" and figure:
            self.told_c, said = float(rest), ""
        else:
            said = self._report(text)
        return said, wait_s

    def _report(self, text: str) -> str | None:
        told = {
            "C,?": f"?C,{int(self.continuous)}",
            "T,?": f"?T,{self.told_c:.1f}",
            "SLOPE,?": f"?SLOPE,{100 * self._slope('low'):.1f},{100 * self._slope('high'):.1f},"
            f"{self.offset_mv:.2f}",
            "STATUS": "?STATUS,P,5.038",
            "I": "?I,pH,1.98",
        }
        return told.get(text)

    def _calibrate(self, rest: str, now_s: float) -> str | None:
        if rest == "?":
            return f"?CAL,{len(self.points)}"
        if rest == "CLEAR":
            self.points = {}
            return ""
        match = re.fullmatch(r"(LOW|MID|HIGH),(\d+(?:\.\d+)?)", rest)
        if match is None or (match[1] != "MID" and "mid" not in self.points):
            return None
        if match[1] == "MID":
            self.points = {}
        units = -self.volts_mv(now_s) / (MV_PER_K * (self.told_c + 273.15))
        side = match[1].lower()
        if side != "mid" and abs(units - self.points["mid"][1]) < 0.5:
            return None
        self.points[side] = (float(match[2]), units)
        return ""

    def advance(self, now_s: float) -> None:
        """Read every second, if nobody has stopped that."""
        while self.continuous and self.next_s <= now_s:
            self.say(f"{self.reading(self.next_s)}\r".encode("latin-1"), self.next_s)
            self.next_s += 1.0

    def next_event_s(self) -> float | None:
        """The next reading, or what is said at a restart."""
        own = super().next_event_s()
        if not self.continuous:
            return own
        return self.next_s if own is None else min(own, self.next_s)


DEVICE = EzoPh

"""A New Era NE-1000, basic and safe mode (manuals 1200-01, -02, -03).

Its plunger has a place of its own (``plunger_ul``), which the counters don't know. What isn't
confirmed: a first ``STP`` pauses, a second one stops; range of speeds; a loss of power clears the
counters.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ncrobot_sim.emulators.device import Emulator
from ncrobot_sim.emulators.faults import FaultKind

STX, ETX, CR = 2, 3, 13
FASTEST_MM_PER_MIN = 51.0
UNIT_UL = {"UL": 1.0, "ML": 1000.0}
RATE_UL_PER_S = {"UM": 1 / 60, "MM": 1000 / 60, "UH": 1 / 3600, "MH": 1000 / 3600}


def crc(data: bytes) -> bytes:
    """CRC-16 of safe mode, bit by bit."""
    register = 0
    for byte in data:
        for bit in range(7, -1, -1):
            carry = (register >> 15) ^ (byte >> bit) & 1
            register = (register << 1) & 0xFFFF
            if carry:
                register ^= 0x1021
    return bytes([register >> 8, register & 0xFF])


@dataclass
class Run:
    """A run under way: since when, how fast, how much in all, and which way (+1 pushes)."""

    since_s: float
    rate: float
    volume_ul: float
    sign: int

    def done_ul(self, now_s: float) -> float:
        """What it has moved by now."""
        done = max(now_s - self.since_s, 0.0) * self.rate
        return min(done, self.volume_ul) if self.volume_ul else done

    @property
    def end_s(self) -> float:
        """When it ends by itself."""
        return self.since_s + self.volume_ul / self.rate if self.volume_ul else math.inf


class Ne1000(Emulator):
    """One pump. Options: ``address``, ``baud``, ``diameter_mm`` it is set to at power-on."""

    kind = "new_era.ne1000"
    baud = 19200
    patience_s = 0.5
    offers = frozenset({FaultKind.STALL, FaultKind.RESET})

    def __init__(self, settings: Mapping[str, Any]) -> None:
        options = {**settings, **(settings.get("options") or {})}
        super().__init__(options)
        self.address = int(options.get("address", 0))
        self.plunger_ul = 0.0
        self.moved_ul: list[float] = []
        self.diameter_mm = 14.43
        self.safe_s = 0
        self.lose_power(0.0)

    def lose_power(self, now_s: float) -> None:
        """Counters and the run are gone; diameter, rate and mode stay."""
        if getattr(self, "run", None) is not None:
            self._end_run(now_s)
        super().lose_power(now_s)
        self.run: Run | None = None
        self.paused: Run | None = None
        self.pushed_ul = self.drawn_ul = 0.0
        self.rate, self.rate_unit = 500.0, "UM"
        self.volume, self.volume_unit = 0.0, "ML"
        self.sign = 1
        self.alarm = "R"
        self._heard_s: float | None = None

    def split(self, buffer: bytes) -> tuple[bytes, bytes] | None:
        """A packet by its length, or a line to its CR."""
        if buffer[0] != STX:
            start = buffer.find(STX)
            end = buffer.find(CR)
            if end < 0:
                return (b"", buffer[start:]) if start > 0 else None
            return buffer[: end + 1], buffer[end + 1 :]
        if len(buffer) < 2 or len(buffer) < buffer[1] + 1:
            return None
        return buffer[: buffer[1] + 1], buffer[buffer[1] + 1 :]

    def answer(self, command: bytes, now_s: float) -> bytes:
        """Check the packet, obey, and answer in the same framing."""
        safe = command[0] == STX
        body = command[2:-3] if safe else command[:-1]
        if safe and (len(command) < 5 or command[-1] != ETX or crc(body) != command[-3:-1]):
            return self._framed("?COM", now_s, safe=True)
        text = body.decode("latin-1").replace(" ", "").upper()
        address = 0
        digits = len(text) - len(text.lstrip("0123456789"))
        if digits:
            address, text = int(text[:digits]), text[digits:]
        if address != self.address:
            return b""
        self.advance(now_s)
        self._heard_s = now_s
        if text.startswith("SAF"):
            safe = bool(int(text[3:]) if text[3:].isdecimal() else self.safe_s)
        if self.alarm:
            alarm, self.alarm = self.alarm, ""
            return self._wrap(f"{self.address:02d}A?{alarm}", safe=safe)
        return self._framed(self._obey(text, now_s), now_s, safe=safe)

    def _framed(self, text: str, now_s: float, *, safe: bool) -> bytes:
        self.advance(now_s)
        return self._wrap(f"{self.address:02d}{self.status}{text}", safe=safe)

    @staticmethod
    def _wrap(text: str, *, safe: bool) -> bytes:
        body = text.encode("latin-1")
        if not safe:
            return bytes([STX]) + body + bytes([ETX])
        return bytes([STX, len(body) + 4]) + body + crc(body) + bytes([ETX])

    @property
    def status(self) -> str:
        """The letter of its status."""
        if self.run is not None:
            return "I" if self.run.sign > 0 else "W"
        return "P" if self.paused is not None else "S"

    def _obey(self, text: str, now_s: float) -> str:
        word, rest = text[:3], text[3:]
        if text == "":
            return ""
        orders: dict[str, Callable[[str, float], str]] = {
            "RUN": self._start, "STP": self._stop, "DIA": self._diameter, "RAT": self._rate,
            "VOL": self._volume, "DIR": self._direction, "DIS": self._dispensed,
            "CLD": self._clear, "VER": lambda _, __: "NE1000V3.928", "SAF": self._safe,
        }  # fmt: skip
        return orders[word](rest, now_s) if word in orders else "?"

    def _start(self, rest: str, now_s: float) -> str:
        del rest
        if self.run is not None:
            return "?NA"
        if self.paused is not None:
            self.run, self.paused = self.paused, None
            self.run.since_s = now_s
            return ""
        rate = self.rate * RATE_UL_PER_S[self.rate_unit]
        self.run = Run(now_s, rate, self.volume * UNIT_UL[self.volume_unit], self.sign)
        return ""

    def _stop(self, rest: str, now_s: float) -> str:
        del rest
        if self.run is not None:
            run = self.run
            left_ul = run.volume_ul - run.done_ul(now_s) if run.volume_ul else 0.0
            self._end_run(now_s)
            self.paused = Run(now_s, run.rate, left_ul, run.sign)
            return ""
        if self.paused is None:
            return "?NA"
        self.paused = None
        return ""

    def _diameter(self, rest: str, now_s: float) -> str:
        del now_s
        if not rest:
            return _figure(self.diameter_mm)
        if self.run is not None:
            return "?NA"
        value = _number(rest)
        if value is None:
            return "?"
        if not 0.1 <= value <= 80:
            return "?OOR"
        self.diameter_mm = value
        self.volume_unit = "UL" if value <= 14 else "ML"
        return ""

    def _rate(self, rest: str, now_s: float) -> str:
        del now_s
        if not rest:
            return f"{_figure(self.rate)}{self.rate_unit}"
        unit = rest[-2:] if rest[-2:] in RATE_UL_PER_S else self.rate_unit
        value = _number(rest.removesuffix(unit))
        if value is None:
            return "?"
        if self.run is not None and rest.endswith(unit):
            return "?NA"
        area_mm2 = math.pi * self.diameter_mm**2 / 4
        if not 0 < value * RATE_UL_PER_S[unit] * 60 <= FASTEST_MM_PER_MIN * area_mm2:
            return "?OOR"
        self.rate, self.rate_unit = value, unit
        return ""

    def _volume(self, rest: str, now_s: float) -> str:
        del now_s
        if not rest:
            return f"{_figure(self.volume)}{self.volume_unit}"
        if self.run is not None:
            return "?NA"
        if rest in UNIT_UL:
            self.volume_unit = rest
            return ""
        value = _number(rest)
        if value is None:
            return "?"
        self.volume = value
        return ""

    def _direction(self, rest: str, now_s: float) -> str:
        del now_s
        if not rest:
            return "INF" if self.sign > 0 else "WDR"
        if self.run is not None and self.run.volume_ul:
            return "?NA"
        signs = {"INF": 1, "WDR": -1, "REV": -self.sign}
        if rest not in signs:
            return "?"
        self.sign = signs[rest]
        return ""

    def _dispensed(self, rest: str, now_s: float) -> str:
        del rest
        moved = self.run.done_ul(now_s) if self.run else 0.0
        pushes = self.run is not None and self.run.sign > 0
        pushed = self.pushed_ul + (moved if pushes else 0.0)
        drawn = self.drawn_ul + (0.0 if pushes else moved)
        unit_ul = UNIT_UL[self.volume_unit]
        return f"I{_figure(pushed / unit_ul)}W{_figure(drawn / unit_ul)}{self.volume_unit}"

    def _clear(self, rest: str, now_s: float) -> str:
        del now_s
        if self.run is not None:
            return "?NA"
        if rest == "INF":
            self.pushed_ul = 0.0
        elif rest == "WDR":
            self.drawn_ul = 0.0
        else:
            return "?"
        return ""

    def _safe(self, rest: str, now_s: float) -> str:
        del now_s
        if rest:
            if not rest.isdecimal() or int(rest) > 255:
                return "?OOR"
            self.safe_s = int(rest)
            return ""
        return str(self.safe_s)

    def _end_run(self, now_s: float) -> None:
        run, self.run = self.run, None
        if run is None:
            return
        done_ul = run.done_ul(now_s)
        self.plunger_ul -= run.sign * done_ul
        self.moved_ul.append(-run.sign * done_ul)
        if run.sign > 0:
            self.pushed_ul += done_ul
        else:
            self.drawn_ul += done_ul

    def advance(self, now_s: float) -> None:
        """End a run that is over, or that nobody has watched for too long."""
        watched_s = math.inf
        if self.safe_s and self._heard_s is not None:
            watched_s = self._heard_s + self.safe_s
        if self.run is not None and min(self.run.end_s, watched_s) <= now_s:
            late = watched_s < self.run.end_s
            self._end_run(min(self.run.end_s, watched_s))
            if late:
                self._sound("T", now_s)

    def next_event_s(self) -> float | None:
        """The end of a run, as an alarm may come of it."""
        own = super().next_event_s()
        if self.run is None or not self.safe_s or self._heard_s is None:
            return own
        return min(own or math.inf, self._heard_s + self.safe_s)

    def suffer(self, kind: FaultKind, now_s: float) -> None:
        """Stall, or lose power."""
        if kind is FaultKind.STALL:
            if self.run is not None:
                self._end_run(now_s)
                self._sound("S", now_s)
        else:
            super().suffer(kind, now_s)

    def _sound(self, alarm: str, now_s: float) -> None:
        """Raise an alarm; in safe mode it is told unasked."""
        self.alarm = alarm
        if self.safe_s:
            self.say(self._wrap(f"{self.address:02d}A?{alarm}", safe=True), now_s)

    def spoil(self, reply: bytes) -> bytes | None:
        """Flip a bit of a packet's check."""
        safe = len(reply) > 4 and reply[1] == len(reply) - 1
        return reply[:-2] + bytes([reply[-2] ^ 1]) + reply[-1:] if safe else None


DEVICE = Ne1000


def _figure(value: float) -> str:
    """Four digits with a point, as the pump writes them."""
    whole = len(str(int(value)))
    return f"{value:.{min(3, max(0, 4 - whole))}f}" + ("." if whole >= 4 else "")


def _number(text: str) -> float | None:
    """A number of at most four digits and three decimals; None if it isn't one."""
    digits = text.replace(".", "", 1)
    if not digits.isdecimal() or len(digits) > 4 or len(text.partition(".")[2]) > 3:
        return None
    return float(text)

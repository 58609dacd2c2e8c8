"""A Mettler-Toledo balance (MT-SICS), which takes its time to come to rest.

What isn't confirmed: the width of the field of a value; what is said to ``@`` and at power-on; how
long it waits for rest before it gives up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ncrobot_sim.emulators.device import Answer, Emulator
from ncrobot_sim.emulators.faults import FaultKind

REST_S, PATIENCE_S = 2.0, 40.0
TOP_G = 220.0


class Balance(Emulator):
    """One balance. ``put`` changes what stands on its pan; ``draughty``: it never rests."""

    kind = "mettler.sics"
    baud = 9600
    reply_after_s = 0.05
    offers = frozenset({FaultKind.STALL, FaultKind.RESET})

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__({**settings, **(settings.get("options") or {})})
        self.gross_g = 0.0
        self.put_s = -REST_S
        self.draughty = False
        self.broken = False
        self.lose_power(0.0)

    def lose_power(self, now_s: float) -> None:
        """Call what stands on the pan zero, and forget the tare."""
        super().lose_power(now_s)
        self.zero_g, self.tare_g = self.gross_g, 0.0
        self.busy_s = now_s
        if now_s:
            self.say(b'I4 A "B123456789"\r\n', now_s + 1.0)

    def put(self, gross_g: float, now_s: float) -> None:
        """Put something on the pan."""
        self.gross_g, self.put_s = gross_g, now_s

    def split(self, buffer: bytes) -> tuple[bytes, bytes] | None:
        """A line to CR LF."""
        line, end, rest = buffer.partition(b"\r\n")
        return (line.strip(), rest) if end else None

    def answer(self, command: bytes, now_s: float) -> bytes | Answer:
        """Obey a line; one that comes while it waits for rest is lost."""
        if now_s < self.busy_s:
            return b""
        text = command.decode("latin-1")
        if self.broken and text in ("S", "SI", "T", "Z"):
            return b"S S Error 10b\r\n"
        rests_s = max(now_s, self.put_s + REST_S)
        if text in ("S", "T", "Z"):
            if self.draughty:
                self.busy_s = now_s + PATIENCE_S
                return Answer(f"{text} I\r\n".encode("latin-1"), PATIENCE_S)
            self.busy_s = rests_s
            line = self._at_rest(text)
            return Answer(f"{line}\r\n".encode("latin-1"), rests_s - now_s + self.reply_after_s)
        return f"{self._at_once(text, now_s)}\r\n".encode("latin-1")

    def net_g(self) -> float:
        """What it shows."""
        return self.gross_g - self.zero_g - self.tare_g

    def _range(self) -> str:
        if self.gross_g - self.zero_g > TOP_G:
            return "+"
        return "-" if self.gross_g - self.zero_g < -TOP_G / 10 else ""

    def _at_rest(self, text: str) -> str:
        beyond = self._range()
        if beyond:
            return f"{text} {beyond}"
        if text == "S":
            return f"S S {self.net_g():>10.4f} g"
        if text == "T":
            self.tare_g = self.gross_g - self.zero_g
            return f"T S {self.tare_g:>10.4f} g"
        self.zero_g, self.tare_g = self.gross_g, 0.0
        return "Z A"

    def _at_once(self, text: str, now_s: float) -> str:
        rests = now_s >= self.put_s + REST_S and not self.draughty
        beyond = self._range()
        told = {
            "I4": 'I4 A "B123456789"',
            "@": 'I4 A "B123456789"',
            "TA": f"TA A {self.tare_g:>10.4f} g",
        }
        if text == "SI":
            return f"S {beyond}" if beyond else f"S {'S' if rests else 'D'} {self.net_g():>10.4f} g"
        if text == "TAC":
            self.tare_g = 0.0
            return "TAC A"
        return told.get(text, "ES")

    def suffer(self, kind: FaultKind, now_s: float) -> None:
        """Have a broken cell, or lose power."""
        if kind is FaultKind.STALL:
            self.broken = True
        else:
            super().suffer(kind, now_s)


DEVICE = Balance

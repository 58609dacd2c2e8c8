"""An Opentrons heater-shaker at its own USB line, after its firmware.

What isn't confirmed: the words behind an error's number; how long latch and homing take; that an
order which breaks a rule changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ncrobot_sim.emulators.device import Answer, Emulator
from ncrobot_sim.emulators.faults import FaultKind
from ncrobot_sim.emulators.physics import Motor, Warmth

LATCH_S, HOMING_S, HEATING_S = 1.5, 3.0, 150.0
ERRORS = {
    3: "unhandled gcode", 111: "main motor:unable to move", 120: "main motor:illegal speed",
    124: "main motor:not stopped", 126: "plate lock:not closed", 213: "heater:illegal target",
}  # fmt: skip


class HeaterShaker(Emulator):
    """One module."""

    kind = "opentrons.heater_shaker"
    baud = 115200
    offers = frozenset({FaultKind.STALL, FaultKind.RESET})

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__({**settings, **(settings.get("options") or {})})
        self.motor = Motor(1000.0)
        self.plate = Warmth(HEATING_S)
        self.latch = "IDLE_UNKNOWN"
        self.lose_power(0.0)

    def lose_power(self, now_s: float) -> None:
        """Stand still, cool down, and know nothing of the latch."""
        super().lose_power(now_s)
        self.motor.blocked = False
        self.motor.halt(now_s)
        self.plate.aim(None, now_s)
        self.latch = "IDLE_UNKNOWN"

    def split(self, buffer: bytes) -> tuple[bytes, bytes] | None:
        """A line to its LF."""
        line, end, rest = buffer.partition(b"\n")
        return (line.strip(), rest) if end else None

    def answer(self, command: bytes, now_s: float) -> bytes | Answer:
        """Obey a line; every answer ends with OK, errors too."""
        words = command.decode("latin-1").split()
        if not words:
            return b""
        code, after_s = words[0], self.reply_after_s
        told = self._report(code, now_s)
        if told is None:
            error, after_s = self._obey(code, words[1:], now_s)
            if error:
                return f"ERR{error:03d}:{ERRORS[error]} OK\n".encode("latin-1")
            told = ""
        line = " ".join(part for part in (code, told, "OK") if part)
        return Answer(f"{line}\n".encode("latin-1"), after_s)

    def _report(self, code: str, now_s: float) -> str | None:
        target_c = self.plate.target_c
        told = {
            "M105": f"C:{self.plate.now_c(now_s):.2f} "
            f"T:{'None' if target_c is None else f'{target_c:.2f}'}",
            "M123": f"C:{self.motor.speed_rpm(now_s):.0f} T:{self.motor.target_rpm:.0f}",
            "M241": f"STATUS:{self.latch}",
            "M115": "FW:v1.0.4 HW:A1 SerialNo:HSV1022010101",
            "M114": "Last Reset Reason: 0",
        }
        return told.get(code)

    def _obey(self, code: str, rest: list[str], now_s: float) -> tuple[int, float]:
        """Carry out an order: number of its error (0: none), and when it is answered."""
        figure = _figure(rest)
        error, after_s = 0, self.reply_after_s
        moving = self.motor.speed_rpm(now_s) > 0 or self.motor.target_rpm > 0
        if code == "M3" and figure is not None:
            error = self._spin(figure, now_s)
        elif code == "M104" and figure is not None:
            error = 0 if 0 <= figure <= 95 else 213
            if not error:
                self.plate.aim(figure or None, now_s)
        elif code == "M106":
            self.plate.aim(None, now_s)
        elif code in ("M242", "M243"):
            after_s = LATCH_S
            error = 124 if moving else 0
            if not error:
                self.latch = "IDLE_OPEN" if code == "M242" else "IDLE_CLOSED"
        elif code == "G28":
            after_s = HOMING_S + self.motor.speed_rpm(now_s) / self.motor.ramp_rpm_per_s
            error = 111 if self.motor.blocked else 0
            self.motor.halt(now_s)
        elif code != "M204":
            error = 3
        return error, after_s

    def _spin(self, rpm: float, now_s: float) -> int:
        if rpm and self.latch != "IDLE_CLOSED":
            return 126
        if rpm and not 200 <= rpm <= 3000:
            return 120
        self.motor.aim(rpm, now_s)
        return 0

    def suffer(self, kind: FaultKind, now_s: float) -> None:
        """Block the motor, or lose power."""
        if kind is FaultKind.STALL:
            self.motor.blocked = True
        else:
            super().suffer(kind, now_s)


def _figure(words: list[str]) -> float | None:
    """What stands behind the S; None if nothing does."""
    for word in words:
        if word.startswith("S"):
            try:
                return float(word[1:])
            except ValueError:
                return None
    return None


DEVICE = HeaterShaker

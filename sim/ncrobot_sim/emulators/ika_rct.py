"""An IKA plate with the channels of an RCT digital or C-MAG HS control (NAMUR commands).

Orders get no answer, and wrong ones no complaint. What isn't confirmed: the layout of the echo of a
watchdog; that watchdog 1 is over only with a loss of power; what is left of the settings after one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from ncrobot_sim.emulators.device import Emulator
from ncrobot_sim.emulators.faults import FaultKind
from ncrobot_sim.emulators.physics import Motor, Warmth

RAMP_RPM_PER_S, HEATING_S = 150.0, 120.0
LONGEST = 80


class Rct(Emulator):
    """One plate. Options: ``baud``, ``probe`` (its own is plugged in)."""

    kind = "ika.rct"
    baud = 9600
    offers = frozenset({FaultKind.STALL, FaultKind.RESET})
    name = "RCT digital"
    heaters: ClassVar[tuple[str, ...]] = ("1",)
    range_c = (20.0, 310.0)
    top_rpm = 1500

    def __init__(self, settings: Mapping[str, Any]) -> None:
        options = {**settings, **(settings.get("options") or {})}
        super().__init__(options)
        self.probe = bool(options.get("probe", False))
        self.plate = Warmth(HEATING_S)
        self.motor = Motor(RAMP_RPM_PER_S)
        self.set_c = dict.fromkeys(self.heaters, 20.0)
        self.set_rpm = 0.0
        self.fallback = {"1": 20.0, "4": 0.0}
        self.lose_power(0.0)

    def lose_power(self, now_s: float) -> None:
        """Neither heat nor turn; the settings stay (mode A)."""
        super().lose_power(now_s)
        self.heats = self.turns = False
        self.plate.aim(None, now_s)
        self.motor.blocked = False
        self.motor.halt(now_s)
        self.watchdog: tuple[int, float] | None = None
        self.heard_s = now_s
        self.error = ""

    def split(self, buffer: bytes) -> tuple[bytes, bytes] | None:
        """A line to its LF; blanks and the CR before it are nothing."""
        line, end, rest = buffer.partition(b"\n")
        if not end:
            return (b"", b"") if len(buffer) > LONGEST else None
        return line.replace(b"\r", b" ").strip(), rest

    def answer(self, command: bytes, now_s: float) -> bytes:
        """Obey a line; only questions and watchdogs are answered."""
        self.advance(now_s)
        text = re.sub(rb"\s+", b" ", command).decode("latin-1")
        said = self._report(text, now_s)
        if said is None:
            said = self._obey(text, now_s)
        return f"{said}\r\n".encode("latin-1") if said else b""

    def _report(self, text: str, now_s: float) -> str | None:
        rpm = self.motor.speed_rpm(now_s)
        plate_c = self.plate.now_c(now_s)
        told = {
            "IN_NAME": self.name,
            "IN_PV_1": f"{plate_c if self.probe else 0.0:.1f} 1",
            "IN_PV_2": f"{plate_c:.1f} 2",
            "IN_PV_4": f"{rpm:.1f} 4",
            "IN_SP_4": f"{self.set_rpm:.1f} 4",
            **{f"IN_SP_{n}": f"{c:.1f} {n}" for n, c in self.set_c.items()},
        }
        return told.get(text)

    def _obey(self, text: str, now_s: float) -> str:
        order = re.fullmatch(r"OUT_SP_(\d+)(?: |@)(\d+(?:\.\d+)?)", text)
        dog = re.fullmatch(r"OUT_WD([12])@(\d+)", text)
        if dog is not None:
            return self._guard(int(dog[1]), int(dog[2]), now_s)
        if order is not None:
            return self._set(order[1], float(order[2]), now_s)
        if self.error:
            return ""
        if text in ("START_1", "STOP_1"):
            self.heats = text == "START_1"
        elif text in ("START_4", "STOP_4"):
            self.turns = text == "START_4"
        elif text == "RESET":
            self.heats = self.turns = False
        self._apply(now_s)
        return ""

    def _set(self, channel: str, value: float, now_s: float) -> str:
        if channel in self.set_c and self.range_c[0] <= value <= self.range_c[1]:
            self.set_c[channel] = value
        elif channel == "4" and (value == 0 or 50 <= value <= self.top_rpm):
            self.set_rpm = value
        elif channel in ("12", "42"):
            self.fallback[channel[0]] = value
            return f"{value:.1f}"
        self._apply(now_s)
        return ""

    def _guard(self, number: int, seconds: int, now_s: float) -> str:
        """Arm or feed a watchdog; 0 disarms the second."""
        self.heard_s = now_s
        if number == 2 and seconds == 0:
            self.watchdog = None
        elif 20 <= seconds <= 1500:
            self.watchdog = (number, float(seconds))
        return str(seconds)

    def _apply(self, now_s: float) -> None:
        goal_c = self.set_c[self.heaters[-1]] if self.heats else None
        goal_rpm = self.set_rpm if self.turns else 0.0
        if goal_c != self.plate.target_c:
            self.plate.aim(goal_c, now_s)
        if goal_rpm != self.motor.target_rpm:
            self.motor.aim(goal_rpm, now_s)

    def advance(self, now_s: float) -> None:
        """Let the watchdog bite."""
        if self.watchdog is None or now_s <= self.heard_s + self.watchdog[1]:
            return
        number, seconds = self.watchdog
        bites_s = self.heard_s + seconds
        self.watchdog = None
        if number == 1:
            self.heats = self.turns = False
            self.error = "Er02"
        else:
            self.set_c = dict.fromkeys(self.set_c, self.fallback["1"])
            self.set_rpm = self.fallback["4"]
        self._apply(bites_s)

    def suffer(self, kind: FaultKind, now_s: float) -> None:
        """Block the motor, or lose power."""
        if kind is FaultKind.STALL:
            self.motor.blocked = True
        else:
            super().suffer(kind, now_s)


DEVICE = Rct

"""A Heidolph MR Hei-Connect (manual 505-20000): every command comes back by its name.

What isn't confirmed: what an unknown command is answered with (here: nothing); that the plate stops
heating and stirring when it has heard nothing for 10 s; the codes of ``STATUS`` below -1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ncrobot_sim.emulators.device import Emulator
from ncrobot_sim.emulators.faults import FaultKind
from ncrobot_sim.emulators.physics import Motor, Warmth

RAMP_RPM_PER_S, HEATING_S, SILENCE_S = 200.0, 150.0, 10.0
SETS = {"OUT_SP_1": (20.0, 300.0), "OUT_SP_3": (100.0, 1400.0)}


class HeiConnect(Emulator):
    """One plate. Options: ``baud``, ``probe``."""

    kind = "heidolph.hei_connect"
    baud = 9600
    offers = frozenset({FaultKind.STALL, FaultKind.RESET})

    def __init__(self, settings: Mapping[str, Any]) -> None:
        options = {**settings, **(settings.get("options") or {})}
        super().__init__(options)
        self.probe = bool(options.get("probe", False))
        self.plate = Warmth(HEATING_S)
        self.motor = Motor(RAMP_RPM_PER_S)
        self.lose_power(0.0)

    def lose_power(self, now_s: float) -> None:
        """All settings are gone, and it obeys its knobs."""
        super().lose_power(now_s)
        self.set_points = {"OUT_SP_1": 20.0, "OUT_SP_3": 100.0}
        self.heats = self.turns = self.watched = self.remote = False
        self.status = 0
        self.heard_s = now_s
        self.plate.aim(None, now_s)
        self.motor.blocked = False
        self.motor.halt(now_s)

    def split(self, buffer: bytes) -> tuple[bytes, bytes] | None:
        """A line to CR LF."""
        line, end, rest = buffer.partition(b"\r\n")
        if not end:
            return (b"", b"") if len(buffer) > 80 else None
        return line.strip(), rest

    def answer(self, command: bytes, now_s: float) -> bytes:
        """Obey a line and say its name."""
        self.advance(now_s)
        self.heard_s = now_s
        text = command.decode("latin-1")
        said = self._report(text, now_s) or self._obey(text, now_s)
        return f"{said}\r\n".encode("latin-1") if said else b""

    def _report(self, text: str, now_s: float) -> str | None:
        plate_c = self.plate.now_c(now_s)
        told = {
            "IN_PV_1": f"{plate_c if self.probe else 999.9:.1f}",
            "IN_PV_2": f"{plate_c if self.probe else 999.9:.1f}",
            "IN_PV_3": f"{plate_c:.1f}",
            "IN_PV_4": f"{plate_c:.1f}",
            "IN_PV_5": f"{self.motor.speed_rpm(now_s):.0f}",
            "IN_SP_1": f"{self.set_points['OUT_SP_1']:.1f}",
            "IN_SP_2": "25.0",
            "IN_SP_3": f"{self.set_points['OUT_SP_3']:.0f}",
            "IN_MODE_1": "1" if self.probe else "0",
            "SW_VERS": "1.2.3",
            "STATUS": str(self.status),
        }
        return f"{text} {told[text]}" if text in told else None

    def _obey(self, text: str, now_s: float) -> str | None:
        order = re.fullmatch(r"(OUT_SP_[13]) (\d+(?:\.\d+)?)", text)
        if order is not None:
            low, high = SETS[order[1]]
            if low <= float(order[2]) <= high:
                self.set_points[order[1]] = float(order[2])
        elif text in ("START_1", "STOP_1", "START_2", "STOP_2"):
            if text.endswith("1"):
                self.heats = text == "START_1"
            else:
                self.turns = text == "START_2"
            self.remote = True
        elif text in ("CC_ON", "CC_OFF"):
            self.watched = text == "CC_ON"
        elif text == "RESET":
            self.heats = self.turns = self.watched = self.remote = False
        elif text != "PA_NEW":
            return None
        self._apply(now_s)
        return text

    def _apply(self, now_s: float) -> None:
        goal_c = self.set_points["OUT_SP_1"] if self.heats else None
        goal_rpm = self.set_points["OUT_SP_3"] if self.turns else 0.0
        if goal_c != self.plate.target_c:
            self.plate.aim(goal_c, now_s)
        if goal_rpm != self.motor.target_rpm:
            self.motor.aim(goal_rpm, now_s)
        if self.remote and self.status >= 0:
            self.status = 1 if self.heats or self.turns else 2
        elif not self.remote:
            self.status = 0

    def advance(self, now_s: float) -> None:
        """Stop what runs if nobody is heard."""
        if self.watched and (self.heats or self.turns) and now_s > self.heard_s + SILENCE_S:
            self.heats = self.turns = False
            self.status = -2
            self._apply(self.heard_s + SILENCE_S)

    def suffer(self, kind: FaultKind, now_s: float) -> None:
        """Block the motor, or lose power."""
        if kind is FaultKind.STALL:
            self.motor.blocked = True
        else:
            super().suffer(kind, now_s)


DEVICE = HeiConnect

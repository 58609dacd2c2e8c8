"""A QInstruments BioShake 3000-T elm, after programs that drive it.

What isn't confirmed: the times of its ramps; that it is home and locked after a loss of power, with
its heater off and the edge lock where it was; that target and heater survive ``resetDevice`` not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ncrobot_sim.emulators.device import Answer, Emulator
from ncrobot_sim.emulators.faults import FaultKind
from ncrobot_sim.emulators.physics import Motor, Warmth

RUNNING, BRAKING, HOME, FASTER, BOOTING = 0, 2, 3, 5, 99
LOCKED, UNLOCKED, LOCK_ERROR = 1, 3, 9
HOMING_S, BOOT_S, AFTER_STOP_S, LOCK_S = 2.0, 6.0, 1.5, 0.2
HEATING_S = 90.0
BANNER = "BioShake 3000-T elm\r\nstarting\r\nInitialization complete\r\n"


class BioShake(Emulator):
    """One shaker. Option: ``baud``."""

    kind = "qinstruments.bioshake"
    baud = 9600
    reply_after_s = 0.2
    offers = frozenset({FaultKind.STALL, FaultKind.RESET})

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__({**settings, **(settings.get("options") or {})})
        self.motor = Motor(400.0)
        self.block = Warmth(HEATING_S)
        self.elm = LOCKED
        self.lose_power(0.0)

    def lose_power(self, now_s: float) -> None:
        """Boot: all orders are forgotten."""
        super().lose_power(now_s)
        self.motor.blocked = False
        self.motor.halt(now_s)
        self.block.aim(None, now_s)
        self.target_rpm, self.target_c = 0, 20.0
        self.acceleration_s = 5
        self.heats = False
        self.stops_s: float | None = None
        self.stopped_s = -10.0
        self.boots_s = now_s + BOOT_S if now_s else 0.0
        self.jams = False

    def split(self, buffer: bytes) -> tuple[bytes, bytes] | None:
        """A line to its CR."""
        line, end, rest = buffer.partition(b"\r")
        return (line.strip(), rest) if end else None

    def answer(self, command: bytes, now_s: float) -> bytes | Answer:
        """Obey a line."""
        self.advance(now_s)
        if now_s < self.boots_s:
            return b""
        text = command.decode("latin-1")
        if text == "resetDevice":
            self.lose_power(now_s)
            self.boots_s = now_s + BOOT_S
            return Answer(BANNER.encode("latin-1"), BOOT_S)
        said = self._report(text, now_s)
        if said is None:
            said = self._obey(text, now_s)
        after_s = LOCK_S if "Elm" in text else self.reply_after_s
        if text == "shakeGoHome":
            after_s = HOMING_S
        return Answer(f"{said}\r\n".encode("latin-1"), after_s)

    def state(self, now_s: float) -> int:
        """State of the shaker as its number."""
        if self.stops_s is not None:
            return BRAKING
        if not self.motor.target_rpm:
            return HOME
        there = abs(self.motor.speed_rpm(now_s) - self.motor.target_rpm) < 1
        return RUNNING if there else FASTER

    def _report(self, text: str, now_s: float) -> str | None:
        told = {
            "getShakeState": str(self.state(now_s)),
            "getShakeActualSpeed": f"{self.motor.speed_rpm(now_s):.0f}",
            "getShakeMinRpm": "200",
            "getShakeMaxRpm": "3000",
            "getShakeAccelerationMin": "0",
            "getShakeAccelerationMax": "10",
            "getElmState": str(self.elm),
            "getTempTarget": f"{self.target_c:.1f}",
            "getTempState": str(int(self.heats)),
            "getTempActual": f"{self.block.now_c(now_s):.1f}",
            "getTempMin": "0.0",
            "getTempMax": "99.0",
            "getErrorList": "{}",
            "getVersion": "v1.7.05",
            "getDescription": "BioShake 3000-T elm",
        }
        return told.get(text)

    def _obey(self, text: str, now_s: float) -> str:
        match = re.fullmatch(r"(setShakeTargetSpeed|setShakeAcceleration|setTempTarget)(\d+)", text)
        if match is not None:
            return self._set(match[1], int(match[2]))
        if text == "shakeOn":
            return self._start(now_s)
        if text in ("shakeOff", "shakeGoHome"):
            if text == "shakeGoHome" or self.motor.target_rpm:
                ramp_s = self.motor.speed_rpm(now_s) / self.motor.ramp_rpm_per_s
                self.stops_s = now_s + ramp_s + HOMING_S
                self.motor.aim(0.0, now_s)
            return "ok"
        if text in ("setElmLockPos", "setElmUnlockPos"):
            return self._lock(LOCKED if text == "setElmLockPos" else UNLOCKED, now_s)
        if text in ("tempOn", "tempOff"):
            self.heats = text == "tempOn"
            self.block.aim(self.target_c if self.heats else None, now_s)
            return "ok"
        return f"u -> {text}"

    def _set(self, name: str, value: int) -> str:
        if name == "setShakeTargetSpeed" and 200 <= value <= 3000:
            self.target_rpm = value
        elif name == "setShakeAcceleration" and value <= 10:
            self.acceleration_s = value
        elif name == "setTempTarget" and value <= 990:
            self.target_c = value / 10
        else:
            return "e"
        return "ok"

    def _start(self, now_s: float) -> str:
        if not self.target_rpm or self.elm != LOCKED or self.stops_s is not None:
            return "e"
        if self.motor.target_rpm != self.target_rpm:
            self.motor.aim(self.target_rpm, now_s)
        return "ok"

    def _lock(self, position: int, now_s: float) -> str:
        if self.state(now_s) != HOME or now_s < self.stopped_s + AFTER_STOP_S:
            return "e"
        if self.jams:
            self.elm = LOCK_ERROR
            return "e"
        self.elm = position
        return "ok"

    def advance(self, now_s: float) -> None:
        """End a stop that is over; a blocked drive never gets home."""
        if self.stops_s is not None and self.stops_s <= now_s and not self.motor.blocked:
            self.stopped_s = self.stops_s
            self.motor.halt(self.stops_s)
            self.stops_s = None

    def suffer(self, kind: FaultKind, now_s: float) -> None:
        """Block drive and edge lock, or lose power."""
        if kind is FaultKind.STALL:
            self.motor.blocked = self.jams = True
        else:
            super().suffer(kind, now_s)


DEVICE = BioShake

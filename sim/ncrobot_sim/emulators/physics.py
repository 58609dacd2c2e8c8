"""What emulated machines obey besides their protocol: inertia of a motor, heat of a plate."""

from __future__ import annotations

import math
from dataclasses import dataclass

ROOM_C = 21.0


@dataclass
class Motor:
    """A motor whose speed (rpm) goes to its target in a straight ramp."""

    ramp_rpm_per_s: float
    target_rpm: float = 0.0
    blocked: bool = False
    _from_rpm: float = 0.0
    _since_s: float = 0.0

    def speed_rpm(self, now_s: float) -> float:
        """Speed at this moment; nothing turns a blocked one."""
        if self.blocked:
            return 0.0
        change = self.target_rpm - self._from_rpm
        gone = min(max(now_s - self._since_s, 0.0) * self.ramp_rpm_per_s, abs(change))
        return self._from_rpm + math.copysign(gone, change)

    def aim(self, target_rpm: float, now_s: float) -> None:
        """Go to another speed from now on."""
        self._from_rpm, self._since_s = self.speed_rpm(now_s), now_s
        self.target_rpm = target_rpm

    def halt(self, now_s: float) -> None:
        """Stand still at once."""
        self._from_rpm, self._since_s, self.target_rpm = 0.0, now_s, 0.0


@dataclass
class Warmth:
    """A thing whose temperature (°C) nears its target, or the room's, exponentially."""

    constant_s: float
    target_c: float | None = None
    _from_c: float = ROOM_C
    _since_s: float = 0.0

    def now_c(self, now_s: float) -> float:
        """Temperature at this moment."""
        goal_c = ROOM_C if self.target_c is None else self.target_c
        gone_s = max(now_s - self._since_s, 0.0)
        return goal_c + (self._from_c - goal_c) * math.exp(-gone_s / self.constant_s)

    def aim(self, target_c: float | None, now_s: float) -> None:
        """Go to another temperature from now on; None: to the room's."""
        self._from_c, self._since_s = self.now_c(now_s), now_s
        self.target_c = target_c

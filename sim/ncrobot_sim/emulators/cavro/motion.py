"""A plunger's move in time: up from the start speed, cruise, down to the end speed.

Trapezoid of speeds as in the Cavro XCalibur manual (733085-B): it gives the manual's stroke times
to 0.01 s. Distances are in pulses, speeds in pulses/s, 6000 pulses a stroke.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

PULSES_PER_STROKE = 6000


@dataclass(frozen=True, slots=True)
class Speeds:
    """Speeds of a move (pulses/s) and its ramp (pulses/s²)."""

    start: float
    top: float
    end: float
    ramp: float


@dataclass(frozen=True, slots=True)
class Glide:
    """One move, from a place at a time. ``port`` is where the valve stood."""

    start_s: float
    origin: float
    target: float
    speeds: Speeds
    port: str | None

    @property
    def _parts(self) -> tuple[float, float, float, float]:
        """Top speed that is reached, and the times of ramp up, cruise and ramp down (s)."""
        v = self.speeds
        distance = abs(self.target - self.origin)
        top = max(v.top, 1e-9)
        start, end = min(v.start, top), min(v.end, top)
        both = (2 * top**2 - start**2 - end**2) / (2 * v.ramp)
        if both > distance:
            top = math.sqrt(max(v.ramp * distance + (start**2 + end**2) / 2, max(start, end) ** 2))
            both = min(distance, (2 * top**2 - start**2 - end**2) / (2 * v.ramp))
        return top, (top - start) / v.ramp, (distance - both) / top, (top - end) / v.ramp

    @property
    def duration_s(self) -> float:
        """Seconds from start to end."""
        _, up_s, cruise_s, down_s = self._parts
        return up_s + cruise_s + down_s

    @property
    def end_s(self) -> float:
        """When it ends."""
        return self.start_s + self.duration_s

    def place(self, now_s: float) -> float:
        """Where the plunger is."""
        time_s = now_s - self.start_s
        if time_s >= self.duration_s:
            return self.target
        distance = abs(self.target - self.origin)
        gone = min(self._gone(max(time_s, 0.0)), distance)
        return self.origin + math.copysign(gone, self.target - self.origin)

    def _gone(self, time_s: float) -> float:
        top, up_s, cruise_s, _ = self._parts
        start, ramp = min(self.speeds.start, top), self.speeds.ramp
        if time_s <= up_s:
            return start * time_s + ramp * time_s**2 / 2
        risen = start * up_s + ramp * up_s**2 / 2
        if time_s <= up_s + cruise_s:
            return risen + top * (time_s - up_s)
        left_s = time_s - up_s - cruise_s
        return risen + top * cruise_s + top * left_s - ramp * left_s**2 / 2

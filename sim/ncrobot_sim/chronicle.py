"""When things happened in the world: its changes with their times, in memory and in its log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ncrobot.clock import Clock
from ncrobot_sim.world_log import WorldLog

_ROUNDING_S = 1e-3
"""Dates are rounded, and two equal runs must not differ by that."""


@dataclass(frozen=True, slots=True)
class Happened:
    """A change of the world: when (seconds since it began), which method, with what."""

    time_s: float
    change: str
    arguments: tuple[Any, ...]


class Chronicle:
    """The changes of one world. Time stands still until somebody hands over a clock."""

    def __init__(self) -> None:
        self.history: list[Happened] = []
        self.log: WorldLog | None = None
        self._last_s = 0.0
        self._began: str | None = None
        self._is_told = True
        self._clock: Clock | None = None
        self._ahead_s = 0.0

    def now_s(self) -> float:
        """Seconds since the world began."""
        return self._last_s if self._clock is None else self._clock.now_s() + self._ahead_s

    @property
    def began(self) -> datetime | None:
        """The date at which the world began; None if no clock was ever handed over."""
        return None if self._began is None else datetime.fromisoformat(self._began)

    def happens(self, change: str, *arguments: Any) -> None:
        """Keep a change that happens now."""
        now_s = self.now_s()
        self._last_s = now_s
        self.history.append(Happened(now_s, change, arguments))
        if self.log is not None:
            self.log.write([change, *arguments, {"at": now_s, **self._untold()}])

    def use_clock(self, clock: Clock) -> None:
        """Let time pass by a clock; a world that is taken up goes on at that clock's date."""
        if self._clock is not None:
            return
        if self._began is None:
            self._began, self._is_told = clock.wall().isoformat(), False
        ahead_s = (clock.wall() - datetime.fromisoformat(self._began)).total_seconds()
        ahead_s -= clock.now_s()
        self._clock, self._ahead_s = clock, ahead_s if abs(ahead_s) > _ROUNDING_S else 0.0

    def recall(self, told: Mapping[str, Any]) -> None:
        """Take the time of the next change from a log."""
        self._last_s = float(told.get("at", self._last_s))
        self._began = told.get("began", self._began)

    def _untold(self) -> dict[str, str]:
        """The date at which the world began, once."""
        if self._is_told or self._began is None:
            return {}
        self._is_told = True
        return {"began": self._began}

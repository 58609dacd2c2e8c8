"""The contract of every clock."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """What every clock promises; used inside one event loop, read from any thread."""

    @property
    def simulated(self) -> bool:
        """Whether this time is made up."""

    def now_s(self) -> float:
        """Return the seconds since the clock's own start; never falls."""

    def wall(self) -> datetime:
        """Return the date and time of now, in UTC."""

    def wall_step_s(self) -> float:
        """Return the computer's date minus :meth:`wall`, in seconds; 0 if time is made up."""

    async def sleep_until(self, time_s: float) -> None:
        """Return when ``now_s()`` is at least ``time_s``; at least lets other tasks have a turn."""

    async def sleep(self, duration_s: float) -> None:
        """Return after ``duration_s``; if it is not positive, after other tasks had a turn."""


def require_finite(time_s: float) -> None:
    """Refuse to wait for a moment that does not come.

    Raises:
        ValueError: the time is infinite or not a number.

    """
    if not math.isfinite(time_s):
        msg = f"cannot wait until {time_s} s"
        raise ValueError(msg)

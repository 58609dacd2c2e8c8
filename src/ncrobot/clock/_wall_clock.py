"""Real time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ncrobot.clock._clock import require_finite

_LOOK_S = 30.0
"""A sleeper looks at the time this often: the event loop's timers don't count a suspension."""


def _elapsed_s() -> float:
    """Seconds that pass evenly, also while the machine is suspended, where the system tells that.

    Chemistry goes on while a computer sleeps, so its clock has to.
    """
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


def _system_now() -> datetime:
    return datetime.now(UTC)


class WallClock:
    """Real time that runs evenly, even when somebody sets the computer's clock.

    The date is looked up once; from then on a clock counts that nobody can set and that goes on
    while the machine is suspended. Works in any event loop.
    """

    simulated = False

    def __init__(
        self,
        *,
        monotonic_s: Callable[[], float] = _elapsed_s,
        system: Callable[[], datetime] = _system_now,
    ) -> None:
        self._monotonic_s = monotonic_s
        self._system = system
        self._start = system().astimezone(UTC)
        self._start_s = monotonic_s()

    def now_s(self) -> float:
        """Return the seconds since this clock was made."""
        return self._monotonic_s() - self._start_s

    def wall(self) -> datetime:
        """Return the date and time of now, in UTC, as counted from the start."""
        return self._start + timedelta(seconds=self.now_s())

    def wall_step_s(self) -> float:
        """Return the system's date minus ours, in seconds: not near zero after it was set."""
        return (self._system() - self.wall()).total_seconds()

    async def sleep_until(self, time_s: float) -> None:
        """Return when ``now_s()`` is at least ``time_s``.

        Raises:
            ValueError: the time is not finite.

        """
        require_finite(time_s)
        while True:
            await asyncio.sleep(min(time_s - self.now_s(), _LOOK_S))
            # A timer may fire early, by the resolution of the loop's clock.
            if self.now_s() >= time_s:
                return

    async def sleep(self, duration_s: float) -> None:
        """Return after ``duration_s``."""
        await self.sleep_until(self.now_s() + duration_s)

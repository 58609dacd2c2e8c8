"""Real time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ncrobot.clock._clock import require_finite


def _system_now() -> datetime:
    return datetime.now(UTC)


class WallClock:
    """Real time that runs evenly, even when somebody sets the computer's clock.

    The date is looked up once; from then on the monotonic clock counts. Works in any event loop.
    """

    simulated = False

    def __init__(
        self,
        *,
        monotonic_s: Callable[[], float] = time.monotonic,
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
        """Return the system's date minus ours, in seconds.

        It is far from zero after the system's clock was set, or the machine was suspended.
        """
        return (self._system() - self.wall()).total_seconds()

    async def sleep_until(self, time_s: float) -> None:
        """Return when ``now_s()`` is at least ``time_s``.

        Raises:
            ValueError: the time is not finite.

        """
        require_finite(time_s)
        while True:
            await asyncio.sleep(time_s - self.now_s())
            # A timer may fire early, by the resolution of the loop's clock.
            if self.now_s() >= time_s:
                return

    async def sleep(self, duration_s: float) -> None:
        """Return after ``duration_s``."""
        await self.sleep_until(self.now_s() + duration_s)

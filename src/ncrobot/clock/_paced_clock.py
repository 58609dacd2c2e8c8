"""Made-up time that passes evenly, so many times as fast as real time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ncrobot.clock._clock import require_finite


class PacedClock:
    """Simulated time that a person can watch: ``speed`` seconds of it in each real second.

    Works in any event loop. What waits by itself (a timeout, a socket) waits in real time.
    """

    simulated = True

    def __init__(
        self,
        speed: float,
        *,
        start: datetime | None = None,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        if not 0 < speed < float("inf"):
            msg = f"a clock can't run at {speed} times the speed of real time"
            raise ValueError(msg)
        self._speed = speed
        self._monotonic_s = monotonic_s
        self._start = (start or datetime.now(UTC)).astimezone(UTC)
        self._start_s = monotonic_s()

    def now_s(self) -> float:
        """Return the made-up seconds since this clock was made."""
        return (self._monotonic_s() - self._start_s) * self._speed

    def wall(self) -> datetime:
        """Return the made-up date and time of now, in UTC."""
        return self._start + timedelta(seconds=self.now_s())

    def wall_step_s(self) -> float:
        """Return 0: nobody sets a made-up date."""
        return 0.0

    async def sleep_until(self, time_s: float) -> None:
        """Return when ``now_s()`` is at least ``time_s``.

        Raises:
            ValueError: the time is not finite.

        """
        require_finite(time_s)
        while True:
            await asyncio.sleep(max(time_s - self.now_s(), 0.0) / self._speed)
            if self.now_s() >= time_s:
                return

    async def sleep(self, duration_s: float) -> None:
        """Return after ``duration_s`` of made-up time."""
        await self.sleep_until(self.now_s() + duration_s)

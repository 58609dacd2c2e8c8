"""Waiting for the end of what a device does, and for its word that it is safe."""

from __future__ import annotations

import logging
from collections.abc import Awaitable

from ncrobot.clock import Clock
from ncrobot.errors import DeviceError, DeviceErrorKind

logger = logging.getLogger(__name__)

LATE_LOOKS = 10
"""How often a device must say "not yet" after its time is over before it counts as late."""


class Patience:
    """Pauses between two looks at a device that is at something.

    What it does should take ``expected_s``; it is late after ``times`` as long and two seconds.
    Time is the clock's: where that is quick, the device gets some more looks.
    """

    def __init__(
        self,
        device: str,
        clock: Clock,
        expected_s: float,
        *,
        times: float = 1.5,
        shortest_s: float = 0.1,
    ) -> None:
        self._device = device
        self._clock = clock
        self._expected_s = expected_s
        self._limit_s = clock.now_s() + times * expected_s + 2.0
        self._pause_s = min(max(expected_s / 50, shortest_s), 1.0)
        self._late = 0

    async def pause(self, state: str) -> None:
        """Wait for the next look, as the device said that it is still in this ``state``.

        Raises:
            DeviceError: it takes far too long.

        """
        self._late += self._clock.now_s() > self._limit_s
        if self._late > LATE_LOOKS:
            raise DeviceError(
                f"is still {state}, far longer than {self._expected_s:.1f} s",
                device=self._device,
                kind=DeviceErrorKind.TIMEOUT,
                moved=None,
            )
        await self._clock.sleep(self._pause_s)


async def confirmed(device: str, work: Awaitable[bool]) -> bool:
    """Whether a device has confirmed its safe state; one that failed hasn't."""
    try:
        return await work
    except DeviceError as error:
        logger.warning("%s didn't confirm its safe state: %s", device, error)
        return False

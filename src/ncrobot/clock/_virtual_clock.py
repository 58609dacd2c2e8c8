"""Virtual time, and how to run in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from ncrobot.clock._clock import require_finite
from ncrobot.clock._virtual_loop import VirtualEventLoop

T = TypeVar("T")

VIRTUAL_START: Final = datetime(2025, 1, 1, 8, 0, tzinfo=UTC)
"""When a virtual run begins unless told otherwise: fixed, so that a run can be repeated."""

_IO_GRACE_S: Final = 0.02


class VirtualClock:
    """Time that stands still while anything happens and jumps to the next timer when nothing does.

    Made by :func:`run_virtual`; lives as long as its event loop.
    """

    simulated = True

    def __init__(self, loop: VirtualEventLoop, start: datetime) -> None:
        if start.tzinfo is None:
            msg = f"the start of a virtual clock needs a time zone: {start}"
            raise ValueError(msg)
        self._loop = loop
        self._start = start.astimezone(UTC)

    def now_s(self) -> float:
        """Return the virtual seconds since the start of the run."""
        return self._loop.time()

    def wall(self) -> datetime:
        """Return the virtual date and time of now, in UTC."""
        return self._start + timedelta(seconds=self.now_s())

    def wall_step_s(self) -> float:
        """Return 0: nobody sets a made-up date."""
        return 0.0

    async def sleep_until(self, time_s: float) -> None:
        """Return when the time is exactly ``time_s``, or at once if that is past.

        Raises:
            ValueError: the time is not finite.

        """
        require_finite(time_s)
        if time_s <= self.now_s():
            await asyncio.sleep(0)
            return
        woken = self._loop.create_future()
        # Not asyncio.sleep: adding a difference to the time again would miss by a rounding error.
        timer = self._loop.call_at(time_s, _wake, woken)
        try:
            await woken
        finally:
            timer.cancel()

    async def sleep(self, duration_s: float) -> None:
        """Return after ``duration_s`` of virtual time."""
        await self.sleep_until(self.now_s() + duration_s)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep time from jumping in the block, for real work that the loop cannot see."""
        self._loop.begin_hold()
        try:
            yield
        finally:
            self._loop.end_hold()


def run_virtual(
    main: Callable[[VirtualClock], Coroutine[Any, Any, T]],
    *,
    start: datetime | None = None,
    io_grace_s: float = _IO_GRACE_S,
) -> T:
    """Run ``main`` in virtual time and return its result; interrupts do as in ``asyncio.run``.

    Time stands still while a job of an executor or a child process of asyncio runs. A connection
    may be silent for ever, so before a jump the open ones get only ``io_grace_s`` of real time to
    speak; hold the clock where an answer may take longer.

    Raises:
        DeadlockError: nothing is scheduled, nothing can happen, and ``main`` has not ended.
        RuntimeError: called from a running event loop.
        ValueError: ``start`` has no time zone.

    """
    _require_no_running_loop()
    loop = VirtualEventLoop(io_grace_s)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main(VirtualClock(loop, start or VIRTUAL_START)))


def _require_no_running_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    msg = "a virtual run needs a thread of its own: an event loop is running in this one"
    raise RuntimeError(msg)


def _wake(woken: asyncio.Future[None]) -> None:
    if not woken.done():
        woken.set_result(None)

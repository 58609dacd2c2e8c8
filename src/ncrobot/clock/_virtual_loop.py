"""The event loop whose time is virtual."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
import selectors
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import Context
from typing import Any, TypeVar, TypeVarTuple

from ncrobot.errors import InternalError

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class DeadlockError(InternalError):
    """Every task of a virtual run waits for another one, so that no time will ever come."""


class _Timer(asyncio.TimerHandle):
    """A call that waits in the virtual loop's own heap."""

    def fire(self) -> None:
        """Make the call, unless it was cancelled at the last moment."""
        if not self.cancelled():
            self._run()


class _JumpingSelector(selectors.DefaultSelector):
    """Waits for files as usual, but lets virtual time jump when there is nothing else to do."""

    def __init__(self) -> None:
        super().__init__()
        self.loop: VirtualEventLoop | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return the ready files; never waits for time to pass."""
        events = super().select(0)
        # A loop that never falls silent still has to make the calls of this very moment.
        if self.loop is None or self.loop.fire_due() or events or timeout is not None:
            return events
        if self.loop.is_held():
            return super().select(None)
        next_time_s = self.loop.next_time()
        # The loop's own wake-up pipe is always there; anything more is a real connection.
        if len(self.get_map()) > 1:
            events = super().select(None if math.isinf(next_time_s) else self.loop.io_grace_s)
        if not events:
            self.loop.jump(next_time_s)
        return events


class VirtualEventLoop(asyncio.SelectorEventLoop):
    """An event loop that keeps its timers itself and says what time it is.

    The parent class knows no timers, so it asks the selector to wait without limit exactly when
    nothing is ready to run: the moment to jump.
    """

    def __init__(self, io_grace_s: float) -> None:
        self.io_grace_s = io_grace_s
        self._now_s = 0.0
        # The running number keeps calls for the same moment in the order in which they were made.
        self._timers: list[tuple[float, int, _Timer]] = []
        self._numbers = itertools.count()
        self._holds = 0
        self._children: list[asyncio.SubprocessTransport] = []
        selector = _JumpingSelector()
        super().__init__(selector)
        selector.loop = self

    def time(self) -> float:
        """Return the virtual seconds since the loop was made."""
        return self._now_s

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Schedule a call at a virtual time in seconds.

        Raises:
            RuntimeError: the loop is closed.
            ValueError: the time is not a number.

        """
        if self.is_closed():
            msg = "Event loop is closed"
            raise RuntimeError(msg)
        if math.isnan(when):
            msg = "cannot schedule a call at a time that is not a number"
            raise ValueError(msg)
        timer = _Timer(when, callback, args, self, context)
        heapq.heappush(self._timers, (when, next(self._numbers), timer))
        return timer

    def begin_hold(self) -> None:
        """Keep time from jumping until the matching :meth:`end_hold`."""
        self._holds += 1

    def end_hold(self) -> None:
        """Let time jump again, if this was the last hold."""
        self._holds -= 1

    def is_held(self) -> bool:
        """Return whether real work is under way that time must not overtake."""
        self._children = [child for child in self._children if child.get_returncode() is None]
        return self._holds > 0 or bool(self._children)

    def next_time(self) -> float:
        """Return when the next call is due; infinite if none is."""
        while self._timers and self._timers[0][2].cancelled():
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else math.inf

    def jump(self, time_s: float) -> None:
        """Set the time forward and make ready what is due then.

        Raises:
            DeadlockError: the time is infinite.

        """
        if math.isinf(time_s):
            raise DeadlockError(self._deadlock())
        self._now_s = max(self._now_s, time_s)
        self.fire_due()

    def fire_due(self) -> bool:
        """Make ready the calls whose moment has come; return whether there were any."""
        fired = False
        while self.next_time() <= self._now_s:
            self.call_soon(heapq.heappop(self._timers)[2].fire)
            fired = True
        return fired

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Run a function in a thread or process; time stands still until its future is done."""
        future = super().run_in_executor(executor, func, *args)
        self.begin_hold()
        future.add_done_callback(lambda _: self.end_hold())
        return future

    async def shutdown_default_executor(self, *args: Any, **options: Any) -> None:
        """Wait for the default executor's threads, as real work."""
        self.begin_hold()
        try:
            await super().shutdown_default_executor(*args, **options)
        finally:
            self.end_hold()

    async def subprocess_exec(self, *args: Any, **options: Any) -> Any:
        """Start a child process; time stands still until it ends."""
        return await self._with_child(super().subprocess_exec(*args, **options))

    async def subprocess_shell(self, *args: Any, **options: Any) -> Any:
        """Start a child process through a shell; time stands still until it ends."""
        return await self._with_child(super().subprocess_shell(*args, **options))

    async def _with_child(self, starting: Any) -> Any:
        self.begin_hold()
        try:
            transport, protocol = await starting
        finally:
            self.end_hold()
        self._children.append(transport)
        return transport, protocol

    def _deadlock(self) -> str:
        """Return who waits, for the message."""
        waiting = sorted(_whereabouts(task) for task in asyncio.all_tasks(self))
        return (
            f"virtual time stopped at {self._now_s:g} s: nothing is scheduled, and every task waits"
            f" for another one: {'; '.join(waiting)}"
        )


def _whereabouts(task: asyncio.Task[Any]) -> str:
    """Return a task's name and the function and line where it stands."""
    frames = task.get_stack(limit=1)
    place = f" in {frames[0].f_code.co_qualname}, line {frames[0].f_lineno}" if frames else ""
    return f"{task.get_name()}{place}"

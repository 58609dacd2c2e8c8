"""When operations really began and ended; the lags between them; why one was late."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ncrobot.engine.order import Order
from ncrobot.plan.document import Lag
from ncrobot.repairs import Progress
from ncrobot.schedule import Entry

TOLERANCE_S = 1.0
"""Schedules count whole seconds: a deviation below one is their resolution, not lateness."""


@dataclass(frozen=True, slots=True)
class BrokenLag:
    """A lag outside its bounds, as it really was; ``by_s`` is how far outside.

    It holds for ``only`` these wells, or for all but those ``without``.
    """

    lag: Lag
    value_s: float
    by_s: float
    only: frozenset[str] | None = None
    without: frozenset[str] = frozenset()

    def concerns(self, well: str) -> bool:
        """Whether the lag is broken for this well, if it is one of its operations' wells."""
        return well not in self.without and (self.only is None or well in self.only)


@dataclass(slots=True)
class Times:
    """When one operation began and ended, on the run's clock, and what it waited for last."""

    start_s: float | None = None
    end_s: float | None = None
    waited_for: str | None = None


class Timing:
    """The clock side of one run: who has begun, who is over, what each has to wait for."""

    def __init__(self, order: Order, entries: Mapping[str, Entry]) -> None:
        self._order = order
        self._entries = entries
        self._times = {name: Times() for name in order.operations}
        self._begun = {name: asyncio.Event() for name in order.operations}
        self._over = {name: asyncio.Event() for name in order.operations}
        self._served: dict[str, dict[str, tuple[float, float]]] = {}
        self._open = len(order.operations)

    def replan(self, order: Order, entries: Mapping[str, Entry]) -> None:
        """Take over a repaired schedule; what has begun is known already.

        Operations that only existed because of the old times are forgotten.
        """
        for name in order.operations.keys() - self._times.keys():
            self._times[name] = Times()
            self._begun[name], self._over[name] = asyncio.Event(), asyncio.Event()
        for name in self._times.keys() - order.operations.keys():
            del self._times[name], self._begun[name], self._over[name]
        self._order, self._entries = order, entries
        self._open = sum(1 for times in self._times.values() if times.end_s is None)

    def progress(self, now_s: float, dropped: Collection[str] = ()) -> Progress:
        """How far the run is."""
        return Progress(
            now_s,
            {n: t.start_s for n, t in self._times.items() if t.start_s is not None},
            {n: t.end_s for n, t in self._times.items() if t.end_s is not None},
            dropped,
        )

    def recall(self, begun_s: Mapping[str, float], over_s: Mapping[str, float]) -> None:
        """Take over what a run that died had begun and ended."""
        for name, start_s in begun_s.items():
            self.begin(name, start_s)
        for name, end_s in over_s.items():
            self.end(name, end_s)

    def serve(self, operation: str, wells: Iterable[str], start_s: float, end_s: float) -> None:
        """Note wells that an operation served before it was broken off; the others come later."""
        served = self._served.setdefault(operation, {})
        served.update(dict.fromkeys(wells, (start_s, end_s)))

    def served(self, operation: str) -> Collection[str]:
        """Wells that an operation served before it was broken off."""
        return self._served.get(operation, {}).keys()

    def begun(self) -> Iterator[str]:
        """The operations that have begun."""
        return (name for name, times in self._times.items() if times.start_s is not None)

    def entry(self, operation: str) -> Entry:
        """Return what the schedule says of an operation."""
        return self._entries[operation]

    def times(self, operation: str) -> Times:
        """Return the real times of an operation as far as they are known."""
        return self._times[operation]

    def begin(self, operation: str, time_s: float) -> None:
        """Note that an operation begins; those that wait for its start may go on."""
        self._times[operation].start_s = time_s
        self._begun[operation].set()

    def end(self, operation: str, time_s: float) -> None:
        """Note that an operation is over, however it ended."""
        times = self._times[operation]
        if times.start_s is None:
            self.begin(operation, time_s)
        if times.end_s is None:
            self._open -= 1
        times.end_s = time_s
        self._over[operation].set()

    def all_over(self) -> bool:
        """Whether every operation is over."""
        return self._open == 0

    def unfinished(self) -> Iterator[str]:
        """The operations that are not over."""
        return (name for name, times in self._times.items() if times.end_s is None)

    def must_wait(self, operation: str) -> bool:
        """Whether something that has to come first is not there yet."""
        ends = self._order.after_end.get(operation, frozenset())
        starts = self._order.after_start.get(operation, frozenset())
        return not (
            all(self._over[name].is_set() for name in ends)
            and all(self._begun[name].is_set() for name in starts)
        )

    async def predecessors(self, operation: str) -> None:
        """Return when everything that has to come first has come."""
        for name in self._order.after_end.get(operation, ()):
            await self._over[name].wait()
        for name in self._order.after_start.get(operation, ()):
            await self._begun[name].wait()

    def earliest_s(self, operation: str) -> float:
        """Return the planned start, or later if a lag's minimum or a predecessor made it so.

        Needs the predecessors; notes which of them it waited for last.
        """
        planned_s = self._entries[operation].start_s
        earliest_s, last = planned_s, None
        for name in self._order.after_end.get(operation, ()):
            end_s = self._times[name].end_s
            if end_s is not None and end_s > earliest_s:
                earliest_s, last = end_s, name
        for lag in self._order.lags_into.get(operation, ()):
            from_s = self._point_s(lag)
            if from_s is not None and from_s + lag.min_s > earliest_s:
                earliest_s, last = from_s + lag.min_s, lag.before
        self._times[operation].waited_for = last
        return earliest_s

    def broken_lags(self, operation: str) -> list[BrokenLag]:
        """Return the lags into an operation that its real start has broken."""
        start_s = self._times[operation].start_s
        if start_s is None:
            return []
        broken = []
        for lag in self._order.lags_into.get(operation, ()):
            apart = self._apart(lag)
            earlier = frozenset(well for wells in apart.values() for well in wells)
            from_s = self._point_s(lag)
            if from_s is not None:
                broken += _broken(lag, start_s - from_s, without=earlier)
            for earlier_s, wells in apart.items():
                broken += _broken(lag, start_s - earlier_s, only=wells)
        return broken

    def last_starts(self, operation: str) -> Iterator[tuple[Lag, float]]:
        """Yield the lags into an operation that end by something real, and when they break."""
        for lag in self._order.lags_into.get(operation, ()):
            from_s = self._point_s(lag)
            if lag.max_s is not None and from_s is not None:
                yield lag, from_s + lag.max_s

    def _apart(self, lag: Lag) -> dict[float, frozenset[str]]:
        """Wells that had the first of a lag's operations earlier than the others, by when."""
        found: dict[float, set[str]] = {}
        for well, (start_s, end_s) in self._served.get(lag.before, {}).items():
            found.setdefault(start_s if lag.point == "start" else end_s, set()).add(well)
        return {when_s: frozenset(wells) for when_s, wells in found.items()}

    def cause(self, operation: str) -> str:
        """Return why an operation began late: the first in its chain of waiting that ran over."""
        name, seen = operation, {operation}
        while True:
            before = self._times[name].waited_for
            if before is None or before in seen:
                break
            seen.add(before)
            name = before
            if self._overrun_s(before) > TOLERANCE_S and self._late_s(before) <= TOLERANCE_S:
                break
        entry = self._entries[name]
        overrun_s = self._overrun_s(name)
        if name != operation and overrun_s > TOLERANCE_S:
            return (
                f"{name} on {entry.device} took {entry.duration_s + overrun_s:.1f} s "
                f"instead of {entry.duration_s:.1f} s"
            )
        if self._late_s(name) > TOLERANCE_S:
            return f"{name} on {entry.device} began {self._late_s(name):.1f} s late"
        return f"planned so: {operation} began as scheduled"

    def _point_s(self, lag: Lag) -> float | None:
        times = self._times[lag.before]
        return times.start_s if lag.point == "start" else times.end_s

    def _late_s(self, operation: str) -> float:
        start_s = self._times[operation].start_s
        return 0.0 if start_s is None else start_s - self._entries[operation].start_s

    def _overrun_s(self, operation: str) -> float:
        times = self._times[operation]
        if times.start_s is None or times.end_s is None:
            return 0.0
        return times.end_s - times.start_s - self._entries[operation].duration_s


def _broken(
    lag: Lag,
    value_s: float,
    *,
    only: frozenset[str] | None = None,
    without: frozenset[str] = frozenset(),
) -> list[BrokenLag]:
    by_s = max(lag.min_s - value_s, 0.0 if lag.max_s is None else value_s - lag.max_s)
    return [BrokenLag(lag, value_s, by_s, only, without)] if by_s > TOLERANCE_S else []

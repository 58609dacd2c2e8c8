"""Everything that one run shares: its documents, devices, books, clock and record."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ncrobot.clock import Clock
from ncrobot.deck import Deck
from ncrobot.engine.books import Books
from ncrobot.engine.buttons import Buttons
from ncrobot.engine.fates import Fates
from ncrobot.engine.interlocks import Interlocks
from ncrobot.engine.journal import Journal
from ncrobot.engine.lots import Lots
from ncrobot.engine.memory import Memory
from ncrobot.engine.order import Order
from ncrobot.engine.outcome import StoppedError
from ncrobot.engine.reach import Reach
from ncrobot.engine.timing import Timing
from ncrobot.engine.tips import TipBook
from ncrobot.engine.workcell import Workcell
from ncrobot.errors import InternalError
from ncrobot.events import EventKind, ExitStatus
from ncrobot.plan.document import Plan
from ncrobot.plan.operations import Leg, Operation
from ncrobot.repairs import Repairer
from ncrobot.schedule import Schedule
from ncrobot.statuses import RunStatus, check_transition

LegKey = tuple[int, int, str]
"""Channel, cycle and destination of a leg."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a run ends before its schedule does."""

    status: ExitStatus
    reason: str


@dataclass
class Run:
    """The state of one run. Made by the engine, used within one event loop."""

    plan: Plan
    schedule: Schedule
    workcell: Workcell
    clock: Clock
    journal: Journal
    order: Order
    repairer: Repairer | None = None
    ending: Ending | None = None
    operations_done: int = 0
    arm_gone: bool = False
    emergency: bool = False
    _acting: set[asyncio.Task[None]] = field(default_factory=set)
    _waiting: set[asyncio.Task[None]] = field(default_factory=set)
    _interrupted: set[asyncio.Task[None]] = field(default_factory=set)
    _reconsidering: set[asyncio.Task[None]] = field(default_factory=set)
    accepted_late_s: float = 0.0
    version: int = 0
    """Counts the repairs of the schedule."""
    status: RunStatus = RunStatus.QUEUED
    paused_s: float = 0.0
    told_short: set[tuple[str, str]] = field(default_factory=set)
    tips_lost_before: int = 0
    performing: set[str] = field(default_factory=set)
    settled: dict[str, set[LegKey]] = field(default_factory=dict)
    recalled_deliveries: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    gas_flowed_s: dict[str, float] = field(default_factory=dict)
    """By operation: how long its gas had flowed before the run died."""

    def __post_init__(self) -> None:
        self.deck = Deck(self.plan.deck)
        self.reach = Reach(self.plan)
        self.timing = Timing(
            self.order, {entry.operation: entry for entry in self.schedule.entries}
        )
        self.fates = Fates(
            [well.well for well in self.plan.wells],
            self.journal,
            lambda: self.end(ExitStatus.FAILED, "no well is left: all were abandoned"),
        )
        self.memory = Memory()
        self.books = Books(self.plan, self.schedule, self.deck, self.memory)
        self.lots = Lots(self.plan, self.schedule, self.memory)
        self.tips = TipBook(self.plan, self.memory)
        self.journal.remembers(self.memory.take)
        self.buttons = Buttons(self.workcell, self.halt)
        self.interlocks = Interlocks(
            self.plan.deck,
            self.workcell,
            self.clock,
            check=self.check,
            before_wait=self.journal.flush,
        )

    @property
    def pausing(self) -> bool:
        """Whether nothing new may be begun."""
        return self.status in (RunStatus.PAUSING, RunStatus.PAUSED)

    def become(self, status: RunStatus, reason: str = "", by: str = "") -> None:
        """Change the state of the run, and write it down.

        Raises:
            InternalError: a run never goes this way.

        """
        check_transition(self.status, status)
        self.status = status
        data = {"status": status.value, "reason": reason, "by": by}
        self.journal.write(EventKind.STATUS_CHANGED, data)

    def concerned(self, operation: Operation) -> tuple[str, ...]:
        """Reaction wells of an operation, without those that it served before the run died."""
        served = self.timing.served(operation.id)
        return tuple(well for well in self.reach.concerned(operation) if well not in served)

    def delivered_before(self, operation: str) -> list[dict[str, Any]]:
        """Hand over what an operation delivered before the run died."""
        return self.recalled_deliveries.pop(operation, [])

    def is_settled(self, operation: str, leg: Leg) -> bool:
        """Whether a leg was done, or may have been, before the run died."""
        return (leg.channel, leg.cycle, leg.destination) in self.settled.get(operation, ())

    def dropped(self) -> tuple[str, ...]:
        """Operations that will never be done, because all their wells are abandoned."""
        if not self.fates.any_abandoned:
            return ()
        return tuple(
            name
            for name, operation in self.order.operations.items()
            if self.timing.times(name).start_s is None
            and not self.fates.any_alive(self.concerned(operation))
        )

    def now_s(self) -> float:
        """Return the time of the run."""
        return self.journal.now_s()

    def halt(self, reason: str) -> None:
        """End the run this moment: acts are broken off, and nothing more is moved."""
        if self.emergency:
            return
        self.emergency = True
        self.end(ExitStatus.ABORTED, reason)
        for task in self._acting:
            self._interrupted.add(task)
            task.cancel()

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Let an emergency break off the act that is awaited inside.

        Raises:
            StoppedError: it did; nobody knows how far the act was.

        """
        task = asyncio.current_task()
        if task is None:
            raise InternalError("only a task can act")
        if self.emergency:
            raise StoppedError("an emergency stop")
        self._acting.add(task)
        try:
            yield
        except asyncio.CancelledError:
            if task not in self._interrupted:
                raise
            self._interrupted.discard(task)
            task.uncancel()
            raise StoppedError("an emergency stop broke it off") from None
        finally:
            self._acting.discard(task)

    def end(self, status: ExitStatus, reason: str) -> None:
        """Let the run end: acts are finished, waits are interrupted. The first reason counts."""
        if self.ending is not None:
            return
        self.ending = Ending(status, reason)
        for task in self._waiting:
            self._interrupted.add(task)
            task.cancel()

    def check(self) -> None:
        """Raise if the run is ending.

        Raises:
            StoppedError: it is; the caller leaves off between two acts.

        """
        if self.ending is not None:
            raise StoppedError(self.ending.reason)

    def replan(self, schedule: Schedule) -> None:
        """Go on by a repaired schedule; who waits for a turn looks again what theirs is.

        Raises:
            ScheduleError: the schedule can't be carried out; nothing has changed.

        """
        self.order = Order.of(self.plan, schedule)
        self.schedule = schedule
        self.timing.replan(self.order, {entry.operation: entry for entry in schedule.entries})
        self.lots.replan(schedule)
        self.version += 1
        self.wake()

    def wake(self) -> None:
        """Let all lanes look again what they may do."""
        for task in self._reconsidering:
            self._interrupted.add(task)
            task.cancel()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """As :meth:`interruptible`, for a lane that waits for its turn: a repair wakes it as well.

        Raises:
            StoppedError: the run is ending.

        """
        task = asyncio.current_task()
        if task is None:
            raise InternalError("only a task can wait")
        with self.interruptible():
            self._reconsidering.add(task)
            try:
                yield
            finally:
                self._reconsidering.discard(task)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let the end of the run break off whatever is awaited inside: waits, never acts.

        Raises:
            StoppedError: the run is ending.

        """
        self.check()
        task = asyncio.current_task()
        if task is None:
            raise InternalError("only a task can wait")
        self._waiting.add(task)
        try:
            yield
        except asyncio.CancelledError:
            if task not in self._interrupted:
                raise
            self._interrupted.discard(task)
            task.uncancel()
            self.check()
        finally:
            self._waiting.discard(task)

"""Carries out one run: the engine in its event loop, the record, the desk, the signals."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from ncrobot.clock import Clock, PacedClock, WallClock, run_virtual
from ncrobot.control import AskedAtTheDesk, Desk, Trail, serving_run
from ncrobot.engine import Engine, Recalled, RunOutcome, Workcell
from ncrobot.errors import LabError
from ncrobot.events import Event
from ncrobot.lab.interrupts import Interrupts
from ncrobot.locking import Lock
from ncrobot.plan import Plan
from ncrobot.recorder import Database, Journal, Runs
from ncrobot.schedule import Schedule
from ncrobot.scheduler import make_repairer
from ncrobot.state import RunState, apply
from ncrobot.workcells import real_workcell, simulated_workcell

Listener = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class How:
    """How a run is carried out; ``start`` is the date and time at which virtual time begins."""

    real: bool
    start: datetime
    user: str
    world_log: Path
    speed: float | None = None
    listener: Listener | None = None
    locks: tuple[Lock, ...] = ()
    interrupts: Interrupts = field(default_factory=Interrupts)

    @property
    def lasts(self) -> bool:
        """Whether there is time to give orders."""
        return self.real or self.speed is not None


class LostRecordError(Exception):
    """The record of a run couldn't be written to its end; the run was ended safely."""

    def __init__(self, error: LabError) -> None:
        super().__init__(str(error))
        self.error = error


@contextmanager
def _closing(journal: Journal) -> Iterator[None]:
    """Commit the rest in the end; the first failure of the record is what is told.

    Raises:
        LostRecordError: something couldn't be written.
    """
    try:
        yield
    finally:
        try:
            journal.close()
        except LabError as error:
            raise LostRecordError(error) from error
    if journal.lost is not None:
        raise LostRecordError(journal.lost)


@dataclass(frozen=True, slots=True)
class Carrying:
    """One run with all that it needs."""

    plan: Plan
    schedule: Schedule
    state: RunState
    how: How
    database: Database
    trail: Trail
    recalled: Recalled | None = None

    def carry_out(self) -> None:
        """Let the engine work and keep the record; Ctrl-C and signals end the run safely.

        Raises:
            LabError: the desk can't be opened.
            LostRecordError: the record can't be written any more; the run was ended for it.
        """
        with ExitStack() as serving:
            desk = self._opened_desk(serving) if self.how.lasts else None
            listeners = [each for each in (desk and desk.on_event, self.how.listener) if each]
            journal = Journal(self.database)

            def emit(event: Event) -> None:
                journal.append(event)
                apply(self.state, event)
                for listener in listeners:
                    listener(event)

            with _closing(journal):
                self._in_its_loop(emit, journal.flush, desk)

    def _in_its_loop(
        self, emit: Listener, flush: Callable[[], None], desk: Desk | None
    ) -> RunOutcome:
        how = self.how
        emulated_speed = self.plan.deck.emulated_speed
        if how.real and emulated_speed in (None, 1.0):
            return asyncio.run(self._main(WallClock(), emit, flush, desk))
        if how.real and emulated_speed is not None:
            # The devices are emulated and quick: whoever drives them has to be as quick.
            return asyncio.run(self._main(PacedClock(emulated_speed), emit, flush, desk))
        if how.speed is not None:
            paced = PacedClock(how.speed, start=how.start)
            return asyncio.run(self._main(paced, emit, flush, desk))
        return run_virtual(lambda clock: self._main(clock, emit, flush, desk), start=how.start)

    async def _main(
        self, clock: Clock, emit: Listener, flush: Callable[[], None], desk: Desk | None
    ) -> RunOutcome:
        engine = Engine(
            run_id=self.state.run,
            plan=self.plan,
            schedule=self.schedule,
            workcell=self._workcell(clock, desk),
            clock=clock,
            emit=emit,
            flush=flush,
            user=self.how.user,
            repairer=make_repairer(self.plan, seed=self.schedule.seed),
            recalled=self.recalled,
        )
        if desk is not None:
            desk.attach(engine, clock)
        loop = asyncio.get_running_loop()

        def stop(reason: str) -> None:
            loop.call_soon_threadsafe(engine.request_stop, reason)

        try:
            with self.how.interrupts.stopping(stop):
                return await engine.run()
        finally:
            if desk is not None:
                desk.detach()

    def _workcell(self, clock: Clock, desk: Desk | None) -> Workcell:
        if self.how.real:
            workcell = real_workcell(self.plan, self.schedule, clock)
        else:
            workcell = simulated_workcell(
                self.plan, self.schedule, clock, world_log=self.how.world_log
            )
        if desk is None:
            return workcell
        operator = AskedAtTheDesk(workcell.operator, desk, acts=not self.how.real)
        return replace(workcell, operator=operator)

    def _opened_desk(self, serving: ExitStack) -> Desk:
        runs, run = Runs(self.database), self.state.run
        desk = Desk(
            run,
            self.schedule,
            self.state,
            older=lambda after, most: runs.events_after(run, after, limit=most),
        )
        path = serving.enter_context(serving_run(desk, self.how.user, self.trail))
        for lock in self.how.locks:
            lock.announce(str(path))
        return desk

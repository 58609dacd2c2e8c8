"""Runs: carried out in the simulator or on devices, resumed, recorded and reported."""

from __future__ import annotations

import asyncio
import getpass
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from ncrobot.clock import Clock, PacedClock, WallClock, run_virtual
from ncrobot.engine import Engine, Recalled, RunOutcome, recall
from ncrobot.events import Event
from ncrobot.lab.records import Records, Reported
from ncrobot.lab.refusals import is_over, world_is_gone
from ncrobot.plan import Plan
from ncrobot.recorder import Database, Journal
from ncrobot.schedule import Schedule
from ncrobot.scheduler import make_repairer
from ncrobot.state import RunState, apply
from ncrobot.statuses import TRANSITIONS, RunStatus
from ncrobot.workcells import check_drivers, real_workcell, simulated_workcell

Listener = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run came to, for people and machines."""

    run: str
    status: str
    reason: str
    wells_ok: int
    wells_flagged: int
    simulated: bool
    duration_h: float
    wall_s: float
    operations: int
    report: str
    report_error: str = ""


@dataclass(frozen=True, slots=True)
class _How:
    """How a run is carried out; ``start`` is the date and time at which virtual time begins."""

    real: bool
    start: datetime
    speed: float | None = None
    listener: Listener | None = None


class Lab(Records):
    """An opened lab: a run database and a folder for reports. Use it as a context manager.

    The simulated world of a run that succeeded is thrown away, unless ``keep_worlds``.
    """

    def __init__(self, database: Database, folder: Path) -> None:
        super().__init__(database, folder)
        self.keep_worlds = False

    def run(
        self,
        plan: Plan,
        schedule: Schedule,
        *,
        real: bool = False,
        speed: float | None = None,
        listener: Listener | None = None,
    ) -> RunResult:
        """Carry out a schedule, in the simulator unless ``real``; write record and report.

        A simulated run takes as long as it needs to be computed, or goes at ``speed`` times real
        time, so that one can watch it, pause it and stop it.

        Raises:
            LabError: a driver is missing.
            NcrobotError: the record can't be written.
        """
        if real:
            check_drivers(plan.deck)
        now = datetime.now(UTC)
        run = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        self.runs.create(run, now.isoformat(), plan, schedule, simulated=not real)
        view = Reported(plan, schedule, RunState(run=run))
        how = _How(real, now, speed, listener)
        return self._carry_out(view, how)

    def resume(
        self,
        run: str,
        *,
        down_for_s: float = 0.0,
        speed: float | None = None,
        listener: Listener | None = None,
    ) -> RunResult:
        """Take up a run that broke off: whatever ended it, from what its record tells.

        A simulated one goes on in the world in which it was, ``down_for_s`` later.

        Raises:
            LabError: there is no such run, it is over, its record or its world is gone.
            NcrobotError: the record can't be written.
        """
        record = self.load(run)
        recalled = recall(record.events, record.schedule)
        real = not record.summary.simulated
        if not TRANSITIONS[recalled.status]:
            raise is_over(run)
        if real:
            check_drivers(record.plan.deck)
        world = self._world_log(run)
        if not recalled.started:
            world.unlink(missing_ok=True)
        elif not real and not world.exists():
            raise world_is_gone(run, world)
        last = recalled.last_wall or datetime.now(UTC)
        state = record.state
        state.run = run  # a record without events doesn't tell
        how = _How(real, last + timedelta(seconds=down_for_s), speed, listener)
        return self._carry_out(Reported(record.plan, record.schedule, state), how, recalled)

    def _world_log(self, run: str) -> Path:
        """Where the world of a simulated run keeps what happens in it."""
        return self.folder / f"{run}.world"

    def _carry_out(
        self,
        view: Reported,
        how: _How,
        recalled: Recalled | None = None,
    ) -> RunResult:
        """Let the engine work, keep the record, and write the report."""
        begin = perf_counter()
        state, run = view.state, view.state.run
        schedule = view.schedule if recalled is None else recalled.schedule
        main = self._main(run, view.plan, schedule, real=how.real, recalled=recalled)
        journal = Journal(self.database)

        def emit(event: Event) -> None:
            journal.append(event)
            apply(state, event)
            if how.listener is not None:
                how.listener(event)

        try:
            if how.real:
                asyncio.run(main(WallClock(), emit, journal.flush))
            elif how.speed is not None:
                paced = PacedClock(how.speed, start=how.start)
                asyncio.run(main(paced, emit, journal.flush))
            else:
                run_virtual(lambda clock: main(clock, emit, journal.flush), start=how.start)
        except KeyboardInterrupt:
            pass  # the engine has stopped everything and written why the run ended
        finally:
            journal.close()
            self.runs.finish(run, state)
            if state.status == RunStatus.SUCCEEDED and not self.keep_worlds:
                self._world_log(run).unlink(missing_ok=True)
        try:
            report, report_error = str(self.write_report(view)), ""
        except Exception as error:  # noqa: BLE001 - a report that fails never hides how a run ended
            report, report_error = "", f"{type(error).__name__}: {error}"
        return RunResult(
            run=run,
            status=state.status,
            reason=state.reason,
            wells_ok=state.wells_ok,
            wells_flagged=state.wells_flagged,
            simulated=not how.real,
            duration_h=round(state.time_s / 3600, 4),
            wall_s=round(perf_counter() - begin, 3),
            operations=sum(op.result == "done" for op in state.operations.values()),
            report=report,
            report_error=report_error,
        )

    def _main(
        self, run: str, plan: Plan, schedule: Schedule, *, real: bool, recalled: Recalled | None
    ) -> Callable[[Clock, Listener, Callable[[], None]], Coroutine[Any, Any, RunOutcome]]:
        """What the event loop runs: the engine on a workcell, simulated or real."""
        world_log = self._world_log(run)

        async def main(clock: Clock, emit: Listener, flush: Callable[[], None]) -> RunOutcome:
            engine = Engine(
                run_id=run,
                plan=plan,
                schedule=schedule,
                workcell=real_workcell(plan, schedule, clock)
                if real
                else simulated_workcell(plan, schedule, clock, world_log=world_log),
                clock=clock,
                emit=emit,
                flush=flush,
                user=getpass.getuser(),
                repairer=make_repairer(plan, seed=schedule.seed),
                recalled=recalled,
            )
            return await engine.run()

        return main

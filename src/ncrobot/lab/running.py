"""Runs: carried out in the simulator or on devices, resumed, recorded and reported."""

from __future__ import annotations

import secrets
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from ncrobot.deck import DeckLayout
from ncrobot.engine import Recalled, recall
from ncrobot.errors import Diagnostic, LabError
from ncrobot.lab.carrying import Carrying, How, Listener, LostRecordError
from ncrobot.lab.holding import hold_run
from ncrobot.lab.records import Records, Reported
from ncrobot.lab.refusals import (
    check_run_id,
    is_over,
    record_lost,
    run_exists,
    world_is_gone,
)
from ncrobot.lab.trails import Begun, Trails
from ncrobot.locking import Lock, lock_workcell
from ncrobot.plan import Plan
from ncrobot.recorder import Database
from ncrobot.schedule import Schedule
from ncrobot.state import RunState
from ncrobot.statuses import TRANSITIONS, RunStatus
from ncrobot.users import user_name
from ncrobot.workcells import check_real


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


def new_run_id(now: datetime) -> str:
    """An id that no other run has: its moment, and four random digits."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def _no_speed(layout: DeckLayout) -> LabError:
    """Real devices keep real time; emulated ones go as quick as they were started."""
    own = layout.emulated_speed
    return LabError(
        Diagnostic(
            code="speed-of-real",
            message="a run with --real goes as fast as its devices do"
            + ("" if own is None else f": these are emulated at {own:g} times real time"),
            quantity="speed",
            fix="leave out --speed; 'ncrobot emulate --speed' makes emulated devices quick",
        )
    )


class Lab(Records):
    """An opened lab: a run database and a folder for reports. Use it as a context manager.

    The simulated world of a run that succeeded is thrown away, unless ``keep_worlds``. A run that
    lasts takes orders at its desk (:mod:`ncrobot.control`).
    """

    def __init__(self, database: Database, folder: Path) -> None:
        super().__init__(database, folder)
        self.keep_worlds = False
        self.trails = Trails(database)

    def run(
        self,
        plan: Plan,
        schedule: Schedule,
        *,
        real: bool = False,
        speed: float | None = None,
        listener: Listener | None = None,
        run: str | None = None,
    ) -> RunResult:
        """Carry out a schedule, in the simulator unless ``real``; write record and report.

        A simulated run takes as long as it needs to be computed, or goes at ``speed`` times real
        time, so that one can watch it, pause it and stop it. ``run`` is its id; default: a new one.

        Raises:
            LabError: a real run is given a speed, the id is taken or no plain name, a driver is
                missing, or another controller has the workcell.
            NcrobotError: the record can't be written.
        """
        if real and speed is not None:
            raise _no_speed(plan.deck)
        now = datetime.now(UTC)
        run = run or new_run_id(now)
        check_run_id(run)
        with ExitStack() as held:
            with self.trails.asked("run", run, now, {"real": real, "plan": plan.sha256}) as told:
                locks = [held.enter_context(hold_run(run, self.folder))]
                if self.runs.exists(run):
                    raise run_exists(run)
                if real:
                    locks.append(self._workcell_lock(held, run, plan.deck))
                how = self._how(run, now, real=real, speed=speed, listener=listener, locks=locks)
                self.runs.create(run, now.isoformat(), plan, schedule, simulated=not real)
            view = Reported(plan, schedule, RunState(run=run))
            return self._carry_out(view, how, told)

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
            LabError: there is no such run, it is over or under way, its record or its world is
                gone, or another controller has the workcell.
            NcrobotError: the record can't be written.
        """
        self.runs.summary(run)  # refused before a lock is named after it
        now = datetime.now(UTC)
        with ExitStack() as held:
            with self.trails.asked("resume", run, now, {"down_for_s": down_for_s}) as told:
                locks = [held.enter_context(hold_run(run, self.folder))]
                record = self.load(run)
                recalled = recall(record.events, record.schedule)
                real = not record.summary.simulated
                if not TRANSITIONS[recalled.status]:
                    raise is_over(run)
                if real:
                    locks.append(self._workcell_lock(held, run, record.plan.deck))
                self._check_world(run, recalled, real=real)
                start = (recalled.last_wall or now) + timedelta(seconds=down_for_s)
                how = self._how(run, start, real=real, speed=speed, listener=listener, locks=locks)
            state = record.state
            state.run = run  # a record without events doesn't tell
            view = Reported(record.plan, record.schedule, state)
            return self._carry_out(view, how, told, recalled)

    def _how(
        self,
        run: str,
        start: datetime,
        *,
        real: bool,
        speed: float | None,
        listener: Listener | None,
        locks: list[Lock],
    ) -> How:
        return How(
            real=real,
            start=start,
            user=user_name(),
            world_log=self._world_log(run),
            speed=speed,
            listener=listener,
            locks=tuple(locks),
        )

    def _check_world(self, run: str, recalled: Recalled, *, real: bool) -> None:
        world = self._world_log(run)
        if not recalled.started:
            world.unlink(missing_ok=True)
        elif not real and not world.exists():
            raise world_is_gone(run, world)

    def _workcell_lock(self, held: ExitStack, run: str, layout: DeckLayout) -> Lock:
        check_real(layout)
        return held.enter_context(lock_workcell(layout, run=run, since=datetime.now(UTC)))

    def _world_log(self, run: str) -> Path:
        """Where the world of a simulated run keeps what happens in it."""
        return self.folder / f"{run}.world"

    def _carry_out(
        self, view: Reported, how: How, told: Begun, recalled: Recalled | None = None
    ) -> RunResult:
        """Let the engine work, keep the record, and write the report; signals end it safely."""
        with how.interrupts.heard():
            return self._to_the_report(view, how, told, recalled)

    def _to_the_report(
        self, view: Reported, how: How, told: Begun, recalled: Recalled | None
    ) -> RunResult:
        begin = perf_counter()
        state = view.state
        schedule = view.schedule if recalled is None else recalled.schedule
        trail = self.trails.take
        carrying = Carrying(view.plan, schedule, state, how, self.database, trail, recalled)
        try:
            carrying.carry_out()
        except LostRecordError as lost:
            raise record_lost(state.run, lost.error) from lost
        finally:
            with suppress(LabError):  # a copy for the list: the journal tells it too
                self.runs.finish(state.run, state)
        if state.status == RunStatus.SUCCEEDED and not self.keep_worlds:
            how.world_log.unlink(missing_ok=True)
        self.trails.ended(told, state)
        try:
            report, report_error = str(self.write_report(view)), ""
        except Exception as error:  # noqa: BLE001 - a report that fails never hides how a run ended
            report, report_error = "", f"{type(error).__name__}: {error}"
        return RunResult(
            run=state.run,
            status=state.status,
            reason=state.reason,
            wells_ok=state.wells_ok,
            wells_flagged=state.wells_flagged,
            simulated=not how.real or view.plan.deck.stands_in,
            duration_h=round(state.time_s / 3600, 4),
            wall_s=round(perf_counter() - begin, 3),
            operations=sum(op.result == "done" for op in state.operations.values()),
            report=report,
            report_error=report_error,
        )

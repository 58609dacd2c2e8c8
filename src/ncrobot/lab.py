"""The lab: the only place where the parts meet. It compiles, schedules, simulates and runs.

A lab is opened on a run database. Simulation is the same engine with simulated devices and a
virtual clock; everything else is one code path.
"""

from __future__ import annotations

import asyncio
import getpass
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Any, Self

from pydantic import ValidationError

from ncrobot.calibration import Calibration, calibrate, layout_with_times
from ncrobot.clock import Clock, PacedClock, WallClock, run_virtual
from ncrobot.compiler import compile_plan
from ncrobot.deck import load_deck
from ncrobot.engine import Engine, Recalled, RunOutcome, recall
from ncrobot.errors import Diagnostic, InternalError, LabError, PlanError, ScheduleError
from ncrobot.events import Event
from ncrobot.plan import Plan
from ncrobot.pricing import price_lines, priced
from ncrobot.protocol import load_conditions, load_protocol
from ncrobot.protocol.dosing import Batching
from ncrobot.recorder import Database, Journal, RunRecord, Runs
from ncrobot.reports import additions_csv, run_report_html
from ncrobot.schedule import Schedule, ScheduleOptions
from ncrobot.scheduler import (
    binding_lines,
    check_schedule,
    make_repairer,
    schedule_plan,
    wells_that_fit,
)
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


@dataclass(frozen=True, slots=True)
class Reported:
    """What a report is drawn from."""

    plan: Plan
    schedule: Schedule
    state: RunState


def compile_files(
    protocol: Path, conditions: Path, deck: Path, *, batching: Batching = "auto"
) -> Plan:
    """Compile the three files to a sealed plan; pure, nothing is opened or moved.

    ``batching`` is the mode for steps that leave it to the planner, wherever it is possible.

    Raises:
        UserError: everything that is wrong with the files.
    """
    source = load_protocol(protocol)
    table = load_conditions(conditions, source)
    return compile_plan(source, table, load_deck(deck), batching=batching)


def schedule(plan: Plan, *, seed: int = 0, options: ScheduleOptions | None = None) -> Schedule:
    """Schedule a plan and have the schedule checked by code that shares nothing with the scheduler.

    Raises:
        ScheduleError: no schedule keeps all lags.
        InternalError: the checker found a fault in the schedule.
    """
    found = schedule_plan(plan, seed=seed, options=options or ScheduleOptions())
    faults = check_schedule(plan, found)
    if faults:
        told = "; ".join(str(fault) for fault in faults[:5])
        raise InternalError(f"the scheduler made a faulty schedule ({len(faults)}): {told}")
    return found


def explain(
    plan: Plan, schedule: Schedule | None, options: ScheduleOptions, *, seed: int = 0
) -> list[str]:
    """What binds a schedule, and what changes would cost, in lines; None: it was refused."""
    lines = [] if schedule is None else binding_lines(plan, schedule)
    if schedule is not None:
        prices = priced(plan, options, seed=seed)
        return [*lines, *price_lines(prices)]
    try:
        fits = wells_that_fit(plan, options)
    except ScheduleError:
        fits = None
    return price_lines(priced(plan, options, seed=seed, fits=fits))


def load_plan(path: Path) -> Plan:
    """Read a plan file and check that nobody changed it.

    Raises:
        PlanError: it can't be read, is no plan, or its content doesn't match its hash.
    """
    try:
        plan = Plan.model_validate_json(path.read_bytes())
    except OSError as error:
        raise _bad_plan(path, f"it can't be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the top"
        raise _bad_plan(path, f"it is no plan: {first['msg']} (at {place})") from error
    if not plan.is_intact():
        raise _bad_plan(path, "its content was changed after it was made")
    return plan


def load_schedule(path: Path, plan: Plan) -> Schedule:
    """Read a schedule file and check that it is a sound schedule of this plan.

    Raises:
        ScheduleError: it can't be read, is no schedule, is another plan's, or breaks the plan.
    """
    try:
        found = Schedule.model_validate_json(path.read_bytes())
    except OSError as error:
        raise _bad_schedule(path, f"it can't be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the top"
        raise _bad_schedule(path, f"it is no schedule: {first['msg']} (at {place})") from error
    if found.plan_sha256 != plan.sha256:
        raise _bad_schedule(path, f"it belongs to another plan ({found.plan_sha256[:12]})")
    if faults := check_schedule(plan, found):
        raise _bad_schedule(path, f"it doesn't fit the plan: {faults[0]}")
    return found


def _bad_schedule(path: Path, why: str) -> ScheduleError:
    return ScheduleError(
        Diagnostic(
            code="bad-schedule",
            message=f"this schedule can't be used: {why}",
            file=str(path),
            fix="make it anew with 'ncrobot schedule'",
        )
    )


def _bad_plan(path: Path, why: str) -> PlanError:
    return PlanError(
        Diagnostic(
            code="bad-plan",
            message=f"this plan can't be used: {why}",
            file=str(path),
            fix="make it anew with 'ncrobot plan'",
        )
    )


def _is_over(run: str) -> LabError:
    return LabError(
        Diagnostic(
            code="run-is-over",
            message=f"run {run!r} succeeded: there is nothing to resume",
            fix="start a new run with 'ncrobot run'",
        )
    )


def _world_is_gone(run: str, world: Path) -> LabError:
    return LabError(
        Diagnostic(
            code="world-is-gone",
            message=f"the simulated world of run {run!r} is gone: who knows what is in its wells",
            file=str(world),
            fix="start a new run; only what the world has kept can be resumed",
        )
    )


def _other_robot(run: str, ran_on: str, robot: str, deck: Path) -> LabError:
    return LabError(
        Diagnostic(
            code="other-robot",
            message=f"run {run!r} can't calibrate this layout: it ran on another robot",
            file=str(deck),
            found=robot,
            allowed=ran_on,
            fix="give the layout of the robot that the run was made on",
        )
    )


def calibrated_layout(deck: Path, calibration: Calibration) -> str:
    """The text of a layout file with calibrated times in it.

    Raises:
        DeckError: the layout is wrong.
        LabError: the times can't be written into it.
    """
    return layout_with_times(deck.read_text(encoding="utf-8"), calibration, str(deck))


class Lab:
    """An opened lab: a run database and a folder for reports. Use it as a context manager.

    The simulated world of a run that succeeded is thrown away, unless ``keep_worlds``.
    """

    def __init__(self, database: Database, folder: Path) -> None:
        self.keep_worlds = False
        self.database = database
        self.runs = Runs(database)
        self.folder = folder

    @classmethod
    def open(cls, database: Path) -> Self:
        """Open the lab whose runs are kept in this database file; reports go beside it.

        Raises:
            LabError: the database can't be opened.
        """
        return cls(Database.open(database), database.parent)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.database.close()

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
            raise _is_over(run)
        if real:
            check_drivers(record.plan.deck)
        world = self._world_log(run)
        if not recalled.started:
            world.unlink(missing_ok=True)
        elif not real and not world.exists():
            raise _world_is_gone(run, world)
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

    def write_report(self, view: Reported) -> Path:
        """Write the report of a run beside the database; returns its path."""
        path = self.folder / f"{view.state.run}.html"
        path.write_text(run_report_html(view.plan, view.schedule, view.state), encoding="utf-8")
        return path

    def load(self, run: str) -> RunRecord:
        """The record of a run.

        Raises:
            LabError: there is no such run, or its record is damaged.
        """
        return self.runs.load(run)

    def calibrate(self, run: str, deck: Path | None = None) -> Calibration:
        """Fit the arm's times to the acts of a run, beside its own layout's or another's of a deck.

        Raises:
            LabError: there is no such run, it holds too few acts, or the deck is another robot's.
            DeckError: the deck layout is wrong.
        """
        record = self.load(run)
        layout = record.plan.deck
        if deck is not None:
            other = load_deck(deck)
            if other.robot != layout.robot:
                raise _other_robot(run, layout.robot, other.robot, deck)
            layout = other
        return calibrate(record.events, layout)

    def export_csv(self, run: str) -> str:
        """Every addition of a run as planned and as executed, as CSV.

        Raises:
            LabError: there is no such run, or its record is damaged.
        """
        record = self.load(run)
        return additions_csv(record.plan, record.schedule, record.state)

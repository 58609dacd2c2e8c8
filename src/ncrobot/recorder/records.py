"""Runs as records: created, listed, read back; a damaged one never hides the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError
from sqlmodel import Session, select

from ncrobot.errors import Diagnostic, LabError, nearest_word
from ncrobot.events import Event
from ncrobot.plan import Plan
from ncrobot.recorder.database import Database
from ncrobot.recorder.tables import DocumentRow, EventRow, RunRow
from ncrobot.schedule import Schedule
from ncrobot.state import RunState, fold


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One line of the list of runs."""

    run: str
    created: str
    protocol: str
    deck: str
    simulated: bool
    status: str
    reason: str
    wells: int
    wells_ok: int | None
    wells_flagged: int | None
    duration_s: float | None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """All that is kept of one run."""

    summary: RunSummary
    plan: Plan
    schedule: Schedule
    events: tuple[Event, ...]

    @property
    def state(self) -> RunState:
        """What the events fold to."""
        return fold(self.events)


class Runs:
    """Reads and writes runs in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, run: str, created: str, plan: Plan, schedule: Schedule, *, simulated: bool
    ) -> None:
        """Write a new run with its documents, before its first event."""
        schedule_json = schedule.model_dump_json()
        schedule_sha = schedule.content_hash()
        with Session(self._database.engine) as session:
            for sha, kind, content in (
                (plan.sha256, "plan", plan.model_dump_json()),
                (schedule_sha, "schedule", schedule_json),
            ):
                if session.get(DocumentRow, sha) is None:
                    session.add(DocumentRow(sha256=sha, kind=kind, content=content))
            session.flush()
            session.add(
                RunRow(
                    id=run,
                    created=created,
                    protocol=plan.protocol,
                    title=plan.title,
                    deck=plan.deck.name,
                    plan_sha256=plan.sha256,
                    schedule_sha256=schedule_sha,
                    simulated=simulated,
                    status="running",
                    wells=len(plan.wells),
                )
            )
            session.commit()

    def finish(self, run: str, state: RunState) -> None:
        """Copy what the events fold to into the list of runs."""
        with Session(self._database.engine) as session:
            row = session.get(RunRow, run)
            if row is None:
                raise self._unknown(run)
            row.status = state.status
            row.reason = state.reason
            row.wells_ok = state.wells_ok
            row.wells_flagged = state.wells_flagged
            row.duration_s = state.time_s
            session.add(row)
            session.commit()

    def list(self) -> tuple[RunSummary, ...]:
        """All runs, the newest first."""
        with Session(self._database.engine) as session:
            rows = session.exec(select(RunRow)).all()
        ordered = sorted(rows, key=lambda row: (row.created, row.id), reverse=True)
        return tuple(_summary(row) for row in ordered)

    def load(self, run: str) -> RunRecord:
        """One run with its documents and events.

        Raises:
            LabError: no such run, or its record is damaged.
        """
        with Session(self._database.engine) as session:
            row = session.get(RunRow, run)
            if row is None:
                raise self._unknown(run)
            plan = session.get(DocumentRow, row.plan_sha256)
            schedule = session.get(DocumentRow, row.schedule_sha256)
            events = tuple(self._events(session, run))
            summary = _summary(row)
        if plan is None or schedule is None:
            raise _damaged(run, "its plan or schedule is missing")
        try:
            return RunRecord(
                summary,
                Plan.model_validate_json(plan.content),
                Schedule.model_validate_json(schedule.content),
                events,
            )
        except ValidationError as error:
            raise _damaged(run, f"{error.error_count()} field(s) can't be read") from error

    def _events(self, session: Session, run: str) -> Iterator[Event]:
        statement = select(EventRow).where(EventRow.run == run)
        for row in sorted(session.exec(statement), key=lambda row: row.seq):
            yield Event.model_validate(
                {
                    "run": row.run,
                    "seq": row.seq,
                    "time_s": row.time_s,
                    "wall": row.wall,
                    "kind": row.kind,
                    "operation": row.operation,
                    "act": row.act,
                    "wells": tuple(row.wells),
                    "simulated": row.simulated,
                    "data": row.data,
                }
            )

    def _unknown(self, run: str) -> LabError:
        known = [summary.run for summary in self.list()]
        nearest = nearest_word(run, known)
        return LabError(
            Diagnostic(
                code="unknown-run",
                message=f"there is no run {run!r} in {self._database.name}",
                allowed=f"{len(known)} run(s); 'ncrobot runs' lists them",
                fix=f"did you mean {nearest!r}?" if nearest else None,
            )
        )


def _summary(row: RunRow) -> RunSummary:
    return RunSummary(
        run=row.id,
        created=row.created,
        protocol=row.protocol,
        deck=row.deck,
        simulated=row.simulated,
        status=row.status,
        reason=row.reason,
        wells=row.wells,
        wells_ok=row.wells_ok,
        wells_flagged=row.wells_flagged,
        duration_s=row.duration_s,
    )


def _damaged(run: str, why: str) -> LabError:
    return LabError(
        Diagnostic(
            code="damaged-record",
            message=f"the record of run {run!r} is damaged: {why}",
            fix="restore the database from a backup; other runs are not affected",
        )
    )

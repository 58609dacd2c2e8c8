"""Runs as records: created, listed, read back; a damaged one never hides the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, insert, select, update

from ncrobot.errors import Diagnostic, LabError, nearest_word
from ncrobot.events import Event
from ncrobot.plan import Plan
from ncrobot.recorder.database import Database
from ncrobot.recorder.rows import COLUMNS, DOCUMENTS, EVENTS, RUNS, damaged, events_of
from ncrobot.recorder.summaries import RunSummary, summaries
from ncrobot.schedule import Schedule
from ncrobot.state import RunState, fold
from ncrobot.statuses import RunStatus

PAGE = 1000
"""How many events a follower gets at most in one go, unless it asks for another number."""


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
        """Write a new run with its documents, before its first event.

        Raises:
            LabError: the database can't be written.
        """
        schedule_sha = schedule.content_hash()
        documents = {
            plan.sha256: ("plan", plan.model_dump_json()),
            schedule_sha: ("schedule", schedule.model_dump_json()),
        }
        with self._database.writing() as connection:
            for sha, (kind, content) in documents.items():
                _keep(connection, sha, kind, content)
            connection.execute(
                insert(RUNS).values(
                    id=run,
                    created=created,
                    protocol=plan.protocol,
                    title=plan.title,
                    deck=plan.deck.name,
                    plan_sha256=plan.sha256,
                    schedule_sha256=schedule_sha,
                    simulated=simulated,
                    status=RunStatus.QUEUED.value,
                    reason="",
                    wells=len(plan.wells),
                )
            )

    def finish(self, run: str, state: RunState) -> None:
        """Copy what the events fold to into the list of runs.

        Raises:
            LabError: there is no such run, or the database can't be written.
        """
        self._change(
            run,
            {
                "status": state.status,
                "reason": state.reason,
                "wells_ok": state.wells_ok,
                "wells_flagged": state.wells_flagged,
                "duration_s": state.time_s,
            },
        )

    def heartbeat(self, run: str, at: datetime, controller: str) -> None:
        """Write down that a controller (its host and process, say) works on a run at this moment.

        A run that waits writes no events for hours; this is how a list tells it from a dead one.

        Raises:
            LabError: there is no such run, or the database can't be written.
        """
        self._change(run, {"heartbeat": at.isoformat(), "controller": controller})

    def list(self) -> tuple[RunSummary, ...]:
        """All runs, the newest first.

        Raises:
            LabError: the database can't be read.
        """
        with self._database.reading() as connection:
            found = summaries(connection)
        return tuple(sorted(found, key=lambda each: (each.created, each.run), reverse=True))

    def exists(self, run: str) -> bool:
        """Whether there is a run of this id.

        Raises:
            LabError: the database can't be read.
        """
        with self._database.reading() as connection:
            return connection.execute(select(RUNS.c.id).where(RUNS.c.id == run)).first() is not None

    def summary(self, run: str) -> RunSummary:
        """One line of the list.

        Raises:
            LabError: there is no such run, or the database can't be read.
        """
        with self._database.reading() as connection:
            found = summaries(connection, run)
        if not found:
            raise self._unknown(run)
        return found[0]

    def load(self, run: str) -> RunRecord:
        """One run with its documents and events.

        Raises:
            LabError: no such run, its record is damaged, or the database can't be read.
        """
        with self._database.reading() as connection:
            found = summaries(connection, run)
            if not found:
                raise self._unknown(run)
            plan, schedule = self._documents(connection, run)
            events = tuple(events_of(run, _rows(connection, run)))
        if plan is None or schedule is None:
            raise damaged(run, "its plan or schedule is missing")
        try:
            return RunRecord(
                found[0],
                Plan.model_validate_json(plan),
                Schedule.model_validate_json(schedule),
                events,
            )
        except ValidationError as error:
            raise damaged(run, f"{error.error_count()} field(s) can't be read") from error

    def events_after(self, run: str, seq: int = 0, *, limit: int = PAGE) -> tuple[Event, ...]:
        """The next events of a run after a number, at most ``limit``; () if there are none yet.

        Others may write meanwhile: what is returned is durable, in order and without gaps.

        Raises:
            LabError: no such run, its record is damaged, or the database can't be read.
        """
        with self._database.reading() as connection:
            events = tuple(events_of(run, _rows(connection, run, seq, limit), after=seq))
            if not events and not summaries(connection, run):
                raise self._unknown(run)
        return events

    def _documents(self, connection: Connection, run: str) -> tuple[str | None, str | None]:
        row = connection.execute(
            select(RUNS.c.plan_sha256, RUNS.c.schedule_sha256).where(RUNS.c.id == run)
        ).one()
        plan, schedule = (
            connection.execute(
                select(DOCUMENTS.c.content).where(DOCUMENTS.c.sha256 == sha)
            ).scalar()
            for sha in row
        )
        return plan, schedule

    def _change(self, run: str, values: dict[str, Any]) -> None:
        with self._database.writing() as connection:
            changed = connection.execute(update(RUNS).where(RUNS.c.id == run).values(values))
        if changed.rowcount == 0:
            raise self._unknown(run)

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


def _keep(connection: Connection, sha: str, kind: str, content: str) -> None:
    known = connection.execute(select(DOCUMENTS.c.sha256).where(DOCUMENTS.c.sha256 == sha))
    if known.first() is None:
        connection.execute(insert(DOCUMENTS).values(sha256=sha, kind=kind, content=content))


def _rows(
    connection: Connection, run: str, after: int = 0, limit: int | None = None
) -> Iterator[Sequence[Any]]:
    """Rows of a run's events in order; as the driver gives them, since there may be many."""
    statement = (
        select(*(EVENTS.c[name] for name in COLUMNS))
        .where(EVENTS.c.run == run, EVENTS.c.seq > after)
        .order_by(EVENTS.c.seq)
        .limit(limit)
    )
    compiled = statement.compile(dialect=connection.dialect)
    cursor = connection.connection.cursor()
    try:
        cursor.execute(str(compiled), tuple(compiled.params[n] for n in compiled.positiontup or ()))
        while rows := cursor.fetchmany(PAGE):
            yield from rows
    finally:
        cursor.close()

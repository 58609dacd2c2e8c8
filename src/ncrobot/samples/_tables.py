"""The tables of the samples' record, and the changes that several of its parts make in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)

from ncrobot.errors import Diagnostic, LabError
from ncrobot.samples.jobs import Job, JobState

TABLES = MetaData()
SAMPLES = Table(
    "samples",
    TABLES,
    Column("id", String, primary_key=True),
    Column("run", String, nullable=False, index=True),
    Column("document", Text, nullable=False),
)
JOBS = Table(
    "jobs",
    TABLES,
    Column("id", String, primary_key=True),
    Column("instrument", String, nullable=False, index=True),
    Column("state", String, nullable=False, index=True),
    Column("run", String, index=True),
    Column("sample", String, index=True),
    Column("batch", String, index=True),
    Column("document", Text, nullable=False),
)
BATCHES = Table(
    "batches",
    TABLES,
    Column("id", String, primary_key=True),
    Column("instrument", String, nullable=False),
    Column("state", String, nullable=False, index=True),
    Column("document", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
FILES = Table(
    "files",
    TABLES,
    Column("sha256", String, primary_key=True),
    Column("instrument", String, nullable=False),
    Column("state", String, nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("came", String, nullable=False),
    Column("reason", Text, nullable=False, default=""),
)
RESULTS = Table(
    "results",
    TABLES,
    Column("job", String, primary_key=True),
    Column("sha256", String, nullable=False, index=True),
    Column("by", String, nullable=False),
)
CONVERSIONS = Table(
    "conversions",
    TABLES,
    Column("raw", String, primary_key=True),
    Column("made", String),
    Column("name", String, nullable=False),
    Column("reason", Text, nullable=False),
)
SIGHTINGS = Table(
    "sightings",
    TABLES,
    Column("path", String, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("changed_ns", Integer, nullable=False),
    Column("seen_s", Float, nullable=False),
    Column("sha256", String),
)
FOUND = Table(
    "found",
    TABLES,
    Column("sample", String, primary_key=True),
    Column("at", String, nullable=False),
    Column("document", Text, nullable=False),
)
FACTS = Table(
    "facts",
    TABLES,
    Column("number", Integer, primary_key=True),
    Column("wall", String, nullable=False),
    Column("about", String, nullable=False, index=True),
    Column("state", String, nullable=False),
    Column("by", String, nullable=False),
    Column("reason", Text, nullable=False),
)


def note(
    connection: Connection, about: str, state: str, now: datetime, by: str, reason: str = ""
) -> None:
    """Write a fact: what happened to a job, batch or file, when, and by whom."""
    connection.execute(
        insert(FACTS).values(
            wall=now.astimezone(UTC).isoformat(), about=about, state=state, by=by, reason=reason
        )
    )


def row_of(job: Job) -> dict[str, Any]:
    """A job as its row."""
    return {
        "id": job.id, "instrument": job.instrument, "state": job.state.value, "run": job.run,
        "sample": job.sample, "batch": job.batch, "document": job.model_dump_json(),
    }  # fmt: skip


def job_in(connection: Connection, job: str) -> Job:
    """One job.

    Raises:
        LabError: there is none with this identity.
    """
    query = select(JOBS.c.document).where(JOBS.c.id == job.upper())
    document = connection.execute(query).scalar()
    if document is None:
        raise LabError(
            Diagnostic(
                code="no-job", message=f"there is no job {job!r}",
                fix="'ncrobot queue list' shows all",
            )
        )  # fmt: skip
    return Job.model_validate_json(document)


def jobs_of(connection: Connection, query: Select[Any]) -> tuple[Job, ...]:
    """The jobs that a query over their documents gives."""
    return tuple(Job.model_validate_json(row) for row in connection.execute(query).scalars())


def change(
    connection: Connection,
    job: Job,
    before: Iterable[JobState],
    fact: tuple[datetime, str, str],
    changes: Mapping[str, Any],
) -> Job | None:
    """Change a job if it still is in one of these states; None: it isn't, and nothing changed.

    ``fact`` is when, by whom and why.
    """
    changed = job.model_copy(update=dict(changes))
    found = connection.execute(
        update(JOBS)
        .where(JOBS.c.id == job.id, JOBS.c.state.in_([each.value for each in before]))
        .values(**row_of(changed))
    )
    if not found.rowcount:
        return None
    now, by, reason = fact
    note(connection, job.id, changed.state.value, now, by, reason)
    return changed

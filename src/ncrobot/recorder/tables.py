"""The tables. The migrations make them; these classes read and write them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel


class DocumentRow(SQLModel, table=True):
    """A plan, schedule or other document, once, by the hash of its content."""

    __tablename__ = "document"

    sha256: str = Field(primary_key=True, max_length=64)
    kind: str
    content: str


class RunRow(SQLModel, table=True):
    """One run; ``status`` repeats what its events fold to, so that lists are quick.

    ``heartbeat`` is when a ``controller`` last said that it works on the run (UTC, ISO 8601).
    """

    __tablename__ = "run"

    id: str = Field(primary_key=True)
    created: str
    protocol: str
    title: str
    deck: str
    plan_sha256: str = Field(foreign_key="document.sha256")
    schedule_sha256: str = Field(foreign_key="document.sha256")
    simulated: bool
    status: str
    reason: str = ""
    wells: int
    wells_ok: int | None = None
    wells_flagged: int | None = None
    duration_s: float | None = None
    heartbeat: str | None = None
    controller: str | None = None


class EventRow(SQLModel, table=True):
    """One event; a run's events are numbered from 1 without gaps, never changed, never deleted."""

    __tablename__ = "event"

    run: str = Field(primary_key=True, foreign_key="run.id")
    seq: int = Field(primary_key=True)
    time_s: float
    wall: str
    kind: str
    operation: str | None = None
    act: str | None = None
    wells: list[str] = Field(sa_column=Column(JSON, nullable=False))
    simulated: bool
    data: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class AuditRow(SQLModel, table=True):
    """One line of the audit trail; ``of`` is the line whose outcome this one tells."""

    __tablename__ = "audit"

    number: int | None = Field(default=None, primary_key=True)
    at: str
    who: str
    origin: str
    command: str
    run: str | None = None
    arguments: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    outcome: str
    reason: str = ""
    of: int | None = Field(default=None, foreign_key="audit.number")

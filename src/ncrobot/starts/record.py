"""The record of planned starts: what was asked, and everything that became of it.

It is shared by the service and by whoever plans or cancels. A start leaves ``planned`` by one
conditional update, so that of two services, or a service and a person, one gets it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)

from ncrobot.errors import Diagnostic, LabError
from ncrobot.starts.planned import PlannedStart, StartFact, StartRequest, StartStatus
from ncrobot.storage import open_store

_TABLES = MetaData()
_STARTS = Table(
    "planned_starts",
    _TABLES,
    Column("id", String, primary_key=True),
    Column("at", String, nullable=False),
    Column("status", String, nullable=False),
    Column("document", Text, nullable=False),
)
_FACTS = Table(
    "start_facts",
    _TABLES,
    Column("number", Integer, primary_key=True),
    Column("start", String, nullable=False, index=True),
    Column("wall", String, nullable=False),
    Column("status", String, nullable=False),
    Column("by", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("run", String),
)


def system_now() -> datetime:
    """The date and time of this machine, in UTC."""
    return datetime.now(UTC)


class Starts:
    """The open record; shared by threads and processes. ``now`` is handed in for tests."""

    def __init__(self, engine: Engine, path: Path, now: Callable[[], datetime]) -> None:
        self.path = path
        self._engine = engine
        self.now = now

    @classmethod
    def open(cls, path: Path, now: Callable[[], datetime] = system_now) -> Starts:
        """Open or create the record in this SQLite file.

        Raises:
            LabError: no permission, no folder, or no database.
        """
        return cls(open_store(path, _TABLES, "the record of planned starts"), path, now)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def add(self, request: StartRequest) -> PlannedStart:
        """Keep a request.

        Raises:
            LabError: its time is past, or another start is planned for the deck in that time.
        """
        now = self.now()
        name = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        start = PlannedStart(id=name, **request.model_dump())
        if start.moment <= now:
            raise _cannot("start-past", f"the time of {start.told()} is past", "give a later one")
        with self._engine.begin() as connection:
            for other in _all(connection, StartStatus.PLANNED):
                is_same = other.deck == start.deck and other.real == start.real
                if is_same and other.moment < start.end and start.moment < other.end:
                    raise _overlapping(start, other)
            connection.execute(
                insert(_STARTS).values(
                    id=name, at=start.at, status=start.status, document=start.model_dump_json()
                )
            )
            self._note(connection, start, start.by, "")
        return start

    def get(self, start: str) -> PlannedStart:
        """One planned start.

        Raises:
            LabError: there is none with this id.
        """
        with self._engine.begin() as connection:
            return _one(connection, start)

    def all(self, *statuses: StartStatus) -> tuple[PlannedStart, ...]:
        """The planned starts in these states (none given: all), in order of their times."""
        with self._engine.begin() as connection:
            return _all(connection, *statuses)

    def facts(self, start: str) -> tuple[StartFact, ...]:
        """The record of one start, in order."""
        query = select(_FACTS).where(_FACTS.c.start == start).order_by(_FACTS.c.number)
        with self._engine.begin() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(
            StartFact.model_validate({k: v for k, v in row.items() if k != "number"})
            for row in rows
        )

    def move(
        self,
        start: str,
        before: StartStatus,
        after: StartStatus,
        *,
        by: str,
        reason: str = "",
        run: str | None = None,
    ) -> PlannedStart | None:
        """Move a start from one state to another; None if it isn't in the first one.

        Raises:
            LabError: there is no such start.
        """
        with self._engine.begin() as connection:
            moved = _one(connection, start).model_copy(
                update={"status": after, "reason": reason, "run": run}
            )
            changed = connection.execute(
                update(_STARTS)
                .where(_STARTS.c.id == start, _STARTS.c.status == before)
                .values(status=after, document=moved.model_dump_json())
            )
            if not changed.rowcount:
                return None
            self._note(connection, moved, by, reason)
        return moved

    def _note(self, connection: Connection, start: PlannedStart, by: str, reason: str) -> None:
        connection.execute(
            insert(_FACTS).values(
                start=start.id,
                wall=self.now().astimezone(UTC).isoformat(),
                status=start.status,
                by=by,
                reason=reason,
                run=start.run,
            )
        )


def _one(connection: Connection, start: str) -> PlannedStart:
    query: Any = select(_STARTS.c.document).where(_STARTS.c.id == start)
    document = connection.execute(query).scalar()
    if document is None:
        fix = "'ncrobot starts list' shows all"
        raise _cannot("no-start", f"there is no planned start {start!r}", fix)
    return PlannedStart.model_validate_json(document)


def _all(connection: Connection, *statuses: StartStatus) -> tuple[PlannedStart, ...]:
    query = select(_STARTS.c.document).order_by(_STARTS.c.at, _STARTS.c.id)
    if statuses:
        query = query.where(_STARTS.c.status.in_(statuses))
    rows = connection.execute(query).scalars().all()
    return tuple(PlannedStart.model_validate_json(row) for row in rows)


def _overlapping(start: PlannedStart, other: PlannedStart) -> LabError:
    return _cannot(
        "start-overlaps",
        f"{start.told()} would still run, or begin, while {other.told()} does on deck "
        f"{start.deck!r}",
        f"give another time, or cancel the other one (ncrobot starts cancel {other.id})",
    )


def _cannot(code: str, message: str, fix: str) -> LabError:
    return LabError(Diagnostic(code=code, message=message, fix=fix))

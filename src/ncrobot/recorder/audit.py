"""The audit trail: every command with who gave it, when, from where, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, insert, select

from ncrobot.recorder.database import Database
from ncrobot.recorder.rows import AUDIT

_SECRET = ("token", "password", "secret")


class CommandOutcome(StrEnum):
    """What came of a command; ``ASKED``: it was taken, its outcome follows in a line of its own."""

    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What somebody asked for.

    ``origin`` is from where: ``terminal of lab-pc``, ``api 127.0.0.1``. ``arguments`` are JSON;
    values whose names speak of a token, password or secret are not kept.
    """

    at: datetime
    who: str
    origin: str
    name: str
    run: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the trail; ``at`` is UTC. ``of`` is the line whose outcome this one tells."""

    number: int
    command: Command
    outcome: CommandOutcome
    reason: str
    of: int | None


class Audit:
    """Writes and reads the trail. Lines are added, never changed or deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(
        self, command: Command, outcome: CommandOutcome, reason: str = "", *, of: int | None = None
    ) -> int:
        """Add a line, durably; returns its number, by which a later line can tell its outcome.

        Raises:
            LabError: the database can't be written; what nobody can account for isn't to be done.
            ValueError: the command's date has no time zone, or the trail has no line ``of``.
        """
        if command.at.tzinfo is None:
            raise ValueError(f"the date of a command needs a time zone: {command.at}")
        with self._database.writing() as connection:
            if of is not None:
                known = connection.execute(select(AUDIT.c.number).where(AUDIT.c.number == of))
                if known.first() is None:
                    raise ValueError(f"the audit trail has no line {of}")
            made = connection.execute(
                insert(AUDIT).values(
                    at=command.at.astimezone(UTC).isoformat(),
                    who=command.who,
                    origin=command.origin,
                    command=command.name,
                    run=command.run,
                    arguments=_without_secrets(command.arguments),
                    outcome=outcome.value,
                    reason=reason,
                    of=of,
                )
            )
        return int((made.inserted_primary_key or (0,))[0])

    def list(
        self,
        *,
        run: str | None = None,
        who: str | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> tuple[AuditEntry, ...]:
        """The newest lines first, of a run or of somebody; for the next page, ``before`` the last.

        Raises:
            LabError: the database can't be read.
        """
        statement = select(AUDIT).order_by(AUDIT.c.number.desc()).limit(limit)
        if run is not None:
            statement = statement.where(AUDIT.c.run == run)
        if who is not None:
            statement = statement.where(AUDIT.c.who == who)
        if before is not None:
            statement = statement.where(AUDIT.c.number < before)
        with self._database.reading() as connection:
            return tuple(_entry(row) for row in connection.execute(statement))


def _entry(row: Row[Any]) -> AuditEntry:
    command = Command(
        at=datetime.fromisoformat(row.at),
        who=row.who,
        origin=row.origin,
        name=row.command,
        run=row.run,
        arguments=row.arguments,
    )
    return AuditEntry(row.number, command, CommandOutcome(row.outcome), row.reason, row.of)


def _without_secrets(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _kept(name, value) for name, value in arguments.items()}


def _kept(name: str, value: Any) -> Any:
    if any(word in name.lower() for word in _SECRET):
        return "not kept"
    return _without_secrets(value) if isinstance(value, Mapping) else value

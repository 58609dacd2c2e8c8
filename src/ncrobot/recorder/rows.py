"""Events as rows of the database, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json, to_json
from sqlalchemy import Connection, Table, insert
from sqlmodel import SQLModel

from ncrobot.errors import Diagnostic, LabError
from ncrobot.events import Event
from ncrobot.recorder import tables

EVENTS: Table = SQLModel.metadata.tables[str(tables.EventRow.__tablename__)]
RUNS: Table = SQLModel.metadata.tables[str(tables.RunRow.__tablename__)]
DOCUMENTS: Table = SQLModel.metadata.tables[str(tables.DocumentRow.__tablename__)]
AUDIT: Table = SQLModel.metadata.tables[str(tables.AuditRow.__tablename__)]

COLUMNS = ("run", "seq", "time_s", "wall", "kind", "operation", "act", "wells", "simulated", "data")

Row = tuple[Any, ...]


def insertion(connection: Connection) -> str:
    """The statement that takes rows with :data:`COLUMNS`, in this database's own words."""
    statement = insert(EVENTS).values(dict.fromkeys(COLUMNS))
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(COLUMNS))
    return str(compiled)


def row_of(event: Event) -> Row:
    """An event as a row.

    Raises:
        ValueError: its figures are no JSON.
    """
    return (
        event.run,
        event.seq,
        event.time_s,
        event.wall,
        event.kind.value,
        event.operation,
        event.act,
        to_json(event.wells).decode() if event.wells else "[]",
        event.simulated,
        to_json(event.data).decode() if event.data else "{}",
    )


def events_of(run: str, rows: Iterable[Sequence[Any]], *, after: int = 0) -> Iterator[Event]:
    """The events of a run's rows, which stand in order and begin after a number.

    Raises:
        LabError: a number is missing, or a row is no event.
    """
    validated = Event.__pydantic_validator__.validate_python
    seq = after
    for row in rows:
        seq += 1
        if row[1] != seq:
            raise damaged(run, f"event {seq} is missing, the next is {row[1]}")
        try:
            yield validated(
                {
                    "run": row[0],
                    "seq": row[1],
                    "time_s": row[2],
                    "wall": row[3],
                    "kind": row[4],
                    "operation": row[5],
                    "act": row[6],
                    "wells": from_json(row[7]) if row[7] != "[]" else (),
                    "simulated": row[8],
                    "data": from_json(row[9]) if row[9] != "{}" else {},
                }
            )
        except (ValidationError, ValueError) as error:
            raise damaged(run, f"event {seq} can't be read") from error


def damaged(run: str, why: str) -> LabError:
    """A record that can't be read as it should."""
    return LabError(
        Diagnostic(
            code="damaged-record",
            message=f"the record of run {run!r} is damaged: {why}",
            fix="restore the database from a backup; other runs are not affected",
        )
    )

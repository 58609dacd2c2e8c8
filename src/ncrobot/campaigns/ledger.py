"""The ledger of a campaign: an append-only file that says how far every round has come.

Each entry is one transaction, and a round has each kind of entry once at most: whoever dies between
two entries repeats at most what changes nothing. Results have ids of their own, which the file
keeps unique, so that each is told exactly once, however often a campaign is taken up.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Column, Integer, MetaData, Table, Text, UniqueConstraint, insert, select
from sqlalchemy.exc import DatabaseError, IntegrityError

from ncrobot.errors import Diagnostic, LabError
from ncrobot.storage import open_store

_TABLES = MetaData()
_ENTRIES = Table(
    "entries",
    _TABLES,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("round", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("data", Text, nullable=False),
    UniqueConstraint("round", "kind", "attempt"),
)
_TOLD = Table(
    "told",
    _TABLES,
    Column("id", Text, primary_key=True),
    Column("seq", Integer, nullable=False),
)


class Step(StrEnum):
    """How far a round has come; ``OBSERVED`` are results that came in from elsewhere, later."""

    OPENED = "opened"
    ASKED = "asked"
    PLANNED = "planned"
    RUNNING = "running"
    RAN = "ran"
    MEASURED = "measured"
    TOLD = "told"
    OBSERVED = "observed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger. ``attempt`` counts runs of one plate, and later observations."""

    seq: int
    round: int
    step: Step
    attempt: int
    data: dict[str, Any]


class Ledger:
    """An opened ledger. Use it as a context manager."""

    def __init__(self, path: Path) -> None:
        """Open or create it.

        Raises:
            LabError: the file can't be written, or is no ledger.
        """
        self.path = path
        self._store = open_store(path, _TABLES, "the ledger of a campaign")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._store.dispose()

    def entries(self) -> list[Entry]:
        """All entries in their order.

        Raises:
            LabError: the file is damaged.
        """
        try:
            with self._store.connect() as connection:
                rows = connection.execute(select(_ENTRIES).order_by(_ENTRIES.c.seq)).all()
        except DatabaseError as error:
            raise _damaged(self.path, error) from error
        return [
            Entry(row.seq, row.round, Step(row.kind), row.attempt, json.loads(row.data))
            for row in rows
        ]

    def write(
        self,
        number: int,
        step: Step,
        data: dict[str, Any],
        *,
        attempt: int = 1,
        tells: Iterable[str] = (),
    ) -> None:
        """Write an entry; ``tells`` are ids of results that it tells, each of them new.

        Raises:
            LabError: the round has this entry already, or a result was told before: somebody else
                works on this campaign.
        """
        values = {
            "round": number,
            "kind": step.value,
            "attempt": attempt,
            "data": json.dumps(data, sort_keys=True),
        }
        try:
            with self._store.begin() as connection:
                seq = connection.execute(insert(_ENTRIES).values(values)).inserted_primary_key
                rows = [{"id": name, "seq": seq[0] if seq else 0} for name in tells]
                if rows:
                    connection.execute(insert(_TOLD), rows)
        except IntegrityError as error:
            raise LabError(
                Diagnostic(
                    code="told-twice",
                    message=f"round {number} has {step.value!r} already, or tells a result again",
                    file=str(self.path),
                    fix="look whether another process works on this campaign",
                )
            ) from error
        except DatabaseError as error:
            raise _damaged(self.path, error) from error


def _damaged(path: Path, error: DatabaseError) -> LabError:
    return LabError(
        Diagnostic(
            code="bad-ledger",
            message=f"the ledger can't be used: {error.orig}",
            file=str(path),
            fix="give the campaign's own ledger, or another file",
        )
    )

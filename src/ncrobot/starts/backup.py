"""Copies of an SQLite database while it is in use."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from ncrobot.errors import Diagnostic, LabError


def backup_sqlite(database: Path, folder: Path, now: datetime, *, keep: int = 14) -> Path:
    """Copy a database into a folder, check the copy, and keep the newest ``keep`` copies.

    The copy is of one moment, whatever is written meanwhile; its name tells the moment.

    Raises:
        LabError: it can't be copied, or the copy is damaged; older copies are left as they are.
    """
    target = folder / f"{database.stem}-{now.astimezone(UTC):%Y%m%d-%H%M%S}{database.suffix}"
    part = target.with_name(target.name + ".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        _copy(database, part)
        part.replace(target)
        copies = sorted(folder.glob(f"{database.stem}-*{database.suffix}"))
        for old in copies[: -max(keep, 1)]:
            old.unlink()
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise LabError(
            Diagnostic(
                code="backup",
                message=f"the database can't be backed up: {error}",
                file=str(database),
                fix=f"check that {folder} is there and has room",
            )
        ) from error
    return target


def _copy(database: Path, part: Path) -> None:
    with (
        closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(part)) as copy,
    ):
        source.backup(copy, pages=1000)
        (verdict,) = copy.execute("PRAGMA quick_check").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)

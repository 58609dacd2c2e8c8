"""Copies of a run database while it is in use: checked before they are called good; put back."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ncrobot.errors import Diagnostic, LabError
from ncrobot.recorder.failures import BUSY_TIMEOUT_S, clearly

_COUNTS = "select run, count(*), max(seq) from event group by run order by run"
_BESIDE = ("-wal", "-shm", "-journal")

Counts = list[tuple[str, int, int]]


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that was checked: where it is, and what is in it. ``deleted`` are older ones."""

    path: Path
    at: datetime
    runs: int
    events: int
    size_bytes: int
    deleted: tuple[Path, ...] = ()


def back_up(name: str, database: Path | None, folder: Path, at: datetime, *, keep: int) -> Backup:
    """Copy a database that may be in use, check the copy, and delete all but the newest ``keep``.

    Raises:
        LabError: it is no file, can't be copied, or the copy isn't what it should be.
        ValueError: ``at`` has no zone, or not even one copy is to be kept.
    """
    if at.tzinfo is None or keep < 1:
        raise ValueError(f"a backup needs a date with a zone, and a place: {at}, keep {keep}")
    if database is None:
        raise LabError(f"{name} is no file: its own server has to back it up")
    at = at.astimezone(UTC).replace(microsecond=0)
    path = folder / f"{database.stem}-{at:%Y%m%dT%H%M%SZ}.sqlite"
    part = path.with_name(path.name + ".part")
    with _or_nothing(part, "the backup"):
        folder.mkdir(parents=True, exist_ok=True)
        counts = _copy(database, part)
        _check(part, counts)
        size_bytes = part.stat().st_size
        _put(part, path)
        deleted = _prune(folder, database.stem, keep)
    events = sum(count for _, count, _ in counts)
    return Backup(path, at, len(counts), events, size_bytes, deleted)


def list_backups(folder: Path, stem: str) -> tuple[Path, ...]:
    """The backups of the database called ``stem`` in a folder, the newest first."""
    pattern = re.compile(re.escape(stem) + r"-\d{8}T\d{6}Z\.sqlite")
    found = (path for path in folder.glob("*.sqlite") if pattern.fullmatch(path.name))
    return tuple(sorted(found, key=lambda path: path.name, reverse=True))


def restore(backup: Path, database: Path, at: datetime) -> Path | None:
    """Put a backup in the place of a database; returns where the one before was moved, if any.

    Nobody may have the database open. The one before is kept under another name, as it is.

    Raises:
        LabError: the backup is damaged, the database is in use, or files can't be written.
    """
    part = database.with_name(database.name + ".part")
    with _or_nothing(part, "the run database"):
        if not backup.is_file():
            raise LabError(f"there is no backup {backup}")
        database.parent.mkdir(parents=True, exist_ok=True)
        _check(part, _copy(backup, part))
        before = None
        if database.exists():
            _refuse_if_used(database)
            before = _aside(database, at)
        _put(part, database)
    return before


def _copy(source: Path, target: Path) -> Counts:
    """Copy one view of everything, in one go: writers don't wait for it, and it not for them."""
    target.unlink(missing_ok=True)
    uri = f"{source.absolute().as_uri()}?mode=ro"
    with (
        clearly(str(source), source),
        closing(sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)) as of,
        closing(sqlite3.connect(target, isolation_level=None)) as to,
    ):
        of.execute("begin")
        counts: Counts = of.execute(_COUNTS).fetchall()
        of.backup(to, pages=-1)
        of.execute("commit")
        to.execute("pragma journal_mode=delete")  # one file, with nothing beside it
    return counts


def _check(copy: Path, counts: Counts) -> None:
    """Read a copy as strangers would: sound, all events there, no number missing.

    Raises:
        LabError: it isn't.
    """
    uri = f"{copy.absolute().as_uri()}?mode=ro"
    with (
        clearly(str(copy), copy),
        closing(sqlite3.connect(uri, uri=True)) as connection,
    ):
        faults = [row[0] for row in connection.execute("pragma integrity_check")]
        found: Counts = connection.execute(_COUNTS).fetchall()
    if faults != ["ok"]:
        raise _bad(copy, f"it isn't sound: {faults[0]}")
    if found != counts:
        raise _bad(copy, "it doesn't hold the same events")
    gaps = [run for run, count, last in found if count != last]
    if gaps:
        raise _bad(copy, f"events of run {gaps[0]!r} are missing, in the database too")


def _bad(copy: Path, why: str) -> LabError:
    return LabError(
        Diagnostic(
            code="bad-backup",
            message=f"the copy can't be used: {why}",
            file=str(copy.with_suffix("")),
            fix="look after the disk; older backups are as they were",
        )
    )


def _put(part: Path, path: Path) -> None:
    """Give a finished file its name, durably: it is there whole, or not at all."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _prune(folder: Path, stem: str, keep: int) -> tuple[Path, ...]:
    old = list_backups(folder, stem)[keep:]
    for path in old:
        path.unlink(missing_ok=True)
    return old


def _refuse_if_used(database: Path) -> None:
    """Refuse if anybody has the database open; one that can't be read at all nobody works with.

    Raises:
        LabError: somebody has.
    """
    try:
        with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as connection:
            # Every open connection holds a share of the file, and this asks for all of it.
            connection.execute("pragma locking_mode=exclusive")
            connection.execute("begin exclusive")
            connection.execute("commit")
    except sqlite3.OperationalError as error:
        raise LabError(
            Diagnostic(
                code="database-in-use",
                message=f"the run database is in use, so it can't be replaced: {error}",
                file=str(database),
                fix="end what uses it (runs, the server, viewers), then restore",
            )
        ) from error
    except sqlite3.DatabaseError:
        return


def _aside(database: Path, at: datetime) -> Path:
    moved = database.with_name(f"{database.name}.before-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    for end in ("", *_BESIDE):
        beside = database.with_name(database.name + end)
        if beside.exists():
            beside.replace(moved.with_name(moved.name + end))
    return moved


@contextmanager
def _or_nothing(part: Path, what: str) -> Iterator[None]:
    """Leave no unfinished file behind, whatever happens.

    Raises:
        LabError: a file or folder can't be written.
    """
    try:
        yield
    except OSError as error:
        raise LabError(
            Diagnostic(
                code="backup",
                message=f"{what} can't be written: {error.strerror or error}",
                file=str(part.with_suffix("")),
                fix="make room, or give a folder you may write to",
            )
        ) from error
    finally:
        for end in ("", *_BESIDE):
            with suppress(OSError):
                part.with_name(part.name + end).unlink(missing_ok=True)

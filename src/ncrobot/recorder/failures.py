"""What a database can't do, told as one clear error: locked, full, read-only, gone, damaged."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from ncrobot.errors import Diagnostic, LabError

BUSY_TIMEOUT_S = 5.0
"""How long a lock of another process is waited out."""

_ROOM = "get the right to write the file and its folder, or give another with --database"


@dataclass(frozen=True, slots=True)
class _Story:
    """How an error of SQLite is told; ``{error}`` is what SQLite says itself."""

    code: str
    message: str
    fix: str


_GONE = _Story(
    "database-gone",
    "the run database has vanished, or was replaced, while it was in use",
    "put the file and its '-wal' back, or restore a backup",
)
_STORIES = {
    ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL"): _Story(
        "database-locked",
        f"another process has kept the run database locked for over {BUSY_TIMEOUT_S:g} s",
        "end what holds it (a viewer, a copy under way, another ncrobot), and try again",
    ),
    ("SQLITE_FULL",): _Story(
        "database-full", "there is no room left for the run database", "make room on the disk"
    ),
    ("SQLITE_READONLY", "SQLITE_PERM"): _Story(
        "database-read-only", "the run database is read-only", _ROOM
    ),
    ("SQLITE_IOERR",): _Story(
        "database-disk",
        "the disk doesn't take or give the run database: {error}",
        "look after the disk: its room, its quota, its health",
    ),
    ("SQLITE_CANTOPEN",): _Story(
        "database-path", "the run database can't be opened: {error}", _ROOM
    ),
    ("SQLITE_CORRUPT", "SQLITE_NOTADB"): _Story(
        "database-damaged",
        "the run database can't be opened: {error}",
        "restore a backup; or move the file away (a new one is made)",
    ),
    ("SQLITE_CONSTRAINT",): _Story(
        "database-refuses",
        "the run database refuses what would change its record: {error}",
        "see that only one process works on a run",
    ),
}
_ANY = _Story(
    "database",
    "the run database can't do this: {error}",
    "move the file away (a new one is made), or give another with --database",
)


@contextmanager
def clearly(name: str, path: Path | None) -> Iterator[None]:
    """Turn what the database raises in the block into one error that says what to do.

    Raises:
        LabError: the database can't do what was asked.
    """
    try:
        yield
    except DBAPIError as error:
        raise LabError(_diagnostic(error.orig or error, name, path)) from error
    except sqlite3.Error as error:
        raise LabError(_diagnostic(error, name, path)) from error


def gone(name: str) -> LabError:
    """The file of an open database isn't there any more: what is written to it is lost."""
    return LabError(Diagnostic(code=_GONE.code, message=_GONE.message, file=name, fix=_GONE.fix))


def _diagnostic(error: BaseException, name: str, path: Path | None) -> Diagnostic:
    word = getattr(error, "sqlite_errorname", None) or ""
    story = next((told for words, told in _STORIES.items() if word.startswith(words)), _ANY)
    if word == "SQLITE_READONLY_DBMOVED" or (word and path is not None and not path.exists()):
        story = _GONE
    return Diagnostic(
        code=story.code,
        message=story.message.format(error=error),
        file=name,
        found=_room(story.code, path),
        fix=story.fix,
    )


def _room(code: str, path: Path | None) -> str | None:
    if code not in ("database-full", "database-disk") or path is None:
        return None
    try:
        return f"{shutil.disk_usage(path.parent).free / 1e6:.1f} MB free"
    except OSError:
        return None

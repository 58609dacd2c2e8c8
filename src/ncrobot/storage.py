"""Small SQLite files of our own, beside the run database: durable, and patient with each other."""

from __future__ import annotations

from pathlib import Path
from sqlite3 import Connection as SqliteConnection

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.exc import DatabaseError

from ncrobot.errors import Diagnostic, LabError


def _prepare(connection: object, record: object) -> None:
    del record
    if isinstance(connection, SqliteConnection):
        connection.isolation_level = None  # we begin transactions ourselves
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


def _begin(connection: Connection) -> None:
    # A transaction that reads before it writes must have the right to write from its start:
    # two that wait for it later would refuse each other instead of waiting.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def open_store(path: Path, tables: MetaData, purpose: str) -> Engine:
    """Open or create the SQLite file at ``path`` with these tables; ``purpose`` is for messages.

    Any number of processes and threads may share it.

    Raises:
        LabError: no permission, no folder, or no database.
    """
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with engine.begin() as connection:
            tables.create_all(connection)
    except OSError as error:
        engine.dispose()
        raise _refused(path, purpose, error.strerror or str(error)) from error
    except DatabaseError as error:
        engine.dispose()
        raise _refused(path, purpose, str(error.orig)) from error
    return engine


def _refused(path: Path, purpose: str, why: str) -> LabError:
    return LabError(
        Diagnostic(
            code="store",
            message=f"{purpose} can't be kept here: {why}",
            file=str(path),
            fix="give a folder you may write to, or move the file away (a new one is made)",
        )
    )

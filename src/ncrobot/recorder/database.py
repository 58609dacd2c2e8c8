"""The database: opened, brought to the newest version, and kept durable."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.pool import QueuePool

from ncrobot.errors import Diagnostic, LabError
from ncrobot.recorder.backups import Backup, back_up
from ncrobot.recorder.failures import BUSY_TIMEOUT_S, clearly

_MIGRATIONS = Path(__file__).parent / "migrations"
NEWEST = "0002"
"""The newest migration; a test holds it equal to what the migrations folder says."""

_PRAGMAS = (
    f"busy_timeout={BUSY_TIMEOUT_S * 1000:.0f}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "fullfsync=ON",  # where fsync alone leaves data in the drive's cache (macOS)
    "foreign_keys=ON",
)


def _prepare(connection: object, record: object) -> None:
    """Durable commits (FULL), readers beside one writer (WAL), and a wait instead of a failure."""
    del record
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None  # we begin transactions ourselves
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


def _begin(connection: Connection) -> None:
    # A writer takes its right at once: one that reads first may be refused it without a wait.
    writes = connection.get_execution_options().get("writes", False)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class Database:
    """An open run database. One process writes a run; any number may read.

    Opening creates the file and migrates an older one. A file from a newer ncrobot, or one that
    is no database, is refused and left as it is. ``path`` is None if it is no file.
    """

    def __init__(self, engine: Engine, name: str, path: Path | None = None) -> None:
        self.engine = engine
        self.name = name
        self.path = path
        self._writing = engine.execution_options(writes=True)

    @classmethod
    def open(cls, path: Path) -> Database:
        """Open or create the SQLite database at ``path``; what may not be written can be read.

        Raises:
            LabError: no permission, no directory, damaged, or made by a newer version.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                path.touch()
        except OSError as error:
            raise LabError(
                Diagnostic(
                    code="database-path",
                    message=f"the run database can't be kept here: {error.strerror}",
                    file=str(path),
                    fix="give a folder you may write to with --database",
                )
            ) from error
        uri = f"{path.absolute().as_uri()}?{_mode(path)}"
        engine = create_engine("sqlite://", creator=lambda: _connected(uri), poolclass=QueuePool)
        return cls._opened(engine, str(path), path.absolute())

    @classmethod
    def connect(cls, url: str, name: str | None = None) -> Database:
        """Open the database behind a URL and migrate it to the newest version.

        Raises:
            LabError: as for :meth:`open`.
        """
        return cls._opened(create_engine(url), name or url, None)

    @classmethod
    def _opened(cls, engine: Engine, name: str, path: Path | None) -> Database:
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        database = cls(engine, name, path)
        try:
            with database.reading() as connection:
                current = _version(connection)
            if current != NEWEST:
                with database.writing() as connection:
                    database._migrate(connection)
        except LabError:
            engine.dispose()
            raise
        return database

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One view of everything, as it is at the first look; it keeps no writer from its work.

        Raises:
            LabError: the database can't be read.
        """
        with clearly(self.name, self.path), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes: at the end of the block it is on the disk, or nothing is.

        Raises:
            LabError: the database can't be written.
        """
        with clearly(self.name, self.path), self._writing.begin() as connection:
            yield connection

    def writer(self) -> Connection:
        """A connection of one's own, to write; whoever takes it closes it.

        Raises:
            LabError: the database can't be opened.
        """
        with clearly(self.name, self.path):
            return self._writing.connect()

    def files(self) -> dict[str, tuple[int, int]] | None:
        """Which files hold the record at this moment (device and inode by name); None: none do.

        A database in files is the file itself and, while anyone has it open, its '-wal'.
        """
        if self.path is None:
            return {}
        try:
            found = {name: os.stat(name) for name in (str(self.path), f"{self.path}-wal")}  # noqa: PTH116 - before every act: a path object is slow
        except OSError:
            return None
        return {name: (stat.st_dev, stat.st_ino) for name, stat in found.items()}

    def backup(self, folder: Path, at: datetime, *, keep: int = 7) -> Backup:
        """Copy the database into a folder, check the copy, and keep the newest ``keep`` of them.

        Runs may go on writing meanwhile. ``at`` is now, with its zone: it names the copy.

        Raises:
            LabError: it can't be copied, or the copy isn't what it should be; no copy is left then
                and no older one is deleted.
        """
        return back_up(self.name, self.path, folder, at, keep=keep)

    def _migrate(self, connection: Connection) -> None:
        # Half a second of imports that an up-to-date database doesn't need.
        from alembic import command  # noqa: PLC0415
        from alembic.config import Config  # noqa: PLC0415
        from alembic.script import ScriptDirectory  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        script = ScriptDirectory.from_config(config)
        known = {revision.revision for revision in script.walk_revisions()}
        current = _version(connection)
        if current is not None and current not in known:
            raise LabError(
                Diagnostic(
                    code="database-newer",
                    message="this run database was made by a newer ncrobot",
                    file=self.name,
                    found=f"version {current}",
                    allowed=f"up to version {NEWEST}",
                    fix="use the newer ncrobot, or another database with --database",
                )
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _mode(path: Path) -> str:
    """How SQLite opens the file: an archived record, on a disk that can't be written, is read."""
    if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        return "mode=rw"  # 'rw' makes no file: one that vanishes must not come back empty
    if path.with_name(f"{path.name}-wal").exists():
        return "mode=ro"
    return "mode=ro&immutable=1"  # else SQLite wants to make files beside it


def _connected(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False)


def _version(connection: Connection) -> str | None:
    """The migration that a database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("select version_num from alembic_version")).scalar()

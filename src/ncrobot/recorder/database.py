"""The database: opened, brought to the newest version, and kept durable."""

from __future__ import annotations

from pathlib import Path
from sqlite3 import Connection as SqliteConnection

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError

from ncrobot.errors import Diagnostic, LabError

_MIGRATIONS = Path(__file__).parent / "migrations"
NEWEST = "0001"
"""The newest migration; a test holds it equal to what the migrations folder says."""


def _pragmas(connection: object, record: object) -> None:
    """Durable commits (FULL), readers beside one writer (WAL), and a wait instead of a failure."""
    del record
    if isinstance(connection, SqliteConnection):
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON",
                       "busy_timeout=5000"):  # fmt: skip
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


class Database:
    """An open run database. One process writes a run; any number may read.

    Opening creates the file and migrates an older one. A file from a newer ncrobot, or one that
    is no database, is refused and left as it is.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine = engine
        self.name = name

    @classmethod
    def open(cls, path: Path) -> Database:
        """Open or create the SQLite database at ``path``.

        Raises:
            LabError: no permission, no directory, damaged, or made by a newer version.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return cls.connect(f"sqlite:///{path}", str(path))
        except OSError as error:
            raise LabError(
                Diagnostic(
                    code="database-path",
                    message=f"the run database can't be kept here: {error.strerror}",
                    file=str(path),
                    fix="give a folder you may write to with --database",
                )
            ) from error

    @classmethod
    def connect(cls, url: str, name: str | None = None) -> Database:
        """Open the database behind a URL and migrate it to the newest version.

        Raises:
            LabError: as for :meth:`open`.
        """
        engine = create_engine(url)
        event.listen(engine, "connect", _pragmas)
        database = cls(engine, name or url)
        try:
            with engine.begin() as connection:
                database._migrate(connection)
        except DatabaseError as error:
            engine.dispose()
            raise LabError(
                Diagnostic(
                    code="database",
                    message=f"the run database can't be opened: {error.orig}",
                    file=database.name,
                    fix="move the file away (a new one is made), or give another with --database",
                )
            ) from error
        return database

    def _migrate(self, connection: Connection) -> None:
        current = _version(connection)
        if current == NEWEST:
            return
        # Half a second of imports that an up-to-date database doesn't need.
        from alembic import command  # noqa: PLC0415
        from alembic.config import Config  # noqa: PLC0415
        from alembic.script import ScriptDirectory  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        script = ScriptDirectory.from_config(config)
        known = {revision.revision for revision in script.walk_revisions()}
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


def _version(connection: Connection) -> str | None:
    """The migration that a database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("select version_num from alembic_version")).scalar()

"""Databases of older versions keep all that is in them; what is written can't be changed."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from ncrobot.errors import LabError
from ncrobot.recorder import Audit, Command, CommandOutcome, Database, Runs
from recorder.recorder_kit import change, created, event, is_sound, rows, written

MIGRATIONS = Path(__file__).parents[2] / "src" / "ncrobot" / "recorder" / "migrations"


def migrate(path, version, way=command.upgrade):
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        way(config, version)
    engine.dispose()


@pytest.fixture
def full(tmp_path):
    """A database of today with a run, and its path."""
    path = tmp_path / "lab.sqlite"
    database = Database.open(path)
    created(database)
    written(database, [event(number) for number in range(1, 21)])
    yield database, path
    database.close()


@pytest.fixture
def old(full, tmp_path):
    """The same run in a database of the first version."""
    path = tmp_path / "old.sqlite"
    migrate(path, "0001")
    columns = ", ".join(name for _, name, *_ in rows(path, "pragma table_info(run)"))
    connection = sqlite3.connect(path)
    connection.execute("attach ? as now", (str(full[1]),))
    connection.execute("insert into document select * from now.document")
    connection.execute(f"insert into run select {columns} from now.run")
    connection.execute("insert into event select * from now.event")
    connection.commit()
    connection.close()
    return path


def test_an_old_database_is_migrated_with_all_that_is_in_it(full, old):
    assert "audit" not in {name for (name,) in rows(old, "select name from sqlite_master")}
    before = Runs(full[0]).load("r1")
    database = Database.open(old)
    after = Runs(database).load("r1")
    assert (after.plan, after.schedule, after.events) == (
        before.plan, before.schedule, before.events,
    )  # fmt: skip
    assert after.summary == before.summary
    asked = Command(at=datetime(2026, 1, 1, tzinfo=UTC), who="mia", origin="here", name="stop")
    assert Audit(database).write(asked, CommandOutcome.DONE) == 1
    database.close()
    assert is_sound(old) == {"r1": 20}


def test_an_interrupted_migration_changes_nothing(old, monkeypatch):
    """What fails half-way leaves the old version, ready to be opened again."""
    from alembic.operations import Operations

    def fails(*_):
        raise sqlite3.OperationalError("the lights went out")

    monkeypatch.setattr(Operations, "execute", fails)
    with pytest.raises((LabError, sqlite3.OperationalError), match="the lights went out"):
        Database.open(old)
    monkeypatch.undo()
    assert rows(old, "select version_num from alembic_version") == [("0001",)]
    assert "audit" not in {name for (name,) in rows(old, "select name from sqlite_master")}
    database = Database.open(old)
    assert len(Runs(database).load("r1").events) == 20
    database.close()


def test_a_newer_database_is_refused_and_left_as_it_is(full):
    database, path = full
    database.close()
    change(path, "update alembic_version set version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(LabError, match="newer ncrobot"):
        Database.open(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("table", ["event", "audit"])
@pytest.mark.parametrize("statement", ["delete from {}", "update {} set run = 'other'"])
def test_nothing_that_was_written_can_be_changed(full, table, statement):
    database, path = full
    asked = Command(at=datetime(2026, 1, 1, tzinfo=UTC), who="mia", origin="here", name="stop")
    Audit(database).write(asked, CommandOutcome.DONE)
    before = rows(path, f"select * from {table}")
    with pytest.raises(sqlite3.IntegrityError, match="never changed"):
        change(path, statement.format(table))
    assert before
    assert rows(path, f"select * from {table}") == before


def test_a_database_can_go_back_to_the_first_version(full):
    database, path = full
    database.close()
    migrate(path, "0001", command.downgrade)
    assert is_sound(path) == {"r1": 20}
    again = Database.open(path)
    assert len(Runs(again).load("r1").events) == 20
    again.close()

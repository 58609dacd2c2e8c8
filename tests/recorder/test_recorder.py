"""The record is durable, complete and never breaks the list of runs."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.errors import LabError
from ncrobot.events import EventKind
from ncrobot.recorder import Database, Journal, Runs
from ncrobot.recorder.database import NEWEST
from ncrobot.state import fold
from recorder import recorder_kit
from recorder.recorder_kit import event

MIGRATIONS = Path(__file__).parents[2] / "src" / "ncrobot" / "recorder" / "migrations"


@pytest.fixture
def database(tmp_path):
    found = Database.open(tmp_path / "runs" / "test.sqlite")
    yield found
    found.close()


@pytest.fixture
def documents():
    return recorder_kit.documents()


def created(database, documents, run="r1"):
    return recorder_kit.created(database, run)


def test_the_newest_migration_is_the_one_that_the_code_expects():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == NEWEST


def test_a_run_is_read_back_as_it_was_written(database, documents):
    runs = created(database, documents)
    journal = Journal(database)
    events = [
        event(1, EventKind.RUN_STARTED),
        event(
            2,
            operation="op",
            act="aspirate",
            wells=("A1", "B1"),
            data={"moves": [{"volume_ul": 1.5}], "ä": None},
        ),
        event(3, EventKind.DONE, operation="op", act="aspirate"),
    ]
    for each in events:
        journal.append(each)
    journal.close()
    record = runs.load("r1")
    assert list(record.events) == events
    assert record.plan == documents[0]
    assert record.schedule == documents[1]
    assert record.state == fold(events)


def test_what_was_flushed_survives_the_process_and_what_was_not_is_absent(database, documents):
    created(database, documents)
    journal = Journal(database)
    journal.append(event(1))
    journal.flush()
    journal.append(event(2))
    with sqlite3.connect(database.name) as other:
        assert other.execute("select seq from event").fetchall() == [(1,)]
        assert other.execute("pragma journal_mode").fetchone() == ("wal",)
    journal.close()


def test_commits_are_durable(database):
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("pragma synchronous").scalar() == 2  # FULL


def test_a_number_is_never_used_twice(database, documents):
    created(database, documents)
    journal = Journal(database)
    journal.append(event(1))
    journal.flush()
    journal.append(event(1))
    with pytest.raises(LabError, match="refuses"):
        journal.flush()
    with pytest.raises(LabError, match="refuses"):  # and nothing more is taken
        journal.flush()
    journal.close()


def test_an_unknown_run_names_the_nearest(database, documents):
    runs = created(database, documents, "20260101-120000-ab12")
    with pytest.raises(LabError, match="20260101-120000-ab12"):
        runs.load("20260101-120000-ab13")


def test_a_damaged_record_is_shown_as_such_and_hides_no_other(database, documents):
    runs = created(database, documents, "good")
    with sqlite3.connect(database.name) as connection:
        connection.execute("insert into document values ('x', 'plan', '{\"broken\": 1}')")
        connection.execute(
            "insert into run select 'bad', created, protocol, title, deck, 'x', schedule_sha256, simulated, status, "
            "reason, wells, wells_ok, wells_flagged, duration_s, null, null from run where id = 'good'"
        )
    assert {summary.run for summary in runs.list()} == {"good", "bad"}
    assert runs.load("good").summary.run == "good"
    with pytest.raises(LabError, match="damaged"):
        runs.load("bad")


def test_opening_again_changes_nothing(database, documents):
    created(database, documents)
    again = Database.open(Path(database.name))
    assert len(Runs(again).list()) == 1
    again.close()


def test_a_database_of_a_newer_version_is_left_alone(database):
    with sqlite3.connect(database.name) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    with pytest.raises(LabError, match="newer ncrobot"):
        Database.open(Path(database.name))


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("my notes on gold\n" * 100)
    with pytest.raises(LabError, match="can't be opened"):
        Database.open(path)
    assert path.read_text().startswith("my notes on gold")


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LabError, match="can't be kept here"):
        Database.open(tmp_path / "file" / "runs.sqlite")


@given(st.lists(st.sampled_from(["intent", "done", "not_done", "unknown"]), max_size=30))
def test_an_act_without_outcome_is_open(kinds):
    """Folding keeps exactly the acts whose last word was an intent."""
    events, last = [], {}
    for seq, kind in enumerate(kinds, start=1):
        act = f"act{seq % 3}"
        events.append(event(seq, EventKind(kind), operation="op", act=act))
        last[act] = kind
    state = fold(events)
    assert {act for _, act in state.open_acts} == {
        act for act, kind in last.items() if kind == "intent"
    }
    assert state.last_seq == len(kinds)


@pytest.mark.parametrize("left_open", [False, True])
def test_an_archived_record_that_may_not_be_written_is_read(tmp_path, monkeypatch, left_open):
    path = tmp_path / "archived.sqlite"
    first = Database.open(path)
    recorder_kit.created(first)
    if not left_open:
        first.close()
    files = sorted(tmp_path.iterdir())
    monkeypatch.setattr("os.access", lambda *_: False)
    archived = Database.open(path)
    try:
        assert [summary.run for summary in Runs(archived).list()] == [recorder_kit.RUN]
        with pytest.raises(LabError, match="read-only"):
            recorder_kit.created(archived, "another")
        assert sorted(tmp_path.iterdir()) == files
    finally:
        archived.close()
        first.close()

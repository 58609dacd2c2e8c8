"""Copies of a database in use: whole or not at all, checked, the newest kept; and put back."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ncrobot.errors import LabError
from ncrobot.recorder import Database, Journal, Runs, list_backups, restore
from ncrobot.recorder import backups as backups_room
from recorder.recorder_kit import RUN, change, created, event, fresh, is_sound, written

NIGHT = datetime(2026, 1, 1, 22, tzinfo=UTC)


@pytest.fixture
def database(tmp_path):
    found = fresh(tmp_path)
    created(found)
    written(found, [event(number) for number in range(1, 31)])
    yield found
    found.close()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "backups"


def names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_backup_is_one_file_with_all_that_was_durable(database, folder):
    made = database.backup(folder, NIGHT)
    assert names(folder) == ["lab-20260101T220000Z.sqlite"]
    assert (made.runs, made.events, made.size_bytes) == (1, 30, made.path.stat().st_size)
    assert is_sound(made.path) == {RUN: 30}
    again = Database.open(made.path)
    assert Runs(again).load(RUN) == Runs(database).load(RUN)
    again.close()


def test_what_is_flushed_later_is_not_in_it_and_what_was_flushed_is(database, folder):
    journal = Journal(database)
    journal.append(event(31))
    journal.flush()
    journal.append(event(32))
    made = database.backup(folder, NIGHT)
    assert made.events == 31
    journal.close()
    assert is_sound(made.path) == {RUN: 31}
    assert is_sound(database.path) == {RUN: 32}


def test_only_the_newest_are_kept_and_strangers_are_left_alone(database, folder):
    folder.mkdir()
    strangers = ["lab.sqlite", "lab-notes.sqlite", "other-20200101T000000Z.sqlite", "lab-20200101T000000Z.txt"]  # fmt: skip
    for name in strangers:
        (folder / name).write_text("mine")
    days = [NIGHT + timedelta(days=number) for number in range(5)]
    deleted = []
    for day in days:
        deleted += database.backup(folder, day, keep=3).deleted
    kept = list_backups(folder, "lab")
    assert [path.name[4:12] for path in kept] == ["20260105", "20260104", "20260103"]
    assert [path.name[4:12] for path in deleted] == ["20260101", "20260102"]
    assert set(names(folder)) == {path.name for path in kept} | set(strangers)


def test_backups_are_taken_while_another_process_writes(database, folder):
    """Each holds a beginning of the run without gaps, and the writer waits for none of them."""
    from recorder.test_following import WRITER, _environment

    created(database, "r2")
    writer = WRITER.replace("event(seq,", "event(seq, run='r2',")
    counts = []
    with subprocess.Popen(
        [sys.executable, "-c", writer, str(database.path), "600"],
        stdout=subprocess.PIPE,
        text=True,
        env=_environment(),
    ) as process:
        for number, line in enumerate(process.stdout):
            if number % 20:
                continue
            made = database.backup(folder, NIGHT + timedelta(minutes=number), keep=100)
            found = is_sound(made.path)
            assert found[RUN] == 30
            assert found["r2"] >= int(line)
            counts.append(found["r2"])
    assert process.returncode == 0
    assert counts == sorted(counts)
    assert len(counts) == 10
    assert is_sound(database.path)["r2"] == 600


def test_a_copy_that_lost_something_is_no_backup_and_costs_no_older_one(database, folder, monkeypatch):  # fmt: skip
    good = database.backup(folder, NIGHT).path
    copy = backups_room._copy

    def loses(source, target):
        counts = copy(source, target)
        with closing(sqlite3.connect(target)) as connection:
            connection.execute("drop trigger event_no_delete")
            connection.execute("delete from event where seq = 7")
            connection.commit()
        return counts

    monkeypatch.setattr(backups_room, "_copy", loses)
    with pytest.raises(LabError, match="doesn't hold the same events"):
        database.backup(folder, NIGHT + timedelta(days=1), keep=1)
    assert names(folder) == [good.name]


def test_a_copy_with_a_broken_page_is_no_backup(database, folder, monkeypatch):
    copy = backups_room._copy

    def breaks(source, target):
        counts = copy(source, target)
        content = bytearray(target.read_bytes())
        where = content.rindex(b"2026-01-01T00:00:")
        content[where - 400 : where] = b"\xff" * 400
        target.write_bytes(content)
        return counts

    monkeypatch.setattr(backups_room, "_copy", breaks)
    with pytest.raises(LabError, match=r"can't be used|can't be opened"):
        database.backup(folder, NIGHT)
    assert names(folder) == []


def test_a_folder_that_cannot_be_written_is_told(database, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LabError, match="the backup can't be written"):
        database.backup(tmp_path / "file", NIGHT)


def test_a_backup_needs_a_zone_and_room_for_one(database, folder):
    with pytest.raises(ValueError, match="zone"):
        database.backup(folder, datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="keep 0"):
        database.backup(folder, NIGHT, keep=0)
    assert not folder.exists()


def test_a_backup_is_put_back_and_what_was_there_is_kept(database, folder):
    made = database.backup(folder, NIGHT).path
    written(database, [event(31)])
    database.close()
    path = Path(database.name)
    before = restore(made, path, NIGHT)
    assert is_sound(path) == {RUN: 30}
    assert is_sound(before) == {RUN: 31}
    assert made.exists()
    again = Database.open(path)
    written(again, [event(31, data={"taken": "up"})])
    again.close()
    assert is_sound(path) == {RUN: 31}


def test_what_a_killed_process_left_beside_the_database_goes_with_it(database, folder, tmp_path):
    """A write-ahead log of the old file must never be read into the restored one."""
    made = database.backup(folder, NIGHT).path
    left = tmp_path / "left"
    left.mkdir()
    journal = Journal(database)
    journal.append(event(31))
    journal.flush()
    for name in ("lab.sqlite", "lab.sqlite-wal"):  # as after a power failure
        (left / name).write_bytes((tmp_path / name).read_bytes())
    journal.close()
    before = restore(made, left / "lab.sqlite", NIGHT)
    assert is_sound(left / "lab.sqlite") == {RUN: 30}
    assert is_sound(before) == {RUN: 31}


def test_a_damaged_database_is_replaced_too(database, folder, tmp_path):
    made = database.backup(folder, NIGHT).path
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"no database at all" * 100)
    before = restore(made, broken, NIGHT)
    assert is_sound(broken) == {RUN: 30}
    assert before.read_bytes().startswith(b"no database")


def test_a_database_in_use_is_not_replaced(database, folder):
    made = database.backup(folder, NIGHT).path
    journal = Journal(database)
    journal.append(event(31))
    journal.flush()
    before = database.path.read_bytes()
    with pytest.raises(LabError, match="in use"):
        restore(made, database.path, NIGHT)
    assert database.path.read_bytes() == before
    journal.append(event(32))
    journal.close()
    assert is_sound(database.path) == {RUN: 32}


def test_a_damaged_backup_replaces_nothing(database, folder):
    made = database.backup(folder, NIGHT).path
    change(made, "drop trigger event_no_delete")
    change(made, "delete from event where seq = 7")
    database.close()
    before = database.path.read_bytes()
    with pytest.raises(LabError, match="missing"):
        restore(made, database.path, NIGHT)
    with pytest.raises(LabError, match="no backup"):
        restore(made.with_name("nothing.sqlite"), database.path, NIGHT)
    assert database.path.read_bytes() == before
    assert not list(database.path.parent.glob("*.part*"))

"""Backups: whole, of one moment, while others write, and never at the cost of older ones."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import timedelta

import pytest

from ncrobot.errors import LabError
from ncrobot.starts import backup_sqlite
from starts.starts_kit import NOW


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "ncrobot.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE pairs (a INTEGER, b INTEGER)")
        connection.executemany("INSERT INTO pairs VALUES (?, ?)", [(n, n) for n in range(5000)])
        connection.commit()
    return path


def test_a_copy_is_of_one_moment_while_others_write(database, tmp_path):
    stop, begun = threading.Event(), threading.Event()

    def write():
        with closing(sqlite3.connect(database, timeout=30)) as connection:
            number = 5000
            while not stop.is_set():
                with connection:  # two rows in one transaction: a copy has both, or none
                    connection.execute("INSERT INTO pairs VALUES (?, 0)", (number,))
                    connection.execute("INSERT INTO pairs VALUES (0, ?)", (number,))
                number += 1
                begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert begun.wait(20)
    copy = backup_sqlite(database, tmp_path / "copies", NOW)
    stop.set()
    writer.join()
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT sum(a) - sum(b) FROM pairs").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM pairs").fetchone()[0] >= 5000


def test_only_the_newest_copies_are_kept_and_other_files_are_left(database, tmp_path):
    folder = tmp_path / "copies"
    folder.mkdir()
    other = folder / "notes.txt"
    other.touch()
    made = [backup_sqlite(database, folder, NOW + timedelta(days=day), keep=3) for day in range(5)]
    assert sorted(folder.iterdir()) == sorted([*made[-3:], other])


def test_a_damaged_database_is_told_and_costs_no_older_copy(database, tmp_path):
    folder = tmp_path / "copies"
    good = backup_sqlite(database, folder, NOW, keep=1)
    data = bytearray(database.read_bytes())
    data[4096 * 2 : 4096 * 4] = b"\xff" * 4096 * 2
    database.write_bytes(data)
    with pytest.raises(LabError, match="can't be backed up"):
        backup_sqlite(database, folder, NOW + timedelta(days=1), keep=1)
    assert list(folder.iterdir()) == [good]


def test_a_missing_database_or_folder_is_told(database, tmp_path):
    with pytest.raises(LabError, match="can't be backed up"):
        backup_sqlite(tmp_path / "none.sqlite", tmp_path / "copies", NOW)
    (tmp_path / "file").touch()
    with pytest.raises(LabError, match="can't be backed up"):
        backup_sqlite(database, tmp_path / "file" / "copies", NOW)

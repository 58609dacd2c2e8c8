"""Others read a run while it is written: in order, without gaps, a page at a time."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.errors import LabError
from ncrobot.recorder import Database, Runs
from recorder.recorder_kit import RUN, created, event, fresh, written

WRITER = """
import sys
from pathlib import Path
from ncrobot.recorder import Database, Journal
from recorder.recorder_kit import event
database = Database.open(Path(sys.argv[1]))
journal = Journal(database)
for seq in range(1, int(sys.argv[2]) + 1):
    journal.append(event(seq, data={"n": seq}))
    if seq % 3 == 0:
        journal.flush()
        print(seq, flush=True)
journal.close()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lab.sqlite"


@pytest.fixture
def database(path):
    found = Database.open(path)
    yield found
    found.close()


@settings(max_examples=30)
@given(st.integers(0, 25), st.integers(1, 9))
def test_pages_put_together_are_the_whole_run(tmp_path_factory, length, limit):
    database = fresh(tmp_path_factory.mktemp("lab"))
    runs = created(database)
    events = [event(number, data={"n": number}) for number in range(1, length + 1)]
    written(database, events)
    found = []
    while page := runs.events_after(RUN, len(found), limit=limit):
        assert len(page) <= limit
        found += page
    assert found == events
    database.close()


def test_a_follower_in_another_process_reads_all_while_they_are_written(path, database):
    """A writer process and this one at the same time; what the writer flushed is there at once."""
    runs = created(database)
    length = 300
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(length)],
        stdout=subprocess.PIPE,
        text=True,
        env=_environment(),
    ) as writer:
        found, flushed = [], 0
        for line in writer.stdout:
            flushed = int(line)
            page = runs.events_after(RUN, len(found), limit=7)
            found += page
            assert (
                len(page) == 7 or len(found) >= flushed
            )  # behind only as far as the page is short
    assert writer.returncode == 0
    while page := runs.events_after(RUN, len(found)):
        found += page
    assert [(each.seq, each.data["n"]) for each in found] == [(n, n) for n in range(1, length + 1)]


def test_a_reader_that_takes_its_time_keeps_no_writer_waiting(path, database):
    created(database)
    with database.reading() as connection:
        connection.exec_driver_sql("select count(*) from event")
        begin = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", WRITER, str(path), "30"], env=_environment(), check=False
        )
        assert done.returncode == 0
        assert connection.exec_driver_sql("select count(*) from event").scalar() == 0
        assert time.monotonic() - begin < 60
    assert len(Runs(database).events_after(RUN)) == 30


def test_a_run_that_is_not_there_is_told_and_one_without_events_is_empty(database):
    runs = created(database)
    assert runs.events_after(RUN) == ()
    assert runs.events_after(RUN, 99) == ()
    with pytest.raises(LabError, match="no run 'r2'"):
        runs.events_after("r2")


def _environment():
    import os

    tests = str(Path(__file__).parents[1])
    return {**os.environ, "PYTHONPATH": os.pathsep.join([tests, os.environ.get("PYTHONPATH", "")])}

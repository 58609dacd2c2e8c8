"""A record that can't be written any more: the run ends, nothing moves, what is there is whole."""

from __future__ import annotations

import shutil
from contextlib import ExitStack

import pytest

from ncrobot.events import EventKind
from recorder.recorder_kit import is_sound
from scenarios.records_kit import LIQUID, RUN, carry_out, disturbing, open_moves, recorded

LATE = 40
"""A flush in the middle of the plate."""


def ends_well(story, path, *, words):
    """The run failed with a reason that people understand; everything else is as it should be."""
    outcome = story.outcome
    assert outcome.status == "failed"
    assert "record can't be written" in outcome.reason
    assert words in outcome.reason
    durable = recorded(path)
    assert is_sound(path) == {RUN: len(durable)}
    assert list(durable) == story.emitted[: len(durable)]
    assert len(durable) == story.journal.written
    assert story.at_rest()
    moved = [change for change in story.after_loss() if change[0] in LIQUID]
    assert len(moved) <= open_moves(durable)
    return durable


def test_a_short_lock_is_waited_out(tmp_path):
    """Another process writes for a second and a half; the run doesn't notice."""
    path = tmp_path / "lab.sqlite"
    with ExitStack() as stack:
        story = carry_out(tmp_path, LATE, disturbing(stack, path, 1.5))
    assert story.outcome.status == "succeeded"
    assert list(recorded(path)) == story.emitted
    assert is_sound(path) == {RUN: len(story.emitted)}


@pytest.mark.parametrize("at_flush", [2, LATE])
def test_a_database_that_stays_locked_ends_the_run(tmp_path, at_flush):
    path = tmp_path / "lab.sqlite"
    with ExitStack() as stack:
        story = carry_out(tmp_path, at_flush, disturbing(stack, path))
    ends_well(story, path, words="locked for over 5 s")


@pytest.mark.parametrize("pages_left", [0, 1, 3])
def test_a_full_database_ends_the_run(tmp_path, pages_left):
    def fill(journal):
        with journal._database.reading() as connection:
            pages = connection.exec_driver_sql("pragma page_count").scalar()
        journal._connection.exec_driver_sql(f"pragma max_page_count={pages + pages_left}")
        journal._connection.rollback()

    story = carry_out(tmp_path, LATE, fill)
    ends_well(story, tmp_path / "lab.sqlite", words="no room left")


def test_a_database_that_becomes_read_only_ends_the_run(tmp_path):
    """As a disk that is mounted anew without the right to write."""

    def forbid(journal):
        journal._connection.exec_driver_sql("pragma query_only=on")
        journal._connection.rollback()

    story = carry_out(tmp_path, LATE, forbid)
    ends_well(story, tmp_path / "lab.sqlite", words="read-only")


def test_a_database_that_vanishes_ends_the_run_before_the_next_act(tmp_path):
    """SQLite itself goes on writing to a deleted file as if nothing had happened."""
    path = tmp_path / "lab.sqlite"

    def take_away(_):
        path.unlink()

    story = carry_out(tmp_path, LATE, take_away)
    assert story.outcome.status == "failed"
    assert "vanished" in story.outcome.reason
    assert story.at_rest()
    assert not path.exists()
    moved = [change for change in story.after_loss() if change[0] in LIQUID]
    assert len(moved) <= open_moves(story.emitted[: story.journal.written])


@pytest.mark.parametrize("name", ["lab.sqlite", "lab.sqlite-wal"])
def test_a_file_that_was_moved_away_ends_the_run(tmp_path, name):
    def move(_):
        (tmp_path / name).rename(tmp_path / "moved")

    story = carry_out(tmp_path, LATE, move)
    assert story.outcome.status == "failed"
    assert "vanished, or was replaced" in story.outcome.reason
    assert story.at_rest()


def test_a_file_that_was_replaced_by_its_copy_ends_the_run(tmp_path):
    """What a backup tool or an editor does; the copy is sound and stays as it was put there."""
    path = tmp_path / "lab.sqlite"

    def replace(journal):
        shutil.copy(path, tmp_path / "copy")
        (tmp_path / "copy").replace(path)

    story = carry_out(tmp_path, LATE, replace)
    assert story.outcome.status == "failed"
    assert "replaced" in story.outcome.reason
    assert story.at_rest()


def test_a_folder_that_vanishes_ends_the_run(tmp_path):
    folder = tmp_path / "lab"
    folder.mkdir()

    def take_away(_):
        folder.rename(tmp_path / "elsewhere")

    story = carry_out(folder, LATE, take_away)
    assert story.outcome.status == "failed"
    assert "vanished" in story.outcome.reason


def test_the_first_failure_is_the_last_word(tmp_path):
    """When the lock is gone a moment later, nothing more is written: the record has one end."""
    path = tmp_path / "lab.sqlite"
    with ExitStack() as stack:
        story = carry_out(tmp_path, LATE, disturbing(stack, path, 5.5))
    durable = ends_well(story, path, words="locked")
    assert durable[-1].kind is not EventKind.RUN_ENDED

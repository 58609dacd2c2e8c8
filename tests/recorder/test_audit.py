"""The audit trail tells who asked for what, when, from where, and what came of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.recorder import Audit, Command, CommandOutcome
from recorder.recorder_kit import fresh, rows

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def trail(tmp_path):
    database = fresh(tmp_path)
    yield Audit(database)
    database.close()


def asked(name="stop", who="mia", **given):
    return Command(
        **{"at": NOON, "who": who, "origin": "terminal of lab-pc", "name": name, **given}
    )


def test_a_line_is_read_as_it_was_written(trail):
    command = asked(run="r1", arguments={"wells": ["A1"], "reason": "blue"})
    number = trail.write(command, CommandOutcome.REFUSED, "a viewer can't stop a run")
    (entry,) = trail.list()
    assert (entry.number, entry.command) == (number, command)
    assert (entry.outcome, entry.reason) == (CommandOutcome.REFUSED, "a viewer can't stop a run")
    assert entry.of is None


def test_the_outcome_of_a_long_command_is_a_line_of_its_own(trail):
    first = trail.write(asked("run"), CommandOutcome.ASKED)
    trail.write(asked("stop"), CommandOutcome.DONE)
    trail.write(asked("run"), CommandOutcome.FAILED, "no driver", of=first)
    assert [(e.command.name, e.outcome.value, e.of) for e in trail.list()] == [
        ("run", "failed", first),
        ("stop", "done", None),
        ("run", "asked", None),
    ]


def test_a_line_can_only_tell_the_outcome_of_one_that_is_there(trail):
    with pytest.raises(ValueError, match="no line 7"):
        trail.write(asked(), CommandOutcome.DONE, of=7)
    assert trail.list() == ()


def test_a_date_without_a_zone_is_refused(trail):
    with pytest.raises(ValueError, match="time zone"):
        trail.write(asked(at=datetime(2026, 1, 1)), CommandOutcome.DONE)  # noqa: DTZ001


def test_dates_are_kept_in_utc(trail):
    there = timezone(timedelta(hours=2))
    trail.write(asked(at=datetime(2026, 1, 1, 14, tzinfo=there)), CommandOutcome.DONE)
    assert trail.list()[0].command.at.isoformat() == "2026-01-01T12:00:00+00:00"


def test_secrets_are_not_kept(trail, tmp_path):
    arguments = {"API-Token": "s3cret", "mail": {"password": "s3cret", "to": "mia"}}
    trail.write(asked(arguments=arguments), CommandOutcome.DONE)
    assert "s3cret" not in str(rows(tmp_path / "lab.sqlite", "select * from audit"))
    assert trail.list()[0].command.arguments["mail"]["to"] == "mia"


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([None, "r1", "r2"])), max_size=12),
    st.integers(1, 5),
)
def test_pages_put_together_are_the_whole_trail(tmp_path_factory, lines, limit):
    database = fresh(tmp_path_factory.mktemp("lab"))
    trail = Audit(database)
    numbers = [trail.write(asked(who=w, run=r), CommandOutcome.DONE) for w, r in lines]
    assert numbers == sorted(set(numbers))
    for who, run in ((None, None), ("a", None), (None, "r1"), ("b", "r2")):
        found, before = [], None
        while page := trail.list(who=who, run=run, before=before, limit=limit):
            assert len(page) <= limit
            found += [entry.number for entry in page]
            before = page[-1].number
        wanted = [
            number
            for number, (w, r) in zip(numbers, lines, strict=True)
            if who in (None, w) and run in (None, r)
        ]
        assert found == wanted[::-1]
    database.close()

"""Which events of a run become a notice, and what it says."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.events import EventKind
from ncrobot.notices import NoticeKind, Urgency
from ncrobot.notifications.telling import OF_INTEREST, Gatherer, answered_story, draft_of
from notifications.notify_kit import NOW, event


@pytest.mark.parametrize(
    ("status", "urgency"),
    [("succeeded", Urgency.NEWS), ("aborted", Urgency.WARNING), ("failed", Urgency.ALARM)],
)
def test_the_end_of_a_run_matters_by_how_it_ended(status, urgency):
    told = draft_of(
        event(EventKind.RUN_ENDED, status=status, reason="why", wells_ok=90, wells_flagged=6)
    )
    assert (told.kind, told.urgency, told.run) == (NoticeKind.RUN_ENDED, urgency, "r1")
    assert "90 wells are ok, 6 flagged" in told.text
    assert ("why" in told.text) == (status != "succeeded")


def test_a_run_that_ends_twice_tells_two_stories():
    ends = [draft_of(event(EventKind.RUN_ENDED, seq, status="failed")) for seq in (5, 9)]
    assert ends[0].story != ends[1].story


def test_a_question_tells_its_choices_and_what_happens_without_an_answer():
    asked = event(
        EventKind.QUESTION, operation="op7", text="Was the tip wet?", choices=["yes", "no"],
        default="no", answer_within_s=600.0,
    )  # fmt: skip
    told = draft_of(asked)
    for part in ("Was the tip wet?", "yes, no", "within 10 min", "'no'"):
        assert part in told.text
    assert answered_story(event(EventKind.ANSWER, operation="op7", answer="yes")) == told.story
    assert answered_story(event(EventKind.ANSWER, operation="op8")) != told.story
    assert answered_story(asked) is None


def test_only_an_unconfirmed_safe_state_is_told():
    assert draft_of(event(EventKind.SAFE_STATE, confirmed={"arm": True, "shaker": True})) is None
    told = draft_of(event(EventKind.SAFE_STATE, confirmed={"arm": True, "shaker": False}))
    assert told.urgency is Urgency.ALARM
    assert "shaker" in told.text
    assert "arm" not in told.text


def test_a_device_that_is_gone_is_told_by_its_name_and_other_errors_are_not():
    gone = {"error": "pump_a: no answer [device_gone]", "error_kind": "device_gone"}
    told = draft_of(event(EventKind.UNKNOWN, **gone))
    assert (told.kind, told.about) == (NoticeKind.DEVICE_UNHEALTHY, "pump_a")
    assert draft_of(event(EventKind.NOT_DONE, **{**gone, "error_kind": "no_liquid"})) is None


def test_most_events_say_nothing():
    for kind in set(EventKind) - OF_INTEREST:
        assert draft_of(event(kind)) is None


flags = st.lists(
    st.tuples(
        st.integers(0, 4000),
        st.sampled_from(["late", "no liquid"]),
        st.sampled_from(["A1", "A2", "B7"]),
        st.sampled_from(["r1", "r2"]),
    ),
    max_size=30,
)


@given(flags)
def test_every_flagged_well_is_told_and_never_more_often_than_asked(found):
    gatherer, told = Gatherer(60, 900), []
    for at_s, reason, well, run in sorted(found):
        now = NOW + timedelta(seconds=at_s)
        while (due := gatherer.next_at()) and due <= now:
            told += [(due, batch) for batch in gatherer.take(due)]
        gatherer.add(event(EventKind.WELL_FLAGGED, wells=(well,), reason=reason, run=run), now)
    told += [(None, batch) for batch in gatherer.take(None)]
    assert gatherer.next_at() is None
    assert sorted((r, reason, w) for _, reason, w, r in found) == sorted(
        (batch.run, reason, well)
        for _, batch in told
        for reason, wells in batch.details["wells"].items()
        for well in wells
    )
    for run in ("r1", "r2"):
        times = [at for at, batch in told if batch.run == run and at is not None]
        assert all(b - a >= timedelta(seconds=900) for a, b in pairwise(times))


def test_wells_that_only_the_end_of_the_run_left_open_are_not_told():
    gatherer = Gatherer(60, 900)
    gatherer.add(event(EventKind.WELL_FLAGGED, wells=("A1",), reason="x", at_end=True), NOW)
    assert gatherer.next_at() is None


def test_a_full_plate_is_told_in_one_readable_sentence():
    gatherer = Gatherer(60, 900)
    wells = tuple(f"{row}{column}" for row in "ABCDEFGH" for column in range(1, 13))
    gatherer.add(event(EventKind.WELL_FLAGGED, wells=wells, reason="late by 4 min"), NOW)
    (told,) = gatherer.take(None)
    assert "96 wells flagged" in told.text
    assert "and 84 more: late by 4 min" in told.text

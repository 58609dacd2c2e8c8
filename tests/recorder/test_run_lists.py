"""The list of runs tells what the events fold to at any time, and which runs are silent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.errors import LabError
from ncrobot.events import EventKind
from ncrobot.recorder import Journal, Runs
from ncrobot.state import fold
from recorder.recorder_kit import RUN, change, created, event, fresh, written

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def database(tmp_path):
    found = fresh(tmp_path)
    yield found
    found.close()


TELLING = st.sampled_from(
    [
        (EventKind.RUN_STARTED, {}),
        (EventKind.INTENT, {}),
        (EventKind.STATUS_CHANGED, {"status": "pausing", "reason": "lunch"}),
        (EventKind.STATUS_CHANGED, {"status": "paused", "reason": "lunch"}),
        (EventKind.STATUS_CHANGED, {"status": "running"}),
        (EventKind.STATUS_CHANGED, {"status": "recovering", "reason": "power"}),
        (EventKind.RUN_ENDED, {"status": "failed", "reason": "no tip", "wells_ok": 2, "wells_flagged": 1}),
        (EventKind.RUN_ENDED, {"status": "succeeded", "reason": "over", "wells_ok": 3}),
    ]
)  # fmt: skip


@settings(max_examples=30)
@given(st.lists(TELLING, max_size=12))
def test_the_list_tells_what_the_events_fold_to_after_every_flush(tmp_path_factory, told):
    """Nobody has to end a run for the list to be right: a killed one says where it stood."""
    database = fresh(tmp_path_factory.mktemp("lab"))
    runs = created(database)
    journal, events = Journal(database), []
    for number, (kind, data) in enumerate(told, start=1):
        events.append(event(number, kind, data=data))
        journal.append(events[-1])
        journal.flush()
        state, listed = fold(events), runs.summary(RUN)
        assert (listed.status, listed.reason) == (state.status, state.reason)
        assert (listed.events, listed.last_wall) == (number, events[-1].wall)
        if kind is EventKind.RUN_ENDED:
            assert not listed.is_open
            assert listed.wells_ok == state.wells_ok
            assert listed.wells_flagged == state.wells_flagged
            assert listed.duration_s == state.time_s
        assert listed.is_open is (state.status not in ("succeeded", "aborted", "failed"))
    journal.close()
    database.close()


def test_what_is_not_durable_is_not_listed(database):
    runs = created(database)
    journal = Journal(database)
    journal.append(event(1, EventKind.RUN_STARTED))
    assert runs.summary(RUN).status == "queued"
    journal.close()
    assert runs.summary(RUN).status == "running"


def test_a_heartbeat_tells_a_waiting_run_from_a_dead_one(database):
    runs = created(database, simulated=False)
    written(database, [event(1, EventKind.RUN_STARTED, simulated=False)])
    two_hours = NOON.replace(hour=2)
    assert runs.summary(RUN).silent_s(two_hours) == pytest.approx(7199)
    runs.heartbeat(RUN, two_hours - timedelta(seconds=5), "lab-pc, process 7")
    found = runs.summary(RUN)
    assert found.silent_s(two_hours) == pytest.approx(5)
    assert found.controller == "lab-pc, process 7"
    assert found.is_open
    assert runs.list() == (found,)


def test_the_virtual_dates_of_a_simulated_run_are_no_signs_of_life(database):
    runs = created(database)
    written(database, [event(1, EventKind.RUN_STARTED, wall="2026-01-01T11:59:59+00:00")])
    assert runs.summary(RUN).silent_s(NOON) == pytest.approx(12 * 3600)


def test_only_a_run_that_is_there_has_a_heart(database):
    with pytest.raises(LabError, match="no run 'r2'"):
        created(database).heartbeat("r2", NOON, "lab-pc")


def test_a_record_with_a_gap_is_damaged(database):
    runs = created(database)
    written(database, [event(number) for number in (1, 2, 4)])
    with pytest.raises(LabError, match="event 3 is missing"):
        runs.load(RUN)
    assert [each.seq for each in runs.events_after(RUN, 0, limit=2)] == [1, 2]
    with pytest.raises(LabError, match="event 3 is missing"):
        runs.events_after(RUN, 2)


def test_an_event_that_cannot_be_read_is_damage(database):
    runs = created(database)
    change(
        database.name,
        "insert into event values ('r1', 1, 0.0, 'now', 'danced', null, null, '[]', 1, '{}')",
    )
    with pytest.raises(LabError, match="event 1 can't be read"):
        runs.load(RUN)
    assert len(Runs(database).list()) == 1


@settings(max_examples=30)
@given(
    st.dictionaries(
        st.text(max_size=8),
        st.recursive(
            st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8)
            | st.floats(allow_nan=False),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
            max_leaves=8,
        ),
        max_size=4,
    ),
    st.lists(st.text(max_size=4), max_size=3),
)  # fmt: skip
def test_any_figures_are_read_back_as_they_were_written(tmp_path_factory, data, wells):
    database = fresh(tmp_path_factory.mktemp("lab"))
    runs = created(database)
    events = (event(1, data=data, wells=tuple(wells)),)
    written(database, events)
    assert runs.events_after(RUN) == events
    database.close()

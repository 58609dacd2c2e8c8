"""The record of planned starts: nothing is forgotten, and of two who want one, one gets it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.errors import LabError
from ncrobot.starts import FileMark, Starts, StartStatus, add_start, cancel_start, list_starts
from starts.starts_kit import NOW, ZURICH, Hands, planned


@pytest.fixture
def now():
    return Hands()


@pytest.fixture
def starts(tmp_path, now):
    record = Starts.open(tmp_path / "starts.sqlite", now)
    yield record
    record.close()


def test_a_planned_start_tells_what_when_and_by_whom(starts, tmp_path):
    start = planned(starts, tmp_path, NOW + timedelta(hours=2), note="night plate")
    assert list_starts(starts) == (start,)
    assert start.told() == "plate.plan.json at 22:00 on Mon 03 Aug 2026 (Europe/Zurich)"
    assert start.plan == FileMark.of(tmp_path / "plate.plan.json")
    assert start.changed_files() == []
    (fact,) = starts.facts(start.id)
    assert (fact.status, fact.by, fact.wall) == (StartStatus.PLANNED, "anna", NOW.isoformat())


def test_a_changed_or_missing_file_is_noticed(starts, tmp_path):
    start = planned(starts, tmp_path, NOW + timedelta(hours=2))
    (tmp_path / "plate.plan.json").write_text("changed")
    (tmp_path / "plate.schedule.json").unlink()
    changed, missing = start.changed_files()
    assert "plate.plan.json was changed" in changed
    assert "plate.schedule.json" in missing


def test_what_cannot_be_planned_is_refused(starts, tmp_path):
    with pytest.raises(LabError, match="is past"):
        planned(starts, tmp_path, NOW)
    with pytest.raises(LabError, match="can't be read"):
        add_start(starts, tmp_path / "none.json", NOW + timedelta(hours=1), deck="d",
                  duration_s=1, by="anna", zone=ZURICH)  # fmt: skip
    assert list_starts(starts, everything=True) == ()


intervals = st.lists(st.tuples(st.integers(1, 50), st.integers(1, 20)), max_size=8)


@settings(max_examples=20)
@given(intervals)
def test_no_two_starts_of_a_deck_overlap(tmp_path_factory, wanted):
    folder = tmp_path_factory.mktemp("starts")
    record = Starts.open(folder / "starts.sqlite", Hands())
    kept = []
    for begin_h, hours in wanted:
        at = NOW + timedelta(hours=begin_h)
        is_free = all(begin_h >= b + h or b >= begin_h + hours for b, h in kept)
        try:
            planned(record, folder, at, duration_s=hours * 3600)
            assert is_free
            kept.append((begin_h, hours))
        except LabError as error:
            assert error.diagnostics[0].code == "start-overlaps"
            assert not is_free
    found = list_starts(record)
    assert [start.moment for start in found] == sorted(NOW + timedelta(hours=b) for b, _ in kept)
    record.close()


def test_other_decks_and_the_simulator_are_not_in_the_way(starts, tmp_path):
    at = NOW + timedelta(hours=2)
    planned(starts, tmp_path, at)
    planned(starts, tmp_path, at, deck="ot2_96")
    planned(starts, tmp_path, at, real=False)
    with pytest.raises(LabError, match="ncrobot starts cancel"):
        planned(starts, tmp_path, at)


def test_a_cancelled_start_is_over_and_stays_in_the_record(starts, tmp_path):
    start = planned(starts, tmp_path, NOW + timedelta(hours=2))
    cancelled = cancel_start(starts, start.id, by="bert", reason="no hydride")
    assert cancelled.status is StartStatus.CANCELLED
    assert list_starts(starts) == ()
    assert list_starts(starts, everything=True) == (cancelled,)
    assert [(f.by, f.reason) for f in starts.facts(start.id)] == [("anna", ""), ("bert", "no hydride")]  # fmt: skip
    with pytest.raises(LabError, match="it is cancelled"):
        cancel_start(starts, start.id, by="bert")
    planned(starts, tmp_path, NOW + timedelta(hours=2))
    with pytest.raises(LabError, match="no planned start 'x'"):
        cancel_start(starts, "x", by="bert")


def test_a_started_one_is_stopped_as_a_run(starts, tmp_path):
    start = planned(starts, tmp_path, NOW + timedelta(hours=2))
    starts.move(start.id, StartStatus.PLANNED, StartStatus.STARTED, by="service", run="r7")
    with pytest.raises(LabError, match="run r7") as caught:
        cancel_start(starts, start.id, by="bert")
    assert "stop its run" in str(caught.value)


def test_of_a_service_and_a_person_one_gets_it(starts, tmp_path):
    start = planned(starts, tmp_path, NOW + timedelta(hours=2))
    gate, won = threading.Barrier(6), []

    def want(after):
        record = Starts.open(tmp_path / "starts.sqlite", Hands())
        gate.wait()
        if record.move(start.id, StartStatus.PLANNED, after, by="x"):
            won.append(after)
        record.close()

    wishes = [StartStatus.STARTING, StartStatus.CANCELLED, StartStatus.MISSED] * 2
    threads = [threading.Thread(target=want, args=(after,)) for after in wishes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [starts.get(start.id).status] == won
    assert len(starts.facts(start.id)) == 2

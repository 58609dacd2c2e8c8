"""Starts at their time: once, with the files that were planned, or not at all and told."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from ncrobot.errors import LabError
from ncrobot.notices import NoticeKind, Urgency
from ncrobot.starts import Starts, StartStatus, cancel_start
from ncrobot.starts.starting import Starting
from starts.starts_kit import NOW, ZURICH, Begun, Hands, Told, planned

AT = NOW + timedelta(hours=2)


@pytest.fixture
def lab(tmp_path):
    class Lab:
        now, told = Hands(), Told()
        starts = Starts.open(tmp_path / "starts.sqlite", now)
        start = planned(starts, tmp_path, AT)

        def starting(self, starter):
            return Starting(self.starts, starter, self.told, ZURICH)

        def status(self):
            return self.starts.get(self.start.id).status

    lab = Lab()
    lab.now.now = AT
    yield lab
    lab.starts.close()


def test_a_start_begins_its_run_once(lab):
    begun = Begun()
    for _ in range(3):
        lab.starting(begun).fire(lab.start.id)
    assert [start.id for start in begun.starts] == [lab.start.id]
    done = lab.starts.get(lab.start.id)
    assert (done.status, done.run) == (StartStatus.STARTED, f"run-of-{lab.start.id}")
    assert lab.told.all == []
    statuses = [fact.status for fact in lab.starts.facts(lab.start.id)]
    assert statuses == [StartStatus.PLANNED, StartStatus.STARTING, StartStatus.STARTED]


def test_of_many_services_one_begins_it(lab, tmp_path):
    begun, gate = Begun(), threading.Barrier(6)

    def serve():
        record = Starts.open(tmp_path / "starts.sqlite", lab.now)
        gate.wait()
        Starting(record, begun, lab.told, ZURICH).fire(lab.start.id)
        record.close()

    threads = [threading.Thread(target=serve) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(begun.starts) == 1


@pytest.mark.parametrize(("late_s", "begins"), [(0, True), (60, True), (61, False), (90_000, False)])  # fmt: skip
def test_a_late_start_is_missed_and_told_and_nothing_moves(lab, late_s, begins):
    begun = Begun()
    lab.now.go_on(seconds=late_s)
    lab.starting(begun).fire(lab.start.id)
    assert len(begun.starts) == begins
    assert lab.status() is (StartStatus.STARTED if begins else StartStatus.MISSED)
    if not begins:
        (told,) = lab.told.drafts
        assert told.kind is NoticeKind.START_MISSED
        assert "plate.plan.json at 22:00" in told.text
        assert "Nothing was moved" in told.text
        assert lab.starts.get(lab.start.id).reason in told.text


@pytest.mark.parametrize("file", ["plate.plan.json", "plate.schedule.json"])
@pytest.mark.parametrize("change", ["write", "unlink"])
def test_a_changed_file_is_refused_and_told(lab, tmp_path, file, change):
    begun = Begun()
    path = tmp_path / file
    path.unlink() if change == "unlink" else path.write_text("another plate")
    lab.starting(begun).fire(lab.start.id)
    assert begun.starts == []
    assert lab.status() is StartStatus.REFUSED
    (told,) = lab.told.drafts
    assert told.kind is NoticeKind.START_REFUSED
    assert file in told.text


@pytest.mark.parametrize(
    ("error", "status"),
    [(LabError("the workcell is in use"), StartStatus.REFUSED), (OSError("no disk"), StartStatus.FAILED)],
)  # fmt: skip
def test_a_run_that_cannot_begin_is_told_with_the_reason(lab, error, status):
    lab.starting(Begun(error)).fire(lab.start.id)
    assert lab.status() is status
    (told,) = lab.told.drafts
    assert str(error) in told.text
    assert str(error) in lab.starts.get(lab.start.id).reason


def test_a_cancelled_start_neither_begins_nor_is_missed(lab):
    begun = Begun()
    cancel_start(lab.starts, lab.start.id, by="bert")
    lab.starting(begun).fire(lab.start.id)
    lab.starting(begun).miss(lab.start.id)
    assert begun.starts == []
    assert lab.told.all == []
    assert lab.status() is StartStatus.CANCELLED


def test_a_start_that_a_dead_service_had_in_hand_is_not_begun_again(lab):
    lab.starts.move(lab.start.id, StartStatus.PLANNED, StartStatus.STARTING, by="service")
    begun = Begun()
    starting = lab.starting(begun)
    starting.tell_unclear()
    starting.tell_unclear()
    starting.fire(lab.start.id)
    assert begun.starts == []
    assert lab.status() is StartStatus.UNCLEAR
    (told,) = lab.told.drafts
    assert told.urgency is Urgency.ALARM
    assert "isn't begun again" in told.text

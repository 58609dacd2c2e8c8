"""The outbox: nothing is lost, nothing is told twice without need, and nobody is left uncalled."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest

from ncrobot.errors import LabError
from ncrobot.notices import NoticeKind, Urgency, draft
from ncrobot.notifications.outbox import Outbox
from ncrobot.notifications.routing import deliveries_of
from notifications.notify_kit import Hands, a_draft, two_channels

SETTINGS = two_channels("http://one.lab", "http://two.lab")


@pytest.fixture
def outbox(tmp_path):
    box = Outbox.open(tmp_path / "outbox.sqlite")
    yield box
    box.close()


@pytest.fixture
def now():
    return Hands()


def take(outbox, told, now, repeat_after_s=900.0):
    return outbox.take(
        told, now(), lambda notice: deliveries_of(SETTINGS, notice, now()), repeat_after_s
    )


def states(outbox):
    (told,) = outbox.told()
    return {delivery.channel: delivery.state for delivery in told.deliveries}


def test_the_same_story_is_told_once_a_while_and_then_with_the_number_held_back(outbox, now):
    first = take(outbox, a_draft(), now)
    assert first is not None
    for _ in range(3):
        now.go_on(minutes=1)
        assert take(outbox, a_draft("the shaker is still silent"), now) is None
    assert take(outbox, a_draft(about="pump"), now) is not None
    assert take(outbox, a_draft(run="r1"), now) is not None
    now.go_on(minutes=12)
    again = take(outbox, a_draft("the shaker is still silent"), now)
    assert again.text == "the shaker is still silent (3 more like this since the last one)"
    assert again.details["held_back"] == 3
    assert {told.notice.id: told.repeats for told in outbox.told()}[first.id] == 3


def test_a_story_that_becomes_more_urgent_is_told_at_once(outbox, now):
    assert take(outbox, a_draft(urgency=Urgency.WARNING), now)
    assert take(outbox, a_draft(urgency=Urgency.NEWS), now) is None
    assert take(outbox, a_draft(urgency=Urgency.ALARM), now)


def test_a_story_that_was_over_begins_anew(outbox, now):
    assert take(outbox, a_draft(), now)
    assert outbox.end_story(a_draft().story, "the shaker", now()) == 1
    assert take(outbox, a_draft(), now)
    assert outbox.waiting() == 2


def test_nobody_reacts_so_the_next_is_called(outbox, now):
    take(outbox, a_draft(), now)
    outbox.delivered(outbox.claim("screen", now(), 60), now())
    assert outbox.claim("anna", now(), 60) is None
    now.go_on(minutes=5)
    assert outbox.claim("anna", now(), 60).step == 1


def test_an_acknowledgement_calls_nobody_else(outbox, now):
    notice = take(outbox, a_draft(), now)
    outbox.delivered(outbox.claim("screen", now(), 60), now())
    assert outbox.acknowledge(notice.id, "anna", now())
    assert not outbox.acknowledge(notice.id, "bert", now())
    now.go_on(hours=1)
    assert outbox.claim("anna", now(), 60) is None
    assert states(outbox) == {"screen": "delivered", "anna": "dropped"}
    assert outbox.told()[0].acknowledged_by == "anna"
    assert outbox.waiting() == 0


def test_an_unknown_notice_cannot_be_acknowledged(outbox, now):
    with pytest.raises(LabError, match="'nonsense'"):
        outbox.acknowledge("nonsense", "anna", now())


def test_if_nobody_was_reached_the_next_is_called_at_once(outbox, now):
    take(outbox, a_draft(), now)
    assert outbox.failed(outbox.claim("screen", now(), 60), now(), "HTTP 404")
    assert outbox.claim("anna", now(), 60).step == 1


def test_if_somebody_was_reached_the_next_waits(outbox, now):
    both = two_channels("http://a", "http://b", "").model_copy(
        update={
            "routes": (
                SETTINGS.routes[0].model_copy(update={"to": ("screen", "anna")}),
                SETTINGS.routes[0],
            )
        }
    )
    outbox.take(a_draft(), now(), lambda n: deliveries_of(both, n, now()), 0)
    outbox.delivered(outbox.claim("anna", now(), 60), now())
    assert not outbox.failed(outbox.claim("screen", now(), 60), now(), "HTTP 404")
    assert outbox.claim("anna", now(), 60) is None


def test_a_claim_runs_out_so_that_a_dead_courier_loses_nothing(outbox, now):
    take(outbox, a_draft(), now)
    first = outbox.claim("screen", now(), 60)
    assert outbox.claim("screen", now() + timedelta(seconds=59), 60) is None
    now.go_on(seconds=60)
    again = outbox.claim("screen", now(), 60)
    assert (again.number, again.attempt) == (first.number, 2)


def test_a_postponed_delivery_waits_and_an_acknowledged_one_stays_dropped(outbox, now):
    notice = take(outbox, a_draft(), now)
    claimed = outbox.claim("screen", now(), 60)
    outbox.postpone(claimed, now() + timedelta(seconds=10), "HTTP 503")
    assert outbox.next_due_s("screen") == now().timestamp() + 10
    now.go_on(seconds=10)
    claimed = outbox.claim("screen", now(), 60)
    assert claimed.attempt == 2
    outbox.acknowledge(notice.id, "anna", now())
    outbox.postpone(claimed, now(), "HTTP 503")
    assert outbox.claim("screen", now(), 60) is None


def test_many_couriers_share_the_work_and_do_nothing_twice(outbox, now, tmp_path):
    for number in range(30):
        take(outbox, draft(NoticeKind.TEST, "x", about=str(number)), now)
    gate, done, lock = threading.Barrier(4), Counter(), threading.Lock()

    def work():
        box = Outbox.open(tmp_path / "outbox.sqlite")
        gate.wait()
        while claimed := box.claim("screen", now(), 60):
            box.delivered(claimed, now())
            with lock:
                done[claimed.number] += 1
        box.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 30
    assert set(done.values()) == {1}


def test_of_many_tellers_of_one_story_one_is_heard(outbox, now):
    gate, kept = threading.Barrier(6), []

    def tell():
        gate.wait()
        kept.append(take(outbox, a_draft(), now))

    threads = [threading.Thread(target=tell) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(notice is not None for notice in kept) == 1
    assert outbox.told()[0].repeats == 5


def test_the_outbox_outlives_its_process(tmp_path, now):
    path = tmp_path / "deep" / "outbox.sqlite"
    box = Outbox.open(path)
    notice = take(box, a_draft(), now)
    box.close()
    again = Outbox.open(path)
    assert again.claim("screen", now(), 60).notice == notice
    again.close()


def test_an_outbox_that_cannot_be_kept_is_told(tmp_path):
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "junk").write_text("no database" * 100)
    for path in (tmp_path / "file" / "outbox.sqlite", tmp_path / "junk"):
        with pytest.raises(LabError, match="outbox of notifications"):
            Outbox.open(path)

"""The notifier as a run sees it: it takes everything at once, and what it takes arrives."""

from __future__ import annotations

import logging
import subprocess
import sys
import textwrap
import threading
from datetime import timedelta

import pytest

from ncrobot.events import EventKind
from ncrobot.notices import NoticeKind, Urgency
from ncrobot.notifications import DeliveryError, Notifier, Outbox
from ncrobot.notifications.courier import Courier
from ncrobot.notifications.notifier import End
from notifications.notify_kit import (
    Hands,
    a_draft,
    event,
    http_sink,
    settings_of,
    smtp_sink,
    two_channels,
)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def test_a_notice_and_the_events_of_a_run_arrive(tmp_path):
    with http_sink(204) as sink, http_sink(204) as unused:
        settings = two_channels(sink.url, unused.url)
        with Notifier.open(settings, tmp_path / "outbox.sqlite") as notifier:
            notifier.notify(NoticeKind.DISK_LOW, "200 MB are left", about="disk", free_mb=200)
            for number in range(3):
                notifier.on_event(
                    event(EventKind.WELL_FLAGGED, wells=(f"A{number + 1}",), reason="late")
                )
            notifier.on_event(event(EventKind.RUN_ENDED, status="failed", reason="no tips"))
            assert sink.wait_for(3)
        kinds = [body["kind"] for body in sink.bodies]
        assert sorted(kinds) == ["disk_low", "run_ended", "wells_flagged"]
        assert kinds.index("wells_flagged") < kinds.index("run_ended")
        assert unused.bodies == []
    told = Outbox.open(tmp_path / "outbox.sqlite").told()
    assert {(d.channel, d.state) for t in told for d in t.deliveries} == {
        ("screen", "delivered"),
        ("anna", "waiting"),
    }


def test_a_failing_server_is_tried_again_until_it_works(tmp_path):
    with http_sink(500, 503, 204) as sink, http_sink(204) as other:
        with Notifier.open(two_channels(sink.url, other.url), tmp_path / "o.sqlite") as notifier:
            notifier.tell(a_draft())
            assert sink.wait_for(3)
        assert len({body["id"] for body in sink.bodies}) == 1
        (told,) = notifier.outbox.told()
        first = told.deliveries[0]
        assert (first.state, first.attempts, first.note) == ("delivered", 3, "HTTP 204")


def test_a_channel_that_fails_for_good_hands_over_at_once(tmp_path):
    with http_sink(500) as sink, http_sink(204) as anna:
        with Notifier.open(two_channels(sink.url, anna.url), tmp_path / "o.sqlite") as notifier:
            notifier.tell(a_draft())
            assert anna.wait_for(1)
        assert len(sink.bodies) == 3  # the first attempt and two more
        assert anna.bodies[0]["step"] == 1


def test_a_slow_channel_holds_up_neither_the_teller_nor_the_others(tmp_path):
    with http_sink(None) as slow, http_sink(204) as quick:
        settings = settings_of(f"""
channels:
  slow: {{kind: webhook, url: "{slow.url}", timeout: 20 s, retries: 0}}
  quick: {{kind: webhook, url: "{quick.url}"}}
routes: [{{to: [slow, quick]}}]
""")
        notifier = Notifier.open(settings, tmp_path / "o.sqlite").start()
        for number in range(5):
            notifier.tell(a_draft(about=str(number)))
        assert quick.wait_for(5)
        assert len(slow.bodies) <= 1
        slow.release.set()
        notifier.close()


def test_closing_gives_up_on_a_slow_channel_and_says_what_still_waits(tmp_path):
    with http_sink(None) as slow, http_sink(204) as other:
        notifier = Notifier.open(two_channels(slow.url, other.url), tmp_path / "o.sqlite").start()
        notifier.tell(a_draft())
        assert slow.wait_for(1)
        assert notifier.close(wait_s=0.1) == 2


def test_mail_webhook_and_program_side_by_side(tmp_path):
    said = tmp_path / "said"
    with http_sink(204) as sink, smtp_sink() as relay:
        settings = settings_of(f"""
channels:
  web: {{kind: webhook, url: "{sink.url}"}}
  mail: {{kind: email, relay: 127.0.0.1, port: {relay.port}, from: r@lab.org, to: a@lab.org}}
  beep: {{kind: command, argv: ["{sys.executable}", -c, "import sys; open(sys.argv[1], 'w').write(sys.argv[2])", "{said}", "{{text}}"]}}
routes: [{{to: [web, mail, beep]}}]
""")
        with Notifier.open(settings, tmp_path / "o.sqlite") as notifier:
            notifier.tell(a_draft("look at the shaker"))
        assert sink.bodies[0]["text"] == "look at the shaker"
        assert b"look at the shaker" in relay.messages[0]
        assert said.read_text() == "look at the shaker"
        assert notifier.outbox.waiting() == 0


def test_a_dead_process_loses_no_notice(tmp_path):
    with http_sink(None, 204) as sink, http_sink(204) as other:
        settings = two_channels(sink.url, other.url)
        code = f"""
            import sys, time
            sys.path[:0] = {[p for p in sys.path if p]!r}
            from notifications.notify_kit import a_draft, two_channels
            from ncrobot.notifications import Notifier
            from pathlib import Path
            settings = two_channels({sink.url!r}, {other.url!r})
            notifier = Notifier.open(settings, Path({str(tmp_path / "o.sqlite")!r})).start()
            notifier.tell(a_draft("told by the dead"))
            time.sleep(60)
        """
        dying = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)])
        assert sink.wait_for(1)
        dying.kill()
        dying.wait()
        later = Hands()
        outbox = Outbox.open(tmp_path / "o.sqlite")
        later.now = outbox.told()[0].deliveries[0].due + timedelta(minutes=2)
        with Notifier(settings, outbox, now=later):
            assert sink.wait_for(2)
        assert [body["text"] for body in sink.bodies] == ["told by the dead"] * 2
        assert sink.bodies[0]["id"] == sink.bodies[1]["id"]
        outbox.close()


@pytest.fixture
def by_hand(tmp_path):
    """A notifier whose queue and couriers are turned by hand, with a clock set by hand."""
    now, sent = Hands(), []
    settings = two_channels(
        "http://one.lab", "http://two.lab", "urgency: {question_waiting: alarm}"
    )

    def sender(name):
        def send(notice, step):
            sent.append((name, notice.kind.value))
            return ""

        return send

    senders = {name: sender(name) for name in settings.channels}
    outbox = Outbox.open(tmp_path / "o.sqlite")
    notifier = Notifier(settings, outbox, now=now, senders=senders)

    def turn(*items):
        for item in items:
            notifier.take_in(item)
        for courier in notifier._couriers:
            courier.deliver_due()
        told, sent[:] = list(sent), []
        return told

    yield turn, now, outbox
    outbox.close()


QUESTION = event(EventKind.QUESTION, operation="op7", text="?", choices=["a"], default="a")
ANSWER = event(EventKind.ANSWER, operation="op7", answer="a")


def test_an_answered_question_calls_nobody_else_and_a_new_one_does(by_hand):
    turn, now, outbox = by_hand
    assert turn(QUESTION) == [("screen", "question_waiting")]
    assert outbox.told()[0].notice.urgency is Urgency.ALARM
    assert turn(ANSWER) == []
    now.go_on(minutes=6)
    assert turn() == []
    assert turn(QUESTION) == [("screen", "question_waiting")]
    now.go_on(minutes=5)
    assert turn() == [("anna", "question_waiting")]


def test_a_story_that_is_over_is_called_off(by_hand):
    turn, now, _ = by_hand
    turn(a_draft())
    turn(a_draft().story)
    now.go_on(minutes=6)
    assert turn() == []


def test_flagged_wells_are_gathered(by_hand):
    turn, now, _ = by_hand
    flagged = event(EventKind.WELL_FLAGGED, wells=("A1",), reason="late")
    assert turn(flagged) == []
    now.go_on(seconds=59)
    assert turn(flagged, None) == []
    now.go_on(seconds=1)
    assert turn(None) == [("screen", "wells_flagged")]
    later = flagged.model_copy(update={"seq": 2})
    assert turn(later, End()) == [("screen", "wells_flagged")]


def test_simulated_runs_are_not_told_unless_asked_for(tmp_path):
    ended = event(EventKind.RUN_ENDED, simulated=True, status="failed")
    asked = two_channels("http://a", "http://b", "simulated_runs: true")
    outbox = Outbox.open(tmp_path / "o.sqlite")
    for settings, count in ((two_channels("http://a", "http://b"), 0), (asked, 1)):
        notifier = Notifier(settings, outbox)
        notifier.on_event(ended)
        assert notifier._queue.qsize() == count
    outbox.close()


def test_a_defect_of_a_channel_is_a_failed_delivery(tmp_path):
    def broken(notice, step):
        raise RuntimeError("a defect")

    settings, now = two_channels("http://a", "http://b"), Hands()
    outbox = Outbox.open(tmp_path / "o.sqlite")
    notifier = Notifier(settings, outbox, now=now, senders={"screen": broken})
    notifier.take_in(a_draft())
    courier = Courier("screen", settings.channels["screen"], broken, outbox, now)
    for attempt in range(1, 4):
        courier.deliver_due()
        assert outbox.told()[0].deliveries[0].attempts == attempt
        now.go_on(seconds=1)
    delivery = outbox.told()[0].deliveries[0]
    assert (delivery.state, delivery.note) == ("failed", "RuntimeError: a defect")
    outbox.close()


def test_waits_double_and_a_server_s_own_wait_is_kept(tmp_path):
    now, waits = Hands(), iter([None, None, 600.0, 10_000.0])
    outbox = Outbox.open(tmp_path / "o.sqlite")
    channel = settings_of(
        "channels: {a: {kind: webhook, url: 'http://a', first_wait: 10 s}}\nroutes: [{to: a}]"
    )

    def refuse(notice, step):
        raise DeliveryError("no", wait_s=next(waits))

    notifier = Notifier(channel, outbox, now=now, senders={"a": refuse})
    notifier.take_in(a_draft())
    found = []
    for _ in range(4):
        notifier._couriers[0].deliver_due()
        found.append(notifier._couriers[0].wait_s())
        now.go_on(seconds=found[-1])
    assert found == [10, 20, 600, 900]
    outbox.close()


def test_an_outbox_that_fails_still_lets_the_notice_through(by_hand, monkeypatch, caplog):
    turn, _, outbox = by_hand

    def full(*_):
        raise OSError("disk full")

    monkeypatch.setattr(outbox, "take", full)
    with caplog.at_level(logging.CRITICAL):
        assert turn(a_draft()) == [("screen", "device_unhealthy")]


def test_telling_never_waits_and_never_raises_even_when_nobody_listens(tmp_path, caplog):
    notifier = Notifier.open(two_channels("http://a", "http://b"), tmp_path / "o.sqlite")
    with caplog.at_level(logging.CRITICAL):
        for number in range(10_050):
            notifier.tell(a_draft(about=str(number)))
    assert notifier._queue.qsize() == 10_000


def test_many_threads_may_tell(tmp_path):
    with http_sink(204) as sink, http_sink(204) as other:
        with Notifier.open(two_channels(sink.url, other.url), tmp_path / "o.sqlite") as notifier:
            threads = [
                threading.Thread(target=notifier.tell, args=(a_draft(about=str(n)),))
                for n in range(8)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sink.wait_for(8)
        assert {body["about"] for body in sink.bodies} == {str(n) for n in range(8)}

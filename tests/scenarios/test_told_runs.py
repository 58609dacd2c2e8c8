"""Whole stories: a plate that tells, and a night that nobody served."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ncrobot.lab import Lab, compile_files, schedule
from ncrobot.notifications import Notifier
from ncrobot.starts import Service, Starts, StartStatus
from notifications.notify_kit import http_sink, settings_of
from starts.starts_kit import Begun, Hands, planned, serving

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def plate():
    plan = compile_files(
        ROOT / "protocols" / "au25_pmba_portions.yaml",
        ROOT / "protocols" / "au25_pmba_portions.csv",
        ROOT / "deck_layouts" / "starlet_96.yaml",
    )
    return plan, schedule(plan)


def one_channel(url):
    return settings_of(f"""
channels: {{screen: {{kind: webhook, url: "{url}", retries: 1, first_wait: 0.05 s}}}}
routes: [{{to: screen}}]
simulated_runs: true
""")


def test_a_plate_tells_how_it_ended(plate, tmp_path):
    with http_sink(204) as sink, Lab.open(tmp_path / "runs.sqlite") as lab:
        with Notifier.open(one_channel(sink.url), tmp_path / "outbox.sqlite") as notifier:
            result = lab.run(*plate, listener=notifier.on_event)
        ended = [body for body in sink.bodies if body["kind"] == "run_ended"]
        assert [body["run"] for body in ended] == [result.run]
        assert ended[0]["details"]["wells_ok"] == result.wells_ok == 96


def test_a_plate_doesn_t_notice_that_nobody_listens(plate, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    settings = one_channel(f"http://127.0.0.1:{port}")
    with Lab.open(tmp_path / "runs.sqlite") as lab:
        notifier = Notifier.open(settings, tmp_path / "outbox.sqlite").start()
        result = lab.run(*plate, listener=notifier.on_event)
        notifier.close()
    assert result.status == "succeeded"
    (told,) = (t for t in notifier.outbox.told() if t.notice.kind == "run_ended")
    assert [(d.state, d.attempts) for d in told.deliveries] == [("failed", 2)]


def test_a_night_that_nobody_served_is_told_in_the_morning(tmp_path):
    evening = Hands(datetime.now(UTC) - timedelta(hours=9))
    record = Starts.open(tmp_path / "starts.sqlite", evening)
    start = planned(record, tmp_path, evening() + timedelta(hours=1))
    record.close()
    with http_sink(204) as sink:
        notifier = Notifier.open(one_channel(sink.url), tmp_path / "outbox.sqlite").start()
        starts, begun = Starts.open(tmp_path / "starts.sqlite"), Begun()
        with serving(Service(starts, begun, notifier.tell, look_s=0.05)):
            assert sink.wait_for(1)
        notifier.close()
    assert begun.starts == []
    assert starts.get(start.id).status is StartStatus.MISSED
    (body,) = sink.bodies
    assert body["kind"] == "start_missed"
    assert body["about"] == start.id
    assert "Nothing was moved" in body["text"]
    starts.close()

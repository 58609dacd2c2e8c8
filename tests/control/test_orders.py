"""Orders from elsewhere: a run pauses, goes on, stops and halts, and the record tells by whom."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest

from control.control_kit import going
from ncrobot.control import desk_of, runs_under_way
from ncrobot.control.errors import BusyError
from ncrobot.errors import LabError
from ncrobot.events import EventKind
from ncrobot.lab import Lab
from ncrobot.recorder import Audit


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("NCROBOT_STATE", str(tmp_path / "state"))


@pytest.fixture
def database(tmp_path):
    return tmp_path / "runs.sqlite"


def record_of(database, run):
    with Lab.open(database) as lab:
        return lab.load(run)


def test_a_run_pauses_goes_on_and_stops(database):
    with going(database) as run:
        before = run.wait_for(lambda s: s.status == "running" and s.operations_done > 3)
        assert before.next
        assert before.operations > before.operations_done
        taken = run.order("pause", reason="a bottle is empty")
        assert taken.accepted
        paused = run.wait_for(lambda s: s.status == "paused")
        assert not paused.doing
        assert not run.order("pause").accepted
        assert paused.costs_of_pausing == tuple(
            sorted(paused.costs_of_pausing, key=lambda c: c.at_s)
        )
        assert run.order("continue", by="bert").accepted
        run.wait_for(lambda s: s.status == "running" and s.operations_done > paused.operations_done)
        assert run.order("stop", reason="enough").accepted
        result = run.end()
    assert result.status == "aborted"
    assert "enough (anna)" in result.reason
    record = record_of(database, run.run)
    changes = [e.data for e in record.events if e.kind is EventKind.STATUS_CHANGED]
    assert [(c["status"], c["by"]) for c in changes if c["by"]] == [
        ("pausing", "anna"),
        ("running", "bert"),
    ]
    assert all(record.state.safe_state.values())


@pytest.mark.parametrize(
    ("kind", "allowed"),
    [("halt", {"safe_state"}), ("stop", {"safe_state", "discard_tips", "return_tips"})],
)
def test_nothing_is_begun_after_a_stop(database, kind, allowed):
    with going(database, speed=20.0) as run:
        run.wait_for(lambda s: s.doing and s.operations_done > 2)
        taken = run.order(kind)
        assert taken.accepted
        result = run.end()
    assert result.status == "aborted"
    record = record_of(database, run.run)
    later = [e for e in record.events if e.seq > taken.seq and e.kind is EventKind.INTENT]
    assert {event.act.split(" ")[0] for event in later} <= allowed, [e.act for e in later]
    assert not [
        e for e in record.events if e.seq > taken.seq and e.kind is EventKind.OPERATION_STARTED
    ]
    unsafe = {name for name, safe in record.state.safe_state.items() if not safe}
    assert unsafe <= ({record.plan.deck.arm.name} if kind == "halt" else set())  # it stays put


def test_every_order_is_in_the_audit_trail(database):
    with going(database) as run:
        run.wait_for(lambda s: s.status == "running")
        run.order("continue", by="carl")
        run.order("stop", by="dora")
        run.end()
    with Lab.open(database) as lab:
        lines = Audit(lab.database).list(run=run.run)
    told = {(line.command.name, line.command.who): line.outcome for line in lines}
    assert told["continue", "carl"] == "refused"
    assert told["stop", "dora"] == "done"
    names = [line.command.name for line in reversed(lines)]
    assert names[0] == "run"
    assert [line.outcome for line in lines if line.command.name == "run"] == ["failed", "asked"]


def test_the_socket_is_its_user_s_alone_and_goes_with_the_run(database, tmp_path):
    with going(database) as run:
        run.wait_for(lambda _: True)
        assert runs_under_way() == [run.run]
        (folder,) = (tmp_path / "state").glob("control-*")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        address = (folder / f"{run.run}.json").read_text()
        (path,) = [part for part in address.split('"') if part.endswith(".sock")]
        assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
        desk = desk_of(run.run)
        run.order("halt")
        run.end()
    with pytest.raises(BusyError, match="has just ended"):
        asyncio.run(desk.status())
    assert not Path(path).exists()
    assert runs_under_way() == []
    with pytest.raises(LabError, match="takes no orders"):
        desk_of(run.run)


def test_followers_get_every_event_once_and_in_order(database):
    with going(database, speed=2000.0) as run:
        run.wait_for(lambda _: True)

        async def follow():
            seen, desk = [], desk_of(run.run)
            while True:
                page = await desk.events(seen[-1] if seen else 0, wait_s=5.0, most=50)
                seen += [event.seq for event in page.events]
                if len(seen) > 400:
                    return seen

        seen = asyncio.run(follow())
        run.order("halt")
        run.end()
    assert seen == list(range(1, len(seen) + 1))


def test_a_run_under_way_can_t_be_taken_up_and_a_dead_one_is_told(database):
    with going(database) as run:
        run.wait_for(lambda s: s.operations_done > 0)  # its start is in the record by then
        with Lab.open(database) as lab:
            assert [each.status for each in lab.listed()] == ["running"]
            with pytest.raises(LabError, match="is in use"):
                lab.resume(run.run)
        run.order("stop")
        run.end()
    with Lab.open(database) as lab:
        assert [each.status for each in lab.listed()] == ["aborted"]

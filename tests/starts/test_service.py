"""The service with its real scheduler: on time, after a restart, after SIGKILL, and only once."""

from __future__ import annotations

import logging
import sqlite3
import stat
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.triggers.date import DateTrigger

from ncrobot.errors import InternalError, LabError
from ncrobot.notices import NoticeKind, Story, Urgency
from ncrobot.starts import (
    Expiry,
    Routine,
    Service,
    Starts,
    StartStatus,
    cancel_start,
    usual_routines,
)
from ncrobot.starts._jobs import DAILY, STARTS, Scheduler, due
from starts.starts_kit import ZURICH, Begun, Hands, Processes, Told, planned, serving

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def quiet(caplog):
    caplog.set_level(logging.CRITICAL, logger="apscheduler")


@pytest.fixture
def starts(tmp_path):
    record = Starts.open(tmp_path / "starts.sqlite")
    yield record
    record.close()


@pytest.fixture
def processes(tmp_path):
    found = Processes(tmp_path)
    yield found
    found.close()


def now() -> datetime:
    return datetime.now(UTC)


def past_start(tmp_path, ago=HOUR):
    """A start that was planned in time and whose time passed while nobody served."""
    record = Starts.open(tmp_path / "starts.sqlite", Hands(now() - 2 * ago))
    start = planned(record, tmp_path, now() - ago)
    record.close()
    return start


def wait_until(true, seconds=20):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def jobs_of(starts, alias):
    scheduler = Scheduler(starts.path, ZURICH)
    scheduler.start(paused=True)
    try:
        return {job.id: job for job in scheduler.get_jobs(alias)}
    finally:
        scheduler.end()


def test_a_start_that_is_planned_while_the_service_runs_begins_at_its_time(starts, tmp_path):
    begun, told = Begun(), Told()
    with serving(Service(starts, begun, told, look_s=0.05)):
        start = planned(starts, tmp_path, now() + timedelta(seconds=0.4))
        assert begun.wait_for(1)
    assert starts.get(start.id).status is StartStatus.STARTED
    assert begun.starts[0].id == start.id
    assert told.all == []
    assert jobs_of(starts, STARTS) == {}


def test_a_start_whose_time_passed_while_nobody_served_is_told_and_not_begun(starts, tmp_path):
    start = past_start(tmp_path)
    begun, told = Begun(), Told()
    for _ in range(2):
        with serving(Service(starts, begun, told, look_s=0.05)):
            assert told.wait_for(1)
    assert begun.starts == []
    assert [draft.kind for draft in told.drafts] == [NoticeKind.START_MISSED]
    assert starts.get(start.id).status is StartStatus.MISSED
    assert jobs_of(starts, STARTS) == {}


def test_a_start_waits_in_the_store_of_a_service_that_ended(starts, tmp_path):
    start = planned(starts, tmp_path, now() + HOUR)
    with serving(Service(starts, Begun(), Told(), look_s=0.05)):
        pass
    job = jobs_of(starts, STARTS)[start.id]
    assert job.next_run_time == start.moment
    assert (job.coalesce, job.misfire_grace_time) == (True, 60)


def test_a_lost_store_of_jobs_loses_no_start(starts, tmp_path):
    start = planned(starts, tmp_path, now() + HOUR)
    with serving(Service(starts, Begun(), Told())):
        pass
    (tmp_path / "starts.sqlite.jobs").unlink()
    with serving(Service(starts, Begun(), Told())):
        pass
    assert set(jobs_of(starts, STARTS)) == {start.id}


def test_a_cancelled_start_loses_its_job(starts, tmp_path):
    start = planned(starts, tmp_path, now() + HOUR)
    service = Service(starts, Begun(), Told(), look_s=0.05)
    with serving(service):
        assert service._scheduler.get_job(start.id, STARTS)
        cancel_start(starts, start.id, by="bert")
        wait_until(lambda: service._scheduler.get_job(start.id, STARTS) is None)


def test_the_store_of_jobs_is_for_its_user_alone(starts, tmp_path):
    with serving(Service(starts, Begun(), Told())):
        pass
    path = tmp_path / "starts.sqlite.jobs"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o666)
    with (
        pytest.raises(LabError, match="others may write"),
        serving(Service(starts, Begun(), Told())),
    ):
        pass


def test_a_second_service_is_refused_with_who_serves(starts, processes):
    first = processes.start("first")
    assert first.stdout.readline() == "ready\n"
    second = processes.start("second")
    told = second.stdout.readline()
    assert second.wait() == 1
    assert f"process {first.pid}" in told
    assert "is in use" in told


def test_after_sigkill_the_next_service_begins_what_is_due_once(starts, tmp_path, processes):
    first = processes.start("first")
    assert first.stdout.readline() == "ready\n"
    start = planned(starts, tmp_path, now() + timedelta(seconds=3))
    jobs = tmp_path / "starts.sqlite.jobs"
    wait_until(lambda: start.id.encode() in jobs.read_bytes() + wal_of(jobs))
    first.kill()
    first.wait()
    second = processes.start("second")
    assert second.stdout.readline() == "ready\n"
    wait_until(lambda: starts.get(start.id).status is StartStatus.STARTED)
    assert (tmp_path / "begun").read_text() == f"second {start.id}\n"
    assert not (tmp_path / "told").exists()


def wal_of(path):
    wal = path.with_name(path.name + "-wal")
    return wal.read_bytes() if wal.exists() else b""


def test_a_service_that_is_killed_while_it_starts_a_run_makes_it_unclear(
    starts, tmp_path, processes
):
    first = processes.start("hanging")
    assert first.stdout.readline() == "ready\n"
    start = planned(starts, tmp_path, now() + timedelta(seconds=0.5))
    wait_until((tmp_path / "begun").exists)
    first.kill()
    first.wait()
    begun, told = Begun(), Told()
    with serving(Service(starts, begun, told, look_s=0.05)):
        assert told.wait_for(1)
    assert begun.starts == []
    assert (told.drafts[0].kind, told.drafts[0].urgency) == (NoticeKind.START_MISSED, Urgency.ALARM)
    assert starts.get(start.id).status is StartStatus.UNCLEAR
    assert jobs_of(starts, STARTS) == {}


def test_two_services_without_a_lock_between_them_begin_a_start_once(starts, tmp_path, processes):
    start = planned(starts, tmp_path, now() + timedelta(seconds=4))
    both = [processes.start(name, locked=False) for name in ("first", "second")]
    for process in both:
        assert process.stdout.readline() == "ready\n"
    wait_until(lambda: starts.get(start.id).status is StartStatus.STARTED)
    time.sleep(0.3)
    assert len((tmp_path / "begun").read_text().splitlines()) == 1
    assert not (tmp_path / "told").exists()


def test_routines_have_their_turns_and_a_failing_one_is_told_until_it_works(starts):
    turns, told = [], Told()

    def check():
        turns.append(now())
        if len(turns) in (2, 3):
            raise OSError("the port is gone")

    with serving(Service(starts, Begun(), told, routines=[Routine("check", check, every_s=0.1)])):
        assert told.wait_for(4)
    well = Story(kind=NoticeKind.ROUTINE_FAILED, about="check")
    failed = told.drafts
    assert told.all == [well, *failed, well]
    assert [draft.kind for draft in failed] == [NoticeKind.ROUTINE_FAILED] * 2
    assert "the port is gone" in failed[0].text


def daily(do, hour=3):
    at = datetime(2026, 1, 1, hour, tzinfo=ZURICH).time()
    return Routine("backup", do, daily_at=at)


def let_pass(starts, name, next_run_time):
    """Set the clock, as far as the store of jobs is concerned."""
    scheduler = Scheduler(starts.path, ZURICH)
    scheduler.start(paused=True)
    scheduler.modify_job(name, DAILY, next_run_time=next_run_time)
    scheduler.end()


def test_a_daily_routine_that_was_missed_is_told_and_not_made_up_for(starts):
    done, told = [], Told()
    service = lambda: Service(starts, Begun(), told, routines=[daily(lambda: done.append(1))], zone=ZURICH)  # noqa: E731  # fmt: skip
    with serving(service()):
        pass
    let_pass(starts, "backup", now() - timedelta(days=3))
    with serving(service()):
        assert told.wait_for(1)
    assert done == []
    assert [draft.kind for draft in told.drafts] == [NoticeKind.ROUTINE_MISSED]
    job = jobs_of(starts, DAILY)["backup"]
    assert job.next_run_time > now()
    assert job.next_run_time.astimezone(ZURICH).hour == 3


def test_a_daily_routine_within_its_grace_has_its_turn(starts):
    done, told = threading.Event(), Told()
    service = lambda: Service(starts, Begun(), told, routines=[daily(done.set)], zone=ZURICH)  # noqa: E731  # fmt: skip
    with serving(service()):
        pass
    assert not done.is_set()
    let_pass(starts, "backup", now() - timedelta(minutes=30))
    with serving(service()):
        assert done.wait(20)
    assert told.drafts == []


def test_what_falls_due_while_the_scheduler_ends_is_not_struck_off(starts):
    scheduler = Scheduler(starts.path, ZURICH)
    scheduler.start(paused=True)
    scheduler.add_job(due, DateTrigger(now() - HOUR), ("x",), id="x", jobstore=STARTS)
    scheduler.end()
    assert set(jobs_of(starts, STARTS)) == {"x"}


def test_daily_routines_follow_what_is_wired(starts):
    for routines, hours in (([daily(print, 3)], {3}), ([daily(print, 5)], {5}), ([], set())):
        with serving(Service(starts, Begun(), Told(), routines=routines, zone=ZURICH)):
            pass
        found = {
            job.next_run_time.astimezone(ZURICH).hour for job in jobs_of(starts, DAILY).values()
        }
        assert found == hours


def test_a_lab_s_usual_routines_look_after_everything(starts, tmp_path):
    polled, told = threading.Event(), Told()
    database = tmp_path / "ncrobot.sqlite"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE runs (id)")
    expired = Expiry(
        stock="hydride", lot=1, made=(now() - HOUR).isoformat(),
        expires=(now() - HOUR / 2).isoformat(), needed=(now() + HOUR).isoformat(),
    )  # fmt: skip
    routines = usual_routines(
        told, database, check_devices=lambda: {"pump": "silent"}, expiries=lambda: [expired],
        polls={"hplc": polled.set},
    )  # fmt: skip
    with serving(Service(starts, Begun(), told, routines=routines, zone=ZURICH)):
        assert polled.wait(20)
        wait_until(lambda: len(told.drafts) >= 2)
    assert {draft.kind for draft in told.drafts} == {
        NoticeKind.DEVICE_UNHEALTHY, NoticeKind.STOCK_EXPIRING,
    }  # fmt: skip
    backup = next(routine for routine in routines if routine.daily_at)
    backup.do()
    (copy,) = (tmp_path / "backups").iterdir()
    assert copy.name.startswith("ncrobot-")


def test_a_routine_has_one_kind_of_time():
    for wrong in ({}, {"every_s": 1.0, "daily_at": now().time()}):
        with pytest.raises(InternalError, match="either every_s or daily_at"):
            Routine("x", print, **wrong)


def test_a_record_that_cannot_be_read_is_told_once_and_served_again(starts, monkeypatch, caplog):
    caplog.set_level(logging.CRITICAL, logger="ncrobot")
    told = Told()
    service = Service(starts, Begun(), told, look_s=0.05)
    with serving(service):
        with monkeypatch.context() as broken:
            broken.setattr(starts, "all", lambda *_: (_ for _ in ()).throw(OSError("no disk")))
            assert told.wait_for(1)
            assert "no disk" in told.drafts[0].text
        wait_until(lambda: isinstance(told.all[-1], Story))


def test_a_defect_at_a_start_is_told(starts, tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.CRITICAL, logger="ncrobot")
    told = Told()
    with serving(Service(starts, Begun(), told, look_s=0.05)):
        start = planned(starts, tmp_path, now() + timedelta(seconds=0.3))
        monkeypatch.setattr(starts, "get", lambda _: (_ for _ in ()).throw(OSError("no disk")))
        assert told.wait_for(1)
    assert told.drafts[0].about == start.id

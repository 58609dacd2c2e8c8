"""Commands for runs that are under way in another process, and for the service of a lab."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from ncrobot import cli
from ncrobot.recorder import Database, Runs

ROOT = Path(__file__).resolve().parents[2]
PROTOCOL = ROOT / "protocols" / "au25_pmba_portions.yaml"
TABLE = ROOT / "protocols" / "au25_pmba_portions.csv"
DECK = ROOT / "deck_layouts" / "starlet_96.yaml"


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NCROBOT_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("NCROBOT_DATABASE", "runs/ncrobot.sqlite")
    return tmp_path


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    path = tmp_path_factory.mktemp("plan") / "plan.json"
    arguments = ["plan", str(PROTOCOL), "-c", str(TABLE), "-d", str(DECK), "-o", str(path)]
    assert cli.run(arguments) == 0
    return path


def run(capsys, *arguments):
    code = cli.run([str(a) for a in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@contextmanager
def started(*arguments):
    """A command in a process of its own; killed at the end of the block if it still lives."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ncrobot", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def wait_for(look, patience_s=90.0):
    end_s = time.monotonic() + patience_s
    while time.monotonic() < end_s:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it didn't happen")


def status(capsys):
    code, out, _ = run(capsys, "status", "--json")
    return json.loads(out) if code == 0 else {}


def listed(lab):
    database = Database.open(lab / "runs" / "ncrobot.sqlite")
    try:
        return Runs(database).list()
    finally:
        database.close()


def test_a_run_in_another_terminal_is_paused_continued_and_stopped(lab, capsys, plan):
    with started("run-plan", plan, "--speed", 60, "--json") as process:
        wait_for(lambda: status(capsys).get("operations_done", 0) > 2)
        code, out, _ = run(capsys, "status")
        assert code == 0
        assert "is running at T+" in out
        assert "next: T+" in out
        code, out, _ = run(capsys, "pause", "--yes", "--reason", "tea")
        assert (code, "nothing new is begun" in out) == (0, True)
        wait_for(lambda: status(capsys).get("status") == "paused")
        code, _, err = run(capsys, "pause", "--yes")
        assert (code, "didn't take it" in err) == (2, True)
        assert run(capsys, "continue")[0] == 0
        code, out, _ = run(capsys, "answer", "yes")
        assert code == 2
        code, out, _ = run(capsys, "stop", "--now", "--json")
        assert json.loads(out)["accepted"]
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 2
        assert "Traceback" not in out
        assert json.loads(out.splitlines()[-1])["status"] == "aborted"
    assert run(capsys, "status")[0] == 1


def test_a_pause_asks_back_with_what_it_breaks(lab, capsys, plan, monkeypatch):
    with started("run-plan", plan, "--speed", 60, "--json") as process:
        wait_for(lambda: status(capsys).get("costs_of_pausing"))
        told = []
        monkeypatch.setattr("typer.confirm", lambda text, abort: told.append((text, abort)))
        code, out, _ = run(capsys, "pause")
        assert code == 0
        assert told == [("Pause it?", True)]
        assert "breaks these lags" in out
        assert " in " in out.splitlines()[1]
        assert run(capsys, "stop")[0] == 0
        process.communicate(timeout=60)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_run_in_its_safe_state(lab, capsys, plan, number):
    with started("run-plan", plan, "--speed", 60, "--json") as process:
        wait_for(lambda: status(capsys).get("operations_done", 0) > 2)
        process.send_signal(number)
        out, _ = process.communicate(timeout=60)
    result = json.loads(out.splitlines()[-1])
    assert (result["status"], result["reason"]) == ("aborted", f"ended by {number.name}")
    _code, out, _ = run(capsys, "show", result["run"], "--json")
    assert all(json.loads(out)["safe_state"].values())


@pytest.mark.parametrize("times", [2, 5])
def test_ctrl_c_again_and_again_doesnt_keep_a_run_from_its_safe_state(lab, capsys, plan, times):
    with started("run-plan", plan, "--speed", 60, "--json") as process:
        wait_for(lambda: status(capsys).get("operations_done", 0) > 2)
        for _ in range(times):
            process.send_signal(signal.SIGINT)
            time.sleep(0.05)
        out, _ = process.communicate(timeout=60)
    assert "Traceback" not in out
    (summary,) = listed(lab)
    assert summary.status == "aborted"
    assert process.returncode == 2
    _code, out, _ = run(capsys, "show", summary.run, "--json")
    assert all(json.loads(out)["safe_state"].values())


def test_a_run_that_died_is_told_and_can_be_resumed(lab, capsys, plan):
    with started("run-plan", plan, "--speed", 60, "--run", "night-1") as process:
        wait_for(lambda: status(capsys).get("operations_done", 0) > 2)
        process.kill()
        process.communicate()
    code, out, _ = run(capsys, "runs")
    assert "died, can be resumed" in out
    assert json.loads(run(capsys, "runs", "--json")[1])["runs"][0]["status"] == "died"
    code, out, _ = run(capsys, "resume", "night-1", "--json")
    assert code == 0, out
    assert "died" not in run(capsys, "runs")[1]


CONTROLLER = """
import sys
from pathlib import Path
from ncrobot import lab
from ncrobot.lab import carrying, running
from ncrobot.workcells import simulated_workcell

running.check_real = lambda layout: None
carrying.real_workcell = simulated_workcell  # simulated devices on the clock of the wall
plan = lab.load_plan(Path(sys.argv[1]))
with lab.Lab.open(Path(sys.argv[2])) as opened:
    print(opened.run(plan, lab.schedule(plan), real=True, run=sys.argv[3]).status)
"""


def test_of_two_controllers_of_a_workcell_the_second_is_told_who_has_it(lab, capsys, plan):
    def controller(database, name):
        return subprocess.Popen(
            [sys.executable, "-c", CONTROLLER, str(plan), str(lab / database), name],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    first = controller("a.sqlite", "first")
    try:
        wait_for(lambda: status(capsys).get("operations_done", 0) > 0)
        second = controller("b.sqlite", "second")
        out, err = second.communicate(timeout=90)
        assert second.returncode != 0
        assert f"is in use: run first of {_user()} (process {first.pid}" in err
        assert "or stop it at" in err
        database = Database.open(lab / "b.sqlite")
        assert Runs(database).list() == ()  # refused before anything was written or moved
        database.close()
        assert run(capsys, "stop", "first")[0] == 0
        out, err = first.communicate(timeout=90)
        assert out.strip() == "aborted", err
    finally:
        first.kill()
        first.communicate()


def _user():
    from ncrobot.users import user_name

    return user_name()


def test_tokens_are_shown_once_listed_and_revoked(lab, capsys):
    code, out, _ = run(capsys, "tokens", "add", "anna", "--role", "operator")
    secret = out.splitlines()[-1]
    assert (code, secret[:4]) == (0, "ncr_")
    code, out, _ = run(capsys, "tokens", "list")
    assert "anna  operator" in out
    assert secret not in out
    assert run(capsys, "tokens", "revoke", "anna")[0] == 0
    assert "nobody has a token" in run(capsys, "tokens", "list")[1]
    assert run(capsys, "tokens", "revoke", "anna")[0] == 1


def test_a_backup_is_checked_and_told(lab, capsys, plan):
    assert run(capsys, "run-plan", plan, "--json")[0] == 0
    code, out, _ = run(capsys, "backup", "--to", "copies", "--keep", 2)
    assert code == 0
    assert "1 runs" in out
    (copy,) = (lab / "copies").glob("*.sqlite")
    assert len(json.loads(run(capsys, "runs", "--json", "--database", copy)[1])["runs"]) == 1


def test_starts_are_planned_listed_and_cancelled(lab, capsys, plan):
    code, out, _ = run(capsys, "starts", "add", plan, "--at", "2100-08-03 22:00", "--note", "night")
    assert code == 0, out
    start = out.split(":")[0]
    assert run(capsys, "starts", "add", plan, "--at", "2100-08-03 22:30")[0] == 1
    assert start in run(capsys, "starts", "list")[1]
    assert run(capsys, "starts", "cancel", start, "--reason", "ill")[0] == 0
    assert "no start is planned" in run(capsys, "starts", "list")[1]
    (told,) = json.loads(run(capsys, "starts", "list", "--all", "--json")[1])["starts"]
    assert (told["status"], told["reason"], told["note"]) == ("cancelled", "ill", "night")
    assert run(capsys, "starts", "add", plan, "--at", "yesterday")[0] == 1


def test_the_service_begins_a_planned_start_and_sigterm_ends_it(lab, capsys, plan):
    from datetime import UTC, datetime, timedelta

    soon = (datetime.now(UTC) + timedelta(seconds=12)).isoformat(timespec="seconds")
    arguments = ["starts", "add", plan, "--at", soon, "--simulated", "--grace", 5]
    assert run(capsys, *arguments)[0] == 0
    with started("serve", "--loopback-only", "--port", 0) as process:

        def begun():
            (start,) = json.loads(run(capsys, "starts", "list", "--all", "--json")[1])["starts"]
            return start if start["status"] != "planned" and start["status"] != "starting" else None

        start = wait_for(begun)
        assert start["status"] == "started", start
        wait_for(lambda: [r.status for r in listed(lab)] == ["succeeded"])
        assert listed(lab)[0].run == start["run"]
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "for this machine alone, without tokens" in out
    assert "the service has ended" in out
    assert "Traceback" not in out


def test_the_served_interface_passes_orders_on_by_the_name_of_the_token(lab, capsys, plan):
    assert run(capsys, "serve", "--port", 0)[0] == 1  # nobody has a token
    assert run(capsys, "serve", "--port", 0, "--host", "0.0.0.0", "--loopback-only")[0] == 1
    secret = run(capsys, "tokens", "add", "anna", "--role", "operator")[1].splitlines()[-1]
    with (
        started("serve", "--port", 0) as service,
        started("run-plan", plan, "--speed", 60, "--run", "night-1", "--json") as going,
    ):
        line = service.stdout.readline()
        address = line.split(",")[0].removeprefix("interface at ")
        wait_for(lambda: status(capsys).get("operations_done", 0) > 2)
        with httpx.Client(
            base_url=address,
            headers={"authorization": f"Bearer {secret}"},
            trust_env=False,
            timeout=30,
        ) as client:
            assert client.get("/runs").json() == {"runs": ["night-1"]}
            assert client.get("/runs/night-1").json()["status"] == "running"
            taken = client.post("/runs/night-1/orders", json={"kind": "stop"})
            assert taken.json()["accepted"]
            assert client.get("/audit").status_code == 403
        out, _ = going.communicate(timeout=60)
    result = json.loads(out.splitlines()[-1])
    assert (result["status"], result["reason"]) == ("aborted", "stopped by anna")


def test_libraries_write_to_the_log_of_the_lab_and_not_to_the_terminal(lab, capsys, monkeypatch):
    import logging

    def noisy(self):
        try:
            1 / 0  # noqa: B018
        except ZeroDivisionError:
            logging.getLogger("some.library").exception("it broke")
        return ()

    monkeypatch.setattr("ncrobot.lab.records.Records.listed", noisy)
    code, out, err = run(capsys, "runs")
    assert code == 0
    assert "Traceback" not in out + err
    told = (lab / "runs" / "ncrobot.log").read_text()
    assert "some.library: it broke" in told
    assert "ZeroDivisionError" in told


def test_a_notice_is_acknowledged_once(lab, capsys):
    from datetime import UTC, datetime

    from ncrobot.notices import NoticeKind, draft
    from ncrobot.notifications import Outbox

    (lab / "runs").mkdir()
    outbox = Outbox.open(lab / "runs" / "notifications.sqlite")
    told = outbox.take(draft(NoticeKind.DISK_LOW, "low"), datetime.now(UTC), lambda _: (), 60.0)
    outbox.close()
    assert "acknowledged" in run(capsys, "acknowledge", told.id)[1]
    assert "before" in run(capsys, "acknowledge", told.id)[1]
    assert run(capsys, "acknowledge", "nothing")[0] == 1

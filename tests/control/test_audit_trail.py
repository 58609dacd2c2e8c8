"""The audit trail: each command once, with who gave it and what became of it."""

from __future__ import annotations

import asyncio
from contextlib import closing

import pytest

from control.control_kit import Client, going, plate
from ncrobot import cli
from ncrobot.control import RemoteDesks, make_app, same_user
from ncrobot.errors import LabError
from ncrobot.lab import Lab
from ncrobot.lab.holding import hold_run
from ncrobot.recorder import Audit, Database


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("NCROBOT_STATE", str(tmp_path / "state"))


@pytest.fixture
def database(tmp_path):
    return tmp_path / "runs" / "runs.sqlite"


def trail(database):
    """Lines, the oldest first: command, outcome, reason."""
    with closing(Database.open(database)) as opened:
        lines = Audit(opened).list()
    return [(line.command.name, line.outcome.value, line.reason) for line in reversed(lines)]


def test_an_order_over_the_network_is_written_down_once_with_its_way(database):
    with going(database) as run, Lab.open(database) as lab:
        run.wait_for(lambda s: s.status == "running")
        served = make_app(
            RemoteDesks("network"), same_user("anna"), trail=lab.trails.take, runs_keep=True
        )
        client = Client(served)
        assert client.post(f"/runs/{run.run}/orders", json={"kind": "stop"}).json()["accepted"]
        run.end()
        assert client.post("/runs/nowhere/orders", json={"kind": "stop"}).status_code == 404
        lines = [line.command for line in Audit(lab.database).list() if line.command.name == "stop"]
    assert [(line.run, line.who, line.origin) for line in lines] == [
        ("nowhere", "anna", "socket"),
        (run.run, "anna", "network"),
    ]


def test_a_run_that_is_refused_is_in_the_trail(database):
    with Lab.open(database) as lab:
        with hold_run("taken", lab.folder), pytest.raises(LabError):
            lab.run(*plate(), run="taken")
        lab.run(*plate(), run="done")
        with pytest.raises(LabError, match="there is a run 'done' already"):
            lab.run(*plate(), run="done")
        with pytest.raises(LabError, match="nothing to resume"):
            lab.resume("done")
    told = trail(database)
    assert [line[:2] for line in told] == [
        ("run", "asked"),
        ("run", "refused"),
        ("run", "asked"),
        ("run", "done"),
        ("run", "asked"),
        ("run", "refused"),
        ("resume", "asked"),
        ("resume", "refused"),
    ]
    assert "'taken'" in told[1][2]


def test_commands_that_concern_no_run_are_in_the_trail(database, tmp_path, capsys):
    plan, _ = plate()
    file = tmp_path / "plan.json"
    file.write_text(plan.model_dump_json(), encoding="utf-8")
    where = ["--database", str(database)]
    assert cli.run(["starts", "add", str(file), "--at", "2199-01-01 22:00", *where]) == 0
    start = capsys.readouterr().out.split(":")[0]
    assert cli.run(["starts", "cancel", start, *where]) == 0
    assert cli.run(["starts", "cancel", "nothing", *where]) == 1
    assert cli.run(["backup", *where]) == 0
    assert cli.run(["acknowledge", "nothing", *where]) == 1
    assert [line[:2] for line in trail(database)] == [
        ("starts add", "done"),
        ("starts cancel", "done"),
        ("starts cancel", "refused"),
        ("backup", "done"),
        ("acknowledge", "refused"),
    ]


def test_who_stops_a_run_waits_for_no_chemistry():
    """The half of this room that gives orders is imported without the half that serves."""
    code = (
        "import sys, ncrobot.cli, ncrobot.control, ncrobot.users\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'scipy', 'fastapi', 'numpy'}))"
    )

    async def told():
        import sys

        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE
        )
        return (await child.communicate())[0].decode().strip()

    assert asyncio.run(told()) == "[]"

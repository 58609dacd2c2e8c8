"""Sending a file through the installed client to an emulated robot, and the commands for it."""

from __future__ import annotations

import asyncio
import functools

import pytest
import typer

from exporters.plates_kit import made
from ncrobot import console
from ncrobot.clock import WallClock
from ncrobot.errors import DeviceError, LabError, NcrobotError
from ncrobot.exporters import commands
from ncrobot.exporters.opentrons import opentrons_protocol, send_to_robot
from ncrobot.exporters.opentrons.sending import robot_client
from ncrobot_sim.emulators.robots import OpentronsRobot, OpentronsServer, Step

STEPS = (Step("comment", {"message": "0:00:00 fill-g1: water"}), Step("home", takes_s=5.0))


@pytest.fixture
def server():
    with OpentronsServer(OpentronsRobot(steps=STEPS), speed=500.0) as running:
        yield running


def send(text, server, **options):
    told: list[str] = []
    quick = functools.partial(robot_client(), poll_s=0.01)
    sent = asyncio.run(
        send_to_robot(
            text, server.address, clock=WallClock(), tell=told.append, client=quick, **options
        )
    )
    return sent, told


def test_an_exported_file_is_brought_and_waits(server):
    sent, told = send(opentrons_protocol(*made("OT-2 everything")), server)
    assert sent.status == "idle"
    assert server.robot.runs[0].actions == []
    assert len(told) == 1


def test_an_exported_file_is_started_and_followed(server):
    sent, told = send(opentrons_protocol(*made("OT-2 everything")), server, start=True)
    assert (sent.status, sent.errors) == ("succeeded", ())
    assert "0:00:00 fill-g1: water" in told


def test_a_file_for_the_other_robot_is_refused(server):
    with pytest.raises(DeviceError, match="Flex"):
        send(opentrons_protocol(*made("Flex everything")), server)
    assert server.robot.runs == []


@pytest.fixture
def terminal():
    app = typer.Typer()
    app.command("export-opentrons")(commands.export_opentrons)
    app.command("send-opentrons")(commands.send_opentrons)

    def run(*arguments):
        try:
            return app(args=[str(a) for a in arguments], standalone_mode=False) or 0
        except NcrobotError as error:
            console.failure(str(error), as_json=False)
            return error.exit_code

    return run


def test_the_commands_from_a_plan_to_a_finished_run(terminal, server, tmp_path, capsys):
    plan, schedule = made("OT-2 everything")
    (tmp_path / "plan.json").write_text(plan.model_dump_json(), encoding="utf-8")
    (tmp_path / "schedule.json").write_text(schedule.model_dump_json(), encoding="utf-8")
    files = [tmp_path / "plan.json", "-s", tmp_path / "schedule.json"]
    file = tmp_path / "out" / "plate.py"
    assert terminal("export-opentrons", *files, "-o", file) == 0
    assert "OT-2, " in capsys.readouterr().out
    assert file.read_text(encoding="utf-8") == opentrons_protocol(plan, schedule)
    assert terminal("export-opentrons", *files) == 0
    assert capsys.readouterr().out == file.read_text(encoding="utf-8")
    assert terminal("export-opentrons", *files, "--robot", "flex") == 1
    assert "OT-2" in capsys.readouterr().err
    assert terminal("send-opentrons", file, "-a", server.address) == 0
    assert "nothing moves yet" in capsys.readouterr().out
    assert terminal("send-opentrons", file, "-a", server.address, "--start") == 0
    assert "succeeded" in capsys.readouterr().out
    assert terminal("send-opentrons", tmp_path / "none.py", "-a", server.address) == 1
    assert terminal("send-opentrons", file, "-a", "robot/x") == 1


def test_a_robot_that_is_not_there_is_told(terminal, tmp_path, capsys):
    file = tmp_path / "plate.py"
    file.write_text("x", encoding="utf-8")
    assert terminal("send-opentrons", file, "-a", "127.0.0.1:9") == 2
    assert "can't be reached" in capsys.readouterr().err


def test_without_a_client_the_error_tells_what_to_install(monkeypatch):
    monkeypatch.setattr("ncrobot.exporters.opentrons.sending.CLIENT", "no.such")
    with pytest.raises(LabError, match="make setup"):
        robot_client()

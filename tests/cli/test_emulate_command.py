"""Emulating the devices of a deck: a layout that leads to them, and a clean end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.steering_kit import steered_plan
from ncrobot import cli
from ncrobot.deck import load_deck
from ncrobot.errors import LabError
from ncrobot.lab import Lab, schedule
from ncrobot.lab.checking import check_devices
from ncrobot.lab.emulating import emulate

ROOT = Path(__file__).resolve().parents[2]
DECK = ROOT / "deck_layouts" / "ot2_96_pump.yaml"


@pytest.fixture(autouse=True)
def _state(tmp_path, monkeypatch):
    monkeypatch.setenv("NCROBOT_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


def test_the_layout_leads_to_devices_that_answer(tmp_path):
    with emulate(DECK, folder=tmp_path / "ports") as emulation:
        path = tmp_path / "emulated.yaml"
        path.write_text(emulation.layout, encoding="utf-8")
        before, layout = load_deck(DECK), load_deck(path)
        assert set(layout.devices) == set(before.devices)
        assert {p.name for p in (tmp_path / "ports").iterdir()} == set(before.devices)
        found = check_devices(layout)
        assert [each.problem for each in found] == [None] * 3
        assert layout.arm.driver == "sim.liquid_handler"
        changed = {"driver", "port"}
        for name, device in layout.devices.items():
            assert device.model_dump(exclude=changed) == before.devices[name].model_dump(exclude=changed)  # fmt: skip
    assert not list((tmp_path / "ports").iterdir())
    assert all(each.problem is not None for each in check_devices(layout))


def test_the_layout_says_how_quick_its_devices_are(tmp_path):
    with emulate(DECK, speed=50.0) as emulation:
        path = tmp_path / "emulated.yaml"
        path.write_text(emulation.layout, encoding="utf-8")
        layout = load_deck(path)
    assert layout.emulated_speed == 50.0
    assert layout.stands_in
    assert not load_deck(DECK).stands_in


def test_a_real_run_takes_no_speed(tmp_path):
    plan = steered_plan()
    with (
        Lab.open(tmp_path / "runs.db") as lab,
        pytest.raises(LabError, match="as fast as its devices"),
    ):
        lab.run(plan, schedule(plan), real=True, speed=50.0)


def test_what_has_no_emulator_is_simulated(tmp_path):
    text = DECK.read_text(encoding="utf-8").replace("opentrons.heater_shaker\n", "hamilton.heater_shaker\n", 1)  # fmt: skip
    deck = tmp_path / "deck.yaml"
    deck.write_text(text, encoding="utf-8")
    with emulate(deck) as emulation:
        stands = {each.device: (each.driver, each.port is None) for each in emulation.stands}
        assert stands["shaker"] == ("sim.shaker", True)
        assert stands["hydride_pump"] == ("tecan.xcalibur", False)
        path = tmp_path / "emulated.yaml"
        path.write_text(emulation.layout, encoding="utf-8")
        assert [each.problem for each in check_devices(load_deck(path))] == [None] * 3


def test_a_deck_without_such_devices_is_refused(capsys):
    with pytest.raises(LabError, match="has an emulator"):
        emulate(ROOT / "deck_layouts" / "starlet_96.yaml")
    assert cli.run(["emulate", str(ROOT / "deck_layouts" / "starlet_96.yaml"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["errors"][0]["code"] == "nothing-to-emulate"


def test_ports_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(LabError, match="a port can't be made"):
        emulate(DECK, folder=tmp_path / "file")


def test_the_command_ends_cleanly(tmp_path):
    ports = tmp_path / "ports"
    arguments = ["emulate", str(DECK), "-o", "wire.yaml", "--ports", str(ports), "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "ncrobot", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as child:  # fmt: skip
        told = ""
        while not told.rstrip().endswith("}"):
            line = child.stdout.readline()
            assert line, child.stderr.read()
            told += line
        devices = json.loads(told)["devices"]
        assert {each["device"] for each in devices} == {"arm", "shaker", "cooler", "hydride_pump"}
        assert len(list(ports.iterdir())) == 3
        assert (tmp_path / "wire.yaml").exists()
        os.kill(child.pid, signal.SIGINT)
        assert child.wait() == 0
        assert child.stderr.read() == ""
    assert not list(ports.iterdir())

"""The tree of all devices of a deck: each is asked, and everything that is wrong is told at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from ncrobot import cli
from ncrobot_sim.emulators import start_bench

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _state(tmp_path, monkeypatch):
    monkeypatch.setenv("NCROBOT_STATE", str(tmp_path / "state"))


@pytest.fixture
def deck(tmp_path):
    """Writes a layout: the shipped one with a pump, a probe beside it, on emulated devices."""
    told = YAML(typ="safe", pure=True).load(ROOT / "deck_layouts" / "ot2_96_pump.yaml")
    told["devices"]["probe"] = {
        "kind": "ph_probe", "driver": "atlas.ezo_ph", "beside": "hydride_pump", "read_s": 1.0,
    }  # fmt: skip
    with start_bench(told["devices"], speed=20.0) as bench:
        for name, port in bench.ports.items():
            told["devices"][name]["port"] = port

        def write(**changes):
            for name, fields in changes.items():
                told["devices"][name].update(fields)
            path = tmp_path / "deck.yaml"
            with path.open("w") as file:
                YAML(typ="safe", pure=True).dump(told, file)
            return path

        yield write, bench


def run(capsys, *arguments):
    code = cli.run(list(map(str, arguments)))
    return code, capsys.readouterr().out


def test_every_device_says_what_it_is_and_how_it_is(deck, capsys):
    write, _ = deck
    code, out = run(capsys, "devices", write())
    assert code == 0
    assert "4 of 4 devices" in out
    for word in ("XCalibur", "not homed", "0 rpm", "°C", "calibrated at 0 points"):
        assert word in out, out


def test_everything_that_is_wrong_is_told_at_once(deck, capsys):
    write, bench = deck
    bench.devices["shaker"].unplug()
    path = write(
        cooler={"driver": "julabo.corio"},
        hydride_pump={"options": {"valve": "3-port-distribution", "adress": 3}},
        probe={"port": "/dev/none-such"},
    )
    code, out = run(capsys, "devices", path)
    assert code == 1
    assert "0 of 4 devices" in out
    wrong = [line for line in out.splitlines() if "wrong:" in line]
    assert len(wrong) >= 4
    for word in ("julabo.corio", "adress", "/dev/none-such", bench.ports["shaker"]):
        assert any(word in line for line in wrong), (word, out)


def test_one_that_is_gone_keeps_no_other_from_being_asked(deck, capsys):
    write, bench = deck
    bench.devices["shaker"].unplug()
    code, out = run(capsys, "devices", write(), "--json")
    told = {each["device"]: each for each in json.loads(out)["devices"]}
    assert code == 1
    assert [name for name, each in told.items() if each["problems"]] == ["shaker"]
    assert told["hydride_pump"]["identity"]["model"]

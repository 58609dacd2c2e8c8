"""Asking the devices of a deck whether they are there: nothing moves, and each tells its own story."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ncrobot import cli
from ncrobot.deck import load_deck
from ncrobot.errors import LabError
from ncrobot.lab.checking import check_devices, device_check
from ncrobot.locking import lock_workcell
from ncrobot_sim.emulators import start_emulator

ROOT = Path(__file__).resolve().parents[2]
VALVE = {
    "inlet": "1", "waste": "6", "needle": None, "outlets": {"2": "A1"},
    "options": {"valve": "6-port", "protocol": "dt"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _state(tmp_path, monkeypatch):
    monkeypatch.setenv("NCROBOT_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def deck():
    """A layout whose only device is a pump that an emulator plays, and that emulator."""
    layout = load_deck(ROOT / "deck_layouts" / "ot2_96_pump.yaml")
    (pump,) = (each for each in layout.devices.values() if each.kind == "syringe_pump")
    pump = pump.model_copy(update={"driver": "tecan.xcalibur", **VALVE})
    with start_emulator("tecan.xcalibur", pump.model_dump()) as emulated:
        pump = pump.model_copy(update={"port": emulated.port})
        arm = layout.arm.model_copy(update={"driver": "hamilton.starlet"})
        yield layout.model_copy(update={"devices": {"pump": pump}, "arm": arm}), emulated


def test_a_device_that_is_there_says_what_it_is(deck):
    layout, emulated = deck
    (found,) = check_devices(layout)
    assert found.problem is None
    assert "XCalibur" in found.identity.model
    assert cli.keeping.check_lines([found])[0].startswith("pump (tecan.xcalibur): ")
    assert emulated.exchanges


def test_one_that_is_gone_is_told_as_its_problem(deck):
    layout, emulated = deck
    emulated.unplug()
    (found,) = check_devices(layout)
    assert found.identity is None
    assert "pump" in found.problem
    assert found.problem in cli.keeping.check_lines([found])[0]


def test_a_workcell_in_use_is_left_alone(deck):
    layout, emulated = deck
    with (
        lock_workcell(layout, run="r1", since=datetime.now(UTC)),
        pytest.raises(LabError) as caught,
    ):
        check_devices(layout)
    assert "r1" in str(caught.value)
    assert not emulated.exchanges


def test_a_missing_driver_is_told_before_anything(capsys):
    deck = ROOT / "deck_layouts" / "starlet_96.yaml"
    with pytest.raises(LabError, match="isn't installed"):
        device_check(_with_unknown_driver(deck))
    assert cli.run(["check", str(_with_unknown_driver(deck)), "--json"]) == 1
    codes = {each["code"] for each in json.loads(capsys.readouterr().out)["errors"]}
    assert codes == {"no-driver"}


def _with_unknown_driver(deck: Path) -> Path:
    text = deck.read_text(encoding="utf-8").replace("hamilton.heater_shaker", "nobody.shaker")
    path = Path("unknown.yaml")
    path.write_text(text, encoding="utf-8")
    return path

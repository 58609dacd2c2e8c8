"""The devices of every shipped layout: emulated ones are run through, others named beforehand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from compiler.compiler_kit import BASE, changed, plan_for
from ncrobot.deck import load_deck
from ncrobot.deck.layout import Reader
from ncrobot.devices import known_drivers, load_driver
from ncrobot.errors import LabError
from ncrobot.lab import Lab, schedule
from ncrobot.lab.checking import check_devices
from ncrobot.lab.emulating import emulate
from ncrobot.lab.surveying import survey
from ncrobot.workcells import NOT_BUILT, check_real, lacking
from ncrobot_sim.emulators import known_emulators

FOLDER = Path(__file__).resolve().parents[2] / "deck_layouts"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
SPEED = 100.0
FILL, METAL = BASE["steps"][:2]
STIR = {"do": "stir", "id": "stir", "speed": "500 rpm", "for": "2 min"}


@pytest.fixture(autouse=True)
def _state(tmp_path, monkeypatch):
    monkeypatch.setenv("NCROBOT_STATE", str(tmp_path / "state"))


def layout_of(name):
    return load_deck(FOLDER / f"{name}.yaml")


def split(layout):
    """The names of devices that have an emulator, and of those that have none."""
    known = known_emulators()
    with_one = {name for name, each in layout.devices.items() if each.driver in known}
    return with_one, set(layout.devices) - with_one


EMULATED = [name for name in NAMES if split(layout_of(name))[0]]


def test_there_are_layouts_of_both_kinds():
    assert {"ot2_96_pump", "flex_96", "evo150_96", "starlet_96_gas"} <= set(EMULATED)
    assert {"starlet_96", "star_96_glass_cold"} <= set(NAMES) - set(EMULATED)


@pytest.mark.parametrize("name", EMULATED)
def test_a_real_run_goes_through_every_emulated_device(name, tmp_path):
    before = layout_of(name)
    emulated, simulated = split(before)
    plan_steps = [FILL, METAL, STIR]
    with emulate(FOLDER / f"{name}.yaml", speed=SPEED) as emulation:
        for stand in emulation.stands[1:]:
            assert (stand.port is not None) == (stand.device in emulated)
            if stand.device in simulated:
                assert stand.instead_of == before.devices[stand.device].driver
        path = tmp_path / "wire.yaml"
        path.write_text(emulation.layout, encoding="utf-8")
        layout = load_deck(path)
        check_real(layout)
        assert [each.problems for each in survey(layout)] == [()] * len(layout.devices)
        plan = plan_for(changed(steps=plan_steps), layout=layout)
        heard = {each: len(emulation.bench.devices[each].exchanges) for each in emulated}
        with Lab.open(tmp_path / "runs.sqlite") as lab:
            result = lab.run(plan, schedule(plan), real=True)
            record = lab.load(result.run)
        assert result.status == "succeeded", result.reason
        assert record.state.simulated
        for each, before_it in heard.items():
            assert len(emulation.bench.devices[each].exchanges) > before_it, each


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(EMULATED)))
def test_a_layout_without_emulators_names_each_of_its_devices(name):
    layout = layout_of(name)
    with pytest.raises(LabError, match="has an emulator") as refused:
        emulate(FOLDER / f"{name}.yaml")
    for device in (layout.arm.name, *layout.devices):
        driver = layout.arm.driver if device == layout.arm.name else layout.devices[device].driver
        assert f"{device}: {driver}" in str(refused.value)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_real_run_would_lack_is_told_before_it_is_made(name, tmp_path):
    layout = layout_of(name)
    parts = {layout.arm.name: layout.arm, **layout.devices}
    missing = {each for each, part in parts.items() if part.driver not in known_drivers()}
    portless = {
        each
        for each in set(parts) - missing
        if getattr(load_driver(parts[each].driver), "needs_port", False)
    }
    assert {parts[each].driver for each in missing} <= set(NOT_BUILT)
    wanted = missing | portless
    if not wanted:
        check_real(layout)  # only what hangs on USB: its drivers were told all they need
        return
    plan = plan_for(changed(steps=[FILL, METAL]), layout=layout)
    times = schedule(plan)
    with Lab.open(tmp_path / "runs.sqlite") as lab:
        with pytest.raises(LabError) as refused:
            lab.run(plan, times, real=True)
        assert not list(lab.runs.list())
    told = {re.findall(r"'(\w+)'", each.message)[0] for each in refused.value.diagnostics}
    assert told == wanted, "all at once"


@pytest.mark.parametrize("name", [each for each in NAMES if layout_of(each).devices])
def test_readers_know_their_plates(name, tmp_path):
    layout = layout_of(name)
    readers = [each for each, device in layout.devices.items() if isinstance(device, Reader)]
    for reader in readers:
        assert lacking(layout, reader) == []
        plate = layout.devices[reader].options["plate"]
        assert plate in {placed.definition for placed in layout.labware}
    if not readers:
        return
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    path = tmp_path / "without.yaml"
    path.write_text(re.sub(r" +options: \{plate: .*\n", "", text), encoding="utf-8")
    without = load_deck(path)
    for reader in readers:
        (found,) = lacking(without, reader)
        assert "options: {plate: NAME}" in (found.fix or "")
        (told,) = [each for each in survey(without) if each.device == reader]
        assert any("options: {plate: NAME}" in problem for problem in told.problems)
    if all(device.driver in known_drivers() for device in without.devices.values()):
        found_by = {each.device: each.problem for each in check_devices(without)}
        assert all("options: {plate: NAME}" in found_by[reader] for reader in readers)

"""What we call by Opentrons' names is the same thing in Opentrons' own definitions."""

from __future__ import annotations

import json
import subprocess

import pytest

from exporters.analysis_kit import PYTHON, need_opentrons
from ncrobot import labware
from ncrobot.exporters.opentrons.names import (
    MODULES,
    PIPETTES,
    known_labware,
    load_name,
    slot_name,
)
from ncrobot.labware.catalogue import container, known_definitions

SCRIPT = """
import json, sys
from opentrons_shared_data.labware import load_definition
from opentrons_shared_data.module import load_definition as load_module
from opentrons_shared_data.pipette import load_data
from opentrons_shared_data.pipette.pipette_load_name_conversions import convert_pipette_name
from opentrons_shared_data.pipette.types import PipetteOEMType
labware, pipettes = json.loads(sys.stdin.read())
found = {}
for name in labware:
    for version in range(4, 0, -1):
        try:
            found[name] = load_definition(name, version)
            break
        except Exception:
            pass
rates = {}
names = {"flex_1channel": "single_flex", "flex_8channel": "multi_flex"}
for name in pipettes:
    old = name
    for begin, end in names.items():
        if name.startswith(begin):
            old = "p" + name.rsplit("_", 1)[1] + "_" + end
    model = convert_pipette_name(old)
    loaded = load_data.load_definition(
        model.pipette_type, model.pipette_channels, model.pipette_version, PipetteOEMType.OT
    )
    tips = [t for p in loaded.liquid_properties.values() for t in p.supported_tips.values()]
    rates[name] = [model.pipette_channels.value, max(t.ui_max_flow_rate for t in tips)]
shaker = load_module("3", "heaterShakerModuleV1")["config"]
print(json.dumps([found, rates, shaker]))
"""


@pytest.fixture(scope="module")
def vendor():
    need_opentrons()
    names = [name for name in known_definitions() if load_name(name)]
    wanted = [sorted({load_name(name) for name in names}), list(PIPETTES)]
    done = subprocess.run(
        [PYTHON, "-c", SCRIPT], input=json.dumps(wanted), capture_output=True, text=True,
        check=True, timeout=120,
    )  # fmt: skip
    return names, *json.loads(done.stdout.splitlines()[-1])


def test_labware_of_both_catalogues_is_alike(vendor):
    names, definitions = vendor[0], vendor[1]
    assert len(names) > 10
    for name in names:
        ours, theirs = labware.definition(name), definitions[load_name(name)]
        assert list(ours.wells) == [well for column in theirs["ordering"] for well in column]
        size = theirs["dimensions"]
        assert ours.size_mm[2] == pytest.approx(size["zDimension"], abs=3.0), name
        resource = labware.build(name, name)
        for well in (ours.wells[0], ours.wells[-1]):
            their_well = theirs["wells"][well]
            at = container(resource, well).get_location_wrt(resource, x="c", y="c", z="b")
            assert at.x == pytest.approx(their_well["x"], abs=1.0), (name, well)
            assert at.y == pytest.approx(their_well["y"], abs=1.0), (name, well)
            volume_ul = ours.tip_volume_ul or ours.well_volume_ul
            assert volume_ul == pytest.approx(their_well["totalLiquidVolume"], rel=0.15), name


def test_pipettes_have_the_channels_and_never_exceed_the_flow_rates_of_the_maker(vendor):
    for name, (channels, most_ul_per_s) in vendor[2].items():
        ours = PIPETTES[name]
        assert ours.channels == channels
        assert ours.default_ul_per_s < ours.most_ul_per_s <= most_ul_per_s
        assert ours.flow_rate_ul_per_s(1e6) == ours.default_ul_per_s
        assert ours.flow_rate_ul_per_s(1.0) == 1.0


def test_the_heater_shaker_has_the_limits_of_the_maker(vendor):
    ours = MODULES["opentrons_heater_shaker_deep_well"]
    config = vendor[3]
    assert ours.speed_rpm == (config["minShakeSpeed"], config["maxShakeSpeed"])
    assert ours.temperature_c == (config["minPlateTemperature"], config["maxPlateTemperature"])


def test_slots_of_both_robots():
    assert [slot_name("ot2", n) for n in (1, 11)] == ["1", "11"]
    flex = [slot_name("flex", n) for n in range(1, 13)]
    assert flex == ["D1", "D2", "D3", "C1", "C2", "C3", "B1", "B2", "B3", "A1", "A2", "A3"]


def test_every_known_labware_is_in_the_catalogue():
    assert set(known_labware()) <= set(known_definitions())

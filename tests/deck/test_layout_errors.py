"""Each kind of wrong layout gives one clear error, at its line, with a way to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ncrobot.deck import load_deck, read_deck
from ncrobot.errors import DeckError

FOLDER = Path(__file__).parents[2] / "deck_layouts"
STARLET = (FOLDER / "starlet_96.yaml").read_text(encoding="utf-8")
OT2 = (FOLDER / "ot2_96.yaml").read_text(encoding="utf-8")

PLATE = "definition: NEST_96_wellplate_2200uL_Ub, role: reaction"
SHAKER_MODULES = "modules: {1: cooler, 3: shaker}"
FIRST_RACK = "tips_10_1, definition: hamilton_96_tiprack_10uL_filter"

GAS = "  n2: {kind: gas, driver: some.valve, gas: nitrogen, flow_ml_per_min: [10, 200], watchdog_s: 5, assumed: none}\n  cooler:\n"

# name: (text, old, new, code, part of the line that the finding names, part of the finding)
# fmt: off
CASES = {
    # the text and its fields
    "tab": (STARLET, "  driver: hamilton.starlet", "\tdriver: hamilton.starlet", "yaml-syntax", "\tdriver", "not valid YAML"),
    "key twice": (STARLET, "  gripper: true\n", "  gripper: true\n  gripper: false\n", "duplicate-key", "gripper: false", "keep one"),
    "not a deck": (STARLET, STARLET, "- a list\n", "not-a-deck", None, "ncrobot: deck/1"),
    "empty": (STARLET, STARLET, "", "not-a-deck", None, "nothing"),
    "misspelt field": (STARLET, "  simultaneous: 8", "  simultanous: 8\n  simultaneous: 8", "unknown-field", "simultanous", "did you mean 'simultaneous'"),
    "misspelt device field": (STARLET, "    stop_s: 6", "    stop_s: 6\n    speed: 3", "unknown-field", "speed: 3", "did you mean 'speed_rpm'"),
    # gas
    "gas without a watchdog": (STARLET, "  cooler:\n", GAS.replace("watchdog_s: 5, ", ""), "missing-field", "n2:", "shuts by itself"),
    "gas with an endless watchdog": (STARLET, "  cooler:\n", GAS.replace("watchdog_s: 5,", "watchdog_s: 3600,"), "bad-value", "n2:", "less than or equal to 60"),
    "poisonous gas": (STARLET, "  cooler:\n", GAS.replace("gas: nitrogen", "gas: carbon monoxide"), "gas-not-on-deck", "n2:", "gas cabinet"),
    "flow backwards": (STARLET, "  cooler:\n", GAS.replace("[10, 200]", "[200, 10]"), "inverted-range", "n2:", "flow_ml_per_min"),
    "plate on a gas valve": (STARLET.replace("  cooler:\n", GAS, 1), "carrier: plate_carrier, site: 0", "on: n2", None, None, None),
    "no waste": (STARLET, "waste_capacity_ul: 2000000\n", "", "missing-field", None, "waste_capacity_ul"),
    "no start time": (STARLET, "    start_s: 3\n", "", "missing-field", "shaker:", "start_s"),
    "unknown robot": (STARLET, "robot: hamilton.starlet", "robot: hamilton.starlett", "unknown-word", "robot:", "did you mean 'hamilton.starlet'"),
    "unknown device kind": (STARLET, "kind: temperature_block", "kind: temperature_blok", "unknown-word", "cooler:", "did you mean 'temperature_block'"),
    "device without kind": (STARLET, "    kind: reader\n", "", "missing-field", "reader:", "add kind"),
    "name with a space": (STARLET, "name: reaction_plate,", "name: Reaction plate,", "bad-name", "Reaction plate", "rename"),
    "negative volume": (STARLET, "dead_volume_ul: 35,", "dead_volume_ul: -35,", "bad-value", "sample_plate", "greater than or equal to 0"),
    "infinite waste": (STARLET, "waste_capacity_ul: 2000000", "waste_capacity_ul: .inf", "bad-value", "waste_capacity_ul", "finite"),
    "nan time": (STARLET, "travel_s: 1.5", "travel_s: .nan", "bad-value", "travel_s", "finite"),
    # names and roles
    "name twice": (STARLET, "name: sample_plate", "name: dilution_plate", "duplicate-name", "role: samples", "choose another name"),
    "labware named as a device": (STARLET, "name: sample_plate", "name: shaker", "duplicate-name", "role: samples", "a device already"),
    "reserved name": (STARLET, "name: sample_plate", "name: trash", "reserved-name", "role: samples", "fixed part"),
    "misspelt role": (STARLET, "role: dilution", "role: dilutions", "unknown-role", "dilutions", "did you mean 'dilution'"),
    "no reaction plate": (STARLET, "role: reaction", "role: spare", "missing-role", "labware:", "reaction"),
    "rack that isn't for tips": (STARLET, f"{FIRST_RACK}, role: tips", f"{FIRST_RACK}, role: spare", "wrong-role", "tips_10_1", "tip rack"),
    "plate for tips": (STARLET, "role: samples", "role: tips", "wrong-role", "sample_plate", "is a plate"),
    # the catalogue
    "unknown plate": (STARLET, PLATE, PLATE.replace("2200uL_Ub", "2200ul_U"), "unknown-labware", "reaction_plate", "did you mean 'NEST_96_wellplate_2200uL_Ub'"),
    "deprecated rack": (STARLET, PLATE, "definition: Cor_96_wellplate_2mL_Vb, role: reaction", "unusable-definition", "reaction_plate", "deprecated"),
    "unknown carrier": (STARLET, "Trough_CAR_5R60_A00", "Trough_CAR_5R60_A0", "unknown-carrier", "trough_carrier_3", "did you mean 'Trough_CAR_5R60_A00'"),
    "unknown nest": (STARLET, "nest: inheco_cpac_ultraflat", "nest: inheco_cpac", "unknown-nest", "nest: inheco", "did you mean 'inheco_cpac_ultraflat'"),
    "unknown module": (STARLET, SHAKER_MODULES, "modules: {0: hamilton_mfx_plateholder_DWP, 1: cooler, 3: shaker}", "unknown-nest", "module_carrier", "did you mean 'hamilton_mfx_plateholder_DWP_flat'"),
    # carriers and sites
    "carriers on the same rails": (STARLET, "rails: 28}", "rails: 27}", "carriers-overlap", "trough_carrier_2", "rails 27 to 28 and 26 to 27"),
    "carrier over the waste": (STARLET, "Trough_CAR_5R60_A00, rails: 30", "Trough_CAR_5R60_A00, rails: 31", "rails-out-of-range", "trough_carrier_3", "rails 1 to 30"),
    "two plates on one site": (STARLET, "carrier: plate_carrier, site: 2", "carrier: plate_carrier, site: 0", "place-taken", "sample_plate", "site 0 of plate_carrier"),
    "site that the carrier lacks": (STARLET, "carrier: plate_carrier, site: 2", "carrier: plate_carrier, site: 5", "site-out-of-range", "carrier: plate_carrier, site: 5", "0 to 4"),
    "module site that the carrier lacks": (STARLET, SHAKER_MODULES, "modules: {1: cooler, 3: shaker, 4: MFX_DWP_module_flat}", "site-out-of-range", "module_carrier", "has no site 4"),
    "site without a module": (STARLET, "carrier: plate_carrier, site: 2", "carrier: module_carrier, site: 2", "site-out-of-range", "carrier: module_carrier", "nothing is mounted"),
    "site of a device that isn't named": (STARLET, "on: cooler, material: polypropylene", "carrier: module_carrier, site: 1, material: polypropylene", "device-not-named", "carrier: module_carrier", "write on: cooler"),
    "misspelt carrier": (STARLET, "carrier: plate_carrier, site: 2", "carrier: plate_carier, site: 2", "unknown-carrier-name", "plate_carier", "did you mean 'plate_carrier'"),
    "rack on a plate carrier": (STARLET, "carrier: tip_carrier_2, site: 4", "carrier: plate_carrier, site: 4", "wrong-carrier", "carrier: plate_carrier, site: 4", "takes no tip rack"),
    "trough too big for its site": (STARLET, "trough_60_1, definition: hamilton_1_trough_60mL_Vb", "trough_60_1, definition: hamilton_1_trough_200mL_Vb", "too-big", "trough_60_1", "37 x 118 mm"),
    "labware without a place": (STARLET, "on: shaker, material: polypropylene", "material: polypropylene", "no-place", "reaction_plate", "stands nowhere"),
    "slot on a carrier deck": (STARLET, "carrier: plate_carrier, site: 2", "slot: 2", "wrong-kind-of-place", "slot: 2", "carrier and site"),
    "modules on a plain carrier": (STARLET, "Trough_CAR_5R60_A00, rails: 30", "Trough_CAR_5R60_A00, rails: 30, modules: {0: MFX_TIP_module}", "no-modules-here", "trough_carrier_3", "takes no modules"),
    "device without a nest": (STARLET, "    nest: hamilton_heater_shaker\n", "", "missing-nest", "module_carrier", "add nest to shaker"),
    "reader at a point without a nest": (STARLET, "    nest: bmg_clariostar\n", "", "missing-nest", "at_mm", "add nest"),
    "device mounted twice": (STARLET, SHAKER_MODULES, "modules: {1: cooler, 2: cooler, 3: shaker}", "device-mounted-twice", "module_carrier", "site 1"),
    # devices
    "misspelt device": (STARLET, "on: shaker,", "on: shakr,", "unknown-device", "on: shakr", "did you mean 'shaker'"),
    "two on one device": (STARLET, "carrier: plate_carrier, site: 2", "carrier: plate_carrier, site: 2, on: shaker", "device-taken", "carrier: plate_carrier, site: 2, on: shaker", "both stand on shaker"),
    "temperature range backwards": (STARLET, "temperature_c: [4, 70]", "temperature_c: [70, 4]", "inverted-range", "[70, 4]", "write [4, 70]"),
    "speed range backwards": (STARLET, "speed_rpm: [20, 2000]", "speed_rpm: [2000, 20]", "inverted-range", "[2000, 20]", "2000 to 20 rpm"),
    "wavelengths backwards": (STARLET, "[220, 1000]", "[1000, 220]", "inverted-range", "[1000, 220]", "nm"),
    "negative speed": (STARLET, "speed_rpm: [20, 2000]", "speed_rpm: [-20, 2000]", "negative-range", "[-20, 2000]", "0 or more"),
    "colder than the block gets": (STARLET, "temperature_c: 4,", "temperature_c: -10,", "temperature-out-of-range", "temperature_c: -10", "4 to 70 °C"),
    # volumes
    "dead volume fills the well": (STARLET, "dead_volume_ul: 35, max_volume_ul: 300", "dead_volume_ul: 300, max_volume_ul: 300", "dead-volume-too-large", "dead_volume_ul: 300", "below 300 µL"),
    "more than the well holds": (STARLET, "max_volume_ul: 300", "max_volume_ul: 3000", "max-volume-above-well", "max_volume_ul: 3000", "at most 360 µL"),
    "stocks without a dead volume": (STARLET, 'dead_volume_ul: 5000,\n     assumed: "dead volume: 4 mm', 'assumed: "dead volume: 4 mm', "missing-dead-volume", "trough_200_1", "add dead_volume_ul"),
    "stock in a well that isn't there": (STARLET, "max_volume_ul: 60000,", "max_volume_ul: 60000, holds: {A5: gold},", "unknown-well", "A5: gold", "A1 to A4"),
    "trough too narrow for eight channels": (STARLET, "agenbio_4_troughplate_75mL_Vb", "agilent_2_reservoir_144mL_Vb", "trough-too-narrow", "cold_reservoir", "room for 7 channels"),
    "volume of a tip rack": (STARLET, f"{FIRST_RACK}, role: tips,", f"{FIRST_RACK}, role: tips, max_volume_ul: 5,", "tips-hold-no-liquid", "tips_10_1", "delete it"),
    # the arm and its tips
    "more at once than channels": (STARLET, "  channels: 8", "  channels: 4", "too-many-at-once", "simultaneous", "at most 4"),
    "gripper of unknown speed": (STARLET, "    move_plate_s: 25\n", "", "missing-time", "times:", "move_plate_s"),
    "smallest above largest": (STARLET, "min_ul: 5, max_ul: 50", "min_ul: 50, max_ul: 5", "inverted-range", "min_ul: 50", "exchange"),
    "tip too small": (STARLET, "min_ul: 30, max_ul: 300", "min_ul: 30, max_ul: 350", "tip-too-small", "max_ul: 350", "at most 300 µL"),
    "tip type twice": (STARLET, "name: t50,", "name: t10,", "duplicate-name", "hamilton_96_tiprack_50uL_filter, min_ul", "choose another name"),
    "tips for a channel that isn't there": (STARLET, "min_ul: 5, max_ul: 50,", "min_ul: 5, max_ul: 50, channels: [8],", "unknown-channel", "channels: [8]", "0 to 7"),
    "tip type without a rack": (STARLET, "{name: t10, definition: hamilton_96_tiprack_10uL_filter", "{name: t10, definition: hamilton_96_tiprack_10uL", None, None, None),
    "tip type that names a plate": (STARLET, "{name: t50, definition: hamilton_96_tiprack_50uL_filter", "{name: t50, definition: cor_96_wellplate_360uL_Fb", None, None, None),
    "pipettes on a STARlet": (STARLET, "  gripper: true\n", "  gripper: true\n  pipettes: {left: p300_single_gen2}\n", "no-pipettes-here", "pipettes:", "delete pipettes"),
    # the OT-2
    "slot twice": (OT2, "slot: 8,", "slot: 7,", "place-taken", "tips_300_2", "slot 7"),
    "slot of the trash": (OT2, "slot: 11,", "slot: 12,", "slot-out-of-range", "slot: 12", "fixed trash"),
    "slot that isn't there": (OT2, "slot: 11,", "slot: 13,", "slot-out-of-range", "slot: 13", "1 to 11"),
    "site on a slot deck": (OT2, "slot: 6,", "carrier: plates, site: 0,", "wrong-kind-of-place", "sample_plate", "give slot"),
    "carrier on a slot deck": (OT2, "labware:\n", "carriers:\n  - {name: rails, definition: TIP_CAR_480_A00, rails: 1}\nlabware:\n", "no-carriers-here", "name: rails", "slots and no carriers"),
    "eight at once": (OT2, "simultaneous: 1", "simultaneous: 2", "too-many-at-once", "simultaneous: 2", "write simultaneous: 1"),
    "gripper on an OT-2": (OT2, "gripper: false", "gripper: true", None, None, None),
    "pipette that isn't made": (OT2, "left: p300_single_gen2", "left: p1000_multi_gen2", "unknown-pipette", "pipettes:", "takes no"),
    "eight channels on one plunger": (OT2, "left: p300_single_gen2", "left: p300_multi_gen2", None, None, None),
    "dose too large to share a draw": (OT2, "multi_dispense_ul: 10", "multi_dispense_ul: 160", "inverted-range", "name: t300", "at most half"),
    "head of a channel that isn't there": (OT2, "  gripper: false", "  heads: [{name: a, kind: single, channels: [0]}, {name: b, kind: single, channels: [2]}]\n  gripper: false", None, None, None),
    "single head of two channels": (OT2, "  gripper: false", "  heads: [{name: a, kind: single, channels: [0, 1]}]\n  gripper: false", None, None, None),
    "unknown mount": (OT2, "left: p300_single_gen2", "middle: p300_single_gen2", None, None, None),
    "channel without a pipette": (OT2, "  channels: 2", "  channels: 3", None, None, None),
    "tip beyond its pipette": (OT2, "min_ul: 20, max_ul: 300", "min_ul: 10, max_ul: 300", "tip-beyond-pipette", "name: t300", "20 to 300 µL"),
    "channel without tips": (OT2, "channels: [1],", "channels: [0],", None, None, None),
    "shaker in the middle": (OT2, "slot: 1, on: shaker", "slot: 5, on: shaker", None, None, None),
    "module beside the shaker": (OT2, "slot: 3, on: cooler", "slot: 4, on: cooler", None, None, None),
}
# fmt: on
# Cases in which one slip breaks several rules: all codes that must be told.
SEVERAL = {
    "plate on a gas valve": {"carries-nothing", "no-place"},
    "tip type without a rack": {"no-tip-rack", "rack-without-type"},
    "tip type that names a plate": {"not-a-tip-rack", "rack-without-type"},
    "gripper on an OT-2": {"no-gripper-here", "missing-time"},
    "unknown mount": {"unknown-mount", "tip-beyond-pipette"},
    "channel without a pipette": {"pipettes-and-channels", "channel-without-tips"},
    "channel without tips": {"channel-without-tips", "tip-beyond-pipette"},
    "shaker in the middle": {"module-slot", "place-taken"},
    "module beside the shaker": {"beside-shaker", "place-taken"},
    "head of a channel that isn't there": {"head-channel"},
    "single head of two channels": {"head-size", "too-many-at-once"},
    "eight channels on one plunger": {
        "pipettes-and-channels",
        "rigid-heads",
        "too-many-at-once",
        "tip-beyond-pipette",
    },
}


def findings(text: str):
    with pytest.raises(DeckError) as caught:
        read_deck(text, "lab.yaml")
    return caught.value.diagnostics


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case[3] is not None])
def test_wrong_layout_gives_one_clear_error(name):
    text, old, new, code, line_part, message_part = CASES[name]
    assert text.count(old) >= 1, "the layout has changed: mend the case"
    wrong = text.replace(old, new, 1)
    (finding,) = findings(wrong)
    assert finding.code == code
    assert message_part in str(finding)
    assert finding.file == "lab.yaml"
    if line_part is not None:
        assert finding.line >= 1
        assert finding.column >= 1
        assert line_part in _around(wrong, finding.line)


def _around(text: str, line: int) -> str:
    """The line, and the entry that it continues or that continues it."""
    lines = text.splitlines()
    return "\n".join(lines[max(0, line - 2) : line + 1])


@pytest.mark.parametrize("name", SEVERAL)
def test_slip_that_breaks_several_rules_tells_each(name):
    text, old, new, *_ = CASES[name]
    assert text.count(old) >= 1, "the layout has changed: mend the case"
    assert {finding.code for finding in findings(text.replace(old, new, 1))} == SEVERAL[name]


def test_there_are_many_kinds():
    kinds = {case[3] for case in CASES.values() if case[3]}.union(*SEVERAL.values())
    assert len(kinds) >= 40


def test_all_slips_are_told_at_once_in_the_order_of_their_rules():
    wrong = STARLET
    slips = [
        "two plates on one site",
        "misspelt device",
        "tip too small",
        "speed range backwards",
        "carriers on the same rails",
    ]
    for name in slips:
        _, old, new, *_ = CASES[name]
        wrong = wrong.replace(old, new, 1)
    told = findings(wrong)
    assert {finding.code for finding in told} == {CASES[name][3] for name in slips}
    assert len({finding.line for finding in told}) == len(slips)


def test_all_schema_slips_are_told_at_once():
    wrong = (
        STARLET.replace("  channels: 8", "  chanels: 8")
        .replace("rails: 28", "rails: 0")
        .replace("kind: shaker", "kind: shake")
    )
    assert [finding.code for finding in findings(wrong)] == [
        "missing-field",
        "unknown-field",
        "unknown-word",
        "bad-value",
    ]


def test_aliases_that_unfold_without_end_are_refused():
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    for name, before in zip("bcdefg", "abcdef", strict=True):
        bomb += f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    (finding,) = findings(bomb)
    assert (finding.code, finding.file) == ("file-too-large", "lab.yaml")


def test_field_names_that_are_no_words_are_refused():
    (finding,) = findings("? [1, 2]\n: 3\n")
    assert (finding.code, finding.file) == ("key-not-a-word", "lab.yaml")


def test_labware_above_the_travel_height_is_refused():
    # A tall rack of tubes on the tall module: nothing else about the layout is wrong.
    wrong = STARLET.replace(
        "cor_96_wellplate_360uL_Fb, role: samples",
        "opentrons_15_tuberack_nest_15ml_conical, role: samples",
    ).replace("dead_volume_ul: 35, max_volume_ul: 300", "dead_volume_ul: 35")
    (finding,) = findings(wrong)
    assert finding.code == "too-high"
    assert finding.line is not None


def test_tall_labware_to_the_left_or_right_of_the_shaker_is_refused_but_not_behind_it():
    tall_right = (
        OT2.replace("slot: 2,", "slot: 0,")
        .replace("slot: 7,", "slot: 2,")
        .replace("slot: 0,", "slot: 7,")
    )
    (finding,) = findings(tall_right)
    assert (finding.code, finding.allowed) == (
        "beside-shaker",
        "at most 53 mm to its left and right",
    )
    tall_behind = (
        OT2.replace("slot: 4,", "slot: 0,")
        .replace("slot: 7,", "slot: 4,")
        .replace("slot: 0,", "slot: 7,")
    )
    assert read_deck(tall_behind).name == "ot2_96"


@pytest.mark.parametrize("content", [None, b"ncrobot: deck/1\ntitle: \xff\xfe"])
def test_file_that_cannot_be_read_is_refused(tmp_path, content):
    path = tmp_path / "lab.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DeckError) as caught:
        load_deck(path)
    (finding,) = caught.value.diagnostics
    assert finding.code == "unreadable-file"
    assert finding.file == str(path)

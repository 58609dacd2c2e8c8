"""The vendor's analysis accepts exported files, and its commands are the plan's transfers."""

from __future__ import annotations

import random

import pytest

from compiler.compiler_kit import changed, deck, plan_for
from exporters.analysis_kit import Reading, analyse
from exporters.plan_checker import differences
from exporters.plates_kit import PLATES, columns, made, portions
from ncrobot.errors import PlanError, ScheduleError
from ncrobot.exporters.opentrons import export, opentrons_protocol
from ncrobot.scheduler import schedule_plan


@pytest.fixture(scope="module", params=PLATES)
def plate(request, tmp_path_factory):
    plan, schedule = made(request.param)
    text = opentrons_protocol(plan, schedule)
    analysis = analyse(text, tmp_path_factory.mktemp("opentrons"))
    return plan, schedule, text, analysis


def test_the_analysis_accepts_the_file(plate):
    _, _, _, analysis = plate
    assert analysis["errors"] == []
    assert analysis["result"] == "ok"


def test_the_analysed_commands_are_the_plan(plate):
    plan, schedule, _, analysis = plate
    assert differences(plan, schedule, Reading(analysis)) == []


def test_everything_stands_where_the_layout_has_it(plate):
    plan, _, _, analysis = plate
    reading = Reading(analysis)
    flex = analysis["robotType"] == "OT-3 Standard"
    for placed in plan.deck.labware:
        slot = str(placed.slot)
        if flex:
            slot = "DCBA"[(placed.slot - 1) // 3] + str((placed.slot - 1) % 3 + 1)
        assert reading.placed[placed.name]["slot"] == slot
    mounts = {pipette["mount"] for pipette in analysis["pipettes"]}
    assert mounts == set(plan.deck.arm.pipettes)


def _mutants(analysis, chosen):
    """Analyses with one command changed or lost."""
    kinds = {"aspirate", "dispense", "pickUpTip"}
    places = [n for n, c in enumerate(analysis["commands"]) if c["commandType"] in kinds]
    for place in chosen.sample(places, 25):
        for change in ("lost", "well", "volume"):
            commands = list(analysis["commands"])
            command = commands[place]
            params = dict(command["params"])
            if change == "lost":
                del commands[place]
            elif change == "well" and params["wellName"] not in {"A12", "A1"}:
                params["wellName"] = "A12"
            elif change == "volume" and "volume" in params:
                params["volume"] += 0.01
            if change != "lost":
                commands[place] = {**command, "params": params}
            if commands != analysis["commands"]:
                yield change, command, {**analysis, "commands": commands}


def test_the_comparison_finds_every_changed_command(plate):
    plan, schedule, _, analysis = plate
    tried = 0
    for change, command, mutant in _mutants(analysis, random.Random(7)):
        try:
            found = differences(plan, schedule, Reading(mutant))
        except AssertionError:
            found = ["the commands make no sense"]
        assert found, (change, command["commandType"], command["params"])
        tried += 1
    assert tried > 25


def test_the_file_is_plain_python_without_long_lines_of_ours():
    plan, schedule = made("OT-2 everything")
    text = opentrons_protocol(plan, schedule)
    compile(text, "protocol.py", "exec")
    assert "\n\n\n\n" not in text
    assert '"colour"' in text
    comments = [line for line in text.splitlines() if line.lstrip().startswith("#")]
    assert max(len(line) for line in comments) <= 100


def test_stillness_beside_the_pipettes_is_told():
    made_file = export(*made("OT-2 portions"))
    assert any("stands still" in note for note in made_file.notes)
    assert "stands still" in made_file.text


def _refused(plan, robot=None):
    with pytest.raises(PlanError) as caught:
        opentrons_protocol(plan, schedule_plan(plan), robot)
    return {diagnostic.code for diagnostic in caught.value.diagnostics}


def test_a_syringe_pump_is_refused_not_dropped():
    plan = portions("ot2_96_pump")
    assert _refused(plan) == {"no-pump"}


@pytest.mark.parametrize("robot", ["ot2_96", "flex_96"])
def test_gas_by_a_valve_is_refused_not_dropped_and_by_a_person_is_told(robot):
    valve = deck("starlet_96_gas").devices["nitrogen"]
    gas = {"do": "gas", "id": "inert", "gas": "nitrogen", "flow": "200 mL/min", "for": "5 min",
           "flush": {"gas": "nitrogen", "flow": "400 mL/min", "for": "1 min"},
           "place": "a box", "carry": "5 min"}  # fmt: skip
    protocol = changed(steps=[*changed()["steps"][:3], gas])
    layout = deck(robot)
    with_valve = layout.model_copy(update={"devices": {**layout.devices, "nitrogen": valve}})
    plan = plan_for(protocol, layout=with_valve)
    assert [op.kind for op in plan.operations].count("gas") == 2
    with pytest.raises(PlanError, match="gas valve 'nitrogen'") as caught:
        opentrons_protocol(plan, schedule_plan(plan))
    (found,) = caught.value.diagnostics
    assert (found.code, found.found) == ("no-gas", "inert")
    assert "a person does it" in (found.fix or "")
    by_person = plan_for(protocol, layout=layout)
    text = opentrons_protocol(by_person, schedule_plan(by_person))
    assert "nitrogen" in text
    assert "protocol.pause(" in text


def test_labware_that_an_eight_channel_pipette_cannot_reach_is_refused():
    assert _refused(columns(deck("ot2_96_multi"))) == {"beside-shaker"}


def test_a_reader_and_a_gripper_are_refused():
    steps = [
        *changed()["steps"],
        {"do": "measure", "id": "uv", "start": "300 nm", "stop": "400 nm", "step": "50 nm"},
    ]
    plan = plan_for(changed(steps=steps))
    base = plan_for(changed(), layout=deck("ot2_96"))
    foreign = [op for op in plan.operations if op.kind in {"read", "move_plate"}]
    assert len(foreign) > 1
    mixed = base.model_copy(update={"operations": (*base.operations, *foreign)}).sealed()
    with pytest.raises(PlanError) as caught:
        opentrons_protocol(
            mixed, schedule_plan(base).model_copy(update={"plan_sha256": mixed.sha256})
        )
    assert {d.code for d in caught.value.diagnostics} == {"no-reader", "no-gripper"}


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ({"do": "stir", "speed": "500.5 rpm", "for": "5 min"}, "shaking-speed"),
        ({"do": "hold", "for": "5 min", "temperature": "90 °C"}, None),
    ],
)
def test_what_a_module_cannot_do_is_refused(step, code):
    plan = plan_for(
        changed(steps=[*changed()["steps"], {**step, "id": "odd"}]), layout=deck("ot2_96")
    )
    if code is None:
        assert "set_target_temperature(90)" in opentrons_protocol(plan, schedule_plan(plan))
    else:
        assert _refused(plan) == {code}


def test_labware_that_opentrons_does_not_know_is_refused():
    layout = deck("ot2_96")
    strange = tuple(
        p.model_copy(update={"definition": "cor_falcon_96_wellplate_275uL_Fb"})
        if p.role == "samples"
        else p
        for p in layout.labware
    )
    plan = plan_for(changed(), layout=layout.model_copy(update={"labware": strange}))
    assert _refused(plan) == {"no-load-name"}


def test_a_lag_that_waiting_for_modules_would_break_is_refused():
    plan, schedule = made("OT-2 portions")
    slow = tuple(
        entry.model_copy(update={"duration_s": 900.0}) if entry.device == "shaker" else entry
        for entry in schedule.entries
    )
    with pytest.raises(ScheduleError, match="too late after") as caught:
        opentrons_protocol(plan, schedule.model_copy(update={"entries": slow}))
    assert {d.code for d in caught.value.diagnostics} == {"one-after-the-other"}


def test_a_plan_for_another_robot_is_refused():
    assert _refused(plan_for(changed())) == {"no-opentrons-deck"}
    plan = plan_for(changed(), layout=deck("ot2_96"))
    assert _refused(plan, "flex") == {"other-robot"}
    assert "OT-2" in opentrons_protocol(plan, schedule_plan(plan), "ot2")


def test_a_schedule_of_another_plan_is_refused():
    plan = plan_for(changed(), layout=deck("ot2_96"))
    other = plan_for(changed(title="another"), layout=deck("ot2_96"))
    with pytest.raises(PlanError, match="another plan"):
        opentrons_protocol(plan, schedule_plan(other))

"""Defects that the auditor found in plans of random protocols; each was a test before it was mended."""

from __future__ import annotations

import pytest

from compiler.compiler_kit import BASE, changed, deck, plan_for
from ncrobot.auditor import audit_plan
from ncrobot.errors import ProtocolError
from ncrobot.plan import Background, Transfer

FILL, METAL, LIGAND, HOLD, REDUCE = BASE["steps"]


def clean(plan):
    return [difference.message for difference in audit_plan(plan).differences] == []


def test_samples_of_groups_and_single_wells_never_share_a_well():
    document = changed(steps=[FILL, METAL, HOLD, {"do": "sample", "volume": "20 uL"}])
    table = (
        "name,well,wait [min]\n"
        + "".join(f"a{r},{r}1,5\n" for r in "ABCDEFG")
        + "h,H1,9\nb,A2,5\nc,B3,5\n"
    )
    plan = plan_for(document, table)
    targets = [
        leg.destination
        for op in plan.operations
        if isinstance(op, Transfer) and op.purpose == "sample"
        for leg in op.legs
    ]
    assert len(targets) == len(set(targets)) == 10
    assert clean(plan)


def test_tips_never_cross_in_a_column():
    """A stock first used by one channel alone, then by others together."""
    document = changed(steps=[FILL, METAL, LIGAND, REDUCE])
    table = (
        "name,well,ligand,portions\nx,D1,3,1\ny,A2,3,2\nz,B2,3,2\nw,F2,3,2\nv,B3,0,3\nu,C3,2,3\n"
    )
    plan = plan_for(document, table)
    for op in plan.operations:
        if isinstance(op, Transfer):
            spots = sorted((leg.channel, leg.tip.split("/")[1][0]) for leg in op.legs)
            assert spots == sorted(spots, key=lambda pair: pair[1])
    assert clean(plan)


def test_a_control_without_the_base_gets_no_calculated_base_either():
    document = changed(
        controls={"no_base": {"omit": ["base"]}},
        steps=[FILL, METAL, {"do": "adjust_ph", "id": "ph", "stock": "base", "to": "pH 9"}],
        materials__gold={**BASE["materials"]["gold"], "acidic_pka": [3.0]},
    )
    plan = plan_for(document, "name,kind\nx,\ny,no_base\n")
    asked = {well.name: well.asked_umol.get("base", 0.0) for well in plan.wells}
    assert asked["x"] > 0
    assert asked["y"] == 0
    assert {well.final_volume_ul for well in plan.wells} == {1000.0}
    assert clean(plan)


def test_a_lag_may_count_from_the_beginning_of_stirring():
    document = changed(
        steps=[FILL, METAL, {"do": "stir", "id": "stirring", "speed": "600 rpm"}, LIGAND,
               {**REDUCE, "timing": [{"after": "stirring", "of": "start", "at_least": "1 h"}]}]
    )  # fmt: skip
    plan = plan_for(document)
    assert any(lag.kind == "timing" and lag.min_s >= 3600 for lag in plan.lags)
    assert clean(plan)


def test_timing_on_a_hold_is_refused_instead_of_dropped():
    document = changed(
        steps=[FILL, METAL, {**HOLD, "timing": [{"after": "metal", "at_least": "1 h"}]}, REDUCE]
    )
    with pytest.raises(ProtocolError) as caught:
        plan_for(document)
    assert caught.value.diagnostics[0].code == "timing-without-act"
    assert "the next step" in caught.value.diagnostics[0].fix


def test_stirring_before_the_first_addition_starts_with_it():
    document = changed(steps=[{"do": "stir", "speed": "600 rpm"}, FILL, METAL, REDUCE])
    plan = plan_for(document)
    assert [type(b) for b in plan.backgrounds] == [Background]
    assert set(plan.backgrounds[0].starts_after) == {"add_2-c1"} or plan.backgrounds[
        0
    ].starts_after == ("fill-c1",)
    assert clean(plan)


def test_a_hold_decides_what_happens_when_it_is_broken():
    document = changed(
        steps=[
            FILL,
            METAL,
            {**HOLD, "tolerance": "5 min", "if_late": "abandon"},
            {**REDUCE, "if_late": "stop"},
        ]
    )
    plan = plan_for(document)
    hold = next(lag for lag in plan.lags if lag.kind == "hold")
    assert hold.if_late == "abandon"
    assert clean(plan)


def test_what_a_person_leaves_is_a_share_of_what_was_there():
    document = changed(
        steps=[FILL, METAL, {"do": "sample", "volume": "200 uL"},
               {"do": "person", "task": "evaporate", "takes": "1 h", "default": "done", "max_fraction_left": 0.5},
               {"do": "dilute", "stock": "water", "to_volume": "600 uL"}]
    )  # fmt: skip
    plan = plan_for(document)
    added = next(
        op for op in plan.operations if isinstance(op, Transfer) and op.step.startswith("dilute")
    )
    assert added.legs[0].volume_ul == 200.0
    assert clean(plan)


def test_a_working_solution_is_no_younger_than_its_stock():
    document = changed(stocks__thiol__concentration="3 M", stocks__thiol__life="2 h")
    plan = plan_for(document, "name,ligand\nx,0.5\n", deck())
    working = next(use for use in plan.stocks if use.working_of)
    assert working.life_s == 7200


def test_a_metal_salt_without_pka_is_told_to_count_as_neutral():
    document = changed(
        steps=[FILL, METAL, {"do": "adjust_ph", "id": "ph", "stock": "base", "to": "pH 9"}]
    )
    plan = plan_for(document, "name\nx\ny\n")
    told = [w.message for w in plan.warnings if w.code == "counted-as-neutral"]
    assert told == [
        "counted as neutral in the pH, for lack of acidic_pka: tetrachloroauric acid trihydrate"
    ]


def test_a_neat_solvent_meets_what_is_in_the_well():
    document = changed(
        materials__dmf={"name": "dimethylformamide", "role": "solvent", "formula": "C3H7NO"},
        stocks__dmf={"of": "dmf", "neat": True},
        steps=[FILL, METAL, REDUCE, {"do": "add", "stock": "dmf", "volume": "50 uL"}],
    )
    assert any("borohydride in DMF" in hazard for hazard in plan_for(document).hazards)


def test_what_no_device_does_is_told_to_people():
    document = changed(
        vessel__atmosphere="inert",
        steps=[FILL, METAL, {"do": "age", "for": "8 h", "dark": True}, REDUCE],
    )
    codes = [warning.code for warning in plan_for(document).warnings]
    assert {"no-inert-gas", "keep-dark"} <= set(codes)

"""Acid and hydride meet in a well only where somebody permitted it, and nothing seals their gas."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.compiler_kit import BASE, changed, plan_for
from ncrobot.chemistry import HydrideDecay
from ncrobot.errors import PlanError, ProtocolError

FILL, METAL, LIGAND, HOLD, REDUCE = BASE["steps"]
ACID = {"do": "add", "id": "sour", "stock": "acid", "volume": "20 uL"}
PERMITTED = {"permission": "the safety officer: small doses, open wells under extraction"}
SEAL = {
    "do": "person",
    "id": "seal",
    "task": "seal the plate",
    "takes": "5 min",
    "closure": "gas_tight",
}
OPEN = {
    "do": "person",
    "id": "unseal",
    "task": "take off the seal",
    "takes": "5 min",
    "closure": "open",
}
GAS_UL_PER_UMOL = 4 * 24.465


def refused(steps, table="name\nx1\n", **changes):
    with pytest.raises(PlanError) as caught:
        plan_for(changed(steps=steps, **changes), table)
    return caught.value.diagnostics


@pytest.mark.parametrize(
    ("steps", "code", "step"),
    [
        ([FILL, METAL, ACID, REDUCE], "hydride-on-acid", "step 4 (reduction)"),
        ([FILL, METAL, REDUCE, ACID], "acid-after-hydride", "step 4 (sour)"),
        ([FILL, METAL, REDUCE, {**ACID, "do": "acidify"}], "acid-after-hydride", "step 4 (sour)"),
        ([METAL, REDUCE, {"do": "dilute", "id": "sour", "stock": "acid", "to_volume": "900 uL"}], "acid-after-hydride", "step 3 (sour)"),
        (
            [FILL, METAL, REDUCE, {"do": "sample", "id": "quench", "volume": "20 uL", "dilute_with": {"stock": "acid", "volume": "80 uL"}}],
            "hydride-on-acid", "step 4 (quench)",
        ),
    ],
)  # fmt: skip
def test_a_meeting_is_refused_with_its_figures_and_allowed_by_its_step(steps, code, step):
    (found,) = refused(steps)
    assert found.code == code
    assert step in found.message
    assert found.line
    assert "500 nmol of borohydride" in found.message or "10 nmol of borohydride" in found.message
    assert "of acid in" in found.message
    assert "L in " in found.found
    assert "permission" in found.fix
    index = int(step.split()[1]) - 1
    allowed = [
        {**given, **PERMITTED} if number == index else given for number, given in enumerate(steps)
    ]
    plan = plan_for(changed(steps=allowed))
    told = [hazard for hazard in plan.hazards if PERMITTED["permission"] in hazard]
    assert len(told) == 1
    assert "hydrogen" in told[0]


def test_the_gas_is_that_of_all_portions_and_only_wells_where_they_meet_are_named():
    table = "name,well,electrons,portions\n" + "".join(
        f"x{n},{'ABCDEFGH'[n]}1,{4 if n % 2 else 0},4\n" for n in range(8)
    )
    (found,) = refused([FILL, METAL, ACID, REDUCE], table)
    assert "B1, D1, F1, H1:" in found.message
    assert "A1" not in found.message
    each_ul = 0.5 * GAS_UL_PER_UMOL
    assert f"{each_ul:.4g} µL in B1" in found.found
    assert f"{4 * each_ul:.4g} µL from 4 wells" in found.found


def test_a_row_without_acid_needs_no_permission():
    steps = [FILL, METAL, {**ACID, "volume": "$sour"}, REDUCE]
    parameters = {
        **BASE["parameters"],
        "sour": {"quantity": "volume", "range": ["0 uL", "50 uL"], "default": "0 uL"},
    }
    plan_for(changed(steps=steps, parameters=parameters))
    (found,) = refused(steps, "name,sour [uL]\nx1,0\nx2,20\n", parameters=parameters)
    assert found.well == "B1"
    assert "A1" not in found.message


def test_an_acid_is_known_by_its_formula_whatever_its_role():
    material = {"name": "acetic acid", "role": "additive", "formula": "C2H4O2"}
    assert (
        refused([FILL, METAL, ACID, REDUCE], materials__acid=material)[0].code == "hydride-on-acid"
    )


def test_an_acid_as_solvent_counts_by_its_volume():
    changes = {
        "materials__vinegar": {"name": "acetic acid", "role": "solvent", "formula": "C2H4O2"},
        "stocks__vinegar": {"of": "vinegar", "neat": True},
    }
    found = refused([FILL, METAL, {**ACID, "stock": "vinegar"}, REDUCE], **changes)
    meeting = next(d for d in found if d.code == "hydride-on-acid")
    assert "20 µL of an acid" in meeting.message


def test_a_permission_is_for_its_own_step_only():
    steps = [FILL, METAL, {**ACID, **PERMITTED}, REDUCE]
    assert refused(steps)[0].code == "hydride-on-acid"


@pytest.mark.parametrize("hours", [0, 1, 2])
def test_a_seal_waits_until_little_gas_is_left(hours):
    steps = [FILL, METAL, REDUCE, {**HOLD, "for": f"{hours} h"}, SEAL]
    (found,) = refused(steps)
    assert found.code == "sealed-hydride"
    assert "step 5 (seal)" in found.message
    assert found.well == "A1"
    assert found.allowed.startswith("12 µL")
    plan_for(changed(steps=[FILL, METAL, REDUCE, {**HOLD, "for": "2.7 h"}, SEAL]))


@settings(max_examples=25)
@given(
    st.floats(0.1, 20.0), st.sampled_from(["5 mM", "20 mM", "50 mM"]), st.sampled_from([0, 1, 30]),
    st.sampled_from(["20 uL", "80 uL"]), st.sampled_from([None, "25 °C", "40 °C"]),
)  # fmt: skip
def test_whatever_is_sealed_gives_less_gas_than_a_hundredth_of_its_headspace(
    hours, strength, base_eq, volume, warm
):
    """By the rule for water at the highest pH that base and hydride can make, in the cold."""
    base = {"do": "adjust_ph", "id": "base_in", "stock": "base", "equivalents": base_eq}
    dose = {"do": "add", "id": "reduction", "stock": "hydride", "volume": volume}
    wait = {**HOLD, "for": f"{hours:.4f} h", **({"temperature": warm} if warm else {})}
    document = changed(steps=[FILL, METAL, *([base] if base_eq else []), dose, wait, SEAL])
    document["stocks"]["hydride"]["concentration"] = strength
    try:
        plan = plan_for(document)
    except PlanError as error:
        assert {d.code for d in error.diagnostics} == {"sealed-hydride"}
        return
    (well,) = plan.wells
    # Half-spent borohydride is no less basic than this; base makes it more so.
    base_mol_per_l = well.asked_umol.get("base", 0.0) / 1000
    least_ph = 9.24 if base_mol_per_l == 0 else 14 + math.log10(base_mol_per_l)
    left = HydrideDecay().active_fraction(hours * 3600, 25.0, least_ph)
    assert well.asked_umol["hydride"] * GAS_UL_PER_UMOL * left <= 0.01 * 1200.0 * 1.01


def test_nothing_is_known_of_hydride_outside_water():
    changes = {
        "materials__methanol": {"name": "methanol", "role": "solvent", "formula": "CH4O"},
        "stocks__methanol": {"of": "methanol", "neat": True},
    }
    steps = [{**FILL, "stock": "methanol"}, METAL, REDUCE, {**HOLD, "for": "100 h"}, SEAL]
    (found,) = refused(steps, **changes)
    assert found.code == "sealed-hydride"
    assert "for water only" in found.message


def test_acid_in_excess_ends_the_gas():
    steps = [
        FILL,
        METAL,
        REDUCE,
        {**ACID, "do": "acidify", "volume": "100 uL", **PERMITTED},
        {**HOLD, "for": "1 min"},
        SEAL,
    ]
    plan_for(changed(steps=steps))


@pytest.mark.parametrize("act", [REDUCE, {"do": "mix", "volume": "50 uL", "repetitions": 2}, {"do": "sample", "volume": "20 uL"}])  # fmt: skip
def test_nothing_goes_into_a_sealed_well_until_the_seal_is_off(act):
    act = {**act, "id": "act"}
    (found,) = refused([FILL, METAL, SEAL, act])
    assert found.code == "sealed-well"
    assert "step 4 (act)" in found.message
    plan_for(changed(steps=[FILL, METAL, SEAL, OPEN, act]))


@pytest.mark.parametrize("default", ["skip", "done"])
def test_a_seal_is_taken_off_for_sure(default):
    with pytest.raises(ProtocolError) as caught:
        plan_for(changed(steps=[FILL, METAL, SEAL, {**OPEN, "default": default}, REDUCE]))
    assert [d.code for d in caught.value.diagnostics] == ["seal-not-taken-off"]

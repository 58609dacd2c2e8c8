"""No labware gets warmer than it bears, no well nearly boils, and no plate is shaken until it spills."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.compiler_kit import BASE, changed, deck, plan_for
from ncrobot.chemistry import BOILING_MARGIN_C, boiling_point
from ncrobot.compiler.interlocks.speed import spill_speed_rpm
from ncrobot.deck import Deck
from ncrobot.errors import PlanError
from ncrobot.labware import material_limit

FILL, METAL, LIGAND, HOLD, REDUCE = BASE["steps"]
ETHANOL = {"name": "ethanol", "role": "solvent", "formula": "C2H6O"}


def layout(orbit_mm=None, **of_plate):
    plain = deck()
    labware = tuple(
        item.model_copy(update=of_plate) if item.role == "reaction" else item
        for item in plain.labware
    )
    shaker = plain.devices["shaker"].model_copy(update={"orbit_mm": orbit_mm})
    return plain.model_copy(
        update={"labware": labware, "devices": {**plain.devices, "shaker": shaker}}
    )


def refused(steps, given_layout=None, **changes):
    with pytest.raises(PlanError) as caught:
        plan_for(changed(steps=steps, **changes), layout=given_layout)
    return caught.value.diagnostics


def warm(celsius, **more):
    return {**HOLD, "temperature": f"{celsius:.3f} °C", **more}


@settings(max_examples=40)
@given(st.floats(26.0, 104.0), st.sampled_from(["water", "ethanol"]))
def test_an_open_well_stays_five_degrees_below_boiling(celsius, solvent):
    limit_c = boiling_point(solvent).temperature_c - BOILING_MARGIN_C
    changes = {"materials__water": ETHANOL} if solvent == "ethanol" else {}
    try:
        plan = plan_for(changed(steps=[FILL, METAL, warm(celsius)], **changes))
    except PlanError as error:
        (found,) = error.diagnostics
        assert found.code == "near-boiling"
        assert found.well == "A1"
        assert solvent in found.message
        assert found.allowed == f"up to {limit_c:g} °C"
        assert celsius > limit_c - 0.01
    else:
        assert celsius < limit_c + 0.01
        told = [w.code for w in plan.warnings if w.code == "evaporates"]
        assert bool(told) == (round(celsius, 3) > limit_c - 10.0)


def test_what_comes_into_a_warm_well_is_looked_at_too():
    changes = {
        "materials__dcm": {"name": "dichloromethane", "role": "solvent", "formula": "CH2Cl2"},
        "stocks__dcm": {"of": "dcm", "neat": True},
    }
    steps = [FILL, METAL, warm(60), {"do": "add", "id": "late", "stock": "dcm", "volume": "50 uL"}]
    found = refused(steps, **changes)
    boiling = [d for d in found if d.code == "near-boiling"]
    # With water, dichloromethane boils below either of them.
    assert "water with dichloromethane boils at 38.1 °C" in boiling[0].message
    assert len(boiling) == 1


def test_a_trace_of_solvent_decides_nothing():
    changes = {
        "materials__ethanol": ETHANOL,
        "stocks__thiol__solvent": {"water": "50 %", "ethanol": "50 %"},
    }
    plan_for(changed(steps=[FILL, METAL, {**LIGAND, "equivalents": "0.5"}, warm(80)], **changes))
    assert (
        refused([FILL, METAL, {**LIGAND, "equivalents": "3"}, warm(80)], **changes)[0].code
        == "near-boiling"
    )


def test_a_solvent_that_nobody_knows_needs_its_boiling_point():
    anisole = {"name": "anisole", "role": "solvent", "formula": "C7H8O"}
    glass = layout(material="glass")
    changes = {"materials__water": anisole}
    found = [d.code for d in refused([FILL, METAL, warm(60)], glass, **changes)]
    assert "boiling-point-unknown" in found
    changes = {"materials__water": {**anisole, "boiling_point": "154 °C"}}
    assert "boiling-point-unknown" not in [
        d.code for d in refused([FILL, METAL, warm(60)], glass, **changes)
    ]


def test_a_gas_tight_plate_may_come_nearer_but_never_boils():
    seal = {"do": "person", "task": "seal the plate", "takes": "1 min", "closure": "gas_tight"}
    plan_for(changed(steps=[FILL, METAL, seal, warm(98)]))
    assert refused([FILL, METAL, seal, warm(101)])[0].code == "near-boiling"


@pytest.mark.parametrize(
    ("material", "celsius", "code"),
    [
        ("polystyrene", 92, "too-hot-for-labware"),
        ("coc", 72, "too-hot-for-labware"),
        ("polypropylene", 90, None),
        ("unobtainium", 40, "labware-limit-unknown"),
    ],
)
def test_labware_has_a_limit_by_its_material(material, celsius, code):
    found = []
    try:
        plan_for(changed(steps=[FILL, METAL, warm(celsius)]), layout=layout(material=material))
    except PlanError as error:
        found = [d.code for d in error.diagnostics if d.code != "solvent-material"]
    assert found == ([code] if code else [])


def test_the_layout_may_set_its_own_limit():
    (found,) = refused([FILL, METAL, warm(70)], layout(max_temperature_c=60.0))
    assert (found.code, found.allowed) == ("too-hot-for-labware", "up to 60 °C")
    plan_for(changed(steps=[FILL, METAL, warm(55)]), layout=layout(max_temperature_c=60.0))


def test_every_limit_has_a_source_and_is_above_a_warm_room():
    for name in ("polypropylene", "pp", "polystyrene", "glass", "ptfe"):
        limit = material_limit(name)
        assert limit is not None
        assert limit.max_temperature_c > 40
        assert len(limit.source) > 20
    assert material_limit("wood") is None


def test_hydride_into_hot_water_is_refused_and_hydride_that_is_heated_later_told():
    assert refused([FILL, METAL, warm(86), REDUCE])[0].code == "hot-hydride"
    plan = plan_for(changed(steps=[FILL, METAL, REDUCE, warm(86)]))
    assert "hot-hydride" in [w.code for w in plan.warnings]


def test_speed_has_a_limit_by_labware():
    stir = {"do": "stir", "id": "stir", "speed": "1200 rpm"}
    (found,) = refused([FILL, METAL, stir], layout(max_speed_rpm=1000.0))
    assert (found.code, found.found, found.allowed) == (
        "too-fast-for-labware",
        "1200 rpm",
        "up to 1000 rpm",
    )


def test_a_full_plate_spills_where_the_orbit_is_known():
    stir = {"do": "stir", "id": "stir", "speed": "1600 rpm"}
    plan_for(changed(steps=[FILL, METAL, stir]), layout=layout(orbit_mm=2.0))
    plan_for(changed(steps=[FILL, METAL, stir], vessel__final_volume="1.8 mL"), layout=layout())
    (found,) = refused([FILL, METAL, stir], layout(orbit_mm=2.0), vessel__final_volume="1.8 mL")
    assert found.code == "spills"
    assert "1800 µL" in found.quantity
    assert found.well == "A1"


@given(st.floats(10.0, 2100.0), st.floats(0.5, 25.0))
def test_fuller_wells_and_wider_orbits_spill_earlier(volume_ul, orbit_mm):
    definition = Deck(deck()).definition("reaction_plate")
    here = spill_speed_rpm(definition, volume_ul, orbit_mm)
    assert here >= spill_speed_rpm(definition, volume_ul + 50.0, orbit_mm)
    assert spill_speed_rpm(definition, volume_ul, 4 * orbit_mm) == pytest.approx(here / 2)


def test_a_full_well_stands_no_shaking_at_all():
    definition = Deck(deck()).definition("reaction_plate")
    assert spill_speed_rpm(definition, definition.well_volume_ul, 2.0) == 0.0

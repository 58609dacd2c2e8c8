"""The table of solvents and materials is whole, and says when it doesn't know."""

from __future__ import annotations

from itertools import product

import pytest

from ncrobot.chemistry import Verdict, compatibility, known_materials, known_solvents


@pytest.mark.parametrize(
    ("solvent", "material"), list(product(known_solvents(), known_materials()))
)
def test_every_pair_of_the_table_has_a_verdict_marked_as_assumed(solvent, material):
    found = compatibility(solvent, material)
    assert found.verdict is not Verdict.UNKNOWN
    assert found.source.startswith("assumed")
    assert (found.solvent, found.material) == (solvent, material)


def test_the_table_covers_what_the_syntheses_use():
    assert {
        "dichloromethane", "toluene", "tetrahydrofuran", "hexane", "dimethylformamide",
        "acetonitrile", "methanol", "ethanol", "water",
    } <= set(known_solvents())  # fmt: skip
    assert {
        "polystyrene", "polypropylene", "ptfe", "glass", "quartz", "coc", "polyethylene", "silicone",
    } <= set(known_materials())  # fmt: skip


@pytest.mark.parametrize(
    ("solvent", "material", "verdict"),
    [
        ("dichloromethane", "polystyrene", Verdict.ATTACKS),
        ("dichloromethane", "polypropylene", Verdict.SHORT),
        ("toluene", "polystyrene", Verdict.ATTACKS),
        ("tetrahydrofuran", "polystyrene", Verdict.ATTACKS),
        ("dichloromethane", "glass", Verdict.OK),
        ("water", "polystyrene", Verdict.OK),
        ("ionic liquid", "glass", Verdict.UNKNOWN),
        ("water", "aluminium", Verdict.UNKNOWN),
        ("", "", Verdict.UNKNOWN),
    ],
)
def test_a_pair_is_judged(solvent, material, verdict):
    assert compatibility(solvent, material).verdict is verdict


def test_glass_quartz_and_ptfe_stand_every_solvent():
    for solvent, material in product(known_solvents(), ("glass", "quartz", "ptfe")):
        assert compatibility(solvent, material).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("DCM", "dichloromethane"),
        ("THF", "Tetrahydrofuran"),
        ("DMF", "N,N-dimethylformamide"),
        ("MeOH", " methanol "),
    ],
)
def test_short_and_full_names_say_the_same(short, full):
    for material in known_materials():
        assert (
            compatibility(short, material).verdict is compatibility(full, material.upper()).verdict
        )


@pytest.mark.parametrize(
    ("short", "full"),
    [("PP", "polypropylene"), ("PS", "polystyrene"), ("Borosilicate glass", "glass")],
)
def test_materials_have_short_names_too(short, full):
    for solvent in known_solvents():
        assert compatibility(solvent, short).verdict is compatibility(solvent, full).verdict


def test_what_is_not_in_the_table_has_no_source():
    assert compatibility("water", "aluminium").source == "not in the table"

"""Hazard rules say what is forbidden, what needs a permission and what must be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.chemistry import (
    HazardSeverity,
    hazards_of_addition,
    hazards_of_vessel,
    headspace_ratio,
    hydrogen_ul,
    is_borohydride,
)
from ncrobot.chemistry.hazards import is_common_acid, is_cyanoborohydride

FORBID, PERMISSION, WARN = HazardSeverity.FORBID, HazardSeverity.PERMISSION, HazardSeverity.WARN


def found(formula, *, is_acid=False, solvents=(), present=(), acid_present=False):
    findings = hazards_of_addition(
        formula, is_acid=is_acid, solvents=solvents, present=present, acid_present=acid_present
    )
    assert all(finding.message for finding in findings)
    return {finding.code: finding.severity for finding in findings}


ADDITIONS = [
    ("acid after hydride", {"formula": "HCl", "is_acid": True, "present": ["NaBH4"]}, {"acid-after-hydride": PERMISSION}),
    ("acid not said to be one", {"formula": "CH3COOH", "present": ["NaBH4"]}, {"acid-after-hydride": PERMISSION}),
    ("acid only by its role", {"formula": "C7H8O3S", "is_acid": True, "present": ["LiBH4"]}, {"acid-after-hydride": PERMISSION}),
    ("acid without a formula", {"formula": None, "is_acid": True, "present": ["NaBH4"]}, {"acid-after-hydride": PERMISSION}),
    ("hydride after acid", {"formula": "NaBH4", "present": ["HNO3"]}, {"hydride-on-acid": PERMISSION}),
    ("hydride after unnamed acid", {"formula": "NaBH4", "acid_present": True}, {"hydride-on-acid": PERMISSION}),
    ("acid on cyanoborohydride", {"formula": "HCl", "is_acid": True, "present": ["NaBH3CN"]}, {"hcn": FORBID}),
    ("cyanoborohydride on acid", {"formula": "NaBH3CN", "present": ["C2H4O2"]}, {"hcn": FORBID}),
    ("cyanoborohydride by its atoms", {"formula": "CH3BNNa", "present": ["HCl"]}, {"hcn": FORBID}),
    ("hydride into DMF", {"formula": "NaBH4", "solvents": ["N,N-dimethylformamide"]}, {"dmf-hydride": WARN}),
    ("DMF onto hydride", {"formula": None, "solvents": ["water", "DMF"], "present": ["NaBH4"]}, {"dmf-hydride": WARN}),
    ("nitric acid", {"formula": "HNO3", "is_acid": True}, {"nitric-acid": PERMISSION}),
    ("nitric acid written otherwise", {"formula": "HONO2"}, {"nitric-acid": PERMISSION}),
    ("cadmium", {"formula": "Cd(NO3)2·4H2O"}, {"cd-hg": FORBID}),
    ("mercury", {"formula": "Hg(OAc)2"}, {"cd-hg": FORBID}),
    ("both at once", {"formula": "HNO3", "is_acid": True, "present": ["NaBH4"]}, {"nitric-acid": PERMISSION, "acid-after-hydride": PERMISSION}),
    ("hydride into water", {"formula": "NaBH4", "solvents": ["water", "methanol"], "present": ["AgNO3"]}, {}),
    ("base after hydride", {"formula": "NaOH", "present": ["NaBH4"]}, {}),
    ("cyanoborohydride in water", {"formula": "NaBH3CN", "solvents": ["water"]}, {}),
    ("gold salt before hydride", {"formula": "NaBH4", "present": ["HAuCl4·3H2O"]}, {}),
    ("DMF alone", {"formula": "AgNO3", "solvents": ["DMF"]}, {}),
    ("nothing known", {"formula": None}, {}),
    ("unreadable", {"formula": "mixture"}, {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "told"), [case[1:] for case in ADDITIONS], ids=[case[0] for case in ADDITIONS]
)
def test_what_meets_in_a_well_is_judged(what, told):
    formula = what["formula"]
    rest = {key: value for key, value in what.items() if key != "formula"}
    assert found(formula, **rest) == told


@pytest.mark.parametrize(
    "formula", ["NaBH4", "LiBH4", "KBH4", "[BH4]-", "N(C4H9)4BH4", "NaBD4", "H4BNa"]
)
def test_borohydrides_are_known(formula):
    assert is_borohydride(formula)
    assert not is_cyanoborohydride(formula)


@pytest.mark.parametrize("formula", ["NaBH3CN", "NaBH3(CN)", "NaCNBH3", "KBH3CN", "BCH3NNa"])
def test_cyanoborohydrides_are_known_and_are_no_borohydrides(formula):
    assert is_cyanoborohydride(formula)
    assert not is_borohydride(formula)


@pytest.mark.parametrize("formula", [None, "NaOH", "B2H6", "NaBF4", "C4H14BN", "NaBPh4", "mixture"])
def test_others_are_neither(formula):
    assert not is_borohydride(formula)
    assert not is_cyanoborohydride(formula)


@pytest.mark.parametrize(
    ("formula", "acid"),
    [
        ("ClH", True),
        ("C2H4O2", True),
        ("HOAc", True),
        ("HAuCl4", False),
        ("H2O", False),
        (None, False),
        ("C8H10S", False),
    ],
)
def test_common_acids_are_known_however_they_are_written(formula, acid):
    assert is_common_acid(formula) is acid


@pytest.mark.parametrize(
    ("closure", "temperature_c", "hydride", "told"),
    [
        ("gas_tight", None, True, {"sealed-hydride": FORBID}),
        ("gas_tight", 25.0, False, {}),
        ("vented", 25.0, True, {}),
        ("open", 40.0, True, {}),
        ("open", 60.0, True, {"hot-hydride": WARN}),
        ("vented", 85.0, True, {"hot-hydride": FORBID}),
        ("vented", 95.0, False, {}),
        ("gas_tight", 90.0, True, {"sealed-hydride": FORBID, "hot-hydride": FORBID}),
    ],
)
def test_a_vessel_is_judged_by_its_closure_and_heat(closure, temperature_c, hydride, told):
    findings = hazards_of_vessel(closure, temperature_c, hydride=hydride)
    assert {finding.code: finding.severity for finding in findings} == told


def test_one_mole_of_hydride_gives_four_of_gas():
    assert hydrogen_ul(1.0) == pytest.approx(4 * 24.465)
    assert hydrogen_ul(1.0, 3) == pytest.approx(3 * 24.465)


@given(st.floats(0.0, 1e4), st.floats(0.0, 1e4))
def test_gas_adds_up(first_umol, second_umol):
    both = hydrogen_ul(first_umol + second_umol)
    assert both == pytest.approx(hydrogen_ul(first_umol) + hydrogen_ul(second_umol))


def test_gas_of_the_palladium_recipe_is_several_headspaces_of_a_two_millilitre_well():
    assert 6 < headspace_ratio(6650.0, 2000.0, 1000.0) < 7
    assert headspace_ratio(1.0, 2000.0, 2000.0) == float("inf")
    assert headspace_ratio(1.0, 2000.0, 2500.0) == float("inf")
    assert headspace_ratio(0.0, 2000.0, 1000.0) == 0.0

"""Calculated pH doses: the auditor's own balance of charges agrees or objects."""

from __future__ import annotations

import pytest

from auditor.audit_kit import HEAD, Maker, agrees, codes

STEPS = (
    "  - {do: add, id: fill, stock: water, make_up: true}\n"
    "  - {do: acidify, id: sour, stock: acid, volume: 50 uL}\n"
    "  - {do: adjust_ph, id: sweet, stock: base, to: %s, max_volume: 100 uL}\n"
)


def plan(base_ul: float, target: str = "pH 7", **more):
    maker = Maker(STEPS % target, **more)
    maker.dose("fill", "water", round(950 - base_ul, 2))
    maker.dose("sour", "acid", 50)
    if base_ul:
        maker.dose("sweet", "base", base_ul)
    return maker.plan()


def test_as_much_base_as_acid_is_neutral():
    assert agrees(plan(50.0))


def test_strong_base_in_excess_by_hand():
    """1 µmol of hydroxide in 1 mL is 1 mM, pH 11."""
    assert agrees(plan(60.0, "pH 11"))


@pytest.mark.parametrize("base_ul", [45.0, 49.9, 50.1, 60.0, 0.0])
def test_another_dose_misses_the_target(base_ul):
    assert "ph" in codes(plan(base_ul))


def test_a_dose_above_its_limit_differs():
    assert "ph-dose" in codes(plan(150.0, "pH 12"))


def test_a_weak_acid_is_half_neutralised_at_its_pka():
    head = HEAD.replace(
        "role: acid, formula: HCl", "role: acid, formula: C2H4O2, acidic_pka: [4.76]"
    )
    assert agrees(plan(25.0, "pH 4.76", head=head))
    assert "ph" in codes(plan(25.0, "pH 5.5", head=head))


def test_a_control_without_the_base_gets_none():
    head = HEAD.replace("controls:\n", "controls:\n  sour_one: {omit: [base]}\n")
    table = "name,well,kind\nr1,A1,sour_one\n"
    assert agrees(plan(0.0, head=head, table=table))
    assert "unasked-dose" in codes(plan(50.0, head=head, table=table))

"""The auditor finds every broken interlock by itself: in plans that no compiler stopped."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from unittest import mock

import pytest
from hypothesis import HealthCheck, assume, given, settings

from auditor.audit_kit import HEAD, Maker, codes
from auditor.interlock_kit import (
    PERMISSION,
    hot_documents,
    layout_with,
    risky_documents,
    unchecked,
)
from compiler.compiler_kit import BASE, changed, plan_for
from ncrobot.auditor import audit_plan
from ncrobot.auditor.interlocks.boiling import boils_at_c
from ncrobot.chemistry import first_to_boil
from ncrobot.chemistry.boiling import _table
from ncrobot.compiler import safety
from ncrobot.errors import PlanError, UserError
from ncrobot.plan import Plan
from ncrobot.protocol import Material

FILL, METAL = BASE["steps"][:2]
# What the compiler says, in the auditor's words.
WORDS = {
    "acid-after-hydride": "acid-and-hydride",
    "hydride-on-acid": "acid-and-hydride",
    "boiling-point-unknown": "near-boiling",
    "labware-limit-unknown": "too-hot-for-labware",
    "too-fast-for-labware": "too-fast",
    "spills": "too-fast",
}
INTERLOCKS = {
    "acid-and-hydride", "sealed-hydride", "sealed-well", "near-boiling", "too-hot-for-labware",
    "too-fast", "hot-hydride",
}  # fmt: skip


GAS = {"acid-and-hydride", "sealed-hydride", "sealed-well"}


def audited(plan: Plan) -> set[tuple[str, str | None]]:
    differences = audit_plan(plan).differences
    assert {d.code for d in differences} <= INTERLOCKS, [str(d) for d in differences]
    return {(d.code, d.step) for d in differences}


def lines_of(plan: Plan) -> dict[int | None, str]:
    """Steps by their lines; what ends the last wait is none of the protocol's."""
    works = [*plan.operations, *plan.backgrounds]
    return {work.line: work.step for work in works if work.step != "collect"}


def steps_of(plan: Plan, codes_at: Iterable[tuple[str, int | None]]) -> set[tuple[str, str | None]]:
    """Findings by the name of the step at their line."""
    lines = lines_of(plan)
    return {(WORDS.get(code, code), lines.get(line)) for code, line in codes_at}


@settings(
    max_examples=120, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(risky_documents())
def test_compiler_and_auditor_find_the_same_each_by_its_own_way(drawn):
    document, table = drawn
    try:
        plan, told = unchecked(document, table)
    except UserError:
        assume(False)
        return
    assert audited(plan) == steps_of(plan, ((d.code, d.line) for d in told))
    try:
        compiled = plan_for(document, table)
    except PlanError as error:
        assert told
        assert {d.code for d in error.diagnostics} == {d.code for d in told}
        return
    assert not told
    assert audited(compiled) == set()


@settings(
    max_examples=120, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(hot_documents())
def test_compiler_and_auditor_know_the_same_limits(drawn):
    document, fields = drawn
    with mock.patch.object(safety, "_materials", return_value=None):
        try:
            plan, told = unchecked(document, layout=layout_with(**fields))
        except UserError:
            assume(False)
            return
    found = {(code, step) for code, step in audited(plan) if code not in GAS}
    lines = lines_of(plan)
    asked = {(WORDS.get(d.code, d.code), lines.get(d.line)) for d in told}
    # A mixture is told where it comes up first by the one, in each step by the other.
    assert {code for code, _ in found} == {code for code, _ in asked if code not in GAS}
    assert {pair for pair in asked if pair[0] not in GAS} <= found


def test_both_tables_of_boiling_points_say_the_same():
    names = sorted(_table().solvents)
    for group in [*combinations(names, 1), *combinations(names, 2)]:
        materials = [Material(name=name, role="solvent") for name in group]
        assert boils_at_c(materials) == first_to_boil(group).temperature_c


@pytest.mark.parametrize(
    ("temperature_c", "of_plate", "code"),
    [
        (97.0, {}, "near-boiling"),
        (70.0, {"max_temperature_c": 65.0}, "too-hot-for-labware"),
        (108.0, {}, "too-hot-for-labware"),
    ],
)
def test_a_temperature_raised_above_a_limit_is_found(temperature_c, of_plate, code):
    hold = {"do": "hold", "id": "warm", "for": "5 min", "temperature": "60 °C"}
    plan = plan_for(changed(steps=[FILL, METAL, hold]), layout=layout_with(**of_plate))
    assert codes(plan) == []
    hotter = tuple(
        operation.model_copy(update={"temperature_c": temperature_c})
        if operation.kind == "set_temperature"
        else operation
        for operation in plan.operations
    )
    assert code in codes(plan.model_copy(update={"operations": hotter}).sealed())


def test_a_speed_raised_above_a_limit_is_found():
    stir = {"do": "stir", "id": "stirring", "speed": "600 rpm"}
    plan = plan_for(changed(steps=[FILL, METAL, stir]), layout=layout_with(max_speed_rpm=800.0))
    assert codes(plan) == []
    faster = tuple(b.model_copy(update={"speed_rpm": 900.0}) for b in plan.backgrounds)
    assert "too-fast" in codes(plan.model_copy(update={"backgrounds": faster}).sealed())


def test_a_permission_taken_out_of_the_text_is_missed():
    acid = {"do": "add", "id": "sour", "stock": "acid", "volume": "20 uL"}
    dose = {
        "do": "add",
        "id": "boro",
        "stock": "hydride",
        "volume": "20 uL",
        "permission": PERMISSION,
    }
    plan = plan_for(changed(steps=[FILL, METAL, acid, dose]))
    texts = plan.texts.model_copy(
        update={
            "protocol": plan.texts.protocol.replace(f"permission: '{PERMISSION}'", "").replace(
                f"permission: {PERMISSION}", ""
            )
        }
    )
    assert texts.protocol != plan.texts.protocol
    assert codes(plan.model_copy(update={"texts": texts}).sealed()) == ["acid-and-hydride"]


def test_a_hydride_dose_moved_onto_an_acid_well_is_found():
    """Row A gets acid, row B hydride; one leg is led astray, and both volumes stay what they were."""
    maker = Maker(
        "  - {do: add, id: sour, stock: acid, volume: $sour}\n"
        "  - {do: add, id: boro, stock: hydride, volume: $boro}\n",
        table="name,well,sour [uL],boro [uL]\nr1,A1,50,0\nr2,B1,0,40\n",
        head=HEAD.replace(
            "controls:",
            "  sour: {quantity: volume, range: [0 uL, 1 mL], default: 0 uL}\n"
            "  boro: {quantity: volume, range: [0 uL, 1 mL], default: 0 uL}\ncontrols:",
        ),
    )
    maker.dose("sour", "acid", {"A1": 50.0})
    maker.dose("boro", "hydride", {"B1": 40.0})
    plan = maker.plan()
    assert "acid-and-hydride" not in codes(plan)
    *first, last = plan.operations
    leg = last.legs[0].model_copy(update={"destination": "reaction_plate/A1"})
    astray = last.model_copy(update={"legs": (leg,), "wells": ("A1",)})
    spoilt = plan.model_copy(update={"operations": (*first, astray)}).sealed()
    found = [d for d in audit_plan(spoilt).differences if d.code == "acid-and-hydride"]
    assert [d.well for d in found] == ["A1"]
    assert "0.4 µmol" in found[0].message

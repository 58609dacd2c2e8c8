"""The auditor finds every broken interlock by itself: in plans that no compiler stopped."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import HealthCheck, assume, given, settings

from auditor.audit_kit import HEAD, Maker, codes
from auditor.interlock_kit import PERMISSION, risky_documents, unchecked
from compiler.compiler_kit import BASE, changed, plan_for
from ncrobot.auditor import audit_plan
from ncrobot.errors import PlanError, UserError
from ncrobot.plan import Plan

FILL, METAL = BASE["steps"][:2]
# What the compiler says, in the auditor's words.
WORDS = {"acid-after-hydride": "acid-and-hydride", "hydride-on-acid": "acid-and-hydride"}
INTERLOCKS = {"acid-and-hydride", "sealed-hydride", "sealed-well"}


def audited(plan: Plan) -> set[tuple[str, str | None]]:
    differences = audit_plan(plan).differences
    assert {d.code for d in differences} <= INTERLOCKS, [str(d) for d in differences]
    return {(d.code, d.step) for d in differences}


def steps_of(plan: Plan, codes_at: Iterable[tuple[str, int | None]]) -> set[tuple[str, str | None]]:
    """Findings by the name of the step at their line."""
    lines = {operation.line: operation.step for operation in plan.operations}
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

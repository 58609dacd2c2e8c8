"""Two liquids in a well: samples are drawn from the one that is meant, and from nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.compiler_kit import ROOT, changed, text_of
from ncrobot.auditor import audit_plan
from ncrobot.compiler import compile_plan
from ncrobot.deck import load_deck
from ncrobot.errors import PlanError, ProtocolError
from ncrobot.plan import Plan, Transfer
from ncrobot.protocol import read_conditions, read_protocol

DECK = load_deck(ROOT / "deck_layouts" / "star_96_glass_series.yaml")
TOLUENE = {"name": "toluene", "role": "solvent", "formula": "C7H8"}
BASE = changed(
    materials__toluene=TOLUENE,
    stocks__toluene={"of": "toluene", "neat": True},
    vessel={"final_volume": "1 mL", "layers": ["water", "toluene"]},
    controls=None,
    parameters={"over": {"quantity": "volume", "range": ["0 uL", "900 uL"], "default": "400 uL"}},
    steps=[
        {"do": "add", "id": "fill", "stock": "water", "make_up": True},
        {"do": "add", "id": "metal", "stock": "gold", "amount": "1 umol"},
        {"do": "add", "id": "cover", "stock": "toluene", "volume": "$over"},
        {"do": "sample", "id": "low", "volume": "50 uL", "layer": "water"},
        {"do": "sample", "id": "high", "volume": "40 uL", "layer": "toluene"},
        {"do": "sample", "id": "again", "volume": "30 uL", "layer": "toluene"},
    ],
)


def _plan(document, table="name,over [uL]\na,300\nb,500\n") -> Plan:
    source = read_protocol(text_of(document))
    return compile_plan(source, read_conditions(table, source, format="csv"), DECK)


def _below(plan: Plan, step: str) -> list[float | None]:
    return [
        leg.below_ul
        for operation in plan.operations
        if isinstance(operation, Transfer) and operation.step == step
        and operation.purpose == "sample"
        for leg in operation.legs
    ]  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(140, 820), min_size=1, max_size=6))
def test_the_tip_ends_at_the_bottom_of_the_layer(overs):
    rows = "".join(f"r{number},{over}\n" for number, over in enumerate(overs))
    plan = _plan(BASE, f"name,over [uL]\n{rows}")
    assert not audit_plan(plan).differences
    assert _below(plan, "low") == [0.0] * len(overs)
    under = pytest.approx([1000 - over - 50 for over in overs], abs=0.02)
    assert _below(plan, "high") == under
    assert _below(plan, "again") == under


def test_nothing_else_is_drawn_so():
    plan = _plan(BASE)
    doses = [leg for op in plan.operations if isinstance(op, Transfer) and op.purpose == "dose"
             for leg in op.legs]  # fmt: skip
    assert doses
    assert {leg.below_ul for leg in doses} == {None}


@pytest.mark.parametrize("below_ul", [None, 0.0, 400.0])
def test_the_auditor_sees_another_height(below_ul):
    plan = _plan(BASE)
    operations = tuple(
        op.model_copy(
            update={"legs": tuple(leg.model_copy(update={"below_ul": below_ul}) for leg in op.legs)}
        )
        if op.step == "high" and isinstance(op, Transfer) else op
        for op in plan.operations
    )  # fmt: skip
    mutated = plan.model_copy(update={"operations": operations}).sealed()
    assert "layer" in {difference.code for difference in audit_plan(mutated).differences}


def test_a_thin_layer_is_refused():
    with pytest.raises(PlanError) as caught:
        _plan(BASE, "name,over [uL]\na,70\n")
    assert {finding.code for finding in caught.value.diagnostics} == {"layer-too-thin"}


def test_a_solvent_that_lies_nowhere_is_refused():
    document = {**BASE, "vessel": {"final_volume": "1 mL", "layers": ["water", "ether"]}}
    document["materials"] = {**BASE["materials"], "ether": TOLUENE | {"name": "diethyl ether"}}
    document["steps"] = [step for step in BASE["steps"] if step.get("layer") != "toluene"]
    with pytest.raises(PlanError) as caught:
        _plan(document)
    assert "in-no-layer" in {finding.code for finding in caught.value.diagnostics}


@pytest.mark.parametrize(
    ("vessel", "step", "code"),
    [
        (["water", "toluene"], {"do": "sample", "volume": "20 uL"}, "which-layer"),
        (["water", "toluene"], {"do": "sample", "volume": "20 uL", "layer": "gold"}, "no-such-layer"),
        (["water", "gold"], {"do": "hold", "for": "1 min"}, "not-a-solvent"),
        (["water", ["toluene", "water"]], {"do": "hold", "for": "1 min"}, "name-collision"),
        (["water"], {"do": "hold", "for": "1 min"}, "one-layer"),
        ([], {"do": "sample", "volume": "20 uL", "layer": "water"}, "no-layers"),
    ],
)  # fmt: skip
def test_what_leaves_a_layer_open_is_refused(vessel, step, code):
    document = {**BASE, "vessel": {"final_volume": "1 mL", "layers": vessel}}
    document["steps"] = [*BASE["steps"][:3], step]
    with pytest.raises(ProtocolError) as caught:
        read_protocol(text_of(document))
    assert code in {finding.code for finding in caught.value.diagnostics}


def test_a_plan_with_layers_says_that_the_record_knows_none():
    told = [each for each in _plan(BASE).assumptions if each.startswith("layers: ")]
    assert any("as if wells were one liquid" in each for each in told)
    plain = {name: each for name, each in BASE.items() if name != "steps"}
    steps = [each for each in BASE["steps"] if each["do"] != "sample"]
    one = {**plain, "steps": steps, "vessel": {"final_volume": "1 mL"}}
    assert not [each for each in _plan(one).assumptions if each.startswith("layers: ")]

"""Gas steps: by a valve of the deck where there is one, by a person elsewhere, refused in between."""

from __future__ import annotations

import pytest

from compiler.compiler_kit import BASE, changed, deck, plan_for
from ncrobot.auditor import audit_plan
from ncrobot.deck.layout import Gas
from ncrobot.errors import PlanError, ProtocolError
from ncrobot.plan import AskPerson, LetGas, operation_duration_s

FILL, METAL = BASE["steps"][:2]
AFTER = {"do": "add", "id": "after", "stock": "base", "volume": "20 uL"}
NITROGEN = {"do": "gas", "id": "blanket", "gas": "nitrogen", "flow": "100 mL/min", "for": "10 min"}
PERMISSION = "the safety officer: in the cabinet"
CO = {
    "do": "gas", "id": "co", "gas": "carbon monoxide", "flow": "50 mL/min", "for": "20 min",
    "tolerance": "1 min", "flush": {"gas": "nitrogen", "flow": "200 mL/min", "for": "5 min"},
    "permission": PERMISSION, "hazards": ["toxic"], "place": "the gas cabinet", "carry": "10 min",
}  # fmt: skip


def without(step, *names):
    return {name: value for name, value in step.items() if name not in names}


def planned(*steps, layout=None, **changes):
    document = changed(steps=[FILL, METAL, *steps, AFTER], **changes)
    return plan_for(document, "name\nx1\nx2\n", layout or deck("starlet_96_gas"))


def refused(*steps, layout=None, **changes):
    with pytest.raises(PlanError) as caught:
        planned(*steps, layout=layout, **changes)
    return {diagnostic.code: diagnostic for diagnostic in caught.value.diagnostics}


def gases(plan):
    return [operation for operation in plan.operations if isinstance(operation, LetGas)]


def codes(plan):
    return [warning.code for warning in plan.warnings]


def test_a_valve_lets_it_flow_after_all_that_comes_before_and_before_all_that_follows():
    plan = planned(NITROGEN)
    (gas,) = gases(plan)
    assert (gas.device, gas.labware, gas.flow_ml_per_min, gas.for_s) == ("nitrogen", "reaction_plate", 100, 600)  # fmt: skip
    assert operation_duration_s(gas, plan.deck) == 604
    around = {(lag.before, lag.after) for lag in plan.lags if gas.id in (lag.before, lag.after)}
    doses = {op.step: op.id for op in plan.operations}
    assert (doses["metal"], gas.id) in around
    assert (gas.id, doses["after"]) in around
    assert audit_plan(plan).differences == ()
    assert "nitrogen: it takes the place of air: ventilate" in plan.hazards


def test_lags_and_a_flush_follow_the_gas():
    late = {**AFTER, "timing": [{"after": "co", "at_most": "10 min"}]}
    plan = plan_for(changed(steps=[FILL, METAL, CO, late]), layout=deck("starlet_96_gas"))
    main, flush = gases(plan)
    assert (main.device, flush.device) == ("carbon_monoxide", "nitrogen")
    (lag,) = [lag for lag in plan.lags if lag.kind == "timing"]
    assert (lag.before, lag.max_s) == (flush.id, 600)
    assert audit_plan(plan).differences == ()
    told = " ".join(plan.hazards)
    for words in ("50 mL/min for 20 min", "toxic", "gas cabinet", "held open by the detector", PERMISSION):  # fmt: skip
        assert words in told


def test_a_person_does_it_where_the_deck_has_no_such_valve():
    plan = planned(CO, layout=deck())
    assert gases(plan) == []
    away, back = [op for op in plan.operations if isinstance(op, AskPerson) and op.step == "co"]
    assert "under carbon monoxide at 50 mL/min" in away.task
    assert "then under nitrogen for 5 min before it is opened" in away.task
    assert back.hazards == ("toxic",)
    assert codes(plan).count("gas-by-hand") == 1
    assert audit_plan(plan).differences == ()


def test_nobody_is_left_to_do_it():
    step = without(CO, "place", "carry")
    assert "write place and carry" in refused(step, layout=deck())["no-gas-valve"].fix


def test_a_gas_that_harms_needs_a_permission_on_the_deck_only():
    step = without(CO, "permission")
    found = refused(step)["gas-permission"]
    assert "who allows it" in found.fix
    assert found.line is not None
    assert gases(planned(step, layout=deck())) == []


def test_a_gas_that_harms_is_flushed_or_told():
    assert "gas-not-flushed" in codes(planned(without(CO, "flush")))
    assert "gas-not-flushed" not in codes(planned(CO))


@pytest.mark.parametrize("flow", ["1 mL/min", "150 mL/min"])
def test_the_limits_of_the_valve(flow):
    found = refused({**CO, "flow": flow})["gas-flow"]
    assert found.found == flow
    assert "5 to 100 mL/min" in found.allowed


def test_a_flush_needs_its_valve():
    layout = deck("starlet_96_gas")
    devices = {n: d for n, d in layout.devices.items() if n != "nitrogen"}
    assert "no-gas-valve" in refused(CO, layout=layout.model_copy(update={"devices": devices}))


def test_no_gas_into_wells_that_are_closed():
    seal = {"do": "person", "task": "Seal it.", "takes": "1 min", "closure": "gas_tight"}
    unseal = {"do": "person", "task": "Open it.", "takes": "1 min", "closure": "open"}
    assert "sealed-gas" in refused(seal, NITROGEN)
    assert "sealed-gas" in refused(NITROGEN, vessel__closure="gas_tight")
    assert gases(planned(seal, unseal, NITROGEN))


def test_people_who_come_while_it_flows_are_warned_of():
    stocks = {**BASE["stocks"], "base": {**BASE["stocks"]["base"], "life": "4 h", "remake": "person", "remake_takes": "5 min"}}  # fmt: skip
    plan = planned(CO, stocks=stocks)
    assert "gas-and-people" in codes(plan)
    assert "gas-and-people" not in codes(planned(NITROGEN, stocks=stocks))


def test_valves_that_no_step_opens_are_told():
    assert codes(planned(NITROGEN)).count("gas-stays-shut") == 1
    assert "gas-stays-shut" not in codes(planned(CO))


def test_a_valve_over_other_labware_is_none():
    layout = deck("starlet_96_gas")
    valve = layout.devices["nitrogen"]
    assert isinstance(valve, Gas)
    devices = {**layout.devices, "nitrogen": valve.model_copy(update={"over": "sample_plate"})}
    assert "no-gas-valve" in refused(NITROGEN, layout=layout.model_copy(update={"devices": devices}))  # fmt: skip


def test_formulas_name_the_same_gas():
    assert [gas.device for gas in gases(planned({**NITROGEN, "gas": "N2"}))] == ["nitrogen"]
    assert audit_plan(planned({**NITROGEN, "gas": "N2"})).differences == ()


def test_one_flow_for_the_whole_plate():
    well = {"flow": {"quantity": "gas_flow", "range": ["10 mL/min", "200 mL/min"], "default": "50 mL/min"}}  # fmt: skip
    step = {**NITROGEN, "flow": "$flow"}
    with pytest.raises(ProtocolError, match="flows over the whole plate"):
        planned(step, parameters={**BASE["parameters"], **well})
    well["flow"]["scope"] = "plate"
    (gas,) = gases(planned(step, parameters={**BASE["parameters"], **well}))
    assert gas.flow_ml_per_min == 50


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"hazards": []}, "hazards-missing"),
        ({"carry": None}, "missing-field"),
        ({"flow": "0 mL/min"}, "out-of-range"),
        ({"for": "0 s"}, "out-of-range"),
        ({"flush": {"gas": "hydrogen", "flow": "10 mL/min", "for": "1 min"}}, "flush-harms"),
        ({"on_fault": {"clot": "retry"}}, "fault-not-possible"),
        ({"on_fault": {"flow_not_reached": "next_tip"}}, "response-not-possible"),
    ],
)
def test_what_a_protocol_may_not_say(changes, code):
    step = {**CO, **changes}
    with pytest.raises(ProtocolError) as caught:
        planned({name: value for name, value in step.items() if value is not None})
    assert code in {diagnostic.code for diagnostic in caught.value.diagnostics}


def test_a_protocol_may_say_what_is_done_when_it_fails():
    step = {**NITROGEN, "on_fault": {"flow_not_reached": ["retry", "retry", "continue"]}}
    assert [rules.step for rules in planned(step).on_fault] == ["blanket"]


def tampered(plan, **changes):
    operations = [op.model_copy(update=changes) if isinstance(op, LetGas) else op for op in plan.operations]  # fmt: skip
    return plan.model_copy(update={"operations": tuple(operations)}).sealed()


@pytest.mark.parametrize(
    "changes",
    [
        {"flow_ml_per_min": 101.0}, {"for_s": 599.0}, {"gas": "argon"}, {"device": "carbon_monoxide"},
        {"labware": "sample_plate"}, {"tolerance_s": 5.0}, {"flow_ml_per_min": 5000.0},
    ],
)  # fmt: skip
def test_the_audit_sees_another_flow(changes):
    differences = audit_plan(tampered(planned(NITROGEN), **changes)).differences
    assert any(each.code == "gas" for each in differences)


def test_the_audit_sees_a_flow_that_is_missing_or_too_many():
    plan = planned(NITROGEN)
    fewer = tuple(op for op in plan.operations if not isinstance(op, LetGas))
    kept = {op.id for op in fewer}
    lags = tuple(lag for lag in plan.lags if {lag.before, lag.after} <= kept)
    found = audit_plan(plan.model_copy(update={"operations": fewer, "lags": lags}).sealed())
    assert any(each.code == "gas" for each in found.differences)
    (gas,) = gases(plan)
    more = (*plan.operations, gas.model_copy(update={"id": "again", "step": "metal"}))
    found = audit_plan(plan.model_copy(update={"operations": more}).sealed())
    assert any(each.code == "gas" for each in found.differences)

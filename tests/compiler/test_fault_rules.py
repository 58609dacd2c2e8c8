"""Responses to faults on their way into the plan; plans without them keep their hash."""

from __future__ import annotations

from compiler.compiler_kit import changed, deck, plan_for
from ncrobot.errors import DeviceErrorKind
from ncrobot.faults import Response
from ncrobot.plan import Plan

TABLE = "name,well\na,A1\n"
K, R = DeviceErrorKind, Response


def compiled(**changes):
    return plan_for(changed(**changes), TABLE, deck("starlet_96"))


def test_the_steps_own_word_goes_before_that_of_the_protocol() -> None:
    document = changed()
    document["on_fault"] = {"clot": "next_tip", "stall": "stop"}
    document["steps"][1]["on_fault"] = {
        "clot": {"ask": ["retry"], "within": "1 min", "default": "continue"}
    }
    plan = plan_for(document, TABLE, deck("starlet_96"))
    rules = {rule.step: rule for rule in plan.on_fault}
    assert set(rules) == {"vessel", "fill", "metal", "ligand", "complexation", "reduction"}
    assert rules["fill"].responses == {K.CLOT: (R.NEXT_TIP,), K.STALL: (R.STOP,)}
    (asked,) = rules["metal"].responses[K.CLOT]
    assert (asked.choices, asked.within_s, asked.default) == (
        (R.RETRY, R.CONTINUE),
        60.0,
        R.CONTINUE,
    )
    assert rules["metal"].responses[K.STALL] == (R.STOP,)
    lines = plan.texts.protocol.splitlines()
    assert "on_fault" in lines[rules["metal"].line - 1]
    assert Plan.model_validate_json(plan.model_dump_json()) == plan
    assert plan.is_intact()


def test_a_plan_that_asks_for_nothing_reads_as_it_did_before_there_was_such_a_field() -> None:
    plan = compiled()
    assert "on_fault" not in plan.model_dump(mode="json")
    assert Plan.model_validate_json(plan.model_dump_json()).is_intact()

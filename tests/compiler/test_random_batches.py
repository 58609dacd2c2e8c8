"""Whatever mode is asked for, on whatever head: amounts, audit, schedule and told prices agree."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from compiler.compiler_kit import BASE, changed, deck, plan_for, random_documents, text_of
from compiler.test_random_plans import balance
from ncrobot.auditor import audit_plan
from ncrobot.compiler import compile_plan
from ncrobot.errors import PlanError, ProtocolError, ScheduleError
from ncrobot.plan import Transfer, modes_told, operation_duration_s
from ncrobot.protocol import read_conditions, read_protocol
from ncrobot.scheduler import check_schedule, schedule_plan

MODES = ["auto", "single", "repeat", "column", "multi_dispense"]
LAYOUTS = ["ot2_96", "ot2_96_multi", "starlet_96"]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(random_documents(), st.sampled_from(MODES), st.sampled_from(LAYOUTS))
def test_random_plans_hold_their_promises_in_every_mode(drawn, wish, layout):
    document, table, _ = drawn
    try:
        source = read_protocol(text_of(document), "trial.yaml")
        conditions = read_conditions(table, source, format="csv", file="trial.csv")
        plan = compile_plan(source, conditions, deck(layout), batching=wish)
    except (PlanError, ProtocolError) as error:
        assert all(d.message and d.code for d in error.diagnostics)
        assume(False)
        return
    balance(plan)
    assert [d.message for d in audit_plan(plan).differences] == []
    assert len(modes_told(plan)) == len(plan.modes)
    for step in plan.modes:
        took = sum(
            operation_duration_s(op, plan.deck)
            for op in plan.operations
            if isinstance(op, Transfer) and op.step == step.step and op.group is not None
        )
        assert step.arm_s == pytest.approx(took, abs=0.01)
    try:
        schedule = schedule_plan(plan)
    except ScheduleError as error:
        assert all(d.message for d in error.diagnostics)
        return
    assert check_schedule(plan, schedule) == ()


def with_batching(mode: str):
    steps = [dict(step) for step in BASE["steps"]]
    steps[1]["batching"] = mode
    return changed(steps=steps)


ROWS = "name,well\n" + "".join(f"r{row}{col},{row}{col}\n" for col in (1, 2) for row in "ABCDEFGH")


@pytest.mark.parametrize("mode", ["single", "repeat", "multi_dispense"])
def test_a_step_gets_the_mode_that_it_asks_for(mode):
    plan = plan_for(with_batching(mode), ROWS, deck("ot2_96"))
    modes = {op.mode for op in plan.operations if isinstance(op, Transfer) and op.step == "metal"}
    assert modes == {mode}
    (told,) = [step for step in plan.modes if step.step == "metal"]
    assert (told.asked, told.mode) == (mode, mode)


@pytest.mark.parametrize(
    ("mode", "layout", "reason"),
    [
        ("column", "ot2_96", "one channel"),
        ("pump", "ot2_96", "no pump"),
        ("multi_dispense", "ot2_96_multi", "share a draw"),
    ],
)
def test_a_mode_that_is_not_possible_is_refused_with_the_reason(mode, layout, reason):
    with pytest.raises(PlanError) as caught:
        plan_for(with_batching(mode), ROWS, deck(layout))
    (finding, *_) = caught.value.diagnostics
    assert finding.code == "mode-not-possible"
    assert reason in str(caught.value)
    assert finding.line is not None


def test_the_price_of_every_other_mode_is_told():
    plan = plan_for(with_batching("auto"), ROWS, deck("ot2_96"))
    (line,) = [line for line in modes_told(plan) if line.startswith("metal")]
    assert "multi-dispense" in line
    assert "column: the deck's arm has one channel" in line

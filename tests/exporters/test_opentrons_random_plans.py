"""Any plan for the OT-2 becomes a file that does just that, carried out by a robot of our own."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings

from compiler.compiler_kit import deck, plan_for, random_documents
from exporters.analysis_kit import Reading
from exporters.fake_robot import carry_out
from exporters.plan_checker import differences
from exporters.plates_kit import made
from ncrobot.errors import PlanError, ScheduleError
from ncrobot.exporters.opentrons import opentrons_protocol
from ncrobot.plan import Transfer
from ncrobot.scheduler import schedule_plan


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(random_documents())
def test_what_the_file_does_is_the_plan(drawn):
    document, table, _ = drawn
    try:
        plan = plan_for(document, table, deck("ot2_96"))
        schedule = schedule_plan(plan)
    except (PlanError, ScheduleError):
        assume(False)
    try:
        text = opentrons_protocol(plan, schedule)
    except ScheduleError as error:
        assert {d.code for d in error.diagnostics} == {"one-after-the-other"}
        return
    assert differences(plan, schedule, Reading(carry_out(text))) == []


@pytest.mark.parametrize("name", ["OT-2 portions", "OT-2 everything"])
def test_shipped_plates_on_the_robot_of_our_own(name):
    plan, schedule = made(name)
    found = carry_out(opentrons_protocol(plan, schedule))
    assert differences(plan, schedule, Reading(found)) == []
    assert sum(isinstance(op, Transfer) for op in plan.operations) > 20


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("shaker.deactivate_shaker()", "pass"),
        (".drop_tip(", ".blow_out("),
        ("shaker.close_labware_latch()", "pass"),
    ],
)
def test_the_robot_of_our_own_refuses_what_a_robot_refuses(old, new):
    text = opentrons_protocol(*made("OT-2 portions"))
    assert old in text
    with pytest.raises((AssertionError, AttributeError)):
        carry_out(text.replace(old, new))

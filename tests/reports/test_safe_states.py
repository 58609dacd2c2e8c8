"""The report tells for each device what it was to be brought to, and whether it said so."""

from __future__ import annotations

import pytest

from compiler.compiler_kit import BASE, changed, deck, plan_for
from ncrobot.deck.layout import Gas
from ncrobot.reports import run_report_html
from ncrobot.reports.run.safety import safe_states
from ncrobot.scheduler import schedule_plan
from ncrobot.state import RunState

FILL, METAL = BASE["steps"][:2]


def plan_with(**devices):
    layout = deck()
    updated = {**layout.devices, **devices}
    return plan_for(
        changed(steps=[FILL, METAL]), layout=layout.model_copy(update={"devices": updated})
    )


def told(plan, confirmed):
    state = RunState(run="r1", safe_state=confirmed)
    return {each.device: (each.declared, each.told) for each in safe_states(plan, state)}


@pytest.mark.parametrize(
    ("changes", "words"),
    [({}, "heater off"), ({"safe_state": "stopped"}, "heater left as it is"), ({"temperature_c": None}, "stopped and homed")],
)  # fmt: skip
def test_the_declared_state_of_a_shaker_is_told(changes, words):
    shaker = deck().devices["shaker"].model_copy(update=changes)
    declared, outcome = told(plan_with(shaker=shaker), {"shaker": True})["shaker"]
    assert words in declared
    assert outcome == "confirmed"


def test_each_device_has_its_words_and_its_own_outcome():
    gas = Gas(kind="gas", driver="x", gas="argon", flow_ml_per_min=(1, 9), watchdog_s=5)
    found = told(plan_with(ar=gas), {"arm": True, "cooler": False, "person": True})
    assert found["cooler"] == (
        "goes on holding its last temperature",
        "NOT confirmed: look at the device",
    )
    assert found["ar"] == ("valve shut", "not in the record: look at the device")
    assert found["reader"][0] == "drawer shut"
    assert found["person"] == ("nothing to do", "confirmed")
    assert next(iter(found)) == "arm"


def test_the_page_holds_them_also_of_a_run_that_never_said_anything():
    plan = plan_with()
    schedule = schedule_plan(plan)
    page = run_report_html(plan, schedule, RunState(run="r1", safe_state={"shaker": False}))
    assert "stopped and homed, heater off" in page
    assert "NOT confirmed: look at the device" in page
    silent = run_report_html(plan, schedule, RunState(run="r1"))
    assert "The record holds no confirmation of a safe state." in silent
    assert "not in the record: look at the device" in silent

"""A workcell with a gas valve runs like any other, and its valve is told to be shut in the end."""

from __future__ import annotations

from compiler.compiler_kit import BASE, changed, deck, plan_for
from ncrobot.deck.layout import Gas
from ncrobot.lab import Lab, schedule

FILL, METAL = BASE["steps"][:2]


def test_a_run_on_a_deck_with_gas_ends_with_the_valve_shut(tmp_path):
    gas = Gas(kind="gas", driver="x", gas="nitrogen", flow_ml_per_min=(10, 200), watchdog_s=5)
    layout = deck().model_copy(update={"devices": {**deck().devices, "n2": gas}})
    plan = plan_for(changed(steps=[FILL, METAL]), layout=layout)
    with Lab.open(tmp_path / "runs.sqlite") as lab:
        result = lab.run(plan, schedule(plan))
        state = lab.load(result.run).state
    assert result.status == "succeeded"
    assert state.safe_state["n2"] is True

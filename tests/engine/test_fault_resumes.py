"""A run that dies while a fault is being handled: still nothing is doubled, and nothing wrongly ok."""

from __future__ import annotations

import pytest

from engine.engine_cases import TWO_COLUMNS
from engine.engine_kit import column, dose, in_a_row, make_plan
from engine.resume_kit import Lived, live, resume
from ncrobot.errors import DeviceErrorKind
from ncrobot.events import EventKind
from ncrobot.faults import Ask, Response
from ncrobot.plan.document import StepFaults
from ncrobot.state import fold
from ncrobot_sim import Fault, FaultPlan

K, R = DeviceErrorKind, Response
ASKED = Ask(choices=(R.NEXT_TIP, R.CONTINUE), default=R.CONTINUE, within_s=120)


def lived(folder, kind, moved, *, act="dispense", happened=False, asks=True) -> Lived:
    rules = (StepFaults(step="gold-1", responses={kind: (ASKED,)}),) if asks else ()
    plan = make_plan(
        [dose("gold-1", "gold", column(1)), dose("gold-2", "gold", column(2))],
        wells=TWO_COLUMNS, on_fault=rules,
    )  # fmt: skip
    fault = Fault("arm", act, 1, kind, moved, channels=(2,), happened=happened)
    return live(plan, in_a_row(plan), folder, faults=FaultPlan([fault]))


CASES = [
    (K.TIMEOUT, None, "dispense", True, True),
    (K.TIMEOUT, None, "dispense", False, True),
    (K.TIMEOUT, None, "dispense", True, False),
    (K.STALL, False, "dispense", False, False),
    (K.CLOT, False, "aspirate", False, False),
    (K.CLOT, None, "aspirate", True, True),
    (K.TIP_NOT_PICKED_UP, False, "pick_up_tips", False, False),
]


@pytest.mark.parametrize(("kind", "moved", "act", "happened", "asks"), CASES)
def test_whenever_it_dies_no_dose_is_doubled_unasked(kind, moved, act, happened, asks, tmp_path):
    whole = lived(tmp_path, kind, moved, act=act, happened=happened, asks=asks)
    different = {(d.durable, d.world_bytes): d for d in whole.deaths}
    begun = next(n for n, e in enumerate(whole.events) if e.kind is EventKind.OPERATION_STARTED)
    over = next(
        n for n, e in enumerate(whole.events) if e.kind is EventKind.OPERATION_ENDED
    )  # the first of two operations, in which the fault is
    for death in list(different.values())[:: 1 if asks else 3]:
        if not begun < death.durable <= over + 1:
            continue
        found = resume(whole, death, tmp_path, down_s=5)
        state = fold(found.events)
        again = any(
            e.kind is EventKind.FAULT_HANDLED and e.data["response"] == "next_tip"
            and e.act == "dispense"
            for e in found.events
        )  # fmt: skip
        for well in TWO_COLUMNS:
            got_ul = found.bench.world.brought_ul(f"plate/{well}").get("gold", 0.0)
            fate = state.wells.get(well)
            if fate is None:
                assert got_ul == pytest.approx(50), (death, well)
            elif not again:
                assert got_ul <= 50 + 1e-6, (death, well)
        assert not found.bench.world.collisions

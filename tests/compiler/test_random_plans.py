"""Whatever is compiled keeps mass balance and volume limits, audits clean and can be scheduled."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings

from compiler.compiler_kit import deck, plan_for, random_documents
from ncrobot.auditor import audit_plan
from ncrobot.deck import Deck
from ncrobot.errors import PlanError, ProtocolError, ScheduleError
from ncrobot.liquids import Ledger
from ncrobot.plan import Transfer
from ncrobot.scheduler import check_schedule, schedule_plan


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(random_documents())
def test_random_plans_hold_their_promises(drawn):
    document, table, layout = drawn
    try:
        plan = plan_for(document, table, deck(layout))
    except (PlanError, ProtocolError) as error:
        assert all(d.message and d.code for d in error.diagnostics)
        assume(False)
        return
    balance(plan)
    assert [d.message for d in audit_plan(plan).differences] == []
    try:
        schedule = schedule_plan(plan)
    except ScheduleError as error:
        assert {d.code for d in error.diagnostics} <= {"lags-contradict", "no-time"}
        return
    assert check_schedule(plan, schedule) == ()


def balance(plan):
    """Nothing appears or vanishes, no well overflows, and every well ends at its asked volume."""
    layout = Deck(plan.deck)
    ledger = Ledger(layout, plan.deck.waste_capacity_ul)
    for use in plan.stocks:
        for address, volume_ul in use.positions_ul.items():
            if volume_ul:
                ledger.load(
                    address, volume_ul, {n: c * volume_ul for n, c in use.umol_per_ul.items()}
                )
    delivered = {well.well: 0.0 for well in plan.wells}
    for operation in plan.operations:
        if not isinstance(operation, Transfer):
            continue
        for leg in operation.legs:
            moved = ledger.transfer(leg.source, leg.destination, leg.volume_ul)
            if operation.purpose == "dose":
                assert moved == pytest.approx(leg.umol, rel=1e-9, abs=1e-12)
                delivered[leg.destination.split("/")[1]] += leg.volume_ul
    imbalance = ledger.imbalance()
    assert abs(imbalance.volume_ul) < 1e-6
    assert all(abs(v) < 1e-6 for v in imbalance.umol.values())
    for well in plan.wells:
        assert delivered[well.well] == pytest.approx(well.final_volume_ul, abs=1e-6)
        assert well.peak_volume_ul <= layout.capacity_ul(f"{plan.vessel_labware}/{well.well}")

"""Doses below the smallest deliverable one come from working solutions made on the deck."""

from __future__ import annotations

import pytest

from compiler.compiler_kit import changed, deck, plan_for
from ncrobot.auditor import audit_plan
from ncrobot.plan import Transfer
from ncrobot.scheduler import check_schedule, schedule_plan

TABLE = "name,well,ligand\n" + "".join(
    f"x{i},{'ABCDEFGH'[i % 8]}{i // 8 + 1},{0.5 + 0.1 * i}\n" for i in range(96)
)


@pytest.fixture(params=["starlet_96", "ot2_96"])
def plan(request):
    return plan_for(changed(stocks__thiol__concentration="3 M"), TABLE, deck(request.param))


def test_the_dilution_has_its_own_wells_tips_and_operations(plan):
    working = next(use for use in plan.stocks if use.working_of == "thiol")
    assert working.stock == "thiol_1to10"
    made = [op for op in plan.operations if isinstance(op, Transfer) and op.purpose == "dilution"]
    assert {op.stock for op in made} == {"water", "thiol"}
    assert {leg.destination for op in made for leg in op.legs} == set(working.positions_ul)
    assert all(
        op.mix_repetitions > 0 and op.tip_use == "fresh" for op in made if op.stock == "thiol"
    )
    doses = [op for op in plan.operations if isinstance(op, Transfer) and op.stock == "thiol_1to10"]
    tips = {leg.tip for op in doses for leg in op.legs}
    others = {
        leg.tip
        for op in plan.operations
        if isinstance(op, Transfer) and op not in doses
        for leg in op.legs
    }
    assert not tips & others


def test_the_smallest_dose_is_deliverable_and_large_ones_stay_undiluted(plan):
    minimum = min(tip.min_ul for tip in plan.deck.arm.tips)
    volumes = {
        op.stock: [
            leg.volume_ul
            for o in plan.operations
            if isinstance(o, Transfer) and o.stock == op.stock
            for leg in o.legs
        ]
        for op in plan.operations
        if isinstance(op, Transfer)
        and op.stock
        and op.stock.startswith("thiol")
        and op.purpose == "dose"
    }
    assert min(volumes["thiol_1to10"]) >= minimum
    assert min(volumes["thiol"]) >= minimum


def test_make_up_gives_way_to_the_diluent(plan):
    assert {well.final_volume_ul for well in plan.wells} == {1000.0}
    assert audit_plan(plan).differences == ()
    assert check_schedule(plan, schedule_plan(plan)) == ()

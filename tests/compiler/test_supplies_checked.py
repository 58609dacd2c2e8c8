"""Stocks, tips and waste that wouldn't do are refused with figures, before anything moves."""

from __future__ import annotations

import pytest

from compiler.compiler_kit import BASE, changed, deck, plan_for
from ncrobot.auditor import audit_plan
from ncrobot.compiler.interlocks.waste import thrown_away
from ncrobot.errors import PlanError

FILL, METAL, LIGAND, HOLD, REDUCE = BASE["steps"]
FRESH = {"stocks__gold__tips": "fresh"}
TABLE = "name\n" + "".join(f"x{n}\n" for n in range(24))


def refused(document, layout):
    with pytest.raises(PlanError) as caught:
        plan_for(document, TABLE, layout)
    return caught.value.diagnostics


def limited(**fields):
    return deck().model_copy(update=fields)


def test_a_waste_that_takes_too_few_tips_is_refused_with_the_count():
    document = changed(steps=[FILL, METAL, LIGAND], **FRESH)
    thrown = thrown_away(plan_for(document, TABLE).operations)
    assert thrown == 24
    plan_for(document, TABLE, limited(waste_capacity_tips=24))
    (found,) = refused(document, limited(waste_capacity_tips=23))
    assert (found.code, found.found, found.allowed) == ("waste-full-of-tips", "24", "up to 23")


def test_the_auditor_counts_the_tips_in_the_waste_too():
    document = changed(steps=[FILL, METAL, LIGAND], **FRESH)
    plan = plan_for(document, TABLE, limited(waste_capacity_tips=24))
    assert not audit_plan(plan).differences
    tight = plan.model_copy(
        update={"deck": plan.deck.model_copy(update={"waste_capacity_tips": 23})}
    )
    assert "waste-full-of-tips" in [d.code for d in audit_plan(tight.sealed()).differences]


def test_a_waste_that_overflows_is_refused_with_the_volume():
    # What is left in a tip of a stock that doesn't keep is thrown away.
    dose = {"do": "add", "stock": "hydride", "volume": "20 uL", "batching": "multi_dispense"}
    decay = {"model": "borohydride_hydrolysis", "ph": 12}
    document = changed(steps=[FILL, METAL, dose], stocks__hydride__decay=decay)
    plan = plan_for(document, TABLE)
    wasted_ul = sum(
        draw.excess_ul
        for operation in plan.operations
        if operation.kind == "transfer" and operation.excess_to == "waste"
        for draw in operation.draws()
    )
    assert wasted_ul > 0
    plan_for(document, TABLE, limited(waste_capacity_ul=wasted_ul))
    (found,) = refused(document, limited(waste_capacity_ul=wasted_ul / 2))
    assert (found.code, found.found) == ("waste-overflows", f"{wasted_ul:.0f} µL")
    assert found.line


def test_what_a_person_takes_off_is_not_in_the_waste_of_the_deck():
    take = {"do": "person", "task": "take off liquid", "takes": "5 min", "max_fraction_left": 0.0}
    plan_for(changed(steps=[FILL, METAL, take]), TABLE, limited(waste_capacity_ul=10.0))


def test_tips_that_are_missing_are_counted():
    steps = [FILL, *({**METAL, "id": f"m{n}", "amount": "0.2 umol"} for n in range(9))]
    (found, *_) = refused(changed(steps=steps, **FRESH), deck())
    assert found.code == "tips-missing"
    assert "missing" in found.found


def test_stock_that_no_place_holds_is_refused_with_its_volume():
    few = tuple(p for p in deck().labware if not p.name.startswith("trough_200"))
    document = changed(vessel__final_volume="1.9 mL", steps=[FILL, METAL])
    table = "name\n" + "".join(f"x{n}\n" for n in range(96))
    with pytest.raises(PlanError) as caught:
        plan_for(document, table, deck().model_copy(update={"labware": few}))
    found = next(d for d in caught.value.diagnostics if d.code == "no-position")
    assert found.quantity == "volume"
    assert "L" in found.found

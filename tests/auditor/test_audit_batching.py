"""Contamination and abilities of heads and pumps: a plan that breaks a rule never agrees."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from auditor.audit_kit import codes
from auditor.mutations import with_operation, with_stock
from compiler.compiler_kit import changed, deck, plan_for
from ncrobot.lab import compile_files
from ncrobot.plan import Plan, PumpDose, Transfer

FOLDER = Path(__file__).parents[2]


@cache
def plate(layout: str) -> Plan:
    """The shipped plate on an OT-2 of some kind."""
    protocol = FOLDER / "protocols" / "au25_pmba_portions.yaml"
    table = protocol.with_suffix(".csv")
    return compile_files(protocol, table, FOLDER / "deck_layouts" / f"{layout}.yaml")


@cache
def rigid() -> Plan:
    steps = [
        {"do": "add", "id": "fill", "stock": "water", "volume": "600 uL"},
        {"do": "add", "id": "metal", "stock": "gold", "amount": "1 umol"},
        {"do": "sample", "id": "look", "volume": "20 uL"},
    ]
    rows = "".join(f"r{row},{row}1\n" for row in "ABCDEFGH")
    return plan_for(changed(steps=steps), "name,well\n" + rows, deck("ot2_96_multi"))


def of_mode(plan: Plan, mode: str, **wanted: object) -> Transfer:
    return next(
        op
        for op in plan.operations
        if isinstance(op, Transfer)
        and op.mode == mode
        and op.purpose == "dose"
        and all(getattr(op, name) == value for name, value in wanted.items())
    )


def spoilt(plan: Plan, operation: Transfer, **fields: object) -> list[str]:
    return codes(with_operation(plan, operation, operation.model_copy(update=fields)).sealed())


def with_volume(operation: Transfer, number: int, volume_ul: float) -> dict[str, object]:
    legs = list(operation.legs)
    legs[number] = legs[number].model_copy(update={"volume_ul": volume_ul})
    return {"legs": tuple(legs)}


@pytest.mark.parametrize("layout", ["ot2_96", "ot2_96_pump"])
def test_the_plates_agree_before_they_are_spoilt(layout):
    assert codes(plate(layout)) == []
    assert codes(rigid()) == []


@pytest.mark.parametrize("mode", ["multi_dispense", "repeat"])
def test_a_tip_that_touches_several_wells_is_found(mode):
    plan = plate("ot2_96")
    operation = of_mode(plan, mode, tip_use="reuse")
    assert {"carry-over", "tip-touches"} <= set(spoilt(plan, operation, touches=True))


def test_a_rest_of_an_ageing_stock_that_is_put_back_is_found():
    plan = plate("ot2_96")
    operation = of_mode(plan, "multi_dispense", stock="sodium_borohydride")
    assert operation.excess_to == "waste"
    assert "carry-over" in spoilt(plan, operation, excess_to="source")
    assert "carry-over" in spoilt(plan, operation, tip_use="reuse")


def test_a_draw_that_is_too_large_or_a_share_that_is_too_small_is_found():
    plan = plate("ot2_96")
    operation = of_mode(plan, "multi_dispense", stock="gold")
    assert "tip-volume" in spoilt(plan, operation, excess_ul=300.0)
    assert "tip-volume" in spoilt(plan, operation, **with_volume(operation, 0, 5.0))


def test_one_draw_for_several_wells_must_say_so():
    plan = plate("ot2_96")
    operation = of_mode(plan, "multi_dispense", stock="gold")
    assert "carry-over" in spoilt(plan, operation, mode="repeat")


def test_excess_that_nobody_counted_is_found():
    plan = plate("ot2_96")
    assert "stock" in codes(with_stock(plan, "sodium_borohydride", excess_ul=0.0).sealed())


def test_a_rigid_head_moves_one_volume_with_all_its_channels():
    plan = rigid()
    operation = of_mode(plan, "column", stock="gold")
    assert "channels" in spoilt(plan, operation, **with_volume(operation, 3, 60.0))
    assert "channels" in spoilt(plan, operation, legs=operation.legs[:7])


def test_two_heads_never_act_together():
    plan = rigid()
    operation = of_mode(plan, "column", stock="gold")
    legs = (*operation.legs[:7], operation.legs[7].model_copy(update={"channel": 8}))
    assert "channels" in spoilt(plan, operation, legs=legs)


def pumped() -> PumpDose:
    return next(op for op in plate("ot2_96_pump").operations if isinstance(op, PumpDose))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"excess_ul": 10.0}, "pump"),
        ({"stock": "gold"}, "pump"),
        ({"pump": "shaker"}, "device"),
        ({"device": "hydride_pump"}, "device"),
        ({"touches": True}, "mode"),
        (with_volume(pumped(), 0, 1.0), "pump"),
        (with_volume(pumped(), 0, 990.0), "pump"),
    ],
    ids=[
        "primed too little",
        "other stock",
        "no pump",
        "arm not held",
        "touching",
        "small",
        "large",
    ],
)
def test_a_pump_does_what_it_can_with_its_own_stock(fields, code):
    assert code in spoilt(plate("ot2_96_pump"), pumped(), **fields)

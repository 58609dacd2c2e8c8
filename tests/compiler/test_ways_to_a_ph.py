"""Ways to a pH: calculated, read off a titration, steered by a probe; and slow additions by pump."""

from __future__ import annotations

import pytest

from compiler.compiler_kit import deck, plan_for
from engine.steering_kit import MOST_UL, WELLS, steering_layout, steering_protocol
from ncrobot.auditor import audit_plan
from ncrobot.chemistry import BufferComponent, dose_for_ph
from ncrobot.errors import PlanError, ProtocolError
from ncrobot.plan import PumpDose, operation_duration_s

TABLE = "name,ph\nx1,4\nx2,4.7\nx3,5.5\n"


def base_ul(target_ph, acetic_umol=10.0, volume_ul=600.0):
    """µL of 100 mM base for a pH, by charge balance."""
    return dose_for_ph(
        target_ph, [BufferComponent(acetic_umol, (4.76,))], 0.0, volume_ul,
        titrant_charge_mol_per_l=0.1, max_volume_ul=1e6,
    )  # fmt: skip


def titrated(scale=10.0, low=3.6, high=6.0):
    """A step whose dose is read off a titration of ``scale`` times a well, of 60 points."""
    phs = [low + (high - low) * n / 59 for n in range(60)]
    points = [{"added": f"{scale * base_ul(ph):.6f} uL", "ph": round(ph, 6)} for ph in phs]
    document = steering_protocol()
    step = {k: v for k, v in document["steps"][2].items() if k != "steered"}
    titration = {"of": f"{scale * 600} uL", "points": points, "source": "calculated for a test"}
    document["steps"][2] = {**step, "titration": titration}
    return document


def sweet(plan):
    """By well, the dose of the step that adjusts the pH."""
    found = {}
    for operation in plan.operations:
        for leg in operation.legs if operation.step == "sweet" else ():
            well = leg.destination.split("/")[1]
            found[well] = found.get(well, 0.0) + leg.volume_ul
    return found


@pytest.mark.parametrize("scale", [1.0, 10.0, 250.0])
def test_a_titration_gives_the_dose_for_the_volume_of_the_well(scale):
    plan = plan_for(titrated(scale), TABLE)
    assert sweet(plan) == {
        well: pytest.approx(base_ul(ph), rel=2e-3)
        for well, ph in (("A1", 4.0), ("B1", 4.7), ("C1", 5.5))
    }
    assert audit_plan(plan).agrees


def test_a_dose_that_the_titration_does_not_give_is_found_by_the_audit():
    plan = plan_for(titrated(), TABLE)
    operation = next(op for op in plan.operations if op.step == "sweet")
    legs = tuple(
        leg.model_copy(
            update={
                "volume_ul": 1.05 * leg.volume_ul,
                "umol": {name: 1.05 * amount for name, amount in leg.umol.items()},
            }
        )
        for leg in operation.legs
    )
    changed = operation.model_copy(update={"legs": legs})
    operations = [changed if op is operation else op for op in plan.operations]
    wrong = plan.model_copy(update={"operations": tuple(operations)}).sealed()
    assert "ph-dose" in {each.code for each in audit_plan(wrong).differences}


def test_nothing_is_read_off_beyond_the_ends_of_a_titration():
    with pytest.raises(PlanError, match=r"titration goes from pH 3.6 to 4.5"):
        plan_for(titrated(high=4.5), TABLE)


@pytest.mark.parametrize(
    "points",
    [
        [("0 uL", 3), ("10 uL", 4), ("5 uL", 5)],
        [("0 uL", 3), ("10 uL", 4), ("20 uL", 3.9)],
        [("0 uL", 3)],
    ],
)
def test_a_titration_that_turns_round_is_refused(points):
    document = titrated()
    told = [{"added": added, "ph": ph} for added, ph in points]
    document["steps"][2]["titration"]["points"] = told
    with pytest.raises(ProtocolError):
        plan_for(document, TABLE)


def test_a_steered_dose_is_planned_at_its_most_with_probe_and_guides():
    table = "name,ph\n" + "".join(f"x{well},{ph}\n" for well, ph in WELLS.items())
    plan = plan_for(steering_protocol(), table, steering_layout())
    doses = [op for op in plan.operations if isinstance(op, PumpDose)]
    assert sweet(plan) == dict.fromkeys(WELLS, MOST_UL)
    for operation in doses:
        steering = operation.steering
        assert (steering.probe, steering.shaker, steering.raises) == ("probe", "shaker", True)
        for well, ph in steering.targets_ph.items():
            assert ph == WELLS[well]
            assert base_ul(ph) == pytest.approx(_volume_at(steering.guides[well], ph), rel=0.02)
    assert audit_plan(plan).agrees


def _volume_at(guide, ph):
    low = max(point for point in guide if point[0] <= ph)
    high = min(point for point in guide if point[0] >= ph)
    share = (ph - low[0]) / (high[0] - low[0]) if high != low else 0.0
    return low[1] + share * (high[1] - low[1])


def test_a_dose_that_is_not_steered_as_asked_is_found_by_the_audit():
    plan = plan_for(steering_protocol(), TABLE, steering_layout())
    changed = []
    for operation in plan.operations:
        if isinstance(operation, PumpDose):
            targets = {well: ph + 1 for well, ph in operation.steering.targets_ph.items()}
            steering = operation.steering.model_copy(update={"targets_ph": targets})
            operation = operation.model_copy(update={"steering": steering})  # noqa: PLW2901
        changed.append(operation)
    wrong = plan.model_copy(update={"operations": tuple(changed)}).sealed()
    assert {each.code for each in audit_plan(wrong).differences} == {"steering"}


@pytest.mark.parametrize(
    ("steered", "layout", "code"),
    [
        ({}, "starlet_96", "no-steering"),
        ({"mix_speed": "5000 rpm"}, None, "speed-out-of-range"),
        ({"within": 0.001}, None, "tolerance-too-small"),
    ],
)
def test_what_cannot_be_steered_is_refused_with_the_reason(steered, layout, code):
    where = deck(layout) if layout else steering_layout()
    with pytest.raises(PlanError) as caught:
        plan_for(steering_protocol(**steered), TABLE, where)
    assert code in {each.code for each in caught.value.diagnostics}


@pytest.mark.parametrize(
    "change",
    [
        {"to": None, "volume": "10 uL"},
        {"max_volume": None},
        {"over": "5 min"},
        {"batching": "single"},
    ],
)
def test_a_steered_step_that_makes_no_sense_is_refused(change):
    document = steering_protocol()
    step = {**document["steps"][2], **change}
    document["steps"][2] = {key: value for key, value in step.items() if value is not None}
    with pytest.raises(ProtocolError):
        plan_for(document, TABLE, steering_layout())


def slow(over="5 min", volume="30 uL", **more):
    document = steering_protocol()
    document["steps"][2] = {
        "do": "adjust_ph", "id": "sweet", "stock": "base", "volume": volume, "over": over, **more,
    }  # fmt: skip
    return document


def test_a_slow_addition_is_a_dose_of_the_pump_that_takes_so_long():
    plan = plan_for(slow(), TABLE, steering_layout({"rate_ul_per_s": [0.01, 500]}))
    doses = [op for op in plan.operations if isinstance(op, PumpDose)]
    assert sweet(plan) == dict.fromkeys(("A1", "B1", "C1"), 30.0)
    for operation in doses:
        assert operation.over_s == 300.0
        assert operation.excess_ul == 80.0  # primed as every operation of the pump
        assert operation_duration_s(operation, plan.deck) > 300.0 * len(operation.legs)
    assert audit_plan(plan).agrees


def test_an_addition_over_another_time_is_found_by_the_audit():
    plan = plan_for(slow(), TABLE, steering_layout({"rate_ul_per_s": [0.01, 500]}))
    changed = [
        op.model_copy(update={"over_s": 30.0}) if isinstance(op, PumpDose) else op
        for op in plan.operations
    ]
    wrong = plan.model_copy(update={"operations": tuple(changed)}).sealed()
    assert {each.code for each in audit_plan(wrong).differences} == {"over"}


@pytest.mark.parametrize(
    ("document", "layout", "code"),
    [
        (slow(), steering_layout(), "addition-rate"),  # 0.1 µL/s, the pump begins at 1
        (slow("0 s"), steering_layout(), "addition-rate"),
        (slow(), deck(), "mode-not-possible"),  # no pump
        (slow(volume="0.9 uL", over="1 s"), steering_layout({"dose_ul": 3.0}), "mode-not-possible"),
    ],
)
def test_a_slow_addition_that_no_pump_can_do_is_refused(document, layout, code):
    with pytest.raises(PlanError) as caught:
        plan_for(document, TABLE, layout)
    codes = {each.code for each in caught.value.diagnostics}
    assert codes & {code, "dose-too-small"}


def test_a_gas_valve_that_no_step_opens_is_told():
    layout = steering_layout()
    gas = {
        "kind": "gas", "driver": "alicat.mc", "gas": "nitrogen", "flow_ml_per_min": [10, 200],
        "watchdog_s": 5.0,
    }  # fmt: skip
    told = layout.model_dump(mode="json")
    told["devices"]["n2"] = gas
    plan = plan_for(slow(over="1 s"), TABLE, type(layout).model_validate(told))
    assert "gas-stays-shut" in {warning.code for warning in plan.warnings}

"""Trains: one tip for several wells; a failure costs the well in which it happened and no other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.engine_cases import assert_books_match_world, assert_declared_end
from engine.engine_kit import Bench, chain, dose, in_a_row, make_plan, simulate
from ncrobot.engine import RunOutcome
from ncrobot.errors import DeviceErrorKind
from ncrobot.events import EventKind, ExitStatus
from ncrobot.plan import dispense_offsets_s, operation_duration_s
from ncrobot.plan.operations import Leg, Transfer
from ncrobot_sim import Fault, FaultPlan

WELLS = tuple(f"{row}1" for row in "ABCDEFGH")


def train(
    name: str,
    *,
    channels: int = 1,
    each: int = 8,
    packs: int = 1,
    volume_ul: float = 20.0,
    fresh: bool = False,
    excess_to: str = "source",
    **fields: object,
) -> Transfer:
    """Gold for ``channels`` rows; every channel serves ``each`` columns out of ``packs`` draws.

    One channel serves the wells of column 1 instead.
    """
    legs = []
    for number in range(each):
        for channel in range(channels):
            well = (
                f"{'ABCDEFGH'[number]}1" if channels == 1 else f"{'ABCDEFGH'[channel]}{number + 1}"
            )
            cycle = number * packs // each
            tip = f"tips/{'ABCDEFGH'[channel]}{1 + (cycle if fresh else 0)}"
            legs.append(
                Leg(
                    channel=channel, tip=tip, source="gold/A1", destination=f"plate/{well}",
                    volume_ul=volume_ul, umol={"gold": 0.02 * volume_ul}, cycle=cycle,
                )
            )  # fmt: skip
    legs.sort(key=lambda leg: leg.cycle)
    base = dose(name, "gold", ["A1"])
    return base.model_copy(
        update={
            "legs": tuple(legs), "wells": tuple(leg.destination.split("/")[1] for leg in legs),
            "mode": "multi_dispense", "excess_ul": 10.0, "excess_to": excess_to,
            "tip_use": "fresh" if fresh else "reuse", "touches": False, **fields,
        }
    )  # fmt: skip


def run_train(*operations: Transfer, faults: tuple[Fault, ...] = ()) -> tuple[RunOutcome, Bench]:
    wells = tuple(dict.fromkeys(well for op in operations for well in op.wells))
    plan = make_plan(operations, chain(operations), wells=wells)
    return simulate(plan, in_a_row(plan), faults=FaultPlan(faults))


@settings(max_examples=40, deadline=None)
@given(
    channels=st.sampled_from([1, 2, 8]),
    each=st.integers(1, 8),
    packs=st.integers(1, 4),
    volume=st.integers(500, 3500).map(lambda hundredths: hundredths / 100),
    fresh=st.booleans(),
)
def test_every_well_gets_its_volume_and_no_liquid_is_lost(channels, each, packs, volume, fresh):
    excess_to = "waste" if fresh else "source"
    operation = train(
        "gold-1", channels=channels, each=each, packs=min(packs, each), volume_ul=volume,
        fresh=fresh, excess_to=excess_to,
    )  # fmt: skip
    outcome, bench = run_train(operation)
    assert outcome.status is ExitStatus.SUCCEEDED
    assert_books_match_world(bench)
    for well in operation.wells:
        assert bench.world.volume_ul(f"plate/{well}") == pytest.approx(volume)
    left_ul = bench.world.volume_ul("gold/A1")
    assert left_ul == pytest.approx(50_000 - operation.drawn_ul()["gold/A1"])
    wasted = sum(bench.world.waste.values())
    thrown = sum(d.excess_ul for d in operation.draws()) if excess_to == "waste" else 0.0
    assert wasted == pytest.approx(thrown, abs=1e-6)
    assert len(bench.record.ended("gold-1").data["deliveries"]) == len(operation.legs)
    assert bench.record.of(EventKind.CROSS_CHECK) == []


@pytest.mark.parametrize("packs", [1, 2])
def test_the_wells_are_served_when_the_model_says_in_every_portion(packs):
    operations = [train(f"gold-{n}", packs=packs) for n in (1, 2, 3)]
    plan = make_plan(operations, chain(operations), wells=WELLS)
    times = plan.deck.arm.times.model_copy(update={"hop_s": 0.8})
    arm = plan.deck.arm.model_copy(update={"times": times})
    plan = plan.model_copy(update={"deck": plan.deck.model_copy(update={"arm": arm})}).sealed()
    starts = {"gold-1": 0.0, "gold-2": 1800.0, "gold-3": 3600.0}
    _, bench = simulate(plan, in_a_row(plan, starts_s=starts))
    offsets = dispense_offsets_s(operations[0], plan.deck)
    for operation in operations:
        data = bench.record.ended(operation.id).data
        for delivery in data["deliveries"]:
            served = delivery["delivered_s"] - starts[operation.id]
            assert served == pytest.approx(offsets[delivery["destination"]], abs=1e-6)
        took = data["end_s"] - data["start_s"]
        assert took == pytest.approx(operation_duration_s(operation, plan.deck), abs=1e-6)


@pytest.mark.parametrize("nth", range(1, 9))
@pytest.mark.parametrize(("moved", "happened"), [(False, False), (None, False), (None, True)])
def test_a_failed_dispense_costs_its_own_well_only(nth, moved, happened):
    fault = Fault("arm", "dispense", nth, DeviceErrorKind.STALL, moved, happened=happened)
    outcome, bench = run_train(train("gold-1"), faults=(fault,))
    assert_declared_end(outcome, bench)
    lost = WELLS[nth - 1]
    mended = moved is False  # then it is pushed out once more
    assert set(bench.record.flagged()) == (set() if mended else {lost})
    for well in WELLS:
        if well != lost:
            assert bench.world.volume_ul(f"plate/{well}") == pytest.approx(20.0), well
    got = 20.0 if happened or mended else 0.0
    assert bench.world.volume_ul(f"plate/{lost}") == pytest.approx(got)
    delivered = {d["destination"] for d in bench.record.ended("gold-1").data["deliveries"]}
    missing = set() if mended else {f"plate/{lost}"}
    assert delivered == {f"plate/{well}" for well in WELLS} - missing
    (act,) = [
        e
        for e in bench.record.of(EventKind.NOT_DONE if moved is False else EventKind.UNKNOWN)
        if e.act == "dispense"
    ]
    assert act.wells == (lost,), "the act tells which well is in doubt"
    if moved is False or happened:
        assert_books_match_world(bench)


def test_a_failed_dispense_of_the_rest_costs_no_well():
    fault = Fault("arm", "dispense", 9, DeviceErrorKind.STALL, None)
    outcome, bench = run_train(train("gold-1"), train("gold-2"), faults=(fault,))
    assert outcome.status is ExitStatus.SUCCEEDED
    assert bench.record.flagged() == {}
    assert bench.record.results() == {"gold-1": "done", "gold-2": "done"}


def test_a_tip_that_is_not_picked_up_costs_no_well():
    fault = Fault("arm", "pick_up_tips", 1, DeviceErrorKind.TIP_NOT_PICKED_UP, False)
    outcome, bench = run_train(train("gold-1"), faults=(fault,))
    assert outcome.status is ExitStatus.SUCCEEDED
    assert bench.record.flagged() == {}
    assert all(bench.world.volume_ul(f"plate/{well}") == pytest.approx(20) for well in WELLS)


def test_an_empty_source_costs_the_wells_of_that_draw_and_no_more():
    fault = Fault("arm", "aspirate", 2, DeviceErrorKind.NO_LIQUID, False)
    _, bench = run_train(train("gold-1", packs=4), faults=(fault,))
    assert set(bench.record.flagged()) == {"C1", "D1"}
    served = {well for well in WELLS if bench.world.volume_ul(f"plate/{well}") > 0}
    assert served == set(WELLS) - {"C1", "D1"}


def test_one_lost_channel_of_eight_leaves_the_others_in_time():
    faults = tuple(
        Fault("arm", "dispense", n, DeviceErrorKind.CLOT, False, channels=(3,)) for n in (2, 3)
    )
    outcome, bench = run_train(train("gold-1", channels=8, each=4), faults=faults)
    assert_declared_end(outcome, bench)
    assert set(bench.record.flagged()) == {"D2"}
    for row in "ABCDEFGH":
        for number in (1, 2, 3, 4):
            well = f"{row}{number}"
            wanted = 0.0 if well == "D2" else 20.0
            assert bench.world.volume_ul(f"plate/{well}") == pytest.approx(wanted), well
    assert_books_match_world(bench)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), number=st.integers(1, 3), channels=st.sampled_from([1, 8]))
def test_no_well_gets_more_than_it_was_to_get_whatever_fails(seed, number, channels):
    operations = [train(f"gold-{n}", channels=channels, each=4, packs=2) for n in (1, 2)]
    acts = {("arm", "dispense"): 12, ("arm", "aspirate"): 4, ("arm", "pick_up_tips"): 2}
    wells = tuple(dict.fromkeys(operations[0].wells))
    plan = make_plan(operations, chain(operations), wells=wells)
    faults = FaultPlan.drawn(seed, acts, number=number, channels=channels)
    outcome, bench = simulate(plan, in_a_row(plan), faults=faults)
    flagged = bench.record.flagged()
    for well in wells:
        volume_ul = bench.world.volume_ul(f"plate/{well}")
        assert volume_ul <= 40.0 + 1e-6
        if well not in flagged and outcome.status is ExitStatus.SUCCEEDED:
            assert volume_ul == pytest.approx(40.0)

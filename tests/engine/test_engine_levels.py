"""What will run out is known before it happens: stocks, spare tips, room in the waste."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.engine_kit import (
    chain,
    column,
    dose,
    in_a_row,
    make_bench,
    make_plan,
    stock_use,
)
from ncrobot.clock import VirtualClock, run_virtual
from ncrobot.engine.interlocks.levels import shortages
from ncrobot.plan import Refill

WELLS = column(1)


def doses(*volumes_ul, stock="water"):
    return [
        dose(f"d{n}", stock, WELLS, volume_ul) for n, volume_ul in enumerate(volumes_ul, start=1)
    ]


def run_of(operations, stocks=(), auxiliary=(), order=None, **fields):
    """The state of a run that is about to begin."""
    plan = make_plan(operations, chain(operations), stocks=stocks or None, **fields)
    schedule = in_a_row(plan, auxiliary, order=order)
    made = []

    async def main(clock: VirtualClock) -> None:
        made.append(make_bench(plan, schedule, clock).engine._run)

    run_virtual(main)
    return made[0]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([20.0, 50.0, 120.0]), min_size=1, max_size=6),
    st.floats(10.0, 5000.0),
)
def test_a_stock_is_short_exactly_if_it_does_not_cover_what_is_to_come(volumes_ul, loaded_ul):
    run = run_of(doses(*volumes_ul), [stock_use("water", loaded_ul)])
    found = shortages(run)
    needed_ul = 8 * sum(volumes_ul)
    assert bool(found) == (needed_ul > loaded_ul + 1e-6)
    if not found:
        return
    (short,) = found
    assert (short.kind, short.place, short.what) == ("stock", "water/A1", "water")
    assert short.needed == pytest.approx(needed_ul)
    assert short.present == pytest.approx(loaded_ul)
    drawn_ul, first = 0.0, None
    for number, volume_ul in enumerate(volumes_ul, start=1):
        drawn_ul += 8 * volume_ul
        if first is None and drawn_ul > loaded_ul + 1e-6:
            first = f"d{number}"
    assert short.operation == first
    assert short.wells == WELLS
    assert first in short.told(0.0)


def test_what_was_drawn_otherwise_than_planned_shows_at_once():
    run = run_of(doses(100.0, 100.0), [stock_use("water", 1700.0)])
    assert shortages(run) == ()
    run.books.throw_away("water/A1", 300.0)
    (short,) = shortages(run)
    assert (short.operation, short.present) == ("d2", pytest.approx(1400.0))


def test_wells_that_are_given_up_need_nothing():
    run = run_of(doses(100.0), [stock_use("water", 700.0)])
    assert len(shortages(run)) == 1
    run.fates.flag(["A1"], "lost", "abandon")
    assert shortages(run) == ()


def test_what_has_begun_is_not_to_come():
    run = run_of(doses(100.0, 100.0), [stock_use("water", 900.0)])
    assert len(shortages(run)) == 1
    run.timing.begin("d1", 0.0)
    assert shortages(run) == ()


def test_a_new_lot_covers_what_comes_after_it():
    lot = Refill(
        id="lot2", step="lot2", device="person", stock="water", lot=2,
        wells_ul={"water/A1": 900.0}, takes_s=60,
    )  # fmt: skip
    operations = doses(100.0, 100.0)
    order = ["d1", "lot2", "d2"]
    assert shortages(run_of(operations, [stock_use("water", 900.0)], [lot], order)) == ()
    (short,) = shortages(run_of(operations, [stock_use("water", 700.0)], [lot], order))
    assert (short.operation, short.needed) == ("d1", pytest.approx(800.0))
    late = ["d1", "d2", "lot2"]
    (short,) = shortages(run_of(operations, [stock_use("water", 900.0)], [lot], late))
    assert short.operation == "d2"


def test_the_last_spare_tip_is_told_before_it_is_missed():
    operations = [dose(f"d{n}", "water", WELLS, 50.0, tips=n, reuse=False) for n in range(1, 12)]
    run = run_of(operations)
    assert shortages(run) == ()
    for n in range(7):
        run.tips.lose(f"tips/{'ABCDEFGH'[n]}1")
    assert shortages(run) == ()
    run.tips.lose("tips/H1")
    (short,) = shortages(run)
    assert (short.kind, short.place, short.operation) == ("tips", "tips", "d1")
    assert (short.needed, short.present) == (88.0, 0.0)
    assert "no spare tip" in short.told(0.0)


def test_a_waste_that_fills_up_is_told_with_the_operation_that_fills_it():
    operations = [
        dose(
            f"d{n}", "water", WELLS, 50.0, reuse=False, tips=n, mode="multi_dispense",
            excess_ul=10.0, excess_to="waste",
        )
        for n in (1, 2)
    ]  # fmt: skip
    doubled = [
        op.model_copy(
            update={
                "legs": (
                    *op.legs,
                    *(
                        leg.model_copy(update={"destination": leg.destination[:-1] + "2"})
                        for leg in op.legs
                    ),
                )
            }
        )
        for op in operations
    ]
    run = run_of(doubled, wells=(*WELLS, *column(2)))
    assert shortages(run) == ()
    run.plan = run.plan.model_copy(
        update={"deck": run.plan.deck.model_copy(update={"waste_capacity_ul": 100.0})}
    )
    (short,) = shortages(run)
    assert (short.kind, short.operation) == ("waste", "d2")
    assert (short.needed, short.present) == (160.0, 100.0)
    assert "160" in short.told(0.0)


def test_the_earliest_shortage_comes_first():
    operations = [*doses(50.0), dose("g", "gold", WELLS, 50.0)]
    run = run_of(operations, [stock_use("water", 100.0), stock_use("gold", 100.0)])
    assert [short.what for short in shortages(run)] == ["water", "gold"]
    assert [short.key for short in shortages(run)] == [("stock", "water/A1"), ("stock", "gold/A1")]
    assert shortages(run)[0].data()["wells"] == list(WELLS)

"""A whole run: what is done, what is written, and that the books tell what the world holds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.engine_cases import EVERY_KIND, TWO_COLUMNS, assert_books_match_world, bench_clock
from engine.engine_kit import (
    LAYOUT,
    STOCKS,
    Bench,
    Record,
    chain,
    column,
    dose,
    in_a_row,
    make_plan,
    simulate,
    stock_use,
)
from ncrobot.events import EventKind, ExitStatus
from ncrobot.plan.operations import (
    AskPerson,
    Leg,
    Read,
    Refill,
    Transfer,
)
from ncrobot.schedule import Lot
from ncrobot.scheduler import operation_duration_s
from ncrobot.state import fold


def test_two_columns_are_dosed_and_the_record_is_whole() -> None:
    plan = make_plan(
        [
            dose("gold-1", "gold", column(1)),
            dose("gold-2", "gold", column(2)),
            dose("hydride-1", "hydride", column(1), [10 + i for i in range(8)], tips=2),
        ],
        wells=TWO_COLUMNS,
    )
    outcome, bench = simulate(plan, in_a_row(plan))
    assert outcome.status is ExitStatus.SUCCEEDED
    assert (outcome.wells_ok, outcome.wells_flagged, outcome.operations) == (16, 0, 3)
    assert_books_match_world(bench)
    record = bench.record
    assert [event.seq for event in record.events] == list(range(1, len(record.events) + 1))
    assert record.flushed == len(record.events), "nothing is left unflushed at the end"
    times = [event.time_s for event in record.events]
    assert times == sorted(times)
    assert {event.simulated for event in record.events} == {True}
    assert [act for operation, act in record.acts() if operation == "gold-1"] == [
        "pick_up_tips",
        "aspirate",
        "dispense",
        "return_tips",
    ]
    state = fold(record.events)
    assert state.status == "succeeded"
    assert not state.open_acts
    assert len(state.deliveries) == 24
    assert state.safe_state == dict.fromkeys(("arm", "shaker", "cooler", "reader", "person"), True)


def test_deliveries_tell_amounts_tip_and_moment() -> None:
    plan = make_plan([dose("hydride-1", "hydride", ["B1"], 40.0, tips=3, portion=2)], wells=["B1"])
    _, bench = simulate(plan, in_a_row(plan))
    data = bench.record.ended("hydride-1").data
    assert (data["purpose"], data["stock"], data["portion"]) == ("dose", "hydride", 2)
    (delivery,) = data["deliveries"]
    assert delivery["umol"] == pytest.approx({"hydride": 4.0, "base": 0.4})
    assert (delivery["source"], delivery["destination"]) == ("hydride/A1", "plate/B1")
    assert delivery["tip"] == "tips/B3"
    arm = LAYOUT.arm.times
    before_s = 2 * arm.travel_s + arm.pick_up_tips_s + arm.touch_down_s + 40 / arm.aspirate_ul_per_s
    after_s = arm.travel_s + arm.touch_down_s + 40 / arm.dispense_ul_per_s
    assert delivery["delivered_s"] == pytest.approx(before_s + after_s)


def test_age_and_active_fraction_follow_the_lot_that_was_used() -> None:
    made_s = -3600.0
    refill = Refill(
        id="refill", step="refill", device="person", stock="hydride", lot=2,
        wells_ul={"hydride/A1": 20_000}, takes_s=300,
    )  # fmt: skip
    plan = make_plan(
        [dose("first", "hydride", column(1)), dose("second", "hydride", column(1))],
        stocks=[
            stock_use("hydride", life_s=7200, hydrolysis_ph=10.0, keep_at_c=4.0, remake="person")
        ],
    )
    lots = [
        Lot(stock="hydride", lot=1, made_s=made_s, last_use_s=100, drawn_ul=400),
        Lot(stock="hydride", lot=2, made_s=1300.0, last_use_s=2100, drawn_ul=400),
    ]
    schedule = in_a_row(
        plan, [refill], {"first": 100.0, "refill": 1000.0, "second": 2000.0}, lots,
        order=["first", "refill", "second"],
    )  # fmt: skip
    outcome, bench = simulate(plan, schedule)
    assert outcome.status is ExitStatus.SUCCEEDED
    first, second = (bench.record.ended(name).data["deliveries"][0] for name in ("first", "second"))
    assert (first["lot"], second["lot"]) == (1, 2)
    assert first["age_s"] == pytest.approx(first["delivered_s"] - made_s)
    assert second["age_s"] == pytest.approx(second["delivered_s"] - 1300.0)
    assert 0 < first["active_fraction"] < second["active_fraction"] < 1
    assert_books_match_world(bench)


def test_a_stock_beyond_its_life_flags_what_it_went_into() -> None:
    plan = make_plan(
        [dose("late", "hydride", column(1))], stocks=[stock_use("hydride", life_s=1800)]
    )
    lots = [Lot(stock="hydride", lot=1, made_s=0, last_use_s=1, drawn_ul=1)]
    outcome, bench = simulate(plan, in_a_row(plan, starts_s={"late": 3000.0}, lots=lots))
    assert (outcome.wells_ok, outcome.wells_flagged) == (0, 8)
    assert bench.record.results() == {"late": "done"}
    assert "older than its life" in bench.record.flagged()["A1"][0]


def test_working_solutions_are_as_old_as_what_they_were_made_of() -> None:
    thin = stock_use("hydride").model_copy(
        update={"stock": "thin", "positions_ul": {"mixes/A1": 0.0}, "working_of": "hydride",
                "umol_per_ul": {"hydride": 0.01, "base": 0.001}, "life_s": None}
    )  # fmt: skip
    prepare = [
        Transfer(
            id=f"prepare-{stock}", step="prepare", device="arm", purpose="dilution", stock=stock,
            legs=(Leg(channel=0, tip=f"tips/A{number}", source=f"{stock}/A1", destination="mixes/A1",
                      volume_ul=volume, umol={}),),
            tip_use="fresh", touches=True, mix_repetitions=reps, mix_volume_ul=100,
        )
        for number, (stock, volume, reps) in enumerate((("water", 270, 0), ("hydride", 30, 3)), 4)
    ]  # fmt: skip
    use = Transfer(
        id="use", step="use", device="arm", wells=("A1",), purpose="dose", stock="thin",
        legs=(Leg(channel=0, tip="tips/A7", source="mixes/A1", destination="plate/A1",
                  volume_ul=50, umol={}),),
        tip_use="reuse", touches=False,
    )  # fmt: skip
    plan = make_plan(
        [*prepare, use], wells=["A1"], stocks=[stock_use("water"), stock_use("hydride"), thin]
    )
    lots = [Lot(stock="hydride", lot=1, made_s=-100, last_use_s=1, drawn_ul=30)]
    _, bench = simulate(plan, in_a_row(plan, lots=lots))
    (delivery,) = bench.record.ended("use").data["deliveries"]
    assert delivery["lot"] == 1
    assert delivery["age_s"] == pytest.approx(delivery["delivered_s"] + 100)
    assert delivery["umol"] == pytest.approx({"hydride": 0.5, "base": 0.05})
    assert_books_match_world(bench)


def test_every_kind_of_operation_is_carried_out() -> None:
    plan = make_plan(EVERY_KIND, chain(EVERY_KIND))
    outcome, bench = simulate(plan, in_a_row(plan))
    assert bench.record.results() == {operation.id: "done" for operation in EVERY_KIND}
    assert (outcome.status, outcome.wells_ok) == (ExitStatus.SUCCEEDED, 8)
    (measured,) = bench.record.of(EventKind.MEASURED)
    assert measured.data["labware"] == "samples"
    assert measured.data["absorbance"].keys() == set(column(1))
    assert all(len(values) == 2 for values in measured.data["absorbance"].values())
    (answer,) = bench.record.of(EventKind.ANSWER)
    assert answer.data == {"answer": "done", "answered": True}
    ledger = bench.record.of(EventKind.RUN_ENDED)[0].data["ledger"]
    assert ledger["plate/A1"]["volume_ul"] == pytest.approx(3.0), (
        "a tenth of what was there is left"
    )
    assert_books_match_world(bench)


def test_arm_and_shaker_take_exactly_the_time_that_schedules_count_with() -> None:
    plan = make_plan(EVERY_KIND, chain(EVERY_KIND))
    _, bench = simulate(plan, in_a_row(plan))
    for operation in EVERY_KIND:
        data = bench.record.ended(operation.id).data
        if operation.kind != "set_temperature":  # that is over when the readback agrees
            took_s = data["end_s"] - data["start_s"]
            assert took_s == pytest.approx(operation_duration_s(operation, LAYOUT)), operation.id


def test_a_slow_person_or_none_takes_the_default_at_the_deadline() -> None:
    ask = AskPerson(
        id="spin", step="s", device="person", task="Centrifuge.", takes_s=600,
        answer_within_s=900, default="skip",
    )  # fmt: skip
    plan = make_plan([ask, dose("gold", "gold", column(1))])

    def absent(workcell, world, record):
        workcell.operator._present = False

    outcome, bench = simulate(plan, in_a_row(plan), adapt=absent)
    (answer,) = bench.record.of(EventKind.ANSWER)
    assert answer.data == {"answer": "skip", "answered": False}
    assert answer.time_s == pytest.approx(900)
    assert bench.record.results() == {"spin": "not_done", "gold": "done"}
    assert outcome.wells_flagged == 8


def test_a_person_who_never_answers_at_all_does_not_block_the_night() -> None:
    plan = make_plan(
        [AskPerson(id="ask", step="s", device="person", task="Look.", takes_s=60, default="stop")]
    )

    def deaf(workcell, world, record):
        async def never(question):
            await bench_clock(workcell).sleep(1e9)

        workcell.operator.ask = never

    outcome, bench = simulate(plan, in_a_row(plan), adapt=deaf)
    assert outcome.status is ExitStatus.ABORTED
    assert outcome.duration_s == pytest.approx(60 + 3600)
    assert bench.record.of(EventKind.QUESTION)[0].data["default"] == "stop"


def test_initial_temperatures_are_reached_before_time_zero() -> None:
    plan = make_plan([dose("gold", "gold", column(1))], initial_temperatures_c={"cooler": 4.0})
    outcome, bench = simulate(plan, in_a_row(plan))
    assert outcome.status is ExitStatus.SUCCEEDED
    (started,) = bench.record.of(EventKind.RUN_STARTED)
    assert started.time_s == 0
    before = [event.time_s for event in bench.record.events if event.seq < started.seq]
    assert min(before) < 0
    assert before == sorted(before)
    assert bench.record.ended("gold").data["start_s"] == 0
    assert outcome.duration_s == pytest.approx(bench.record.ended("gold").data["end_s"])


def test_intents_are_durable_before_their_acts() -> None:
    """Every call of a device is checked against what the record has flushed at that moment."""
    plan = make_plan(EVERY_KIND, chain(EVERY_KIND))
    checked: list[str] = []

    def adapt(workcell, world, record: Record):
        def guard(device, method: str, act: str):
            real = getattr(device, method)

            async def guarded(*arguments):
                assert record.flushed == len(record.events), f"{act}: something is not durable"
                intent = record.events[-1]
                assert (intent.kind, intent.act) == (EventKind.INTENT, act)
                checked.append(act)
                return await real(*arguments)

            setattr(device, method, guarded)

        for method in (
            "pick_up_tips",
            "aspirate",
            "dispense",
            "mix",
            "return_tips",
            "discard_tips",
            "move_labware",
        ):
            guard(workcell.arm, method, method)
        guard(workcell.devices["shaker"], "shake", "shake")
        guard(workcell.devices["shaker"], "set_temperature", "set_temperature")
        guard(workcell.devices["reader"], "read_absorbance", "read_absorbance")

    outcome, _ = simulate(plan, in_a_row(plan), adapt=adapt)
    assert outcome.status is ExitStatus.SUCCEEDED
    assert len(set(checked)) == 10


def test_nothing_waits_on_the_clock_while_something_is_not_durable() -> None:
    plan = make_plan(EVERY_KIND, chain(EVERY_KIND))
    waits: list[int] = []

    def adapt(workcell, world, record: Record):
        clock = bench_clock(workcell)
        real = clock.sleep_until

        async def sleep_until(time_s):
            if time_s > clock.now_s():
                assert record.flushed == len(record.events)
                waits.append(1)
            await real(time_s)

        clock.sleep_until = sleep_until

    simulate(plan, in_a_row(plan, starts_s={"sample": 4000.0}), adapt=adapt)
    assert waits


def test_the_last_outcome_of_a_device_is_durable_while_another_waits_for_hours() -> None:
    read = Read(id="read", step="s", device="reader", labware="samples", wavelengths_nm=(500,))
    plan = make_plan([dose("gold", "gold", column(1)), read])
    seen: list[tuple[int, int]] = []

    async def look(bench: Bench) -> None:
        await bench.clock.sleep(1000.0)
        seen.append((bench.record.flushed, len(bench.record.events)))

    _, bench = simulate(plan, in_a_row(plan, starts_s={"read": 50_000.0}), meanwhile=look)
    assert bench.record.ended("gold").data["end_s"] < 1000
    ((flushed, written),) = seen
    assert flushed == written


VOLUME = st.floats(5, 250).map(lambda value: round(value, 1))


@st.composite
def plans(draw):
    """Random doses, samples and dilutions over a few wells, in random order."""
    wells = draw(st.lists(st.sampled_from(TWO_COLUMNS), min_size=1, max_size=6, unique=True))
    operations, level = [], dict.fromkeys(wells, 0.0)
    for number in range(draw(st.integers(1, 8))):
        chosen = draw(
            st.lists(st.sampled_from(wells), min_size=1, max_size=4, unique_by=lambda w: w[0])
        )
        chosen.sort()
        volumes = [draw(VOLUME) for _ in chosen]
        full = [well for well in chosen if level[well] > 20]
        if full and draw(st.booleans()):
            operations.append(
                Transfer(
                    id=f"o{number}", step="s", device="arm", wells=tuple(full), purpose="sample",
                    legs=tuple(
                        Leg(channel="ABCDEFGH".index(w[0]), tip=f"tips/{w[0]}{number + 1}",
                            source=f"plate/{w}", destination=f"samples/{w}", volume_ul=10, umol={})
                        for w in full
                    ),
                    tip_use="fresh", touches=True,
                )
            )  # fmt: skip
            for well in full:
                level[well] -= 10
            continue
        stock = draw(st.sampled_from(sorted(STOCKS)))
        operations.append(
            dose(f"o{number}", stock, chosen, volumes, tips=number + 1, reuse=draw(st.booleans()))
        )
        for well, volume in zip(chosen, volumes, strict=True):
            level[well] += volume
    return make_plan(operations, wells=wells)


@settings(max_examples=40, deadline=None)
@given(plans())
def test_books_equal_the_world_for_any_plan(plan) -> None:
    outcome, bench = simulate(plan, in_a_row(plan))
    assert outcome.status is ExitStatus.SUCCEEDED
    assert not bench.record.of(EventKind.CROSS_CHECK)
    assert_books_match_world(bench)

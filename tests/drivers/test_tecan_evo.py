"""tecan.evo: PyLabRobot's commands to an emulated EVO, act by act and fault by fault."""

from __future__ import annotations

import asyncio
import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.evo_kit import (
    PICKS,
    ROWS,
    STOCK_UL,
    Bench,
    delivered_ul,
    draws,
    layout,
    make,
    on_evo,
    pushes,
)
from ncrobot.clock import WallClock
from ncrobot.deck import build_pylabrobot_deck, find_container
from ncrobot.devices import ChannelMove, HandlerSetup, LiquidHandler, TipPick, load_driver
from ncrobot.errors import DeviceError, DeviceErrorKind, LabError
from ncrobot_drivers.tecan.evo_backend import EvoBackend
from ncrobot_sim.emulators.robots.evo_usb import EvoFault, EvoFaultKind
from ncrobot_sim.emulators.robots.tecan_evo import EvoMachine

ZERO = [0] * 8


def struck(bench: Bench, *faults: EvoFault) -> None:
    bench.usb.faults.extend(faults)


# What is said.


def test_connecting_initializes_the_arms_and_flushes_the_plungers_over_the_wash_station():
    bench = make(gripper=True)

    async def test() -> None:
        await bench.arm.connect()
        identity = await bench.arm.identify()
        assert identity.model == "Tecan Freedom EVO, 8 tips and a gripper arm"
        assert isinstance(bench.arm, LiquidHandler)
        assert await bench.arm.tips_present() is None
        assert await bench.arm.safe_state()
        await bench.arm.disconnect()
        assert not bench.usb.is_open
        assert not await bench.arm.safe_state()

    asyncio.run(test())
    assert bench.sent() == [
        "C5PIA", "C5BMX", "W1PIB", "C1PIA", "C1BMX", "C1PIX", "C1RPX", "C1SAA", "C1AAC", "C1RPX",
        "C5PIX", "C5RNT", "C5RPX", "C5RPY", "C5RPZ", "C5SHZ", "C5RPX", "C5PAA", "C5PID", "C5PVL",
        "C5PPR", "C5PVL", "C5SEP", "C5PPR", "C5RPX", "C5PAA", "C5RPP", "C5RPX", "C5PAA",
    ]  # fmt: skip
    assert bench.machine.plungers == ZERO


def test_a_column_of_doses_word_by_word():
    async def test(bench: Bench) -> None:
        await bench.arm.pick_up_tips(PICKS)
        assert bench.sent() == ["C5RPX", "C5PAA", "C5PVL", "C5SEP", "C5PPR", "C5AGT"]
        moves = [
            ChannelMove(m.channel, m.address, 50.0 + m.channel, 100.0, touches=True)
            for m in draws()
        ]
        await bench.arm.aspirate(moves)
        assert bench.sent() == [
            "C5RPX", "C5PAA", "C5PVL", "C5PPR", "C5SDM", "C5SSL", "C5SDL", "C5STL", "C5SML",
            "C5SBL", "C5MDT", "C5SSZ", "C5SEP", "C5STZ", "C5MTR", "C5SSZ", "C5MAZ", "C5PVL",
            "C5SEP", "C5PPR",
        ]  # fmt: skip
        await bench.arm.dispense(
            [ChannelMove(m.channel, m.address, 50.0 + m.channel, 400.0) for m in pushes(column=12)]
        )
        assert bench.sent() == ["C5RPX", "C5PAA", "C5SEP", "C5SPP", "C5STZ", "C5MTR"]
        await bench.arm.discard_tips(range(8))
        assert bench.sent() == ["C5RPX", "C5PAA", "C5AST", "C5PVL", "C5SEP", "C5PPR"]
        for channel, row in enumerate(ROWS):
            dose_ul = delivered_ul(50.0 + channel)
            source = f"stock_plate_1/{row}1"
            assert bench.of(f"reaction_plate/{row}12")[source] == pytest.approx(dose_ul, abs=0.34)
            assert bench.machine.vessels[source].volume_ul < STOCK_UL - 50.0
            assert bench.machine.spots[f"tips_200_1/{row}1"].was_used
        assert bench.machine.plungers == ZERO
        tracked = await bench.arm.tracked_volumes_ul(["stock_plate_1/A1", "reaction_plate/A12"])
        assert tracked == {"stock_plate_1/A1": STOCK_UL - 50.0, "reaction_plate/A12": 50.0}

    on_evo(test)


def test_tips_are_put_back_for_reuse_and_taken_again():
    async def test(bench: Bench) -> None:
        for column in (1, 2):
            await bench.arm.pick_up_tips(PICKS)
            await bench.arm.aspirate(draws())
            await bench.arm.dispense(pushes(column=column))
            await bench.arm.return_tips(PICKS)
        assert bench.machine.plungers == ZERO
        assert len(bench.of("reaction_plate/H2")) == 1

    on_evo(test)


def test_plungers_never_creep_to_the_end_of_their_stroke():
    async def test(bench: Bench) -> None:
        for column in range(1, 7):
            await bench.arm.pick_up_tips([TipPick(0, f"tips_200_1/A{column}")])
            await bench.arm.aspirate(draws(20.0, 1))
            await bench.arm.dispense(pushes(20.0, 1, 1))
            assert bench.machine.plungers[0] in range(28, 33)
            await bench.arm.discard_tips([0])
            assert bench.machine.plungers == ZERO
        (held_ul,) = bench.of("reaction_plate/A1").values()
        assert held_ul == pytest.approx(6 * delivered_ul(20.0), abs=2.0)

    on_evo(test)


def test_wells_that_do_not_stand_as_the_tips_do_are_visited_one_row_after_the_other():
    async def test(bench: Bench) -> None:
        await bench.arm.pick_up_tips(PICKS[:4])
        await bench.arm.aspirate(draws(channels=4))
        bench.sent()
        wells = ["A1", "B1", "D1", "D2"]
        await bench.arm.dispense(
            [ChannelMove(c, f"reaction_plate/{well}", 50.0, 400.0) for c, well in enumerate(wells)]
        )
        assert bench.sent().count("C5MTR") == 3
        for row, well in zip("ABCD", wells, strict=True):
            assert list(bench.of(f"reaction_plate/{well}")) == [f"stock_plate_1/{row}1"]

    on_evo(test)


# What is refused before anything is said.


def refused(bench: Bench, error: DeviceError, says: str) -> None:
    assert error.kind is DeviceErrorKind.REFUSED
    assert error.moved is False
    assert says in str(error)
    assert bench.sent() == []


@pytest.mark.parametrize(
    ("moves", "says"),
    [
        ([ChannelMove(0, "stock_plate_1/A1", 2.9, 100.0)], "no figures for 2.9 µL"),
        ([ChannelMove(0, "stock_plate_1/A1", 50.0, 0.5)], "don't run at 0.5 µL/s"),
        ([ChannelMove(0, "stock_plate_1/A1", 150.0, 2.0)], "too slow to follow"),
        ([ChannelMove(0, "stock_plate_1/A1", 50.0, 100.0, below_ul=20.0)], "in no layer"),
        ([ChannelMove(0, "stock_plate_1/A2", 50.0, 100.0)], "holds 0 µL"),
        ([ChannelMove(0, "sample_plate/H1", 20.0, 100.0)], "last channel would be in front"),
        (
            [ChannelMove(c, "stock_plate_1/A1", 20.0, 100.0) for c in (0, 1)],
            "do not fit side by side",
        ),
    ],
)  # fmt: skip
def test_draws_that_pylabrobot_cannot_do_are_refused(moves, says):
    async def test(bench: Bench) -> None:
        await bench.arm.pick_up_tips(PICKS)
        await bench.arm.load({"sample_plate/H1": 200.0})
        bench.machine.y_range = bench.arm._evo._y_range = 3000
        bench.sent()
        with pytest.raises(DeviceError) as caught:
            await bench.arm.aspirate(moves)
        refused(bench, caught.value, says)

    on_evo(test)


def test_a_channel_that_cannot_get_behind_the_deck_is_refused():
    async def test(bench: Bench) -> None:
        with pytest.raises(DeviceError) as caught:
            await bench.arm.pick_up_tips([TipPick(7, "tips_200_3/A1")])
        refused(bench, caught.value, "out of the reach of channel 7")

    on_evo(test)


def test_mixing_gripping_and_second_doses_are_refused():
    async def test(bench: Bench) -> None:
        await bench.arm.pick_up_tips(PICKS)
        await bench.arm.aspirate(draws())
        bench.sent()
        partial = [ChannelMove(0, "reaction_plate/A1", 25.0, 400.0, partial=True)]
        rest = [ChannelMove(0, "reaction_plate/A1", 25.0, 400.0)]
        for work, says in (
            (bench.arm.mix(pushes(), 3), "doesn't mix"),
            (bench.arm.move_labware("reaction_plate", "cooler"), "gripper"),
            (bench.arm.aspirate(draws()), "holds a dose already"),
            (bench.arm.dispense(partial), "all of it or nothing"),
            (bench.arm.dispense(rest), "all of it or nothing"),
        ):
            with pytest.raises(DeviceError) as caught:
                await work
            refused(bench, caught.value, says)

    on_evo(test)


def test_levels_that_would_fall_too_little_are_refused():
    async def test(bench: Bench) -> None:
        await bench.arm.pick_up_tips(PICKS)
        bench.arm.setup.deck.get_resource("stock_plate_1").area = 193.6
        bench.sent()
        with pytest.raises(DeviceError) as caught:
            await bench.arm.aspirate(draws(9.0))
        refused(bench, caught.value, "less than 0.05 mm")

    on_evo(test)


def test_the_machine_must_have_the_tips_of_the_layout_and_an_arm():
    with pytest.raises(DeviceError, match="it has 4 tips, the deck layout says 8"):
        on_evo(lambda _: asyncio.sleep(0), tips=4)
    bench = make()
    struck(bench, EvoFault(EvoFaultKind.ERROR, "PIA", code=5))
    with pytest.raises(DeviceError, match="no liquid-handling arm") as caught:
        asyncio.run(bench.arm.connect())
    assert caught.value.kind is DeviceErrorKind.DEVICE_GONE
    assert not bench.usb.is_open


def test_without_the_packages_for_usb_it_says_so(monkeypatch):
    monkeypatch.setattr("pylabrobot.io.usb.USE_USB", False)
    monkeypatch.setattr("pylabrobot.io.usb._USB_IMPORT_ERROR", "none", raising=False)
    deck = build_pylabrobot_deck(layout())
    setup = HandlerSetup(deck, lambda a: find_container(deck, a), layout().arm.times, 8)
    arm = load_driver("tecan.evo")(name="arm", setup=setup, clock=WallClock(), port=None)
    with pytest.raises(DeviceError, match=r"pylabrobot\[usb\]") as caught:
        asyncio.run(arm.connect())
    assert (caught.value.kind, caught.value.moved) == (DeviceErrorKind.DEVICE_GONE, False)
    with pytest.raises(LabError, match="delete port"):
        load_driver("tecan.evo")(name="arm", setup=setup, clock=WallClock(), port="COM3")


# What goes wrong.

GONE, LATE = DeviceErrorKind.DEVICE_GONE, DeviceErrorKind.TIMEOUT
NO_LIQUID, CLOT = DeviceErrorKind.NO_LIQUID, DeviceErrorKind.CLOT


@pytest.mark.parametrize(
    ("fault", "kind", "moved"),
    [
        (EvoFault(EvoFaultKind.ERROR, "MDT", code=9), NO_LIQUID, False),
        (EvoFault(EvoFaultKind.ERROR, "MDT", code=12), NO_LIQUID, False),
        (EvoFault(EvoFaultKind.ERROR, "MTR", code=18), CLOT, False),
        (EvoFault(EvoFaultKind.ERROR, "MTR", code=21), DeviceErrorKind.OVERPRESSURE, False),
        (EvoFault(EvoFaultKind.ERROR, "PAA", code=10), DeviceErrorKind.STALL, False),
        (EvoFault(EvoFaultKind.ERROR, "MAZ", code=10), DeviceErrorKind.STALL, None),
        (EvoFault(EvoFaultKind.DEAF, "PAA"), LATE, False),
        (EvoFault(EvoFaultKind.SILENCE, "MDT"), LATE, False),
        (EvoFault(EvoFaultKind.SILENCE, "MTR"), LATE, None),
        (EvoFault(EvoFaultKind.LATE, "MTR"), LATE, None),
        (EvoFault(EvoFaultKind.GARBAGE, "MTR"), GONE, None),
        (EvoFault(EvoFaultKind.TRUNCATED, "SSZ"), GONE, False),
        (EvoFault(EvoFaultKind.OTHER_MODULE, "MTR"), GONE, None),
        # PyLabRobot's line passes over errors of reading, so a pulled cable is silence at first.
        (EvoFault(EvoFaultKind.DISCONNECT, "PAA"), LATE, False),
        (EvoFault(EvoFaultKind.DISCONNECT, "MTR"), LATE, None),
        (EvoFault(EvoFaultKind.RESET, "PAA"), GONE, False),
        (EvoFault(EvoFaultKind.RESET, "MTR"), GONE, None),
    ],
    ids=lambda value: f"{value.kind}-{value.command}" if isinstance(value, EvoFault) else None,
)
def test_a_draw_that_fails(fault, kind, moved):
    struck_once = EvoFault(fault.kind, fault.command, code=fault.code)

    async def test(bench: Bench) -> None:
        await bench.arm.pick_up_tips(PICKS)
        struck(bench, struck_once)
        with pytest.raises(DeviceError) as caught:
            await bench.arm.aspirate(draws())
        assert (caught.value.kind, caught.value.moved) == (kind, moved)
        tracked = await bench.arm.tracked_volumes_ul(["stock_plate_1/A1"])
        assert tracked == {"stock_plate_1/A1": STOCK_UL}
        bench.sent()
        lost = kind in {GONE, LATE}
        if not lost:
            await bench.arm.discard_tips(range(8))
            assert bench.machine.plungers == ZERO
            return
        # Whatever is asked now could take the lost reply for its own, so nothing is.
        with pytest.raises(DeviceError, match="connected again") as caught:
            await bench.arm.discard_tips(range(8))
        assert (caught.value.kind, caught.value.moved) == (GONE, False)
        with pytest.raises(DeviceError, match="connected again"):
            await bench.arm.safe_state()
        assert bench.sent() == []

    on_evo(test)


def test_without_a_readback_of_plungers_nobody_knows_what_a_failed_draw_has_moved():
    async def test(bench: Bench) -> None:
        await bench.arm.pick_up_tips(PICKS)
        struck(bench, EvoFault(EvoFaultKind.ERROR, "MTR", code=18))
        with pytest.raises(DeviceError) as caught:
            await bench.arm.aspirate(draws())
        assert (caught.value.kind, caught.value.moved) == (CLOT, None)
        await bench.arm.discard_tips(range(8))
        with pytest.raises(DeviceError, match="connect again") as caught:
            await bench.arm.pick_up_tips([TipPick(0, "tips_200_1/A2")])
        assert caught.value.kind is DeviceErrorKind.REFUSED

    on_evo(test, tells_plungers=False)


def test_a_dose_whose_push_is_not_answered_is_never_pushed_again():
    async def test(bench: Bench) -> None:
        await bench.arm.pick_up_tips(PICKS)
        await bench.arm.aspirate(draws())
        struck(bench, EvoFault(EvoFaultKind.SILENCE, "MTR"))
        for _ in range(2):
            with pytest.raises(DeviceError):
                await bench.arm.dispense(pushes())
        assert bench.of("reaction_plate/A1")["stock_plate_1/A1"] < 54.0

    on_evo(test)


def test_tips_that_are_not_fetched_are_told():
    async def test(bench: Bench) -> None:
        bench.machine.spots["tips_200_1/C1"].has_tip = False
        with pytest.raises(DeviceError, match="Tip not fetched") as caught:
            await bench.arm.pick_up_tips(PICKS)
        assert caught.value.kind is DeviceErrorKind.TIP_NOT_PICKED_UP
        assert caught.value.moved is False

    on_evo(test)


def test_a_level_that_is_not_found_leaves_the_other_rows_alone():
    async def test(bench: Bench) -> None:
        await bench.arm.pick_up_tips(PICKS[:2])
        bench.machine.vessels["stock_plate_1/B1"].holds_ul.clear()
        with pytest.raises(DeviceError) as caught:
            await bench.arm.aspirate(
                [
                    ChannelMove(0, "stock_plate_1/A1", 20.0, 100.0),
                    ChannelMove(1, "stock_plate_1/B1", 20.0, 100.0),
                ]
            )
        assert (caught.value.kind, caught.value.moved) == (NO_LIQUID, False)
        assert bench.machine.vessels["stock_plate_1/A1"].volume_ul == STOCK_UL

    on_evo(test)


def test_a_row_that_fails_says_which_channels_were_served():
    async def test(bench: Bench) -> None:
        await bench.arm.pick_up_tips(PICKS[:3])
        await bench.arm.aspirate(draws(channels=3))
        struck(bench, EvoFault(EvoFaultKind.ERROR, "PAA", after=2, code=10))
        with pytest.raises(DeviceError) as caught:
            await bench.arm.dispense(
                [ChannelMove(c, f"reaction_plate/A{c + 1}", 50.0, 400.0) for c in range(3)]
            )
        assert caught.value.channels == (1, 2)
        volumes = await bench.arm.tracked_volumes_ul([f"reaction_plate/A{n}" for n in (1, 2, 3)])
        assert list(volumes.values()) == [50.0, 0.0, 0.0]
        assert bench.machine.vessels["reaction_plate/A2"].volume_ul == 0.0

    on_evo(test)


def test_a_setting_that_was_refused_is_sent_again():
    async def test(bench: Bench) -> None:
        await bench.arm.pick_up_tips(PICKS)
        struck(bench, EvoFault(EvoFaultKind.ERROR, "SSZ", code=15))
        with pytest.raises(DeviceError) as caught:
            await bench.arm.aspirate(draws())
        assert caught.value.moved is False
        bench.sent()
        await bench.arm.aspirate(draws())
        assert "C5SSZ" in bench.sent()

    on_evo(test)


def test_settings_are_sent_again_after_the_machine_was_switched_off():
    async def test(bench: Bench) -> None:
        await bench.arm.pick_up_tips(PICKS)
        await bench.arm.aspirate(draws())
        await bench.arm.dispense(pushes())
        await bench.arm.discard_tips(range(8))
        await bench.arm.disconnect()
        bench.machine.lose_power()
        await bench.arm.connect()
        picks = [TipPick(c, f"tips_200_1/{row}2") for c, row in enumerate(ROWS)]
        await bench.arm.pick_up_tips(picks)
        await bench.arm.aspirate(draws())
        await bench.arm.dispense(pushes(column=2))
        assert bench.of("reaction_plate/A2") == bench.of("reaction_plate/A1")

    on_evo(test)


def test_who_is_cancelled_leaves_the_line_in_step():
    async def test(bench: Bench) -> None:
        work = asyncio.ensure_future(bench.arm.pick_up_tips(PICKS))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        assert await bench.arm.safe_state()
        assert bench.arm._evo.lost is None

    on_evo(test)


def test_it_warns_that_it_never_met_the_machine(caplog):
    with caplog.at_level(logging.WARNING, logger="ncrobot_drivers"):
        on_evo(lambda _: asyncio.sleep(0))
    assert "never tried on hardware" in caplog.text


COMMANDS = ("PAA", "PVL", "SEP", "PPR", "AGT", "MDT", "MTR", "MAZ", "AST", "SPP")


@settings(max_examples=15, deadline=None)
@given(
    faults=st.lists(
        st.builds(
            EvoFault,
            st.sampled_from(EvoFaultKind),
            st.sampled_from(COMMANDS),
            st.integers(1, 6),
            st.sampled_from((9, 10, 12, 18, 25)),
        ),
        max_size=3,
    ),
    columns=st.lists(st.integers(1, 2), min_size=1, max_size=2),
)
def test_whatever_fails_no_dose_is_given_twice_and_no_liquid_is_made(faults, columns):
    asked: dict[int, int] = {}

    async def test(bench: Bench) -> None:
        struck(bench, *faults)
        for number, column in enumerate(columns):
            picks = [TipPick(c, f"tips_200_{number + 1}/{row}1") for c, row in enumerate(ROWS)]
            try:
                await bench.arm.pick_up_tips(picks)
                await bench.arm.aspirate(draws())
                asked[column] = asked.get(column, 0) + 1
                await bench.arm.dispense(pushes(column=column))
            except DeviceError:
                pass
            try:
                await bench.arm.discard_tips(range(8))
            except DeviceError:
                return

    bench = on_evo(test)
    for column in range(1, 3):
        for row in ROWS:
            held_ul = bench.machine.vessels[f"reaction_plate/{row}{column}"].volume_ul
            assert held_ul <= asked.get(column, 0) * (delivered_ul(50.0) + 0.34)
    assert bench.liquid_ul() <= 8 * STOCK_UL + 1e-6


def test_the_emulated_machine_refuses_what_is_out_of_its_ranges():
    machine = EvoMachine()
    assert machine.hear(b"\x02C5PAA0,0,90" + b",2100" * 8 + b"\0")[3] == 0x87
    machine.hear(b"\x02C5PIA\0")
    machine.hear(b"\x02C5SHZ" + b",".join([b"2100"] * 8) + b"\0")
    for params in (b"-1,0,90", b"0,-1,90", b"0,0,89", b"0,4000,90"):
        reply = machine.hear(b"\x02C5PAA" + params + b",2100" * 8 + b"\0")
        assert reply == b"\x02C5\x83\0"
    assert machine.hear(b"\x02C5XYZ\0") == b"\x02C5\x82\0"
    assert machine.hear(b"\x02W1PIA\0") == b"\x02W1\x85\0"
    assert machine.hear(b"\x02C5PPR-1\0") == b"\x02C5\x83\0"
    assert machine.hear(b"\x02C5SEP4" + b"," * 7 + b"\0") == b"\x02C5\x83\0"
    assert EvoBackend(8).parse_response(machine.hear(b"\x02C5RNT1\0"))["data"] == [8]

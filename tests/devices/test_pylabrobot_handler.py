"""The adapter over PyLabRobot: refusals before the backend, books mended after a failure."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pylabrobot.liquid_handling.backends import LiquidHandlerBackend
from pylabrobot.liquid_handling.errors import ChannelizedError
from pylabrobot.resources.errors import NoTipError, TooLittleLiquidError
from pylabrobot.resources.tip_tracker import does_tip_tracking
from pylabrobot.resources.volume_tracker import does_volume_tracking

from engine.engine_kit import LAYOUT, ROWS
from ncrobot.deck import build_pylabrobot_deck, find_container
from ncrobot.devices import ChannelMove, HandlerSetup, LiquidHandler, TipPick
from ncrobot.devices.pylabrobot_handler import PyLabRobotHandler
from ncrobot.errors import DeviceError, DeviceErrorKind


class Scripted(LiquidHandlerBackend):
    """Remembers what reaches it; raises what it is told at the next call."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, list[Any], list[int]]] = []
        self.next_error: BaseException | None = None
        self._num_arms = 1

    @property
    def num_channels(self) -> int:
        return 8

    async def stop(self) -> None:
        self.calls.append(("stop", [], []))

    def can_pick_up_tip(self, channel_idx, tip):  # noqa: ARG002 - PyLabRobot names them
        return True

    async def _note(self, name, ops, channels):
        self.calls.append((name, list(ops), list(channels)))
        error, self.next_error = self.next_error, None
        if error is not None:
            raise error

    async def pick_up_tips(self, ops, use_channels):
        await self._note("pick_up_tips", ops, use_channels)

    async def drop_tips(self, ops, use_channels):
        await self._note("drop_tips", ops, use_channels)

    async def aspirate(self, ops, use_channels):
        await self._note("aspirate", ops, use_channels)

    async def dispense(self, ops, use_channels):
        await self._note("dispense", ops, use_channels)

    async def pick_up_resource(self, pickup):
        await self._note("pick_up_resource", [pickup], [])

    async def move_picked_up_resource(self, move):
        await self._note("move_picked_up_resource", [move], [])

    async def drop_resource(self, drop):
        await self._note("drop_resource", [drop], [])

    async def pick_up_tips96(self, pickup): ...
    async def drop_tips96(self, drop): ...
    async def aspirate96(self, aspiration): ...
    async def dispense96(self, dispense): ...


def with_handler(test: Callable[[PyLabRobotHandler, Scripted], Awaitable[None]]) -> None:
    """Run a test with a connected handler over a scripted backend; A1 gold trough holds 1 mL."""

    async def main() -> None:
        deck = build_pylabrobot_deck(LAYOUT)
        backend = Scripted()
        setup = HandlerSetup(
            deck, partial(find_container, deck), LAYOUT.arm.times, LAYOUT.arm.channels
        )
        handler = PyLabRobotHandler(name="arm", setup=setup, backend=backend)
        assert isinstance(handler, LiquidHandler)
        await handler.connect()
        try:
            await handler.load({"gold/A1": 1000.0})
            await test(handler, backend)
        finally:
            await handler.disconnect()

    asyncio.run(main())


def picks(*channels: int) -> list[TipPick]:
    return [TipPick(channel, f"tips/{ROWS[channel]}1") for channel in channels]


def moves(place: str, volumes_ul: dict[int, float]) -> list[ChannelMove]:
    """Moves at one trough, or at the plate's first column."""
    return [
        ChannelMove(channel, place if "/" in place else f"{place}/{ROWS[channel]}1", volume, 100.0)
        for channel, volume in volumes_ul.items()
    ]


async def tracked(handler: PyLabRobotHandler, *addresses: str) -> list[float]:
    volumes = await handler.tracked_volumes_ul(addresses)
    return [volumes[address] for address in addresses]


def test_a_transfer_reaches_the_backend_with_volumes_rates_and_places() -> None:
    async def test(handler: PyLabRobotHandler, backend: Scripted) -> None:
        await handler.pick_up_tips(picks(0, 2))
        await handler.aspirate(moves("gold/A1", {0: 50.0, 2: 60.0}))
        await handler.dispense(moves("plate", {0: 50.0, 2: 60.0}))
        await handler.return_tips(picks(0, 2))
        names = [name for name, _, _ in backend.calls]
        assert names == ["pick_up_tips", "aspirate", "dispense", "drop_tips"]
        drawn = backend.calls[1][1]
        assert [op.volume for op in drawn] == [50.0, 60.0]
        assert [op.flow_rate for op in drawn] == [100.0, 100.0]
        assert drawn[0].offset.y - drawn[1].offset.y >= 18.0, "channels 0 and 2 are 18 mm apart"
        assert backend.calls[1][2] == [0, 2]
        assert await tracked(handler, "gold/A1", "plate/A1", "plate/C1") == [890.0, 50.0, 60.0]

    with_handler(test)


def test_a_free_dispense_is_at_the_rim_and_a_touching_one_below_it() -> None:
    async def test(handler: PyLabRobotHandler, backend: Scripted) -> None:
        await handler.pick_up_tips(picks(0))
        await handler.aspirate(moves("gold/A1", {0: 100.0}))
        rim = handler.setup.find("plate/A1").get_size_z()
        await handler.dispense([ChannelMove(0, "plate/A1", 50.0, 100.0, touches=False)])
        await handler.dispense([ChannelMove(0, "plate/A1", 50.0, 100.0, touches=True)])
        free, touching = (
            ops[0].liquid_height for name, ops, _ in backend.calls if name == "dispense"
        )
        assert free == rim
        assert 1.0 <= touching < rim

    with_handler(test)


@pytest.mark.parametrize("volume_ul", [-5.0, 0.0, math.nan, math.inf])
def test_impossible_volumes_never_reach_pylabrobot(volume_ul: float) -> None:
    async def test(handler: PyLabRobotHandler, backend: Scripted) -> None:
        await handler.pick_up_tips(picks(0))
        before = len(backend.calls)
        with pytest.raises(DeviceError, match="positive") as caught:
            await handler.aspirate(moves("gold/A1", {0: volume_ul}))
        assert caught.value.kind is DeviceErrorKind.REFUSED
        assert caught.value.moved is False
        assert len(backend.calls) == before
        assert await tracked(handler, "gold/A1") == [1000.0]

    with_handler(test)


def test_a_refused_move_of_several_channels_leaves_no_ghost_volumes() -> None:
    async def test(handler: PyLabRobotHandler, backend: Scripted) -> None:
        await handler.load({"plate/A1": 100.0, "plate/B1": 5.0})
        await handler.pick_up_tips(picks(0, 1))
        with pytest.raises(DeviceError, match="plate/B1 holds 5 µL"):
            await handler.aspirate(moves("plate", {0: 50.0, 1: 50.0}))
        await handler.aspirate(moves("plate", {0: 10.0}))
        assert await tracked(handler, "plate/A1", "plate/B1") == [90.0, 5.0]
        tip = handler.setup.find("tips/A1")
        assert not tip.tracker.has_tip
        with pytest.raises(DeviceError, match="holds 10 µL"):
            await handler.dispense(moves("plate", {0: 60.0}))

    with_handler(test)


def test_the_sum_over_channels_counts_in_a_shared_trough() -> None:
    async def test(handler: PyLabRobotHandler, backend: Scripted) -> None:
        await handler.load({"gold/A1": 100.0})
        await handler.pick_up_tips(picks(0, 1))
        with pytest.raises(DeviceError, match="120 µL in all"):
            await handler.aspirate(moves("gold/A1", {0: 60.0, 1: 60.0}))
        assert await tracked(handler, "gold/A1") == [100.0]

    with_handler(test)


def test_a_failed_channel_of_a_shared_trough_is_not_booked_with_its_neighbours() -> None:
    async def test(handler: PyLabRobotHandler, backend: Scripted) -> None:
        await handler.pick_up_tips(picks(0, 1, 2))
        backend.next_error = ChannelizedError({1: TooLittleLiquidError("no level")})
        with pytest.raises(DeviceError) as caught:
            await handler.aspirate(moves("gold/A1", {0: 10.0, 1: 20.0, 2: 30.0}))
        assert caught.value.kind is DeviceErrorKind.NO_LIQUID
        assert caught.value.moved is False
        assert caught.value.channels == (1,)
        assert await tracked(handler, "gold/A1") == [960.0]
        await handler.dispense(moves("plate", {0: 10.0, 2: 30.0}))
        assert await tracked(handler, "plate/A1", "plate/B1", "plate/C1") == [10.0, 0.0, 30.0]

    with_handler(test)


@pytest.mark.parametrize(
    ("raised", "kind", "moved", "channels"),
    [
        (TimeoutError("silence"), DeviceErrorKind.TIMEOUT, None, ()),
        (ConnectionResetError("gone"), DeviceErrorKind.DEVICE_GONE, None, ()),
        (OSError("usb"), DeviceErrorKind.DEVICE_GONE, None, ()),
        (RuntimeError("what?"), DeviceErrorKind.REFUSED, None, ()),
        (NoTipError(), DeviceErrorKind.TIP_NOT_PICKED_UP, False, ()),
        (
            ChannelizedError({0: NoTipError(), 1: NoTipError()}),
            DeviceErrorKind.TIP_NOT_PICKED_UP,
            False,
            (0, 1),
        ),
        (
            ChannelizedError({0: TooLittleLiquidError(), 1: RuntimeError()}),
            DeviceErrorKind.NO_LIQUID,
            None,
            (0, 1),
        ),
        (
            DeviceError("own", device="arm", kind=DeviceErrorKind.CLOT, moved=None, channels=[1]),
            DeviceErrorKind.CLOT,
            None,
            (1,),
        ),
    ],
)
def test_what_a_backend_raises_becomes_a_defined_error(raised, kind, moved, channels) -> None:
    async def test(handler: PyLabRobotHandler, backend: Scripted) -> None:
        await handler.pick_up_tips(picks(0, 1))
        backend.next_error = raised
        with pytest.raises(DeviceError) as caught:
            await handler.aspirate(moves("gold/A1", {0: 10.0, 1: 20.0}))
        assert (caught.value.kind, caught.value.moved, caught.value.channels) == (
            kind,
            moved,
            channels,
        )
        assert caught.value.device == "arm"

    with_handler(test)


def test_a_cancelled_move_is_passed_on_and_books_nothing() -> None:
    async def test(handler: PyLabRobotHandler, backend: Scripted) -> None:
        await handler.pick_up_tips(picks(0))
        backend.next_error = asyncio.CancelledError()
        with pytest.raises(asyncio.CancelledError):
            await handler.aspirate(moves("gold/A1", {0: 10.0}))
        assert await tracked(handler, "gold/A1") == [1000.0]

    with_handler(test)


def test_tips_that_were_not_taken_can_be_taken_again() -> None:
    async def test(handler: PyLabRobotHandler, backend: Scripted) -> None:
        backend.next_error = ChannelizedError({1: NoTipError("none there")})
        with pytest.raises(DeviceError) as caught:
            await handler.pick_up_tips(picks(0, 1))
        assert caught.value.channels == (1,)
        await handler.aspirate(moves("gold/A1", {0: 10.0}))
        await handler.pick_up_tips(picks(1))
        with pytest.raises(DeviceError, match="no tip at tips/A1"):
            await handler.pick_up_tips([TipPick(2, "tips/A1")])
        with pytest.raises(DeviceError, match="already have tips"):
            await handler.pick_up_tips([TipPick(0, "tips/A2")])

    with_handler(test)


def test_a_full_tip_does_not_go_back_but_is_thrown_away() -> None:
    async def test(handler: PyLabRobotHandler, backend: Scripted) -> None:
        await handler.pick_up_tips(picks(0, 1))
        await handler.aspirate(moves("gold/A1", {0: 10.0}))
        with pytest.raises(DeviceError, match="still holds 10 µL"):
            await handler.return_tips(picks(0))
        await handler.discard_tips(range(8))
        assert backend.calls[-1][2] == [0, 1], "channels without a tip are skipped"
        await handler.discard_tips(range(8))
        assert [name for name, _, _ in backend.calls].count("drop_tips") == 1

    with_handler(test)


def test_a_returned_tip_can_serve_again_after_many_odd_volumes() -> None:
    async def test(handler: PyLabRobotHandler, backend: Scripted) -> None:
        for _ in range(5):
            await handler.pick_up_tips(picks(0))
            for volume in (0.1, 0.2, 33.3):
                await handler.aspirate(moves("gold/A1", {0: volume}))
                await handler.dispense(moves("plate", {0: volume}))
            await handler.return_tips(picks(0))
        assert await tracked(handler, "plate/A1") == [pytest.approx(5 * 33.6)]

    with_handler(test)


def test_too_much_for_a_tip_or_a_well_is_refused() -> None:
    async def test(handler: PyLabRobotHandler, backend: Scripted) -> None:
        await handler.load({"gold/A1": 10_000.0, "samples/A1": 300.0})
        await handler.pick_up_tips(picks(0))
        with pytest.raises(DeviceError, match="tip of channel 0 has room"):
            await handler.aspirate(moves("gold/A1", {0: 5000.0}))
        await handler.aspirate(moves("gold/A1", {0: 200.0}))
        with pytest.raises(DeviceError, match="samples/A1 has room"):
            await handler.dispense([ChannelMove(0, "samples/A1", 200.0, 100.0)])
        with pytest.raises(DeviceError, match="cannot hold"):
            await handler.load({"samples/A1": math.nan})

    with_handler(test)


def test_mixing_books_nothing_and_carries_the_repetitions() -> None:
    async def test(handler: PyLabRobotHandler, backend: Scripted) -> None:
        await handler.load({"plate/A1": 150.0})
        await handler.pick_up_tips(picks(0))
        await handler.mix(moves("plate", {0: 100.0}), 4)
        _, ops, _ = backend.calls[-1]
        assert (ops[0].volume, ops[0].mix.volume, ops[0].mix.repetitions) == (0.0, 100.0, 4)
        assert await tracked(handler, "plate/A1") == [150.0]
        with pytest.raises(DeviceError, match="holds 150 µL"):
            await handler.mix(moves("plate", {0: 160.0}), 4)

    with_handler(test)


def test_labware_goes_to_a_device_and_home_again() -> None:
    async def test(handler: PyLabRobotHandler, backend: Scripted) -> None:
        samples = handler.setup.deck.get_resource("samples")
        home = samples.parent
        await handler.move_labware("samples", "reader")
        assert samples.parent is handler.setup.deck.get_resource("reader")
        await handler.move_labware("samples", "reader")
        await handler.move_labware("samples", "home")
        assert samples.parent is home
        assert [name for name, _, _ in backend.calls].count("pick_up_resource") == 2

    with_handler(test)


def test_tracking_is_on_while_connected_and_restored_after() -> None:
    before = (does_volume_tracking(), does_tip_tracking())

    async def test(handler: PyLabRobotHandler, backend: Scripted) -> None:
        assert does_volume_tracking()
        assert does_tip_tracking()
        assert await handler.safe_state()

    with_handler(test)
    with_handler(test)
    assert (does_volume_tracking(), does_tip_tracking()) == before


def test_an_arm_can_be_connected_again_and_its_books_remain() -> None:
    async def test(handler: PyLabRobotHandler, backend: Scripted) -> None:
        await handler.connect()
        await handler.disconnect()
        await handler.connect()
        assert await tracked(handler, "gold/A1") == [1000.0]
        await handler.pick_up_tips(picks(0))
        await handler.aspirate(moves("gold/A1", {0: 10.0}))
        assert await tracked(handler, "gold/A1") == [990.0]

    with_handler(test)


def test_an_arm_without_a_link_says_so() -> None:
    async def test(handler: PyLabRobotHandler, backend: Scripted) -> None:
        await handler.disconnect()
        assert backend.calls[-1][0] == "stop"
        assert not await handler.safe_state()
        with pytest.raises(DeviceError) as caught:
            await handler.pick_up_tips(picks(0))
        assert caught.value.kind is DeviceErrorKind.DEVICE_GONE

    with_handler(test)


VOLUMES = st.floats(-10, 400) | st.sampled_from([math.nan, math.inf])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), VOLUMES, st.booleans(), st.booleans()), max_size=12))
def test_the_trackers_follow_what_really_went_through(steps) -> None:
    """Whatever is refused or fails, PyLabRobot's volumes equal a plain account of the successes."""

    async def test(handler: PyLabRobotHandler, backend: Scripted) -> None:
        account = {f"plate/{row}1": 200.0 for row in ROWS[:4]}
        await handler.load(account)
        await handler.pick_up_tips(picks(0, 1, 2, 3))
        for channel, volume, draw, fails in steps:
            other = (channel + 1) % 4
            pair = {channel: volume, other: 1.0}
            act = handler.aspirate if draw else handler.dispense
            if fails:
                backend.next_error = ChannelizedError({channel: TooLittleLiquidError()})
            reached = len(backend.calls)
            try:
                await act(moves("plate", pair))
                succeeded = pair
            except DeviceError:
                succeeded = {other: 1.0} if len(backend.calls) > reached else {}
            backend.next_error = None
            for each, moved in succeeded.items():
                account[f"plate/{ROWS[each]}1"] += -moved if draw else moved
        believed = await handler.tracked_volumes_ul(list(account))
        assert believed == pytest.approx(account)

    with_handler(test)

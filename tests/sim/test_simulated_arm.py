"""The simulated arm: the adapter's contract, the world's volumes, the layout's times."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import pytest

from engine.engine_kit import LAYOUT, ROWS
from ncrobot.clock import VirtualClock, run_virtual
from ncrobot.deck import build_pylabrobot_deck, find_container
from ncrobot.devices import ChannelMove, HandlerSetup, LiquidHandler, TipPick
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot_sim import Fault, FaultPlan, World
from ncrobot_sim.accuracy import Accuracy
from ncrobot_sim.liquid_handler import SimulatedLiquidHandler

Test = Callable[[SimulatedLiquidHandler, VirtualClock, World], Coroutine[Any, Any, None]]
TIMES = LAYOUT.arm.times


def on_arm(test: Test, *faults: Fault, accuracy: Accuracy | None = None) -> None:
    async def main(clock: VirtualClock) -> None:
        world = World(FaultPlan(faults))
        world.define_stock("gold", {"gold": 0.02})
        world.fill("gold/A1", "gold", 10_000.0)
        world.put("plate", "shaker")
        deck = build_pylabrobot_deck(LAYOUT)
        setup = HandlerSetup(deck, partial(find_container, deck), TIMES, LAYOUT.arm.channels)
        arm = SimulatedLiquidHandler(
            name="arm", setup=setup, clock=clock, world=world, accuracy=accuracy
        )
        assert isinstance(arm, LiquidHandler)
        await arm.connect()
        await arm.load({"gold/A1": 10_000.0})
        try:
            await test(arm, clock, world)
        finally:
            await arm.disconnect()

    run_virtual(main)


def picks(*channels: int) -> list[TipPick]:
    return [TipPick(c, f"tips/{ROWS[c]}1") for c in channels]


def at(place: str, volume_ul: float, *channels: int, flow: float = 100.0) -> list[ChannelMove]:
    return [
        ChannelMove(c, place if "/" in place else f"{place}/{ROWS[c]}1", volume_ul, flow)
        for c in channels
    ]


async def took_s(clock: VirtualClock, call: Coroutine[Any, Any, None]) -> float:
    begin_s = clock.now_s()
    await call
    return clock.now_s() - begin_s


def test_acts_take_the_times_of_the_layout() -> None:
    async def test(arm, clock, world) -> None:
        travel, down = TIMES.travel_s, TIMES.touch_down_s
        assert await took_s(clock, arm.pick_up_tips(picks(0, 1))) == travel + TIMES.pick_up_tips_s
        drawing = arm.aspirate([*at("gold/A1", 50.0, 0), *at("gold/A1", 80.0, 1)])
        assert await took_s(clock, drawing) == pytest.approx(travel + down + 0.8)
        assert await took_s(
            clock, arm.dispense(at("plate", 50.0, 0, 1, flow=200.0))
        ) == pytest.approx(travel + down + 0.25)
        assert await took_s(clock, arm.mix(at("plate", 30.0, 0, 1), 4)) == pytest.approx(down + 2.4)
        assert await took_s(clock, arm.aspirate(at("plate", 10.0, 0, 1))) == pytest.approx(0.1)
        assert await took_s(clock, arm.discard_tips([0, 1])) == travel + TIMES.drop_tips_s

    on_arm(test)


def test_sources_in_two_labwares_are_visited_one_after_the_other() -> None:
    async def test(arm, clock, world) -> None:
        world.fill("mixes/B1", "gold", 100.0)
        await arm.load({"mixes/B1": 100.0})
        await arm.pick_up_tips(picks(0, 1))
        drawing = arm.aspirate([*at("gold/A1", 50.0, 0), *at("mixes", 20.0, 1)])
        each = TIMES.travel_s + TIMES.touch_down_s
        assert await took_s(clock, drawing) == pytest.approx(2 * each + 0.5 + 0.2)

    on_arm(test)


def test_world_and_trackers_agree_when_nothing_fails() -> None:
    async def test(arm, clock, world) -> None:
        await arm.pick_up_tips(picks(0, 3))
        await arm.aspirate(at("gold/A1", 50.0, 0, 3))
        await arm.dispense(at("plate", 50.0, 0, 3))
        places = ["gold/A1", "plate/A1", "plate/D1"]
        assert await arm.tracked_volumes_ul(places) == pytest.approx(
            {place: world.volume_ul(place) for place in places}
        )
        await arm.return_tips(picks(0, 3))
        assert world.tip_volume_ul(0) is None

    on_arm(test)


def test_a_fault_on_one_channel_leaves_the_others_done() -> None:
    async def test(arm, clock, world) -> None:
        await arm.pick_up_tips(picks(0, 1, 2))
        with pytest.raises(DeviceError) as caught:
            await arm.aspirate(at("gold/A1", 50.0, 0, 1, 2))
        assert caught.value.channels == (1,)
        assert [world.tip_volume_ul(c) for c in (0, 1, 2)] == [
            pytest.approx(50),
            0,
            pytest.approx(50),
        ]
        assert world.volume_ul("gold/A1") == pytest.approx(9900)
        assert await arm.tracked_volumes_ul(["gold/A1"]) == {"gold/A1": 9900}

    on_arm(test, Fault("arm", "aspirate", 1, DeviceErrorKind.NO_LIQUID, False, channels=(1,)))


def test_a_stall_costs_time_and_nothing_else() -> None:
    async def test(arm, clock, world) -> None:
        assert (
            await took_s(clock, arm.pick_up_tips(picks(0)))
            == TIMES.travel_s + TIMES.pick_up_tips_s + 33.0
        )
        assert world.tip_volume_ul(0) == 0

    on_arm(test, Fault("arm", "pick_up_tips", 1, delay_s=33.0))


def test_the_arm_senses_the_tips_that_an_unknown_pick_up_left_on_it() -> None:
    async def test(arm, clock, world) -> None:
        with pytest.raises(DeviceError):
            await arm.pick_up_tips(picks(0, 1))
        assert world.tip_volume_ul(0) == 0
        await arm.discard_tips([0, 1])
        assert world.tip_volume_ul(0) is None

    on_arm(test, Fault("arm", "pick_up_tips", 1, DeviceErrorKind.STALL, None, happened=True))


def test_coming_down_on_a_shaking_plate_is_a_collision() -> None:
    async def test(arm, clock, world) -> None:
        await arm.pick_up_tips(picks(0))
        await arm.aspirate(at("gold/A1", 50.0, 0))
        world.speeds_rpm["shaker"] = 500.0
        with pytest.raises(DeviceError, match="collision"):
            await arm.dispense(at("plate", 50.0, 0))
        with pytest.raises(DeviceError, match="collision"):
            await arm.move_labware("plate", "reader")
        assert len(world.collisions) == 2
        assert world.device_under("plate") == "shaker"

    on_arm(test)


def test_carrying_takes_its_time_and_the_world_follows() -> None:
    async def test(arm, clock, world) -> None:
        assert await took_s(clock, arm.move_labware("samples", "reader")) == TIMES.move_plate_s
        assert world.device_under("samples") == "reader"
        await arm.move_labware("samples", "home")
        assert world.device_under("samples") is None

    on_arm(test)


def test_inaccurate_pipetting_moves_other_volumes_than_asked_but_loses_nothing() -> None:
    async def test(arm, clock, world) -> None:
        await arm.pick_up_tips(picks(*range(8)))
        await arm.aspirate(at("gold/A1", 50.0, *range(8)))
        await arm.dispense(at("plate", 50.0, *range(8)))
        volumes = [world.volume_ul(f"plate/{row}1") for row in ROWS]
        assert all(volume != 50.0 for volume in volumes)
        assert all(0.9 * 51 < volume < 1.1 * 51 for volume in volumes)
        assert sum(volumes) + world.volume_ul("gold/A1") == pytest.approx(10_000)
        assert [world.tip_volume_ul(c) for c in range(8)] == [0] * 8, "emptied tips are empty"

    on_arm(test, accuracy=Accuracy(bias=0.02, spread=0.01, seed=1))


def test_the_arm_has_no_96_head() -> None:
    async def test(arm, clock, world) -> None:
        for call in (
            arm._backend.pick_up_tips96,
            arm._backend.drop_tips96,
            arm._backend.aspirate96,
            arm._backend.dispense96,
        ):
            with pytest.raises(NotImplementedError):
                await call("plate")

    on_arm(test)

"""Faults of simulated devices: what the world does while the device tells an error."""

from __future__ import annotations

import pytest

from engine.engine_cases import assert_declared_end
from engine.engine_kit import column, dose, in_a_row, make_plan, simulate
from ncrobot.clock import VirtualClock, run_virtual
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot.events import EventKind, ExitStatus
from ncrobot.plan.operations import Read, SetTemperature, Shake
from ncrobot_sim import Fault, FaultPlan, World
from ncrobot_sim.shaker import make_shaker
from ncrobot_sim.temperature_block import SimulatedTemperatureBlock

K = DeviceErrorKind
SHAKER = {"speed_rpm": [20, 2000], "start_s": 3, "stop_s": 6}
BLOCK = {"temperature_c": [4, 70], "settle_s": 900}


def gone(device: str, act: str, nth: int = 1) -> Fault:
    return Fault(device, act, nth, K.DEVICE_GONE, None, stays=True)


def test_a_device_that_is_gone_answers_nothing_any_more() -> None:
    world = World(FaultPlan([gone("shaker", "shake", 2)]))

    async def main(clock: VirtualClock) -> None:
        shaker = make_shaker(name="shaker", clock=clock, settings=SHAKER, world=world)
        await shaker.shake(500)
        for call in (
            lambda: shaker.shake(0),
            shaker.read_speed_rpm,
            shaker.safe_state,
            shaker.identify,
        ):
            with pytest.raises(DeviceError) as caught:
                await call()
            assert caught.value.kind is K.DEVICE_GONE

    run_virtual(main)
    assert world.speeds_rpm["shaker"] == 500, "nobody has stopped it"
    assert len(world.faults.struck) == 1


def test_a_shaker_that_is_not_homed_stands_still_and_is_no_place_for_tips() -> None:
    world = World(FaultPlan([Fault("shaker", "shake", 2, K.SHAKER_NOT_HOMED, None)]))
    world.put("plate", "shaker")

    async def main(clock: VirtualClock) -> None:
        shaker = make_shaker(name="shaker", clock=clock, settings=SHAKER, world=world)
        await shaker.shake(500)
        with pytest.raises(DeviceError):
            await shaker.shake(0)
        assert await shaker.read_speed_rpm() == 0
        with pytest.raises(DeviceError, match="wasn't homed"):
            world.reach("arm", "plate/A1")
        await shaker.shake(0)
        world.reach("arm", "plate/A1")

    run_virtual(main)
    assert len(world.collisions) == 1


def test_a_block_that_does_not_follow_takes_the_order() -> None:
    world = World(FaultPlan([Fault("block", "set_temperature", 1, K.TEMPERATURE_NOT_REACHED)]))

    async def main(clock: VirtualClock) -> None:
        block = SimulatedTemperatureBlock(name="block", clock=clock, settings=BLOCK, world=world)
        await block.set_temperature(60)
        await clock.sleep(5000)
        assert await block.read_temperature_c() == pytest.approx(25)
        await block.set_temperature(60)
        await clock.sleep(5000)
        assert await block.read_temperature_c() == pytest.approx(60, abs=0.1)

    run_virtual(main)


@pytest.mark.parametrize("part", [0.0, 0.25, 1.0])
def test_a_part_of_a_dose_may_have_moved(part: float) -> None:
    wells = column(1)
    plan = make_plan([dose("gold", "gold", wells)])
    fault = Fault("arm", "dispense", 1, K.OVERPRESSURE, None, channels=(4,), part=part)
    outcome, bench = simulate(plan, in_a_row(plan), faults=FaultPlan([fault]))
    assert_declared_end(outcome, bench)
    assert bench.world.volume_ul("plate/E1") == pytest.approx(50 * part)
    assert set(bench.record.flagged()) == {"E1"}
    total_ul = sum(bench.world.volumes_ul().values()) + sum(bench.world.waste.values())
    assert total_ul == pytest.approx(150_000)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (gone("arm", "aspirate"), "arm"),
        (gone("shaker", "shake"), "shaker"),
        (gone("reader", "read_absorbance"), "reader"),
        (gone("cooler", "set_temperature"), "cooler"),
        (Fault("shaker", "safe_state", 1, K.STALL, None), "shaker"),
    ],
)
def test_a_safe_state_that_is_not_confirmed_is_told(fault: Fault, told: str) -> None:
    operations = [
        SetTemperature(id="cool", step="s", device="cooler", temperature_c=4.0, wait=False),
        Read(id="read", step="s", device="reader", labware="samples", wavelengths_nm=(500,)),
        Shake(id="on", step="s", device="shaker", labware="plate", speed_rpm=300),
        Shake(id="off", step="s", device="shaker", labware="plate", speed_rpm=0),
        dose("gold", "gold", column(1)),
    ]
    plan = make_plan(operations)
    outcome, bench = simulate(plan, in_a_row(plan), faults=FaultPlan([fault]))
    (safe,) = bench.record.of(EventKind.SAFE_STATE)
    assert {name for name, confirmed in safe.data["confirmed"].items() if not confirmed} == {told}
    assert bench.record.events[-1].kind is EventKind.RUN_ENDED
    assert outcome.status in set(ExitStatus)


def test_before_the_start_a_device_that_is_gone_is_found() -> None:
    plan = make_plan([dose("gold", "gold", column(1))])
    for act in ("connect", "identify"):
        outcome, bench = simulate(plan, in_a_row(plan), faults=FaultPlan([gone("reader", act)]))
        assert outcome.status is ExitStatus.FAILED
        assert outcome.reason.startswith("before the start")
        assert bench.world.volume_ul("plate/A1") == 0

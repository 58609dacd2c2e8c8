"""Each simulated device keeps its contract, takes its time, and fails as it is told."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from engine.engine_kit import LAYOUT
from ncrobot.clock import VirtualClock, run_virtual
from ncrobot.devices import (
    Drawer,
    GasFlow,
    Operator,
    PlateReader,
    Question,
    Shaker,
    TemperatureControl,
    load_driver,
)
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot_sim import Fault, FaultPlan, World
from ncrobot_sim.accuracy import Accuracy
from ncrobot_sim.operator import SimulatedOperator
from ncrobot_sim.reader import SimulatedReader, blank_response
from ncrobot_sim.temperature_block import SimulatedTemperatureBlock
from ncrobot_sim.world import AMBIENT_C

SETTINGS = {name: device.model_dump() for name, device in LAYOUT.devices.items()}
Test = Callable[[Any, VirtualClock, World], Coroutine[Any, Any, None]]


def on_device(driver: str, name: str, test: Test, world: World | None = None, **extra) -> None:
    """Run a test with a connected device, made as the lab makes it."""
    world = world or World()

    async def main(clock: VirtualClock) -> None:
        device = load_driver(driver)(
            name=name, clock=clock, port=None, settings=SETTINGS.get(name, {}), world=world, **extra
        )
        await device.connect()
        assert (await device.identify()).model.startswith("simulated")
        await test(device, clock, world)
        await device.disconnect()

    run_virtual(main)


def question(**fields) -> Question:
    told = {
        "text": "Do it.",
        "choices": ("done", "skip"),
        "default": "skip",
        "answer_within_s": 900.0,
        "expected_s": 600.0,
    }
    return Question(**{**told, **fields})


def test_the_shaker_takes_its_time_and_the_plate_moves_until_it_is_homed() -> None:
    async def test(shaker, clock, world) -> None:
        assert isinstance(shaker, Shaker)
        assert isinstance(shaker, TemperatureControl), "its layout states temperatures"
        await shaker.shake(500)
        assert (clock.now_s(), await shaker.read_speed_rpm()) == (3.0, 500)
        await shaker.shake(500)
        assert clock.now_s() == 3.0, "idempotent"
        await shaker.shake(0)
        assert (clock.now_s(), await shaker.read_speed_rpm()) == (9.0, 0)
        await shaker.shake(800)
        assert await shaker.safe_state()
        assert world.speeds_rpm["shaker"] == 0

    on_device("sim.shaker", "shaker", test)


@pytest.mark.parametrize("speed_rpm", [10, 2001, -5])
def test_the_shaker_refuses_speeds_beyond_its_limits(speed_rpm: float) -> None:
    async def test(shaker, clock, world) -> None:
        with pytest.raises(DeviceError, match="20 to 2000 rpm") as caught:
            await shaker.shake(speed_rpm)
        assert caught.value.kind is DeviceErrorKind.REFUSED

    on_device("sim.shaker", "shaker", test)


def test_a_shaker_without_a_heater_is_none() -> None:
    async def main(clock: VirtualClock) -> None:
        settings = {**SETTINGS["shaker"], "temperature_c": None}
        shaker = load_driver("sim.shaker")(name="s", clock=clock, settings=settings, world=World())
        assert isinstance(shaker, Shaker)
        assert not isinstance(shaker, TemperatureControl)

    run_virtual(main)


@pytest.mark.parametrize("happened", [False, True])
def test_a_failing_shaker_may_or_may_not_have_started(happened) -> None:
    fault = Fault("shaker", "shake", 1, DeviceErrorKind.STALL, None, delay_s=7, happened=happened)
    world = World(FaultPlan([fault]))

    async def test(shaker, clock, world) -> None:
        with pytest.raises(DeviceError, match="stall"):
            await shaker.shake(500)
        assert await shaker.read_speed_rpm() == (500 if happened else 0)
        assert clock.now_s() == (10 if happened else 7)

    on_device("sim.shaker", "shaker", test, world)


def test_the_block_approaches_its_setpoint_and_drifts_back_when_off() -> None:
    async def test(block, clock, world) -> None:
        assert isinstance(block, TemperatureControl)
        assert await block.read_temperature_c() == AMBIENT_C
        await block.set_temperature(4.0)
        assert clock.now_s() == 0, "returns at once"
        readings = []
        for _ in range(9):
            await clock.sleep(100)
            readings.append(await block.read_temperature_c())
        assert readings == sorted(readings, reverse=True)
        assert readings[-1] == pytest.approx(4.0, abs=0.01 * 21), "99 % of the step in settle_s"
        assert readings[0] > 15
        assert await block.safe_state()
        await clock.sleep(10_000)
        assert await block.read_temperature_c() == pytest.approx(AMBIENT_C)

    on_device("sim.temperature_block", "cooler", test)


def test_a_block_that_is_to_hold_holds() -> None:
    async def main(clock: VirtualClock) -> None:
        block = SimulatedTemperatureBlock(
            name="cooler", clock=clock, world=World(),
            settings={**SETTINGS["cooler"], "safe_state": "hold"},
        )  # fmt: skip
        await block.set_temperature(4.0)
        await block.safe_state()
        await clock.sleep(10_000)
        assert await block.read_temperature_c() == pytest.approx(4.0)
        with pytest.raises(DeviceError, match="4 to 70 °C"):
            await block.set_temperature(99.0)

    run_virtual(main)


def test_the_reader_makes_no_chemistry_up() -> None:
    async def test(reader, clock, world) -> None:
        assert isinstance(reader, PlateReader)
        with pytest.raises(DeviceError, match="no response model") as caught:
            await reader.read_absorbance("plate", ["A1"], [500])
        assert caught.value.kind is DeviceErrorKind.REFUSED
        assert clock.now_s() == 0

    on_device("sim.reader", "reader", test)


def test_the_reader_asks_its_response_model_well_by_well() -> None:
    def response(world: World, address: str, wavelength_nm: int) -> float:
        return world.volume_ul(address) + wavelength_nm / 1000

    world = World()
    world.define_stock("gold", {})
    world.fill("plate/B1", "gold", 2.0)

    async def test(reader: SimulatedReader, clock, world) -> None:
        absorbance = await reader.read_absorbance("plate", ["A1", "B1"], [400, 500])
        assert absorbance == {"A1": [0.4, 0.5], "B1": [2.4, 2.5]}
        assert clock.now_s() == 10 + 2 * 2
        with pytest.raises(DeviceError, match="220 to 1000 nm, not 1200 nm"):
            await reader.read_absorbance("plate", ["A1"], [400, 1200])

    on_device("sim.reader", "reader", test, world, response=response)
    assert blank_response(world, "plate/B1", 500) == 0.0


def test_the_person_does_the_task_and_answers_in_time() -> None:
    world = World()
    world.define_stock("gold", {"gold": 1.0})
    world.fill("gold/A1", "gold", 10.0)
    world.fill("plate/A1", "gold", 100.0)

    async def test(person: SimulatedOperator, clock, world) -> None:
        assert isinstance(person, Operator)
        asked = question(stock="gold", refill_ul={"gold/A1": 500.0}, leave_ul={"plate/A1": 20.0})
        assert await person.ask(asked) == "done"
        assert clock.now_s() == 600
        assert world.volume_ul("gold/A1") == 500
        assert world.volume_ul("plate/A1") == 20

    on_device("sim.operator", "person", test, world)


@pytest.mark.parametrize("habit", [{"present": False}, {"pace": 2.0}])
def test_a_person_who_is_away_or_slow_gives_no_answer_and_has_done_nothing(habit) -> None:
    async def main(clock: VirtualClock) -> None:
        world = World()
        world.define_stock("gold", {})
        person = SimulatedOperator(name="p", clock=clock, world=world, settings=habit)
        assert await person.ask(question(stock="gold", refill_ul={"gold/A1": 5.0})) is None
        assert clock.now_s() == 900
        assert world.volume_ul("gold/A1") == 0

    run_virtual(main)


def test_a_person_may_answer_otherwise() -> None:
    async def test(person: SimulatedOperator, clock, world) -> None:
        assert await person.ask(question()) == "done"
        assert await person.ask(question()) == "skip"

    on_device("sim.operator", "person", test, answers={2: "skip"})


def test_faults_strike_the_nth_act_once() -> None:
    fault = Fault("arm", "aspirate", 2, DeviceErrorKind.CLOT, None)
    faults = FaultPlan([fault])
    assert [faults.next("arm", "aspirate") for _ in range(3)] == [None, fault, None]
    assert faults.next("other", "aspirate") is None
    assert faults.struck == [fault]
    with pytest.raises(ValueError, match="only costs time"):
        Fault("arm", "aspirate", 1, delay_s=5).error()


def test_drawn_faults_are_repeatable_and_within_what_is_expected() -> None:
    acts = {("arm", "aspirate"): 5, ("shaker", "shake"): 2}
    first, again = (FaultPlan.drawn(7, acts, 20).faults for _ in range(2))
    assert first == again
    assert first != FaultPlan.drawn(8, acts, 20).faults
    for fault in first:
        assert 1 <= fault.nth <= acts[fault.device, fault.act]


def test_accuracy_is_repeatable_and_never_negative() -> None:
    exact = Accuracy()
    assert exact.really_ul(12.5) == 12.5
    noisy, same = (Accuracy(bias=-0.02, spread=0.5, seed=3) for _ in range(2))
    volumes = [noisy.really_ul(10.0) for _ in range(200)]
    assert volumes == [same.really_ul(10.0) for _ in range(200)]
    assert min(volumes) >= 0
    assert len(set(volumes)) > 100


GAS = {"flow_ml_per_min": (10.0, 200.0), "watchdog_s": 5.0}


def on_gas(test: Test, **settings: object) -> None:
    """Run a test with a connected gas valve."""

    async def main(clock: VirtualClock) -> None:
        world = World()
        valve = load_driver("sim.gas")(
            name="n2", clock=clock, port=None, settings={**GAS, **settings}, world=world
        )
        await valve.connect()
        assert isinstance(valve, GasFlow)
        await test(valve, clock, world)

    run_virtual(main)


def test_gas_flows_only_while_its_watchdog_hears_somebody() -> None:
    async def test(valve, clock, world) -> None:
        with pytest.raises(DeviceError) as caught:
            await valve.set_flow(100.0)
        assert caught.value.kind is DeviceErrorKind.REFUSED
        await valve.arm_watchdog(5.0)
        assert await valve.read_watchdog_s() == 5.0
        await valve.set_flow(100.0)
        for _ in range(4):
            await clock.sleep(4.0)
            assert await valve.read_flow_ml_per_min() == 100.0
            await valve.feed_watchdog()
        await clock.sleep(5.1)
        assert await valve.read_flow_ml_per_min() == 0.0
        await valve.feed_watchdog()
        assert await valve.read_flow_ml_per_min() == 0.0, "what has shut by itself stays shut"

    on_gas(test)


def test_a_gas_valve_goes_shut_in_its_safe_state() -> None:
    async def test(valve, clock, world) -> None:
        await valve.arm_watchdog(5.0)
        await valve.set_flow(50.0)
        assert await valve.safe_state()
        assert await valve.read_flow_ml_per_min() == 0.0

    on_gas(test)


@pytest.mark.parametrize(
    ("declared", "is_held"), [("stopped", True), ("stopped_heater_off", False)]
)
def test_a_heater_shaker_goes_to_the_safe_state_of_its_layout(declared, is_held) -> None:
    async def main(clock: VirtualClock) -> None:
        shaker = load_driver("sim.shaker")(
            name="shaker", clock=clock, port=None, world=World(),
            settings={**SETTINGS["shaker"], "safe_state": declared},
        )  # fmt: skip
        await shaker.connect()
        await shaker.set_temperature(60.0)
        await shaker.shake(500.0)
        await clock.sleep(7200.0)
        assert await shaker.safe_state()
        assert await shaker.read_speed_rpm() == 0.0
        await clock.sleep(7200.0)
        warm_c = await shaker.read_temperature_c()
        assert (abs(warm_c - 60.0) < 1.0) == is_held

    run_virtual(main)


def test_a_reader_has_a_drawer_that_is_shut_to_measure_and_in_the_end() -> None:
    async def test(reader, clock, world) -> None:
        assert isinstance(reader, Drawer)
        assert await reader.read_drawer_open() is False
        await reader.open_drawer()
        assert await reader.read_drawer_open() is True
        with pytest.raises(DeviceError):
            await reader.read_absorbance("plate", ["A1"], [400])
        assert await reader.safe_state()
        assert await reader.read_drawer_open() is False
        assert await reader.read_absorbance("plate", ["A1"], [400])

    on_device("sim.reader", "reader", test, response=blank_response)


def test_a_gripper_that_comes_to_a_shut_drawer_is_a_collision() -> None:
    world = World()
    world.put("plate", None)
    world.set_drawer("reader", False)
    world.carry("plate", "reader")
    assert [hit.labware for hit in world.collisions] == ["plate"]
    world.set_drawer("reader", True)
    world.carry("plate", "home")
    assert len(world.collisions) == 1

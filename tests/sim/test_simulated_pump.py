"""The simulated pump keeps its promise: absolute moves, a valve, a readback, refusals that say why."""

from __future__ import annotations

import pytest

from ncrobot.clock import VirtualClock, run_virtual
from ncrobot.devices import SyringePump
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot_sim import Fault, FaultPlan, World
from ncrobot_sim.syringe_pump import SimulatedSyringePump

SETTINGS = {
    "syringe_ul": 500.0, "rate_ul_per_s": (1.0, 500.0), "valve_s": 0.5, "source": "bottle/A1",
    "inlet": "input", "waste": "waste", "needle": None, "outlets": {"1": "A1"}, "plate": "plate",
}  # fmt: skip


def pumping(test, *faults: Fault):
    async def main(clock: VirtualClock):
        world = World(FaultPlan(faults))
        world.define_stock("hydride", {"hydride": 0.1})
        world.fill("bottle/A1", "hydride", 10_000)
        pump = SimulatedSyringePump(name="pump", clock=clock, settings=SETTINGS, world=world)
        await pump.connect()
        return await test(pump, world, clock)

    return run_virtual(main)


def test_it_draws_and_doses_what_its_positions_say():
    async def test(pump, world, clock):
        assert isinstance(pump, SyringePump)
        assert await pump.read_plunger_ul() is None
        await pump.initialise("waste")
        await pump.move_valve("input")
        await pump.move_plunger(300.0, 100.0)
        await pump.move_valve("1")
        began_s = clock.now_s()
        await pump.move_plunger(250.0, 50.0)
        assert clock.now_s() - began_s == pytest.approx(1.0)
        await pump.move_plunger(250.0, 50.0)  # asked for again: nothing more flows
        assert world.volume_ul("plate/A1") == pytest.approx(50.0)
        assert world.volume_ul("bottle/A1") == pytest.approx(9_700.0)
        await pump.move_valve("waste")
        await pump.move_plunger(0.0, 500.0)
        assert sum(world.waste.values()) == pytest.approx(250.0)
        assert await pump.read_plunger_ul() == 0.0
        assert await pump.safe_state()

    pumping(test)


@pytest.mark.parametrize(
    ("position_ul", "rate", "word"),
    [
        (600.0, 10.0, "can't go"),
        (-1.0, 10.0, "can't go"),
        (10.0, 900.0, "can't move"),
        (10.0, 10.0, "air"),
    ],
)
def test_what_it_can_not_do_is_refused_before_anything_moves(position_ul, rate, word):
    async def test(pump, world, clock):
        await pump.initialise("waste")
        with pytest.raises(DeviceError, match=word) as caught:
            await pump.move_plunger(position_ul, rate)
        assert caught.value.moved is False
        assert world.volume_ul("bottle/A1") == 10_000
        with pytest.raises(DeviceError, match="no port"):
            await pump.move_valve("9")

    pumping(test)


@pytest.mark.parametrize("happened", [False, True])
def test_the_readback_tells_whether_a_failed_move_happened(happened):
    fault = Fault("pump", "move_plunger", 1, DeviceErrorKind.TIMEOUT, None, happened=happened)

    async def test(pump, world, clock):
        await pump.initialise("waste")
        await pump.move_valve("input")
        with pytest.raises(DeviceError):
            await pump.move_plunger(100.0, 100.0)
        assert await pump.read_plunger_ul() == (100.0 if happened else 0.0)
        assert world.volume_ul("bottle/A1") == (9_900 if happened else 10_000)

    pumping(test, fault)

"""Shakers that hold their plate: the gripper only comes once they have let it go."""

from __future__ import annotations

import pytest

from engine.engine_kit import LAYOUT, chain, column, dose, in_a_row, make_plan, simulate
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot.plan import MovePlate
from ncrobot_sim.shaker import SimulatedShaker

MOVES = (
    MovePlate(id="in", step="look", device="arm", labware="plate", to="reader"),
    MovePlate(id="out", step="look", device="arm", labware="plate", to="home"),
)


class Holding(SimulatedShaker):
    """A shaker with a clamp; ``jammed``: it says that it lets go, and doesn't."""

    held, jammed, broken = True, False, False

    async def clamp(self):
        self.held = True

    async def release(self):
        if self.broken:
            raise DeviceError(
                "stuck", device=self.name, kind=DeviceErrorKind.STALL, moved=False
            )  # fmt: skip
        self.held = self.jammed

    async def read_clamped(self):
        return self.held


def carried(**state):
    """Carry the plate to the reader and home; returns the shaker, too."""
    found = []

    def hold(workcell, world, record):
        shaker = Holding(
            name="shaker", clock=workcell.devices["shaker"]._clock,
            settings=LAYOUT.devices["shaker"].model_dump(), world=world,
        )  # fmt: skip
        for name, value in state.items():
            setattr(shaker, name, value)
        workcell.devices["shaker"] = shaker
        found.append(shaker)
        move = workcell.arm.move_labware

        async def moving(labware, to):
            assert not shaker.held, "the gripper pulls at a plate that is held"
            await move(labware, to)

        workcell.arm.move_labware = moving

    operations = [dose("first", "water", column(1)), *MOVES]
    plan = make_plan(operations, chain(operations))
    return *simulate(plan, in_a_row(plan), adapt=hold), found[0]


def test_the_plate_is_let_go_before_it_is_taken():
    outcome, bench, shaker = carried()
    assert outcome.status == "succeeded"
    assert [act for _, act in bench.record.acts()].count("release_clamp") == 1
    assert bench.world.device_under("plate") == "shaker"
    assert not shaker.held


def test_one_that_holds_nothing_is_not_asked_to_let_go():
    _, bench, _ = carried(held=False)
    assert "release_clamp" not in [act for _, act in bench.record.acts()]


@pytest.mark.parametrize("state", [{"jammed": True}, {"broken": True}])
def test_a_plate_that_is_not_let_go_stays_where_it_is(state):
    _, bench, _ = carried(**state)
    assert bench.world.device_under("plate") == "shaker"
    assert bench.record.results()["in"] == "not_done"

"""The OT-2 driver over PyLabRobot's chatterbox: real commands, no robot, each mount its own."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest
from pylabrobot.liquid_handling.backends.opentrons_chatterbox import OpentronsOT2ChatterboxBackend

from ncrobot.clock import WallClock
from ncrobot.deck import build_pylabrobot_deck, find_container, load_deck
from ncrobot.devices import ChannelMove, HandlerSetup, LiquidHandler, TipPick
from ncrobot.errors import DeviceError, DeviceErrorKind, LabError
from ncrobot_drivers.opentrons.ot2 import ByMount, Ot2

KIND = "opentrons.ot2"
LAYOUT = load_deck(Path(__file__).resolve().parents[2] / "deck_layouts" / "ot2_96.yaml")


class Recording(ByMount, OpentronsOT2ChatterboxBackend):
    """The chatterbox; ``broken`` makes the robot fail at a command."""

    broken = ""

    async def _threaded(self, work):
        if self.broken:

            def fail(*_, **__):
                raise RuntimeError("the robot stopped: error 4000")

            setattr(self._ot.lh, self.broken, fail)
        return await super()._threaded(work)


def on_ot2(test):
    async def main():
        deck = build_pylabrobot_deck(LAYOUT)
        setup = HandlerSetup(deck, partial(find_container, deck), LAYOUT.arm.times, 2)
        backend = Recording(verbose=False)
        arm = Ot2(name="arm", setup=setup, clock=WallClock(), backend=backend)
        assert isinstance(arm, LiquidHandler)
        await arm.connect()
        try:
            await arm.load({"reservoir/A1": 10_000.0})
            return await test(arm, backend)
        finally:
            await arm.disconnect()

    return asyncio.run(main())


def told(backend, name):
    return [keywords for called, _, keywords in backend.commands if called == f"lh.{name}"]


@pytest.mark.parametrize(
    ("channel", "tip", "mount", "volume_ul"),
    [(0, "tips_300_1/A1", "left", 100.0), (1, "tips_20_1/A1", "right", 15.0)],
)
def test_a_dose_uses_the_pipette_of_its_channel(channel, tip, mount, volume_ul):
    async def test(arm, backend):
        await arm.pick_up_tips([TipPick(channel, tip)])
        await arm.aspirate([ChannelMove(channel, "reservoir/A1", volume_ul, 50.0)])
        await arm.dispense([ChannelMove(channel, "reaction_plate/B2", volume_ul, 50.0)])
        await arm.mix([ChannelMove(channel, "reaction_plate/B2", 10.0, 50.0)], 3)
        await arm.discard_tips([channel])
        assert await arm.safe_state()
        (pick,) = told(backend, "pick_up_tip")
        draws, pushes = told(backend, "aspirate_in_place"), told(backend, "dispense_in_place")
        assert {each["pipette_id"] for each in (pick, *draws, *pushes)} == {f"chatterbox-{mount}"}
        assert [each["volume"] for each in draws] == [volume_ul, 10.0, 10.0, 10.0, 0.0]
        assert [each["volume"] for each in pushes] == [volume_ul, 10.0, 10.0, 10.0]
        assert draws[0]["flow_rate"] == 50.0
        assert (await arm.tracked_volumes_ul(["reaction_plate/B2"]))["reaction_plate/B2"] == volume_ul  # fmt: skip

    on_ot2(test)


def test_with_tips_on_both_mounts_each_dose_uses_its_own():
    async def test(arm, backend):
        await arm.pick_up_tips([TipPick(0, "tips_300_1/A1")])
        await arm.pick_up_tips([TipPick(1, "tips_20_1/A1")])
        for channel in (1, 0):
            await arm.aspirate([ChannelMove(channel, "reservoir/A1", 10.0, 50.0)])
            await arm.dispense([ChannelMove(channel, "reaction_plate/A1", 10.0, 50.0)])
        used = [each["pipette_id"] for each in told(backend, "dispense_in_place")]
        assert used == ["chatterbox-right", "chatterbox-left"]

    on_ot2(test)


def test_what_an_ot2_cannot_do_is_refused_before_anything_moves():
    async def test(arm, backend):
        await arm.pick_up_tips([TipPick(1, "tips_20_1/A1")])
        with pytest.raises(DeviceError, match=r"Cannot pick up") as caught:
            await arm.pick_up_tips([TipPick(0, "tips_20_1/B1")])
        assert caught.value.moved is False
        await arm.pick_up_tips([TipPick(0, "tips_300_1/A1")])
        before = len(backend.commands)
        with pytest.raises(DeviceError) as caught:
            await arm.aspirate([ChannelMove(1, "reservoir/A1", 25.0, 50.0)])
        assert caught.value.moved is False
        with pytest.raises(DeviceError, match="one channel"):
            await arm.aspirate([ChannelMove(c, "reservoir/A1", 5.0, 50.0) for c in (0, 1)])
        assert len(backend.commands) == before

    on_ot2(test)


def test_a_failure_of_the_robot_leaves_open_what_has_moved():
    async def test(arm, backend):
        await arm.pick_up_tips([TipPick(0, "tips_300_1/A1")])
        await arm.aspirate([ChannelMove(0, "reservoir/A1", 100.0, 50.0)])
        backend.broken = "dispense_in_place"
        with pytest.raises(DeviceError, match="error 4000") as caught:
            await arm.dispense([ChannelMove(0, "reaction_plate/A1", 100.0, 50.0)])
        assert (caught.value.kind, caught.value.moved) == (DeviceErrorKind.STALL, None)

    on_ot2(test)


def test_it_says_what_it_is_and_that_it_never_met_a_robot(caplog):
    async def test(arm, backend):
        return await arm.identify()

    identity = on_ot2(test)
    assert identity.model == "Opentrons OT-2"
    assert identity.firmware
    assert "never tried on hardware" in caplog.text


@pytest.mark.parametrize("port", [None, "192.0.2.1"])
def test_without_an_address_or_the_package_it_says_so(port):
    setup = HandlerSetup(None, None, LAYOUT.arm.times, 2)
    with pytest.raises(LabError, match=r"no port|pylabrobot"):
        Ot2(name="arm", setup=setup, clock=WallClock(), port=port)

"""The STARlet driver over PyLabRobot's STARChatterboxBackend: real commands, no machine."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from pylabrobot.liquid_handling.backends.hamilton import STAR_backend as star
from pylabrobot.liquid_handling.backends.hamilton.STAR_chatterbox import STARChatterboxBackend

from engine.engine_kit import LAYOUT, ROWS
from ncrobot.clock import WallClock
from ncrobot.deck import build_pylabrobot_deck, find_container
from ncrobot.devices import ChannelMove, HandlerSetup, LiquidHandler, TipPick
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot_drivers.hamilton.starlet import Starlet

WIRE_LEVEL = 5


class Replying(STARChatterboxBackend):
    """The chatterbox, with one error as the instrument would answer to the next aspirate."""

    answer: str | None = None

    async def aspirate_pip(self, **arguments):
        if self.answer is not None:
            modules = dict(re.findall(r"([A-Z]\d)(\d\d/\d\d|\d\d)", self.answer))
            raise star.star_firmware_string_to_error(modules, raw_response=self.answer)
        return await super().aspirate_pip(**arguments)


def on_starlet(test: Callable[[Starlet, Replying], Awaitable[None]]) -> None:
    async def main() -> None:
        deck = build_pylabrobot_deck(LAYOUT)
        backend = Replying()
        setup = HandlerSetup(
            deck, partial(find_container, deck), LAYOUT.arm.times, LAYOUT.arm.channels
        )
        arm = Starlet(name="arm", setup=setup, clock=WallClock(), backend=backend)
        assert isinstance(arm, LiquidHandler)
        await arm.connect()
        try:
            await arm.load({"gold/A1": 50_000.0})
            await test(arm, backend)
        finally:
            await arm.disconnect()

    asyncio.run(main())


ALL = [TipPick(channel, f"tips/{row}1") for channel, row in enumerate(ROWS)]


def test_a_column_with_its_own_volumes_goes_down_the_wire(caplog) -> None:
    caplog.set_level(WIRE_LEVEL, logger="pylabrobot")

    async def test(arm: Starlet, backend: Replying) -> None:
        await arm.pick_up_tips(ALL)
        await arm.aspirate([ChannelMove(c, "gold/A1", 50.0 + c, 100.0) for c in range(8)])
        await arm.dispense([ChannelMove(c, f"plate/{ROWS[c]}1", 50.0 + c, 200.0) for c in range(8)])
        await arm.return_tips(ALL)
        assert await arm.safe_state()

    on_starlet(test)
    wire = [record.getMessage() for record in caplog.records if record.levelno == WIRE_LEVEL]
    commands = [line[:4] for line in wire]
    assert commands == ["C0TT", "C0TP", "C0AS", "C0DS", "C0TR"]
    aspirate, dispense = wire[2], wire[3]
    volumes = [int(v) for v in re.search(r"av([\d ]+)", aspirate).group(1).split()]
    assert volumes == sorted(volumes)
    assert len(set(volumes)) == 8, "every channel has its own volume"
    assert "dm1 1 1 1 1 1 1 1" in dispense, "free dispense: jet, emptying the tip"


def test_a_touching_dispense_is_at_the_surface(caplog) -> None:
    caplog.set_level(WIRE_LEVEL, logger="pylabrobot")

    async def test(arm: Starlet, backend: Replying) -> None:
        await arm.pick_up_tips(ALL[:1])
        await arm.aspirate([ChannelMove(0, "gold/A1", 50.0, 100.0, touches=True)])
        await arm.dispense([ChannelMove(0, "plate/A1", 50.0, 200.0, touches=True)])

    on_starlet(test)
    assert any("C0DS" in r.getMessage() and "dm3" in r.getMessage() for r in caplog.records)


@pytest.mark.parametrize(
    ("answer", "kind", "moved", "channels"),
    [
        ("P106/70", DeviceErrorKind.NO_LIQUID, False, (0,)),
        ("P206/71P406/71", DeviceErrorKind.NO_LIQUID, False, (1, 3)),
        ("P304/00", DeviceErrorKind.CLOT, None, (2,)),
        ("P108/75", DeviceErrorKind.TIP_NOT_PICKED_UP, False, (0,)),
        ("P102/52", DeviceErrorKind.STALL, None, (0,)),
        ("X002/52", DeviceErrorKind.STALL, None, ()),
    ],
)
def test_errors_of_the_instrument_become_defined_errors(answer, kind, moved, channels) -> None:
    async def test(arm: Starlet, backend: Replying) -> None:
        await arm.pick_up_tips(ALL)
        backend.answer = answer
        with pytest.raises(DeviceError) as caught:
            await arm.aspirate([ChannelMove(c, "gold/A1", 50.0, 100.0) for c in range(8)])
        error = caught.value
        assert (error.kind, error.moved, error.channels) == (kind, moved, channels)
        backend.answer = None
        expected = 50_000.0 - 50.0 * (8 - len(channels)) * bool(channels)
        assert (await arm.tracked_volumes_ul(["gold/A1"]))["gold/A1"] == expected

    on_starlet(test)


def test_what_pylabrobot_refuses_has_moved_nothing() -> None:
    async def test(arm: Starlet, backend: Replying) -> None:
        await arm.pick_up_tips(ALL[:2])
        with pytest.raises(DeviceError) as caught:
            # Channel 1 would have to stand behind channel 0, which the arm can't.
            await arm.aspirate(
                [ChannelMove(0, "mixes/H1", 1.0, 100.0), ChannelMove(1, "mixes/A1", 1.0, 100.0)]
            )
        assert caught.value.kind is DeviceErrorKind.REFUSED
        assert caught.value.moved is False

    on_starlet(test)


def test_it_warns_that_it_never_met_the_machine(caplog) -> None:
    async def test(arm: Starlet, backend: Replying) -> None:
        identity = await arm.identify()
        assert identity.model == "Hamilton STARlet"

    with caplog.at_level(logging.WARNING, logger="ncrobot_drivers"):
        on_starlet(test)
    assert "never tried on hardware" in caplog.text

"""An emulated EVO behind its driver, on the shipped deck, for the driver's tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from ncrobot.clock import WallClock
from ncrobot.deck import DeckLayout, build_pylabrobot_deck, find_container, load_deck
from ncrobot.devices import ChannelMove, HandlerSetup, TipPick
from ncrobot_drivers.tecan.evo import Evo
from ncrobot_drivers.tecan.evo_backend import EvoBackend
from ncrobot_sim.emulators.robots.evo_usb import EvoUsb, furnish
from ncrobot_sim.emulators.robots.tecan_evo import EvoMachine

ROWS = "ABCDEFGH"
STOCK_UL = 1500.0
PICKS = [TipPick(channel, f"tips_200_1/{row}1") for channel, row in enumerate(ROWS)]


@cache
def layout() -> DeckLayout:
    return load_deck(Path(__file__).parents[2] / "deck_layouts" / "evo150_96.yaml")


@dataclass
class Bench:
    arm: Evo
    machine: EvoMachine
    usb: EvoUsb

    def sent(self) -> list[str]:
        """The commands since the last look, without their figures."""
        found = [data.decode()[1:6] for data, _ in self.usb.exchanges]
        self.usb.exchanges.clear()
        return found

    def of(self, well: str) -> dict[str, float]:
        """What a well holds, to the step of the plunger."""
        return {name: round(ul, 2) for name, ul in self.machine.vessels[well].holds_ul.items()}

    def liquid_ul(self) -> float:
        """All liquid on the machine that isn't spilled."""
        hanging = sum(column.volume_ul for column in self.machine.columns if column is not None)
        return hanging + sum(vessel.volume_ul for vessel in self.machine.vessels.values())


def delivered_ul(volume_ul: float) -> float:
    """What PyLabRobot's figures for water make of a dose of 15 to 200 µL, in steps of 1/3 µL."""
    whole = round((1.034 * volume_ul + 0.9 + 15.0) * 3) - 45
    drawn = round((1.034 * volume_ul + 0.9) * 3)
    return min(whole, drawn) / 3


def make(deck: Any = None, *, loads: dict[str, float] | None = None, **machine: Any) -> Bench:
    """A driver and its machine, not connected."""
    built = build_pylabrobot_deck(layout()) if deck is None else deck
    emulated = EvoMachine(**machine)
    stocks = {f"stock_plate_1/{row}1": STOCK_UL for row in ROWS} if loads is None else loads
    furnish(emulated, built, stocks)
    usb = EvoUsb(emulated)
    setup = HandlerSetup(built, partial(find_container, built), layout().arm.times, 8)
    arm = Evo(name="arm", setup=setup, clock=WallClock(), backend=EvoBackend(8, usb))
    return Bench(arm, emulated, usb)


def on_evo(test: Callable[[Bench], Awaitable[None]], **machine: Any) -> Bench:
    """Run a test on a connected machine, whose stock plate holds 1.5 mL in its first column."""
    bench = make(**machine)

    async def main() -> None:
        await bench.arm.connect()
        bench.sent()
        try:
            await bench.arm.load({f"stock_plate_1/{row}1": STOCK_UL for row in ROWS})
            await test(bench)
        finally:
            await bench.arm.disconnect()

    asyncio.run(main())
    return bench


def draws(volume_ul: float = 50.0, channels: int = 8, **more: Any) -> list[ChannelMove]:
    """Each channel draws from its row of the first column of stocks."""
    return [
        ChannelMove(c, f"stock_plate_1/{ROWS[c]}1", volume_ul, 100.0, **more)
        for c in range(channels)
    ]


def pushes(volume_ul: float = 50.0, column: int = 1, channels: int = 8) -> list[ChannelMove]:
    """Each channel pushes into its row of a column of the reaction plate."""
    return [
        ChannelMove(c, f"reaction_plate/{ROWS[c]}{column}", volume_ul, 400.0)
        for c in range(channels)
    ]

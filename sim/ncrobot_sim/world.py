"""What really is in each well, whatever anybody believes.

The world keeps its own account: the volume of every stock in every vessel, tip and the waste. The
amount of a material follows from that on asking. It shares nothing with the volume ledger, so that
a mistake of one is not confirmed by the other. Physically impossible acts are refused; a tip or a
gripper in a moving plate is a collision, which is kept as a hard failure of the run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ncrobot.clock import Clock
from ncrobot.errors import DeviceError, DeviceErrorKind, InternalError
from ncrobot_sim.chronicle import Chronicle
from ncrobot_sim.faults import FaultPlan
from ncrobot_sim.world_log import WorldLog

AMBIENT_C = 25.0
"""Room temperature of the simulated lab (assumed: the temperature of most of the recipes)."""

CHEMISTRY = ".chemistry"
"""Ending of the file beside a world's log that tells what reacts in it."""

DROP_UL = 1e-6
"""Less than this is rounding, not liquid."""


@dataclass(frozen=True, slots=True)
class Acid:
    """An acid or base in water: its pKa values, and its charge when no proton has left it."""

    pkas: tuple[float, ...]
    charge: float


Liquid = dict[str, float]
"""Microlitres of each stock in one place."""


@dataclass(frozen=True, slots=True)
class Collision:
    """Something was driven into a moving part."""

    device: str
    labware: str
    reason: str


class World:
    """One simulated workcell: liquids, tips, plates and what moves. One per run.

    Time passes in it only if devices hand it their clock. Beside its log there may be a file
    ``.chemistry``: what then reacts in the wells, and how the reader sees it.
    """

    def __init__(self, faults: FaultPlan | None = None, log: Path | None = None) -> None:
        """Make an empty world, or the one that ``log`` tells of, which is then continued."""
        self.faults = faults or FaultPlan()
        self.collisions: list[Collision] = []
        self.waste: Liquid = {}
        self.temperatures_c: dict[str, float] = {}
        self.speeds_rpm: dict[str, float] = {}
        self.unhomed: set[str] = set()
        self.acids: dict[str, Acid] = {}
        self._stocks: dict[str, Mapping[str, float]] = {}
        self._vessels: dict[str, Liquid] = {}
        self._brought: dict[str, Liquid] = {}
        self._tips: dict[int, Liquid] = {}
        self._places: dict[str, str | None] = {}
        self._homes: dict[str, str | None] = {}
        self.needle_at: str | None = None
        self.setpoints_c: dict[str, float | None] = {}
        self.plungers_ul: dict[str, float] = {}
        self.valves: dict[str, str] = {}
        self.drawers_open: dict[str, bool] = {}
        self.chronicle = Chronicle()
        self.chemistry: Path | None = None
        if log is not None:
            for (change, *arguments), told in WorldLog.read_timed(log):
                self.chronicle.recall(told)
                getattr(self, change)(*arguments)
            self.chronicle.log = WorldLog(log)
            chemistry = log.with_suffix(CHEMISTRY)
            self.chemistry = chemistry if chemistry.exists() else None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever put into this world."""
        return not self._homes

    def _happens(self, change: str, *arguments: Any) -> None:
        self.chronicle.happens(change, *arguments)

    def use_clock(self, clock: Clock) -> None:
        """Let time pass by a clock, so that the world can tell when things happened."""
        self.chronicle.use_clock(clock)

    # What devices are at.

    def set_speed(self, device: str, speed_rpm: float) -> None:
        """Let a shaker run at a speed."""
        self.speeds_rpm[device] = speed_rpm
        self._happens("set_speed", device, speed_rpm)

    def set_homed(self, device: str, homed: bool) -> None:  # noqa: FBT001 - kept in the log
        """Let a shaker stand where its plate is expected, or beside it."""
        if homed == (device not in self.unhomed):
            return
        (self.unhomed.discard if homed else self.unhomed.add)(device)
        self._happens("set_homed", device, homed)

    def set_setpoint(self, device: str, setpoint_c: float | None) -> None:
        """Let a block aim at a temperature; None: it is off."""
        self.setpoints_c[device] = setpoint_c
        self._happens("set_setpoint", device, setpoint_c)

    def set_plunger(self, device: str, position_ul: float) -> None:
        """Let the plunger of a pump stand somewhere."""
        self.plungers_ul[device] = position_ul
        self._happens("set_plunger", device, position_ul)

    def set_valve(self, device: str, port: str) -> None:
        """Let the valve of a pump stand at a port."""
        self.valves[device] = port
        self._happens("set_valve", device, port)

    def set_drawer(self, device: str, is_open: bool) -> None:  # noqa: FBT001 - kept in the log
        """Let the drawer of a reader stand outside, or inside."""
        self.drawers_open[device] = is_open
        self._happens("set_drawer", device, is_open)

    def place_needle(self, address: str | None) -> None:
        """Let a pump's outlet hang over a well, or over its drain."""
        self.needle_at = address
        self._happens("place_needle", address)

    # Setting up, and what a person does.

    def define_stock(self, stock: str, umol_per_ul: Mapping[str, float]) -> None:
        """Say what one microlitre of a stock holds."""
        self._stocks[stock] = dict(umol_per_ul)
        self._happens("define_stock", stock, self._stocks[stock])

    def define_acid(self, material: str, pkas: Sequence[float], charge: float) -> None:
        """Say how a material shares in the pH; strong ones have a charge and no pKa."""
        self.acids[material] = Acid(tuple(pkas), charge)
        self._happens("define_acid", material, list(pkas), charge)

    def fill(self, address: str, stock: str, volume_ul: float) -> None:
        """Empty a position and fill it with a stock.

        Raises:
            InternalError: nobody has defined the stock.

        """
        if stock not in self._stocks:
            message = f"the simulated world doesn't know the stock {stock!r} for {address}"
            raise InternalError(message)
        _pour(self._vessels.get(address, {}), self.waste, math.inf)
        self._vessels[address] = {stock: volume_ul} if volume_ul > 0 else {}
        self._happens("fill", address, stock, volume_ul)

    def take_out(self, address: str, left_ul: float) -> None:
        """Take liquid out of a well until no more than ``left_ul`` is in it."""
        vessel = self._vessels.setdefault(address, {})
        _pour(vessel, self.waste, max(sum(vessel.values()) - left_ul, 0.0))
        self._happens("take_out", address, left_ul)

    def put(self, labware: str, device: str | None) -> None:
        """Say on which device (None: on none) labware stands at the start."""
        self._homes[labware] = device
        self._places[labware] = device
        self._happens("put", labware, device)

    # Asking.

    def volume_ul(self, address: str) -> float:
        """Return what is in a vessel."""
        return sum(self._vessels.get(address, {}).values())

    def volumes_ul(self) -> dict[str, float]:
        """Return what is in every vessel that ever held something."""
        return {address: sum(liquid.values()) for address, liquid in self._vessels.items()}

    def brought_ul(self, address: str) -> Liquid:
        """Return what arms and pumps have ever brought to a place, by stock."""
        return dict(self._brought.get(address, {}))

    def contents_ul(self, address: str) -> Liquid:
        """Return what is in a vessel, by stock."""
        return dict(self._vessels.get(address, {}))

    def umol(self, address: str) -> dict[str, float]:
        """Return the amounts in a vessel, as brought by its liquids; no reaction is modelled."""
        return self._umol(self._vessels.get(address, {}))

    def waste_umol(self) -> dict[str, float]:
        """Return the amounts in the waste."""
        return self._umol(self.waste)

    def tip_volume_ul(self, channel: int) -> float | None:
        """Return what is in the tip of a channel, None without a tip."""
        tip = self._tips.get(channel)
        return None if tip is None else sum(tip.values())

    def device_under(self, labware: str) -> str | None:
        """Return the device that carries a labware now."""
        return self._places.get(labware)

    # Acting.

    def reach(self, device: str, address: str) -> None:
        """Come down on a labware with tips or a gripper.

        Raises:
            DeviceError: it is being shaken, or stands beside its place; the collision is kept.

        """
        labware = address.split("/", maxsplit=1)[0]
        carrier = self._places.get(labware)
        speed_rpm = self.speeds_rpm.get(carrier, 0.0) if carrier is not None else 0.0
        if speed_rpm > 0 or carrier in self.unhomed:
            moves = f"was moving at {speed_rpm:g} rpm on" if speed_rpm > 0 else "wasn't homed on"
            reason = f"{labware} {moves} {carrier}"
            self.collisions.append(Collision(device, labware, reason))
            message = f"collision: {reason}"
            raise DeviceError(message, device=device, kind=DeviceErrorKind.DEVICE_GONE, moved=None)

    def pick_up_tip(self, channel: int) -> None:
        """Put an empty tip on a channel."""
        if channel in self._tips:
            message = f"channel {channel} of the simulated arm already carries a tip"
            raise InternalError(message)
        self._tips[channel] = {}
        self._happens("pick_up_tip", channel)

    def shed_tip(self, channel: int) -> None:
        """Take the tip off a channel; what is in it is lost to the waste."""
        _pour(self._tips.pop(channel, {}), self.waste, math.inf)
        self._happens("shed_tip", channel)

    def aspirate(self, channel: int, address: str, volume_ul: float) -> None:
        """Draw liquid into a tip; where there is too little, the rest is air."""
        _pour(self._vessels.setdefault(address, {}), self._tip(channel), volume_ul)
        self._happens("aspirate", channel, address, volume_ul)

    def dispense(self, channel: int, address: str, volume_ul: float) -> None:
        """Push liquid out of a tip, at most what is in it."""
        self._bring(self._tip(channel), address, volume_ul)
        self._happens("dispense", channel, address, volume_ul)

    def flow(self, source: str, destination: str | None, volume_ul: float) -> None:
        """Let liquid flow from one vessel into another, or into the waste; at most what is there.

        A syringe is a vessel too, by the name of its pump.
        """
        liquid = self._vessels.setdefault(source, {})
        if destination is None:
            _pour(liquid, self.waste, volume_ul)
        else:
            self._bring(liquid, destination, volume_ul)
        self._happens("flow", source, destination, volume_ul)

    def carry(self, labware: str, to: str) -> None:
        """Carry labware to a device, or ``home`` to where it stood at the start."""
        target = self._homes.get(labware) if to == "home" else to
        for place in (self._places.get(labware), target):
            if place is not None and not self.drawers_open.get(place, True):
                self.collisions.append(Collision("gripper", labware, f"{place} was shut"))
        self._places[labware] = self._homes.get(labware) if to == "home" else to
        self._happens("carry", labware, to)

    def _bring(self, liquid: Liquid, address: str, volume_ul: float) -> None:
        """Pour into a vessel, and remember what was poured."""
        before = dict(liquid)
        _pour(liquid, self._vessels.setdefault(address, {}), volume_ul)
        brought = self._brought.setdefault(address, {})
        for stock, before_ul in before.items():
            moved_ul = before_ul - liquid.get(stock, 0.0)
            brought[stock] = brought.get(stock, 0.0) + moved_ul

    def _tip(self, channel: int) -> Liquid:
        if channel not in self._tips:
            message = f"channel {channel} of the simulated arm has no tip"
            raise InternalError(message)
        return self._tips[channel]

    def _umol(self, liquid: Liquid) -> dict[str, float]:
        amounts: dict[str, float] = {}
        for stock, volume_ul in liquid.items():
            for material, umol_per_ul in self._stocks[stock].items():
                amounts[material] = amounts.get(material, 0.0) + volume_ul * umol_per_ul
        return amounts


def _pour(source: Liquid, target: Liquid, volume_ul: float) -> None:
    """Move a well-mixed volume, or all that there is."""
    present_ul = sum(source.values())
    if present_ul <= 0 or volume_ul <= 0:
        return
    share = 1.0 if volume_ul >= present_ul - DROP_UL else volume_ul / present_ul
    for stock, part_ul in list(source.items()):
        moved_ul = part_ul * share
        target[stock] = target.get(stock, 0.0) + moved_ul
        source[stock] = part_ul - moved_ul
        if share == 1.0:
            del source[stock]

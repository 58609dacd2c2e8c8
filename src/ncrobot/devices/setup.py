"""What a driver is given when it is made, and how: the calling convention of the driver registry.

An entry point of group ``ncrobot.drivers`` is a callable that takes keywords only:

- an arm: ``factory(name=, setup=, clock=, port=)`` with a :class:`HandlerSetup`;
- any other device: ``factory(name=, clock=, port=, settings=)``, where ``settings`` are the fields
  of the device in the deck layout (``speed_rpm``, ``stop_s``, ...) as plain data;
- a simulated device gets ``world=`` in addition.

Making a device touches no hardware; ``connect`` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ncrobot.clock import Clock
from ncrobot.devices.contracts import Connectable, LiquidHandler


class MotionTimes(Protocol):
    """Seconds and flow rates of an arm, as the deck layout gives them."""

    @property
    def pick_up_tips_s(self) -> float:
        """Seconds to take tips on all channels."""

    @property
    def drop_tips_s(self) -> float:
        """Seconds to shed the tips of all channels."""

    @property
    def travel_s(self) -> float:
        """Seconds between two positions of the deck."""

    @property
    def touch_down_s(self) -> float:
        """Seconds of z movement and settling of one aspirate or dispense."""

    @property
    def aspirate_ul_per_s(self) -> float:
        """Flow rate of an aspirate."""

    @property
    def dispense_ul_per_s(self) -> float:
        """Flow rate of a dispense."""

    @property
    def hop_s(self) -> float | None:
        """Seconds from well to well of one labware between free dispenses; None: as any travel."""

    @property
    def move_plate_s(self) -> float | None:
        """Seconds to carry labware; None without a gripper."""


@dataclass(frozen=True, slots=True)
class HandlerSetup:
    """What an arm works on.

    ``deck`` is the PyLabRobot deck with everything in its place, where labware and the nests of
    devices have their names of the layout. ``find`` turns an address (``reaction_plate/A1``,
    ``tips/A1``) into its container or tip spot. ``channels`` is the number of the arm's channels.
    """

    deck: Any
    find: Callable[[str], Any]
    times: MotionTimes
    channels: int


class ArmFactory(Protocol):
    """Makes an arm's driver."""

    def __call__(
        self, *, name: str, setup: HandlerSetup, clock: Clock, port: str | None
    ) -> LiquidHandler:
        """Return the driver, not connected."""


class DeviceFactory(Protocol):
    """Makes the driver of any other device."""

    def __call__(
        self, *, name: str, clock: Clock, port: str | None, settings: Mapping[str, Any]
    ) -> Connectable:
        """Return the driver, not connected."""

"""The simulated arm: a PyLabRobot backend that moves liquid in the world and takes its time.

It runs under the same adapter as a real arm, so PyLabRobot's checks and trackers are in the loop.
An act takes the seconds that the deck layout states for the arm: travel to the next labware (none
if the arm is there already), taking or shedding tips, touching down (not if the tips are still in
the liquid from mixing), the flow of the largest volume, carrying a plate. From well to well of one
labware, dispensing from above, it takes the layout's ``hop_s``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pylabrobot.liquid_handling.backends import LiquidHandlerBackend
from pylabrobot.liquid_handling.errors import ChannelizedError

from ncrobot.clock import Clock
from ncrobot.devices import HandlerSetup, Identity
from ncrobot.devices.pylabrobot_handler import PyLabRobotHandler
from ncrobot_sim.accuracy import Accuracy
from ncrobot_sim.addresses import Addresses
from ncrobot_sim.faults import Fault
from ncrobot_sim.world import World


class SimulatedLiquidHandler(PyLabRobotHandler):
    """The liquid handler of a simulated workcell."""

    def __init__(
        self,
        *,
        name: str,
        setup: HandlerSetup,
        clock: Clock,
        world: World,
        port: str | None = None,
        accuracy: Accuracy | None = None,
    ) -> None:
        del port
        world.use_clock(clock)
        addresses = Addresses(setup.find)
        backend = SimulatedArmBackend(name, setup, clock, world, addresses, accuracy)
        known = HandlerSetup(setup.deck, addresses.find, setup.times, setup.channels)
        super().__init__(name=name, setup=known, backend=backend)
        self._world = world
        self._clock = clock

    async def connect(self) -> None:
        """Open the link to the backend."""
        self._world.faults.check(self.name, "connect")
        await super().connect()

    async def park(self) -> None:
        """Raise the channels."""
        self._world.faults.check(self.name, "safe_state")

    async def move_labware(self, labware: str, to: str) -> None:
        """Carry labware in PyLabRobot's deck and in the world."""
        await super().move_labware(labware, to)
        self._world.carry(labware, to)

    async def place_needle(self, address: str) -> None:
        """Bring a pump's outlet above a well: a hop within a labware, a travel to another one."""
        labware = address.split("/", maxsplit=1)[0]
        before = (self._world.needle_at or "").split("/", maxsplit=1)[0]
        self._world.reach(self.name, labware)
        hop_s = self.setup.times.hop_s
        near = labware == before and hop_s is not None
        took_s = hop_s if near and hop_s is not None else self.setup.times.travel_s
        await self._carry_needle("place_needle", address, took_s)

    async def park_needle(self) -> None:
        """Bring a pump's outlet over its drain."""
        await self._carry_needle("park_needle", None, self.setup.times.travel_s)

    async def _carry_needle(self, act: str, address: str | None, took_s: float) -> None:
        fault = self._world.faults.next(self.name, act)
        await self._clock.sleep(took_s + (fault.delay_s if fault is not None else 0.0))
        if not _hits(fault):
            self._world.place_needle(address)
        _raise(fault, ())

    async def identify(self) -> Identity:
        """Say that this arm is simulated."""
        self._world.faults.check(self.name, "identify")
        return Identity(model="simulated liquid handler", serial_number="", firmware="")


class SimulatedArmBackend(LiquidHandlerBackend):  # type: ignore[misc] # PyLabRobot has no types
    """Carries out PyLabRobot's operations on the world."""

    def __init__(
        self,
        name: str,
        setup: HandlerSetup,
        clock: Clock,
        world: World,
        addresses: Addresses,
        accuracy: Accuracy | None,
    ) -> None:
        super().__init__()
        self._name = name
        self._times = setup.times
        self._channels = setup.channels
        self._clock = clock
        self._world = world
        self._addresses = addresses
        self._accuracy = accuracy
        self._num_arms = 1
        self._at: str | None = None
        self._in_liquid: frozenset[str] = frozenset()
        self._hopping = False

    @property
    def num_channels(self) -> int:
        """Number of channels."""
        return self._channels

    async def stop(self) -> None:
        """Nothing to close."""

    def can_pick_up_tip(self, channel_idx: int, tip: Any) -> bool:
        """Any channel takes any tip; the deck layout is what limits them."""
        del tip
        return 0 <= channel_idx < self._channels

    async def pick_up_tips(self, ops: Sequence[Any], use_channels: Sequence[int]) -> None:
        """Take tips."""
        fault = await self._begin("pick_up_tips", self._tips_s(self._times.pick_up_tips_s))
        for op, channel in zip(ops, use_channels, strict=True):
            del op
            if not _hits(fault, channel):
                self._world.pick_up_tip(channel)
        _raise(fault, use_channels)

    async def drop_tips(self, ops: Sequence[Any], use_channels: Sequence[int]) -> None:
        """Shed tips, into a rack or the waste."""
        del ops
        fault = await self._begin("drop_tips", self._tips_s(self._times.drop_tips_s))
        for channel in use_channels:
            if not _hits(fault, channel):
                self._world.shed_tip(channel)
        _raise(fault, use_channels)

    async def request_tip_presence(self) -> list[bool | None]:
        """Look which channels carry a tip, as an arm with sensors can."""
        return [self._world.tip_volume_ul(channel) is not None for channel in range(self._channels)]

    async def aspirate(self, ops: Sequence[Any], use_channels: Sequence[int]) -> None:
        """Draw liquid, or mix in place where the operation says so."""
        mixing = any(op.mix is not None for op in ops)
        places, duration_s = self._visit(ops, _mix_s if mixing else _flow_s)
        self._in_liquid = frozenset(places) if mixing else frozenset()
        fault = await self._begin("mix" if mixing else "aspirate", duration_s)
        for op, channel, address in zip(ops, use_channels, places, strict=True):
            volume_ul = op.volume * _share(fault, channel)
            if volume_ul > 0:
                self._world.aspirate(channel, address, self._really(volume_ul))
        _raise(fault, use_channels)

    async def dispense(self, ops: Sequence[Any], use_channels: Sequence[int]) -> None:
        """Push liquid out; a tip that is told to give all it has gives all it has."""
        places, duration_s = self._visit(ops, _flow_s, hops=all(map(_is_from_above, ops)))
        self._in_liquid = frozenset()
        self._hopping = all(map(_is_from_above, ops))
        fault = await self._begin("dispense", duration_s)
        for op, channel, address in zip(ops, use_channels, places, strict=True):
            share = _share(fault, channel)
            empties = share == 1.0 and op.volume >= op.tip.tracker.volume - EMPTIES_UL
            volume_ul = float("inf") if empties else self._really(op.volume * share)
            if share > 0:
                self._world.dispense(channel, address, volume_ul)
        _raise(fault, use_channels)

    async def pick_up_resource(self, pickup: Any) -> None:
        """Grip labware; the time of the whole carriage is spent here."""
        labware = pickup.resource.name
        self._world.reach(self._name, labware)
        fault = await self._begin("move_labware", self._times.move_plate_s or self._times.travel_s)
        _raise(fault, ())

    async def move_picked_up_resource(self, move: Any) -> None:
        """Pass a point on the way."""
        del move

    async def drop_resource(self, drop: Any) -> None:
        """Put labware down."""
        del drop

    async def pick_up_tips96(self, pickup: Any) -> None:
        """Refuse: the arm has no 96-head."""
        raise _no_head96(pickup)

    async def drop_tips96(self, drop: Any) -> None:
        """Refuse: the arm has no 96-head."""
        raise _no_head96(drop)

    async def aspirate96(self, aspiration: Any) -> None:
        """Refuse: the arm has no 96-head."""
        raise _no_head96(aspiration)

    async def dispense96(self, dispense: Any) -> None:
        """Refuse: the arm has no 96-head."""
        raise _no_head96(dispense)

    def _tips_s(self, handling_s: float) -> float:
        self._at, self._in_liquid, self._hopping = None, frozenset(), False
        return self._times.travel_s + handling_s

    def _visit(
        self, ops: Sequence[Any], flow_s: Callable[[Any], float], *, hops: bool = False
    ) -> tuple[list[str], float]:
        """Come down on every labware in turn; returns the addresses and the time it takes.

        ``hops``: tips that dispensed above this labware before go on to the next well as they are.
        """
        hop_s = self._times.hop_s if hops and self._hopping else None
        self._hopping = False
        places = [self._addresses.of(op.resource) for op in ops]
        slowest_s: dict[str, float] = {}
        for op, place in zip(ops, places, strict=True):
            labware = place.split("/", maxsplit=1)[0]
            slowest_s[labware] = max(slowest_s.get(labware, 0.0), flow_s(op))
        duration_s = 0.0
        for labware, flowing_s in slowest_s.items():
            self._world.reach(self._name, labware)
            if hop_s is not None and labware == self._at:
                duration_s += hop_s + flowing_s
                continue
            travel_s = 0.0 if labware == self._at else self._times.travel_s
            touch_down_s = 0.0 if self._in_liquid >= set(places) else self._times.touch_down_s
            duration_s += travel_s + touch_down_s + flowing_s
            self._at = labware
        return places, duration_s

    def _really(self, volume_ul: float) -> float:
        return volume_ul if self._accuracy is None else self._accuracy.really_ul(volume_ul)

    async def _begin(self, act: str, duration_s: float) -> Fault | None:
        """Spend the time of an act; returns the fault that hits it."""
        fault = self._world.faults.next(self._name, act)
        await self._clock.sleep(duration_s + (fault.delay_s if fault is not None else 0.0))
        return fault


EMPTIES_UL = 1e-6
"""A dispense that leaves less than this in the tip is meant to empty it."""


def _hits(fault: Fault | None, channel: int | None = None) -> bool:
    """Whether a fault keeps the world from following (on this channel)."""
    if fault is None or fault.kind is None or fault.happened:
        return False
    return channel is None or not fault.channels or channel in fault.channels


def _share(fault: Fault | None, channel: int) -> float:
    """The share of a volume that moves on this channel."""
    return fault.share if fault is not None and _hits(fault, channel) else 1.0


def _raise(fault: Fault | None, channels: Sequence[int]) -> None:
    """Report a fault: of single channels if it names some that are in use, else of all."""
    if fault is None or fault.kind is None:
        return
    if not fault.channels:
        raise fault.error()
    named = [channel for channel in fault.channels if channel in channels]
    if named:
        raise ChannelizedError({channel: fault.error() for channel in named})


def _flow_s(op: Any) -> float:
    """Seconds in which the volume flows."""
    return float(op.volume / op.flow_rate)


def _is_from_above(op: Any) -> bool:
    """Whether a dispense is done at the rim of its vessel, where nothing is touched."""
    height_mm = op.liquid_height
    return height_mm is not None and bool(height_mm >= op.resource.get_size_z())


def _mix_s(op: Any) -> float:
    """Seconds of mixing: every repetition moves the volume in and out."""
    return float(2 * op.mix.repetitions * op.mix.volume / op.mix.flow_rate)


def _no_head96(operation: Any) -> NotImplementedError:
    return NotImplementedError(f"the simulated arm has no 96-head for {operation}")

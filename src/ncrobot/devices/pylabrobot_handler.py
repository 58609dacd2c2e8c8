"""The one adapter over PyLabRobot's LiquidHandler: our contract on one side, its calls behind.

A driver for an arm is this class with a backend of PyLabRobot and what its make adds: an identity,
a park position, the meaning of its exceptions, options of its dispense.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping, Sequence
from typing import Any

from pylabrobot.liquid_handling import LiquidHandler
from pylabrobot.liquid_handling.errors import ChannelizedError
from pylabrobot.liquid_handling.standard import Mix

from ncrobot.devices._placing import Placing
from ncrobot.devices._plr_errors import Cause, to_device_error
from ncrobot.devices._tracking import TRACKER_TOLERANCE_UL, TRACKING, Books, check_move
from ncrobot.devices.contracts import ChannelMove, Identity, TipPick
from ncrobot.devices.setup import HandlerSetup
from ncrobot.errors import DeviceError, DeviceErrorKind

__all__ = ["Cause", "PyLabRobotHandler"]

RESIDUE_UL = 0.05
"""A tip with no more than this in it counts as empty and may go back to its rack."""


TRASH = "trash"
"""PyLabRobot's name for the waste of a deck; an EVO's has none."""


class _Handler(LiquidHandler):  # type: ignore[misc] # PyLabRobot has no types
    """PyLabRobot's handler, without its geometric comparison of parts that are the very same.

    It compares sizes after rotation, for every well of every act: half of a simulated run.
    """

    def _assert_resources_exist(self, resources: Sequence[Any]) -> None:
        others = [r for r in resources if self.deck.get_resource(r.name) is not r]
        if others:
            super()._assert_resources_exist(others)


class PyLabRobotHandler:
    """A liquid handler driven through PyLabRobot, with its trackers on.

    One object owns its deck from ``connect`` to ``disconnect``; one call at a time.
    """

    def __init__(self, *, name: str, setup: HandlerSetup, backend: Any) -> None:
        self.name = name
        self.setup = setup
        self._backend = backend
        self._handler: LiquidHandler | None = None
        self._placing = Placing(backend)
        self._homes: dict[str, Any] = {}

    # What a make adds.

    def explain(self, error: Exception) -> Cause | None:
        """Return what this make's own exception means, or None to leave it to the general rules."""
        del error
        return None

    def options(self, moves: Sequence[ChannelMove], *, draw: bool) -> dict[str, Any]:
        """Return what the backend takes beyond PyLabRobot's common arguments for these moves."""
        del moves, draw
        return {}

    async def park(self) -> None:
        """Bring the channels to a height where nothing can be touched."""

    async def identify(self) -> Identity:
        """Model by the name of the backend; PyLabRobot asks for no serial number."""
        return Identity(model=type(self._backend).__name__, serial_number="", firmware="")

    # Life.

    async def connect(self) -> None:
        """Open the link and initialize the arm; tracking is on from here."""
        if self._handler is not None:
            return
        deck = self.setup.deck
        if deck.parent is not None:
            deck.unassign()
        handler = _Handler(backend=self._backend, deck=deck, name=f"handler_of_{self.name}")
        TRACKING.acquire()
        try:
            await handler.setup()
        except BaseException as error:
            TRACKING.release()
            if isinstance(error, Exception):
                raise self._failed(error, "connect") from error
            raise
        self._handler = handler

    async def safe_state(self) -> bool:
        """Park the channels; False if there is no link."""
        if self._handler is None:
            return False
        await self._call("safe_state", self.park())
        return True

    async def disconnect(self) -> None:
        """Close the link."""
        handler, self._handler = self._handler, None
        if handler is None:
            return
        TRACKING.release()
        try:
            await handler.stop()
        except Exception:  # noqa: BLE001 - the contract: closing a link never raises
            return

    # Tips.

    async def pick_up_tips(self, picks: Sequence[TipPick]) -> None:
        """Take a tip on each channel; where the books know of none, the others are taken."""
        handler = self._ready()
        spots = [self.setup.find(pick.tip) for pick in picks]
        loaded = [pick.channel for pick in picks if handler.head[pick.channel].has_tip]
        if loaded:
            raise self._refused(f"channels {loaded} already have tips")
        missing = [p for p, spot in zip(picks, spots, strict=True) if not spot.tracker.has_tip]
        present = [(p.channel, s) for p, s in zip(picks, spots, strict=True) if p not in missing]
        if present:
            channels, there = [channel for channel, _ in present], [spot for _, spot in present]
            taking = handler.pick_up_tips(there, use_channels=channels)
            await self._call("pick_up_tips", taking, there)
        if missing:
            raise self._lacks_tips(missing)

    async def return_tips(self, picks: Sequence[TipPick]) -> None:
        """Put the empty tips back where they came from."""
        handler = self._ready()
        spots = [self.setup.find(pick.tip) for pick in picks]
        for pick in picks:
            tip = self._tip(pick.channel)
            if tip is None:
                raise self._refused(f"channel {pick.channel} has no tip to return")
            residue_ul = tip.tracker.get_used_volume()
            if residue_ul > RESIDUE_UL:
                raise self._refused(
                    f"the tip of channel {pick.channel} still holds {residue_ul:g} µL"
                )
            tip.tracker.set_volume(0.0)
        dropping = handler.drop_tips(spots, use_channels=[pick.channel for pick in picks])
        await self._call("return_tips", dropping, spots)

    async def discard_tips(self, channels: Sequence[int]) -> None:
        """Drop the tips into the waste; a channel without a tip is skipped.

        On a deck without a waste they go back to where they came from.
        """
        handler = self._ready()
        loaded = [channel for channel in channels if handler.head[channel].has_tip]
        if not loaded:
            return
        if self.setup.deck.has_resource(TRASH):
            await self._call("discard_tips", handler.discard_tips(use_channels=loaded))
            return
        spots = [handler.head[channel].get_tip_origin() for channel in loaded]
        dropping = handler.drop_tips(spots, use_channels=loaded, allow_nonzero_volume=True)
        await self._call("discard_tips", dropping, spots)

    # Liquid.

    async def aspirate(self, moves: Sequence[ChannelMove]) -> None:
        """Draw liquid, all channels at once."""
        await self._move(moves, draw=True)

    async def dispense(self, moves: Sequence[ChannelMove]) -> None:
        """Push liquid out, all channels at once."""
        await self._move(moves, draw=False)

    async def mix(self, moves: Sequence[ChannelMove], repetitions: int) -> None:
        """Aspirate and dispense in place: an aspirate of nothing with PyLabRobot's mixing."""
        handler = self._ready()
        containers, tips = self._parts(moves)
        if reason := check_move(moves, containers, tips, draw=True):
            raise self._refused(reason)
        books = Books(moves, containers, tips)
        try:
            await handler.aspirate(
                containers,
                vols=[0.0] * len(moves),
                use_channels=[move.channel for move in moves],
                offsets=self._placing.side_by_side(moves, containers),
                liquid_height=[self._placing.height_mm(part, 0.0) for part in containers],
                spread="custom",
                mix=[Mix(move.volume_ul, repetitions, move.flow_rate_ul_per_s) for move in moves],
            )
        except BaseException as error:
            books.settle((), draw=True)
            if isinstance(error, Exception):
                raise self._failed(error, "mix") from error
            raise

    async def _move(self, moves: Sequence[ChannelMove], *, draw: bool) -> None:
        handler = self._ready()
        containers, tips = self._parts(moves)
        if reason := check_move(moves, containers, tips, draw=draw):
            raise self._refused(reason)
        act = handler.aspirate if draw else handler.dispense
        books = Books(moves, containers, tips)
        try:
            await act(
                containers,
                vols=[move.volume_ul for move in moves],
                use_channels=[move.channel for move in moves],
                flow_rates=[move.flow_rate_ul_per_s for move in moves],
                offsets=self._placing.side_by_side(moves, containers),
                liquid_height=self._placing.heights_mm(moves, containers, draw=draw),
                spread="custom",
                **self.options(moves, draw=draw),
            )
        except BaseException as error:
            books.settle(_succeeded(error, moves), draw=draw)
            if isinstance(error, Exception):
                raise self._failed(error, "aspirate" if draw else "dispense") from error
            raise

    # Taking over.

    async def tips_present(self) -> Mapping[int, bool] | None:
        """Channels that carry a tip by the arm's sensors; None where PyLabRobot can't ask."""
        self._ready()
        try:
            present = await self._backend.request_tip_presence()
        except NotImplementedError:
            return None
        return {channel: bool(there) for channel, there in enumerate(present) if there is not None}

    async def adopt(
        self, tips: Mapping[int, str], places: Mapping[str, str], used: Collection[str]
    ) -> None:
        """Tell PyLabRobot's trackers what an earlier process left behind."""
        handler = self._ready()
        for spot in used:
            tracker = self.setup.find(spot).tracker
            if tracker.has_tip:
                tracker.remove_tip(commit=True)
        for channel, spot in tips.items():
            tracker = self.setup.find(spot).tracker
            if not handler.head[channel].has_tip:
                home = self.setup.find(spot)
                handler.head[channel].add_tip(home.make_tip(), origin=home, commit=True)
            if tracker.has_tip:
                tracker.remove_tip(commit=True)
        for labware, to in places.items():
            plate = self.setup.deck.get_resource(labware)
            home = self._homes.setdefault(labware, plate.parent)
            place = home if to == "home" else self.setup.deck.get_resource(to)
            if plate.parent is not place:
                plate.unassign()
                place.assign_child_resource(plate)

    # Labware and books.

    async def move_labware(self, labware: str, to: str) -> None:
        """Carry labware with the gripper to a device's nest, or ``home`` to where it stood."""
        handler = self._ready()
        plate = self.setup.deck.get_resource(labware)
        home = self._homes.setdefault(labware, plate.parent)
        place = home if to == "home" else self.setup.deck.get_resource(to)
        if plate.parent is not place:
            await self._call("move_labware", handler.move_plate(plate, place))

    async def load(self, volumes_ul: Mapping[str, float]) -> None:
        """Tell the trackers what stands in these wells."""
        for address, volume_ul in volumes_ul.items():
            tracker = self.setup.find(address).tracker
            if not -TRACKER_TOLERANCE_UL <= volume_ul <= tracker.max_volume + TRACKER_TOLERANCE_UL:
                raise self._refused(
                    f"{address} cannot hold {volume_ul:g} µL, at most {tracker.max_volume:g} µL"
                )
            tracker.set_volume(max(volume_ul, 0.0))

    async def refill(self, volumes_ul: Mapping[str, float]) -> None:
        """Tell the trackers that a person has replaced the contents of these positions."""
        await self.load(volumes_ul)

    async def tracked_volumes_ul(self, addresses: Sequence[str]) -> Mapping[str, float]:
        """Return the volumes that the trackers believe in."""
        return {address: self.setup.find(address).tracker.volume for address in addresses}

    # Helpers.

    def _ready(self) -> LiquidHandler:
        if self._handler is None:
            message = "is not connected"
            raise DeviceError(
                message, device=self.name, kind=DeviceErrorKind.DEVICE_GONE, moved=False
            )
        return self._handler

    def _tip(self, channel: int) -> Any:
        tracker = self._ready().head[channel]
        return tracker.get_tip() if tracker.has_tip else None

    def _parts(self, moves: Sequence[ChannelMove]) -> tuple[list[Any], list[Any]]:
        containers = [self.setup.find(move.address) for move in moves]
        return containers, [self._tip(move.channel) for move in moves]

    async def _call(self, act: str, call: Awaitable[Any], spots: Sequence[Any] = ()) -> None:
        """Await a call of PyLabRobot; a failed one leaves no half-done change of tips behind."""
        try:
            await call
        except BaseException as error:
            for tracker in [*(spot.tracker for spot in spots), *self._ready().head.values()]:
                tracker.rollback()
            if isinstance(error, Exception):
                raise self._failed(error, act) from error
            raise

    def _failed(self, error: Exception, act: str) -> DeviceError:
        return to_device_error(error, device=self.name, act=act, explain=self.explain)

    def _refused(self, reason: str) -> DeviceError:
        return DeviceError(reason, device=self.name, kind=DeviceErrorKind.REFUSED, moved=False)

    def _lacks_tips(self, missing: Sequence[TipPick]) -> DeviceError:
        return DeviceError(
            f"there is no tip at {', '.join(pick.tip for pick in missing)}",
            device=self.name,
            kind=DeviceErrorKind.TIP_NOT_PICKED_UP,
            moved=False,
            channels=[pick.channel for pick in missing],
        )


def _succeeded(error: BaseException, moves: Sequence[ChannelMove]) -> set[int]:
    """Channels that did their part although the move as a whole raised."""
    if not isinstance(error, ChannelizedError):
        return set()
    return {move.channel for move in moves} - set(error.errors)

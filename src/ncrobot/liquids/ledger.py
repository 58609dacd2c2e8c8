"""The volume ledger: our record of believed volume and composition, as double entries.

Every movement takes from one container what it puts into another, so the sum over all containers
is always zero: what is loaded comes from ``outside``, which goes negative, and what is shed goes to
``waste``. A refused movement changes nothing, however many channels it has.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from ncrobot.liquids.book import Book
from ncrobot.liquids.contents import (
    EMPTY,
    TOLERANCE_UL,
    Contents,
    check_amounts,
    check_volume,
)
from ncrobot.liquids.errors import (
    OverdrawError,
    OverflowingError,
    TipOverdrawError,
    TipOverfilledError,
    TipStateError,
)

OUTSIDE = "outside"
WASTE = "waste"


class Vessels(Protocol):
    """Who knows how much wells hold; a :class:`ncrobot.deck.Deck` does."""

    def capacity_ul(self, address: str) -> float:
        """What a well can hold."""

    def dead_volume_ul(self, address: str) -> float:
        """What can't be drawn from a well."""


@dataclass(frozen=True, slots=True)
class Move:
    """One channel's part of an aspirate or dispense."""

    channel: int
    address: str
    volume_ul: float


def tip_address(channel: int) -> str:
    """The container that stands for the tip on a channel."""
    return f"tip:{channel}"


class Ledger:
    """Believed contents of wells, troughs, tips and waste.

    Belongs to one planner, simulator or run and is not safe for use from several threads.
    Volumes in µL, amounts in µmol. A well is checked against ``vessels``, a tip against the volume
    that :meth:`pick_up` was told (a channel that aspirates without it has a tip of unknown size),
    and the waste against ``waste_capacity_ul``. Differences below 1e-6 µL don't count.
    """

    def __init__(self, vessels: Vessels, waste_capacity_ul: float = math.inf) -> None:
        self._vessels = vessels
        self._waste_capacity_ul = waste_capacity_ul
        self._book = Book()

    # What is where

    def contents(self, address: str) -> Contents:
        """What a container holds."""
        return self._book.contents(address)

    def volume_ul(self, address: str) -> float:
        """The volume in a container."""
        return self.contents(address).volume_ul

    def umol(self, address: str) -> dict[str, float]:
        """The amount of every material in a container."""
        return dict(self.contents(address).umol)

    def available_ul(self, address: str) -> float:
        """What can be drawn: the volume above the dead volume."""
        return max(0.0, self.volume_ul(address) - self._vessels.dead_volume_ul(address))

    def room_ul(self, address: str) -> float:
        """What a well can still take."""
        return max(0.0, self._vessels.capacity_ul(address) - self.volume_ul(address))

    def addresses(self) -> tuple[str, ...]:
        """Every container that isn't empty, sorted; ``outside``, ``waste`` and tips included."""
        return self._book.addresses()

    def channels_with_tips(self) -> tuple[int, ...]:
        """Channels that carry a tip, sorted."""
        return self._book.channels_with_tips()

    def imbalance(self) -> Contents:
        """Sum over all containers: zero volume and amounts, but for rounding."""
        return self._book.imbalance()

    # Movements

    def load(self, address: str, volume_ul: float, umol: Mapping[str, float]) -> None:
        """Put liquid into a container from outside; its volume may be zero for a dry solid.

        Raises:
            BadVolumeError: a figure is negative or not finite.
            OverflowingError: the container doesn't hold it.
        """
        check_volume(address, volume_ul, least_ul=0.0)
        check_amounts(address, umol)
        loaded = Contents(volume_ul, dict(umol))
        self._check_room(address, volume_ul)
        with self.attempt():
            self._book.put(OUTSIDE, self.contents(OUTSIDE).plus(loaded.negative()))
            self._book.put(address, self.contents(address).plus(loaded))

    def transfer(self, source: str, destination: str, volume_ul: float) -> Mapping[str, float]:
        """Move liquid from a well to a well and return the amounts moved.

        Raises:
            LedgerError: it can't be drawn, or doesn't fit.
        """
        with self.attempt():
            drawn = self._draw(source, volume_ul)
            self._add(destination, drawn)
        return dict(drawn.umol)

    def pick_up(self, channel: int, capacity_ul: float) -> None:
        """Take an empty tip that holds this much.

        Raises:
            TipStateError: the channel has a tip.
            BadVolumeError: the capacity is not a positive number.
        """
        tip = tip_address(channel)
        check_volume(tip, capacity_ul)
        if self._book.tip_ul(channel) is not None:
            message = "the channel has a tip already"
            raise TipStateError(message, address=tip, volume_ul=self.volume_ul(tip))
        with self.attempt():
            self._book.mount(channel, capacity_ul)

    def aspirate(self, channel: int, address: str, volume_ul: float) -> Mapping[str, float]:
        """Draw liquid into the tip of a channel and return the amounts drawn.

        Raises:
            LedgerError: the well hasn't that much above its dead volume, or the tip no room.
        """
        return self.aspirate_all((Move(channel, address, volume_ul),))[0]

    def aspirate_all(self, moves: Iterable[Move]) -> tuple[Mapping[str, float], ...]:
        """Draw with several channels at once, all or none; amounts in the order of the moves.

        Raises:
            LedgerError: one of the channels can't; nothing is drawn.
        """
        with self.attempt():
            return tuple(self._aspirate(move) for move in moves)

    def dispense(self, channel: int, address: str, volume_ul: float) -> Mapping[str, float]:
        """Push liquid out of the tip of a channel and return the amounts delivered.

        Raises:
            LedgerError: the tip hasn't that much, or the well no room.
        """
        return self.dispense_all((Move(channel, address, volume_ul),))[0]

    def dispense_all(self, moves: Iterable[Move]) -> tuple[Mapping[str, float], ...]:
        """Dispense with several channels at once, all or none; amounts in the order of the moves.

        Raises:
            LedgerError: one of the channels can't; nothing is dispensed.
        """
        with self.attempt():
            return tuple(self._dispense(move) for move in moves)

    def discard(self, channel: int) -> None:
        """Drop the tip of a channel into the waste with all that is in it.

        Raises:
            TipStateError: the channel has no tip.
            OverflowingError: the waste is full.
        """
        self._require_tip(channel)
        with self.attempt():
            self.empty(tip_address(channel))
            self._book.mount(channel, None)

    def put_back(self, channel: int) -> None:
        """Put the tip of a channel back into its rack.

        Raises:
            TipStateError: the channel has no tip, or the tip isn't empty.
        """
        self._require_tip(channel)
        tip = tip_address(channel)
        if self.volume_ul(tip) > TOLERANCE_UL:
            message = "a tip with liquid in it can't go back into its rack"
            raise TipStateError(message, address=tip, volume_ul=self.volume_ul(tip), allowed_ul=0.0)
        with self.attempt():
            self.empty(tip)
            self._book.mount(channel, None)

    def empty(self, address: str) -> None:
        """Send all that a container holds to the waste.

        Raises:
            OverflowingError: the waste is full.
        """
        held = self.contents(address)
        with self.attempt():
            self._book.put(address, EMPTY)
            self._add(WASTE, held)

    def remove(self, address: str, volume_ul: float) -> Mapping[str, float]:
        """Send part of a container to the waste, dead volume or not (a person can take it all).

        Raises:
            LedgerError: there isn't that much, or the waste is full.
        """
        with self.attempt():
            drawn = self._draw(address, volume_ul, dead_ul=0.0)
            self._add(WASTE, drawn)
        return dict(drawn.umol)

    # All or nothing, and as JSON

    def attempt(self) -> AbstractContextManager[None]:
        """Undo every change made inside if anything is raised; attempts may be nested."""
        return self._book.attempt()

    def as_json(self) -> dict[str, Any]:
        """The state as plain data that JSON keeps exactly.

        Raises:
            InternalError: an attempt is open, so the state isn't settled.
        """
        return self._book.as_json()

    @classmethod
    def from_json(
        cls, data: Mapping[str, Any], vessels: Vessels, waste_capacity_ul: float = math.inf
    ) -> Ledger:
        """A ledger in the state that :meth:`as_json` told."""
        ledger = cls(vessels, waste_capacity_ul)
        ledger._book = Book.from_json(data)
        return ledger

    # Inside

    def _aspirate(self, move: Move) -> Mapping[str, float]:
        tip = tip_address(move.channel)
        check_volume(move.address, move.volume_ul)
        tip_ul = self._book.tip_ul(move.channel)
        if tip_ul is None:
            tip_ul = math.inf
            self._book.mount(move.channel, tip_ul)
        room_ul = tip_ul - self.volume_ul(tip)
        if move.volume_ul > room_ul + TOLERANCE_UL:
            raise TipOverfilledError(
                f"the tip can't take what is drawn from {move.address}",
                address=tip,
                volume_ul=move.volume_ul,
                allowed_ul=max(0.0, room_ul),
            )
        drawn = self._draw(move.address, move.volume_ul)
        self._book.put(tip, self.contents(tip).plus(drawn))
        return dict(drawn.umol)

    def _dispense(self, move: Move) -> Mapping[str, float]:
        tip = tip_address(move.channel)
        check_volume(move.address, move.volume_ul)
        self._require_tip(move.channel)
        held = self.contents(tip)
        if move.volume_ul > held.volume_ul + TOLERANCE_UL:
            raise TipOverdrawError(
                f"the tip hasn't what is to go into {move.address}",
                address=tip,
                volume_ul=move.volume_ul,
                allowed_ul=held.volume_ul,
            )
        drawn, left = held.split(move.volume_ul)
        self._book.put(tip, left)
        self._add(move.address, drawn)
        return dict(drawn.umol)

    def _draw(self, address: str, volume_ul: float, dead_ul: float | None = None) -> Contents:
        check_volume(address, volume_ul)
        held = self.contents(address)
        dead_ul = self._vessels.dead_volume_ul(address) if dead_ul is None else dead_ul
        available_ul = held.volume_ul - dead_ul
        if volume_ul > available_ul + TOLERANCE_UL:
            dead = f", of which {dead_ul:g} µL can't be drawn" if dead_ul else ""
            raise OverdrawError(
                f"it holds {held.volume_ul:g} µL{dead}",
                address=address,
                volume_ul=volume_ul,
                allowed_ul=max(0.0, available_ul),
            )
        drawn, left = held.split(volume_ul)
        self._book.put(address, left)
        return drawn

    def _add(self, address: str, added: Contents) -> None:
        self._check_room(address, added.volume_ul)
        self._book.put(address, self.contents(address).plus(added))

    def _check_room(self, address: str, volume_ul: float) -> None:
        is_waste = address == WASTE
        capacity_ul = self._waste_capacity_ul if is_waste else self._vessels.capacity_ul(address)
        room_ul = capacity_ul - self.volume_ul(address)
        if volume_ul > room_ul + TOLERANCE_UL:
            raise OverflowingError(
                f"it holds {self.volume_ul(address):g} of {capacity_ul:g} µL already",
                address=address,
                volume_ul=volume_ul,
                allowed_ul=max(0.0, room_ul),
            )

    def _require_tip(self, channel: int) -> None:
        if self._book.tip_ul(channel) is None:
            message = "the channel has no tip"
            raise TipStateError(message, address=tip_address(channel), volume_ul=0.0)

"""The run's books: the volume ledger as the truth of the run, loaded from the plan."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ncrobot.deck import Deck
from ncrobot.engine.memory import Memory
from ncrobot.liquids import OUTSIDE, TOLERANCE_UL, Ledger, LedgerError, tip_address
from ncrobot.plan.document import Plan
from ncrobot.schedule import Schedule


class Books:
    """What the run believes to be where. The waste has no limit here: what was shed was shed.

    A stock whose first lot a person brings during the run is not there at the start. Every change
    is noted in the memory.
    """

    def __init__(self, plan: Plan, schedule: Schedule, deck: Deck, memory: Memory) -> None:
        self._memory = memory
        self._ledger = Ledger(deck, math.inf)
        self._stocks = {use.stock: use.umol_per_ul for use in plan.stocks}
        self._tips_ul = {
            placed.name: max(tip.max_ul for tip in types)
            for placed in plan.deck.labware
            if (types := [t for t in plan.deck.arm.tips if t.definition == placed.definition])
        }
        for use in plan.stocks:
            for address, volume_ul in schedule.loaded_ul(use.stock, use.positions_ul).items():
                self._load(address, use.stock, volume_ul)

    def volume_ul(self, address: str) -> float:
        """Return the believed volume at an address."""
        return self._ledger.volume_ul(address)

    def loaded_ul(self) -> dict[str, float]:
        """Return the volumes of everything that holds something."""
        places = (place for place in self._ledger.addresses() if "/" in place)
        return {place: self._ledger.volume_ul(place) for place in places}

    def as_json(self) -> dict[str, Any]:
        """Return volume and amounts by address, the waste and the tips included."""
        contents: dict[str, Any] = self._ledger.as_json()["contents"]
        return {place: held for place, held in contents.items() if place != OUTSIDE}

    def take_tip(self, channel: int, tip: str) -> None:
        """Put an empty tip on a channel."""
        self._ledger.pick_up(channel, self._tips_ul[tip.split("/", maxsplit=1)[0]])
        self._memory.note("take_tip", channel, tip)

    def in_tip_ul(self, channel: int) -> float:
        """Return what is in the tip of a channel."""
        return self._ledger.volume_ul(tip_address(channel))

    def tip_is_empty(self, channel: int) -> bool:
        """Whether nothing is in the tip of a channel."""
        return self._ledger.volume_ul(tip_address(channel)) <= TOLERANCE_UL

    def cannot_draw(self, moves: Sequence[tuple[int, str, float]]) -> dict[int, str]:
        """Return why moves (channel, address, µL) can't be drawn, by their index; all at once."""
        return self._probe(self._ledger.aspirate, moves)

    def cannot_take(self, moves: Sequence[tuple[int, str, float]]) -> dict[int, str]:
        """Return why moves (channel, address, µL) can't be dispensed, by their index."""
        return self._probe(self._ledger.dispense, moves)

    def draw(self, channel: int, address: str, volume_ul: float) -> None:
        """Post an aspirate."""
        self._ledger.aspirate(channel, address, volume_ul)
        self._memory.note("draw", channel, address, volume_ul)

    def give(self, channel: int, address: str, volume_ul: float) -> dict[str, float]:
        """Post a dispense and return the amounts that it brought."""
        umol = dict(self._ledger.dispense(channel, address, volume_ul))
        self._memory.note("give", channel, address, volume_ul)
        return umol

    def transfer(self, source: str, destination: str, volume_ul: float) -> dict[str, float]:
        """Post what flowed from a position into a well and return the amounts that it brought."""
        umol = dict(self._ledger.transfer(source, destination, volume_ul))
        self._memory.note("transfer", source, destination, volume_ul)
        return umol

    def cannot_transfer(self, source: str, destination: str, volume_ul: float) -> str | None:
        """Return why a flow from a position into a well is impossible."""
        move = [(0, destination, volume_ul)]
        found = self._probe(lambda _, place, ul: self._ledger.transfer(source, place, ul), move)
        return found.get(0)

    def throw_away(self, address: str, volume_ul: float) -> None:
        """Post what flowed from a position into the waste."""
        if volume_ul > 0:
            self._ledger.remove(address, min(volume_ul, self._ledger.volume_ul(address)))
            self._memory.note("throw_away", address, volume_ul)

    def shed(self, channel: int) -> None:
        """Post a tip that left its channel; what was in it went to the waste."""
        self._ledger.discard(channel)
        self._memory.note("shed", channel)

    def refill(self, address: str, stock: str, volume_ul: float) -> None:
        """Post a position that was emptied and filled anew."""
        self._ledger.empty(address)
        self._load(address, stock, volume_ul)
        self._memory.note("refill", address, stock, volume_ul)

    def take_out(self, address: str, left_ul: float) -> None:
        """Post liquid that a person took out, down to a volume."""
        excess_ul = self._ledger.volume_ul(address) - left_ul
        if excess_ul > 0:
            self._ledger.remove(address, excess_ul)
            self._memory.note("take_out", address, left_ul)

    def _load(self, address: str, stock: str, volume_ul: float) -> None:
        umol = {name: each * volume_ul for name, each in self._stocks[stock].items()}
        self._ledger.load(address, volume_ul, umol)

    def _probe(
        self,
        post: Callable[[int, str, float], Mapping[str, float]],
        moves: Sequence[tuple[int, str, float]],
    ) -> dict[int, str]:
        refused: dict[int, str] = {}
        with suppress(_ProbedError), self._ledger.attempt():
            for index, (channel, address, volume_ul) in enumerate(moves):
                try:
                    post(channel, address, volume_ul)
                except LedgerError as error:
                    refused[index] = error.diagnostic.message
            raise _ProbedError
        return refused


class _ProbedError(Exception):
    """Ends a trial posting, so that the ledger undoes it."""

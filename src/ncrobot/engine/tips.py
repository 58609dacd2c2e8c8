"""Tips: which are on the channels, which are lost, and the spare that takes a lost one's place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ncrobot.deck import Deck
from ncrobot.engine.memory import Memory
from ncrobot.plan.document import Plan
from ncrobot.plan.operations import MixWells, PumpDose, Transfer


class TipBook:
    """The tips of a run. A tip that several wells share is replaced by a spare when it is lost.

    Spares are the spots that no operation of the plan uses, in the same rack or in another rack of
    the same tips that the plan uses too: nobody was asked to load any other rack.
    """

    def __init__(self, plan: Plan, memory: Memory) -> None:
        self._memory = memory
        self.mounted: dict[int, str] = {}
        self.lost = 0
        self._replaced: dict[str, str] = {}
        used = defaultdict(set)
        for tip in _tips_of(plan):
            rack, spot = tip.split("/")
            used[rack].add(spot)
        deck = Deck(plan.deck)
        self._kinds = {placed.name: placed.definition for placed in plan.deck.labware}
        self._spares = {
            rack: [spot for spot in deck.wells(rack) if spot not in spots]
            for rack, spots in used.items()
        }

    def standing_in(self, tip: str) -> str:
        """Return the tip that is really taken where the plan says this one."""
        return self._replaced.get(tip, tip)

    def spares_for(self, tip: str) -> int:
        """How many tips are left that could stand in for this one."""
        return sum(len(self._spares.get(rack, ())) for rack in self._racks_for(tip))

    def _racks_for(self, tip: str) -> list[str]:
        """The tip's own rack first, then those of the same kind."""
        rack = tip.split("/", maxsplit=1)[0]
        kin = [r for r in self._spares if r != rack and self._kinds[r] == self._kinds[rack]]
        return [rack, *sorted(kin)]

    def lose(self, tip: str) -> None:
        """Give a planned tip that can't be used again a spare of its row, or of any other."""
        self.lost += 1
        spot = tip.split("/")[1]
        for place in self._racks_for(tip):
            spares = self._spares.get(place, [])
            same_row = [spare for spare in spares if spare[0] == spot[0]]
            if spares:
                spare = (same_row or spares)[0]
                spares.remove(spare)
                self._replaced[tip] = f"{place}/{spare}"
                break
        self._memory.note("lose_tip", tip)


def _tips_of(plan: Plan) -> Iterator[str]:
    for operation in plan.operations:
        if isinstance(operation, Transfer | MixWells) and not isinstance(operation, PumpDose):
            yield from (leg.tip for leg in operation.legs)

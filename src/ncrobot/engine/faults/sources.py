"""Another position of the same stock, which has enough left beyond what others will draw there."""

from __future__ import annotations

from collections import defaultdict

from ncrobot.engine.run import Run
from ncrobot.liquids import TOLERANCE_UL
from ncrobot.plan.document import StockUse
from ncrobot.plan.operations import Transfer


class Sources:
    """Looks for other sources during one operation; what it has promised isn't promised twice."""

    def __init__(self, run: Run, operation: str) -> None:
        self._run = run
        self._operation = operation
        self._promised_ul: dict[str, float] = defaultdict(float)

    def other(self, address: str, volume_ul: float) -> str | None:
        """Return a position with the same lot that can spare this volume; None if there is none."""
        use = self._use_of(address)
        if use is None:
            return None
        lots = self._run.lots
        lot = lots.freshness(use.stock, address, self._run.now_s()).lot
        for place in use.positions_ul:
            same = lots.freshness(use.stock, place, self._run.now_s()).lot == lot
            if place != address and same and self._spare_ul(place) >= volume_ul - TOLERANCE_UL:
                self._promised_ul[place] += volume_ul
                return place
        return None

    def _use_of(self, address: str) -> StockUse | None:
        return next((use for use in self._run.plan.stocks if address in use.positions_ul), None)

    def _spare_ul(self, address: str) -> float:
        """What is there above the dead volume, and isn't planned for wells that still wait."""
        run = self._run
        planned_ul = 0.0
        for name, operation in run.order.operations.items():
            if not isinstance(operation, Transfer) or run.timing.times(name).end_s is not None:
                continue
            if name != self._operation:
                planned_ul += operation.drawn_ul().get(address, 0.0)
                continue
            planned_ul += sum(
                leg.volume_ul
                for leg in operation.legs
                if leg.source == address and run.fates.any_alive(run.reach.wells_of_leg(leg))
            )
        there_ul = run.books.volume_ul(address) - run.deck.dead_volume_ul(address)
        return there_ul - planned_ul - self._promised_ul[address]

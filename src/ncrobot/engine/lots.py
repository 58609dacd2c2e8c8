"""Which lot of a stock stands where, how old it is, and how much of it is still active."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ncrobot.chemistry import HydrideDecay
from ncrobot.engine.memory import Memory
from ncrobot.plan.document import Plan, StockUse
from ncrobot.schedule import Schedule

AMBIENT_C = 25.0
"""Temperature of a stock whose protocol states none (assumed: an uncooled position in the lab)."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The lot in one position: number and when it was made, on the run's clock."""

    stock: str
    lot: int
    made_s: float


@dataclass(frozen=True, slots=True)
class Freshness:
    """What a delivery is told about its stock; None where nothing is known."""

    lot: int | None = None
    age_s: float | None = None
    active_fraction: float | None = None
    over_age_s: float = 0.0


class Lots:
    """The lots of a run by position. A working solution is as old as the stock it was made of."""

    def __init__(self, plan: Plan, schedule: Schedule, memory: Memory) -> None:
        self._memory = memory
        self._uses: Mapping[str, StockUse] = {use.stock: use for use in plan.stocks}
        self._planned = {(lot.stock, lot.lot): lot for lot in schedule.lots}
        self._standing: dict[str, Standing] = {}
        self._decay = HydrideDecay()
        first = {
            each.stock: each
            for each in sorted(schedule.lots, key=lambda each: each.lot, reverse=True)
        }
        for use in plan.stocks:
            lot = first.get(use.stock)
            if lot is not None and lot.made_s <= 0:
                for address in use.positions_ul:
                    self._standing[address] = Standing(use.stock, lot.lot, lot.made_s)

    def replan(self, schedule: Schedule) -> None:
        """Take over when the lots to come are planned now."""
        self._planned = {(lot.stock, lot.lot): lot for lot in schedule.lots}

    def refilled(self, stock: str, lot: int, addresses: tuple[str, ...], shift_s: float) -> None:
        """Note a new lot in these positions, made ``shift_s`` later than planned."""
        planned = self._planned.get((stock, lot))
        made_s = shift_s if planned is None else planned.made_s + shift_s
        self.stands(stock, lot, addresses, made_s)

    def stands(self, stock: str, lot: int, addresses: Iterable[str], made_s: float) -> None:
        """Note which lot stands in these positions, and when it was made."""
        places = list(addresses)
        for address in places:
            self._standing[address] = Standing(stock, lot, made_s)
        self._memory.note("stands", stock, lot, places, made_s)

    def diluted(self, source: str, destination: str) -> None:
        """Note that a working solution was made of what stands at the source."""
        use = self._use_at(destination)
        standing = self._standing.get(source)
        if use is not None and standing is not None and use.working_of == standing.stock:
            self.stands(use.stock, standing.lot, (destination,), standing.made_s)

    def freshness(self, stock: str | None, source: str, time_s: float) -> Freshness:
        """Return lot, age and active fraction of what is delivered from a position now."""
        standing = self._standing.get(source)
        use = self._uses.get(stock) if stock is not None else None
        if standing is None or use is None:
            return Freshness()
        age_s = max(time_s - standing.made_s, 0.0)
        over_s = 0.0 if use.life_s is None else age_s - use.life_s
        return Freshness(standing.lot, age_s, self._active_fraction(use, age_s), max(over_s, 0.0))

    def _active_fraction(self, use: StockUse, age_s: float) -> float | None:
        if use.hydrolysis_ph is None:
            return None
        temperature_c = AMBIENT_C if use.keep_at_c is None else use.keep_at_c
        return self._decay.active_fraction(age_s, temperature_c, use.hydrolysis_ph)

    def _use_at(self, address: str) -> StockUse | None:
        return next((use for use in self._uses.values() if address in use.positions_ul), None)

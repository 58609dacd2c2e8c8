"""Refills: when a person makes a new lot of a stock whose life ends before the run does.

Lots follow a fixed rhythm of one life. The first is made right before the stock can first be
needed (or stands there from the start, if that is soon). Each use draws from the newest lot, so
none is older than the life. Lots that nothing draws from are dropped in the end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncrobot.plan import Plan, Refill, StockUse, Transfer
from ncrobot.schedule import Lot
from ncrobot.scheduler.calendar import Calendar
from ncrobot.scheduler.network import Network

# The first lot may stand on the deck from the start if it is needed within this share of its life.
EARLY_SHARE = 0.1
# Prepared beyond what a lot's uses draw (assumed: the same margin as for all stocks).
OVERAGE = 0.05


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The refill blocks of one stock: block k begins at ``first + k * period``."""

    use: StockUse
    first: int
    period: int
    takes: int
    from_start: bool

    def starts(self, count: int) -> list[int]:
        """Beginnings of the first ``count`` blocks."""
        return [self.first + number * self.period for number in range(count)]

    def lasts_until(self, count: int) -> int:
        """The second at which the last lot of ``count`` blocks is too old."""
        return self.first + count * self.period


def draws_of(plan: Plan) -> dict[str, list[Transfer]]:
    """Transfers by the stock that they draw from."""
    found: dict[str, list[Transfer]] = {}
    for operation in plan.operations:
        if isinstance(operation, Transfer) and operation.stock is not None:
            found.setdefault(operation.stock, []).append(operation)
    return found


def rhythms(plan: Plan, heads: Mapping[str, int]) -> list[Rhythm]:
    """The rhythm of every stock that a person re-makes; ``heads``: earliest start by operation."""
    found = []
    draws = draws_of(plan)
    for use in plan.stocks:
        if use.life_s is None or use.remake != "person" or use.stock not in draws:
            continue
        takes = math.ceil(use.remake_takes_s)
        period = max(math.floor(use.life_s), takes + 1)
        soonest = min(heads[operation.id] for operation in draws[use.stock])
        from_start = soonest <= EARLY_SHARE * use.life_s
        first = period if from_start else max(0, soonest - takes)
        found.append(Rhythm(use, first, period, takes, from_start))
    return found


def block(calendar: Calendar, found: Sequence[Rhythm], arm: str, count: int) -> None:
    """Keep arm and person free for the first ``count`` refills of every stock."""
    for rhythm in found:
        for start in rhythm.starts(count):
            calendar.occupy((arm, "person"), start, rhythm.takes)


def earliest_use(found: Sequence[Rhythm]) -> dict[str, int]:
    """The second from which each re-made stock is there."""
    return {
        rhythm.use.stock: 0 if rhythm.from_start else rhythm.first + rhythm.takes
        for rhythm in found
    }


def make_refills(
    plan: Plan, network: Network, found: Sequence[Rhythm], starts: Mapping[str, int]
) -> tuple[list[tuple[Refill, int]], list[Lot]]:
    """The refills that something draws from, each with its start, and the lots of all stocks."""
    refills: list[tuple[Refill, int]] = []
    lots: list[Lot] = []
    draws = draws_of(plan)
    by_stock = {rhythm.use.stock: rhythm for rhythm in found}
    for use in plan.stocks:
        uses = sorted(draws.get(use.stock, ()), key=lambda op: starts[op.id])
        if use.life_s is None or not uses:
            continue
        rhythm = by_stock.get(use.stock)
        begins = [] if rhythm is None else _begins(rhythm, max(starts[u.id] for u in uses))
        made = [0.0] if rhythm is None or rhythm.from_start else []
        made += [begin + rhythm.takes for begin in begins] if rhythm else []
        number = 0
        for position, time in enumerate(made):
            until = made[position + 1] if position + 1 < len(made) else float("inf")
            drawn = [u for u in uses if time <= starts[u.id] < until]
            if not drawn:
                continue
            number += 1
            last = max(starts[u.id] + network.nodes[u.id].duration for u in drawn)
            volume = sum(leg.volume_ul for u in drawn for leg in u.legs)
            lots.append(
                Lot(stock=use.stock, lot=number, made_s=time, last_use_s=last, drawn_ul=volume)
            )
            if rhythm is not None and time > 0:
                refills.append((_refill(use, number, drawn, rhythm), int(time) - rhythm.takes))
    return refills, lots


def _begins(rhythm: Rhythm, last_use: int) -> list[int]:
    """Blocks that begin no later than the last use."""
    count = max((last_use - rhythm.first) // rhythm.period + 1, 0)
    return rhythm.starts(count)


def _refill(use: StockUse, number: int, drawn: Sequence[Transfer], rhythm: Rhythm) -> Refill:
    at: dict[str, float] = {}
    for operation in drawn:
        for leg in operation.legs:
            at[leg.source] = at.get(leg.source, 0.0) + leg.volume_ul
    dead = use.dead_volume_ul / max(len(use.positions_ul), 1)
    volumes = {
        address: float(math.ceil(at.get(address, 0.0) * (1 + OVERAGE) + dead))
        for address in use.positions_ul
        if at.get(address)
    }
    return Refill(
        id=f"refill-{use.stock}-{number}",
        step="refill",
        device="person",
        stock=use.stock,
        lot=number,
        wells_ul=volumes,
        takes_s=float(rhythm.takes),
    )

"""Lots: the refills that something draws from, and what each lot of a stock has to hold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncrobot.plan import Plan, Refill, StockUse, Transfer
from ncrobot.schedule import Lot
from ncrobot.scheduler.network import Network
from ncrobot.scheduler.rhythm import Rhythm, draws_of

# Prepared beyond what a lot's uses draw (assumed: the same margin as for all stocks).
OVERAGE = 0.05


@dataclass(frozen=True, slots=True)
class Refilling:
    """A refill with its start in ticks."""

    refill: Refill
    start: int
    duration: int


def make_lots(
    plan: Plan, network: Network, rhythms: Sequence[Rhythm], starts: Mapping[str, int]
) -> tuple[list[Refilling], list[Lot]]:
    """The refills that something draws from, and the lots of all stocks with a limited life."""
    refills: list[Refilling] = []
    lots: list[Lot] = []
    draws = draws_of(plan)
    by_stock = {rhythm.use.stock: rhythm for rhythm in rhythms}
    for use in plan.stocks:
        if use.life_s is None or use.stock not in draws:
            continue
        rhythm = by_stock.get(use.stock)
        by_lot: dict[int, list[Transfer]] = {}
        for operation in sorted(draws[use.stock], key=lambda op: starts[op.id]):
            made = 0 if rhythm is None else rhythm.made_before(starts[operation.id])
            by_lot.setdefault(made, []).append(operation)
        for number, (made, drawn) in enumerate(by_lot.items(), start=1):
            lot = _lot(network, use, number, made, drawn, starts)
            if rhythm is not None:
                lot = lot.model_copy(update={"wells_ul": _needed_ul(use, drawn)})
            lots.append(lot)
            if rhythm is not None and (made > 0 or not rhythm.from_start):
                refill = _refill(plan, network, use, number, drawn, rhythm)
                refills.append(Refilling(refill, made - rhythm.takes, rhythm.takes))
    refills.sort(key=lambda refilling: (refilling.start, refilling.refill.id))
    return refills, lots


def _lot(
    network: Network,
    use: StockUse,
    number: int,
    made: int,
    drawn: Sequence[Transfer],
    starts: Mapping[str, int],
) -> Lot:
    last = max(starts[op.id] + network.nodes[op.id].duration for op in drawn)
    return Lot(
        stock=use.stock,
        lot=number,
        made_s=network.grid.seconds(made),
        last_use_s=network.grid.seconds(last),
        drawn_ul=sum(ul for operation in drawn for ul in operation.drawn_ul().values()),
    )


def _refill(
    plan: Plan,
    network: Network,
    use: StockUse,
    number: int,
    drawn: Sequence[Transfer],
    rhythm: Rhythm,
) -> Refill:
    return Refill(
        id=free_id(plan, f"refill-{use.stock}-{number}"),
        step="refill",
        device="person",
        stock=use.stock,
        lot=number,
        wells_ul=_needed_ul(use, drawn),
        takes_s=network.grid.seconds(rhythm.takes),
    )


def _needed_ul(use: StockUse, drawn: Sequence[Transfer]) -> dict[str, float]:
    """What a lot has to hold in each position that its uses draw from."""
    at: dict[str, float] = {}
    for operation in drawn:
        for source, volume_ul in operation.drawn_ul().items():
            at[source] = at.get(source, 0.0) + volume_ul
    dead_ul = use.dead_volume_ul / max(len(use.positions_ul), 1)
    return {
        address: float(math.ceil(at[address] * (1 + OVERAGE) + dead_ul))
        for address in use.positions_ul
        if address in at
    }


def free_id(plan: Plan, wish: str) -> str:
    """The wished id, lengthened if an operation of the plan has it."""
    taken = {operation.id for operation in plan.operations}
    while wish in taken:
        wish += "-auxiliary"
    return wish

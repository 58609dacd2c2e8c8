"""Is every stock there when it is drawn, young enough, and enough of it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ncrobot.errors import Diagnostic
from ncrobot.plan import StockUse, Transfer
from ncrobot.scheduler.checking.case import TOLERANCE_S, Case, fault

OVERDRAWN_UL = 1e-3


@dataclass(slots=True)
class Batch:
    """What stands in one position from a time on, when it was made, and what is drawn of it."""

    lot: int
    since_s: float
    made_s: float
    held_ul: float
    drawn_ul: float = 0.0


@dataclass(slots=True)
class Shelf:
    """The batches of one stock by position, in order of time; for one check."""

    use: StockUse
    batches: dict[str, list[Batch]] = field(default_factory=dict)

    def at(self, address: str, time_s: float) -> Batch | None:
        """The batch that stands in a position at a time."""
        there = [b for b in self.batches.get(address, ()) if b.since_s <= time_s + TOLERANCE_S]
        return there[-1] if there else None


def stocks(case: Case) -> Iterator[Diagnostic]:
    """Faults of lots, refills, ages and volumes of all stocks with a limited life."""
    uses = {use.stock: use for use in case.plan.stocks}
    yield from _refills(case, uses)
    shelves = {
        use.stock: _shelf(case, use)
        for use in case.plan.stocks
        if use.life_s is not None and use.working_of is None
    }
    in_order = sorted(case.schedule.entries, key=lambda entry: entry.start_s)
    draws = [(e, op) for e in in_order if isinstance(op := case.operations[e.operation], Transfer)]
    last_s: dict[tuple[str, int], float] = {}
    for entry, operation in draws:
        shelf = shelves.get(operation.stock or "")
        for source, volume_ul in operation.drawn_ul().items() if shelf is not None else ():
            batch = shelf.at(source, entry.start_s) if shelf else None
            yield from _drawn(operation, (source, volume_ul), entry.end_s, shelf, batch)
            if shelf is not None and batch is not None:
                key = (shelf.use.stock, batch.lot)
                last_s[key] = max(last_s.get(key, 0.0), entry.end_s)
    yield from _diluted(case, uses, shelves)
    yield from _lots(case, shelves, last_s)


def _refills(case: Case, uses: dict[str, StockUse]) -> Iterator[Diagnostic]:
    for operation in case.schedule.auxiliary:
        if operation.kind != "refill":
            continue
        use = uses.get(operation.stock)
        if use is None or use.remake != "person":
            message = f"{operation.id}: nobody re-makes {operation.stock}"
            yield fault("refill-unasked", message)
        elif operation.takes_s < use.remake_takes_s - TOLERANCE_S:
            message = f"{operation.id} takes {use.remake_takes_s:g} s"
            yield fault("too-short", message)
        elif not set(operation.wells_ul) <= set(use.positions_ul):
            message = f"{operation.id} fills positions that {operation.stock} doesn't have"
            yield fault("refill-elsewhere", message)


def _shelf(case: Case, use: StockUse) -> Shelf:
    shelf = Shelf(use)
    refills = [
        (case.entries[op.id], op)
        for op in case.schedule.auxiliary
        if op.kind == "refill" and op.stock == use.stock
    ]
    first = [lot for lot in case.schedule.lots if lot.stock == use.stock and lot.made_s <= 0]
    for lot in first[:1]:
        for address, volume_ul in use.positions_ul.items():
            batch = Batch(lot.lot, lot.made_s, lot.made_s, volume_ul)
            shelf.batches.setdefault(address, []).append(batch)
    for entry, refill in sorted(refills, key=lambda pair: pair[0].start_s):
        for address, volume_ul in refill.wells_ul.items():
            batch = Batch(refill.lot, entry.end_s, entry.end_s, volume_ul)
            shelf.batches.setdefault(address, []).append(batch)
    return shelf


def _drawn(
    operation: Transfer,
    draw: tuple[str, float],
    end_s: float,
    shelf: Shelf | None,
    batch: Batch | None,
) -> Iterator[Diagnostic]:
    source, volume_ul = draw
    if shelf is None or shelf.use.life_s is None:
        return
    stock, life_s = shelf.use.stock, shelf.use.life_s
    if batch is None:
        message = f"{operation.id} draws {stock} from {source} before any is there"
        yield fault("no-lot", message, operation)
        return
    batch.drawn_ul += volume_ul
    if batch.drawn_ul > batch.held_ul + OVERDRAWN_UL:
        message = (
            f"{operation.id} draws more of lot {batch.lot} of {stock} from {source} than the "
            f"{batch.held_ul:g} µL that it holds"
        )
        yield fault("lot-too-small", message, operation)
    if end_s - batch.made_s > life_s + TOLERANCE_S:
        message = (
            f"{operation.id} draws {stock} {end_s - batch.made_s:g} s after it was made; its "
            f"life is {life_s:g} s"
        )
        yield fault("stock-too-old", message, operation)


def _diluted(
    case: Case, uses: dict[str, StockUse], shelves: dict[str, Shelf]
) -> Iterator[Diagnostic]:
    """A working solution is as old as what it was made of."""
    made_s: dict[str, float] = {}
    transfers = [op for op in case.plan.operations if isinstance(op, Transfer)]
    for operation in transfers:
        shelf = shelves.get(operation.stock or "")
        for leg in operation.legs if shelf is not None and operation.purpose == "dilution" else ():
            batch = shelf.at(leg.source, case.entries[operation.id].start_s) if shelf else None
            if batch is not None:
                earlier = made_s.get(leg.destination, batch.made_s)
                made_s[leg.destination] = min(earlier, batch.made_s)
    for operation in transfers:
        use = uses.get(operation.stock or "")
        parent = shelves.get(use.working_of or "") if use is not None else None
        if parent is None or parent.use.life_s is None:
            continue
        end_s = case.entries[operation.id].end_s
        for leg in operation.legs:
            age_s = end_s - made_s.get(leg.source, end_s)
            if age_s > parent.use.life_s + TOLERANCE_S:
                message = (
                    f"{operation.id} draws {operation.stock}, made of {parent.use.stock} that is "
                    f"{age_s:g} s old; its life is {parent.use.life_s:g} s"
                )
                yield fault("stock-too-old", message, operation)


def _lots(
    case: Case, shelves: dict[str, Shelf], last_s: dict[tuple[str, int], float]
) -> Iterator[Diagnostic]:
    """The lots that are told are those that stand there, with the right figures."""
    told = {(lot.stock, lot.lot): lot for lot in case.schedule.lots}
    if len(told) != len(case.schedule.lots):
        yield fault("lot-twice", "a lot is told twice")
    for stock, shelf in shelves.items():
        batches = [batch for there in shelf.batches.values() for batch in there]
        for number in sorted({batch.lot for batch in batches}):
            lot = told.pop((stock, number), None)
            same = [batch for batch in batches if batch.lot == number]
            if (
                lot is None
                or abs(lot.made_s - same[0].made_s) > TOLERANCE_S
                or abs(lot.drawn_ul - sum(batch.drawn_ul for batch in same)) > OVERDRAWN_UL
                or abs(lot.last_use_s - last_s.get((stock, number), -1.0)) > TOLERANCE_S
            ):
                yield fault("lot-wrong", f"lot {number} of {stock} is not told as it is used")
    for stock, number in told:
        yield fault("lot-unknown", f"lot {number} of {stock} stands nowhere")

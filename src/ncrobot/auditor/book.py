"""The book: what each container holds while the operations of a plan are gone through in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ncrobot.auditor.facts import Case
from ncrobot.auditor.liquid import Liquid
from ncrobot.plan import (
    AskPerson,
    Leg,
    MixWells,
    Operation,
    PumpDose,
    Refill,
    StockUse,
    Transfer,
)


@dataclass(frozen=True, slots=True)
class Move:
    """One leg as it went: the liquid that was moved, and what it met."""

    operation: Transfer
    leg: Leg
    liquid: Liquid
    source_level_ul: float
    met: Liquid

    @property
    def destination_level_ul(self) -> float:
        """How much the destination held."""
        return self.met.volume_ul


@dataclass(slots=True)
class Lot:
    """One filling of a stock's position, and what was drawn from it."""

    stock: str
    address: str
    loaded_ul: float
    number: int = 1
    drawn_ul: float = 0.0
    wasted_ul: float = 0.0
    borrowed_ul: float = 0.0

    @property
    def needed_ul(self) -> float:
        """What must have been there: all that was drawn, and what was out at the worst moment."""
        return self.drawn_ul + self.borrowed_ul


@dataclass(frozen=True, slots=True)
class Stirred:
    """One channel's mixing of a well, and how much the well held."""

    operation: MixWells
    address: str
    volume_ul: float
    level_ul: float


@dataclass(slots=True)
class Book:
    """Containers, and a record of all that was moved."""

    held: dict[str, Liquid] = field(default_factory=dict)
    peak_ul: dict[str, float] = field(default_factory=dict)
    lots: list[Lot] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    mixes: list[Stirred] = field(default_factory=list)
    borrowed: list[tuple[str, str, float, float]] = field(default_factory=list)
    _open: dict[str, Lot] = field(default_factory=dict)
    _last: dict[str, Liquid] = field(default_factory=dict)

    def level_ul(self, address: str) -> float:
        """How much a container holds."""
        return self.held[address].volume_ul if address in self.held else 0.0

    def load(self, use: StockUse, positions_ul: Mapping[str, float], number: int) -> None:
        """Put a lot of a stock in its positions, in place of what stood there."""
        for address, volume_ul in positions_ul.items():
            lot = Lot(use.stock, address, volume_ul, number)
            self.lots.append(lot)
            self._open[address] = lot
            self.held[address] = Liquid.of(use.stock, volume_ul)
            self._note_level(address)

    def move(self, operation: Transfer, leg: Leg) -> None:
        """Carry one leg out; a source that runs dry goes on giving what it gave last."""
        source = self.held.setdefault(leg.source, Liquid())
        level_ul = source.volume_ul
        there = self.held.get(leg.destination, Liquid())
        met = Liquid(dict(there.ul), dict(there.doubt_ul))
        if leg.source in self._open:
            # A stock keeps its strength, however much is drawn of it.
            lot = self._open[leg.source]
            lot.drawn_ul += leg.volume_ul
            liquid = Liquid.of(lot.stock, leg.volume_ul)
        else:
            if source.volume_ul > 0:
                self._last[leg.source] = source.part(1.0)
            liquid = self._last.get(leg.source, Liquid()).part(leg.volume_ul)
            left_ul = max(0.0, source.volume_ul - leg.volume_ul)
            source.shrink(left_ul / source.volume_ul if source.volume_ul > 0 else 0.0)
        poured = liquid.rounded()
        self.held.setdefault(leg.destination, Liquid()).add(poured)
        self._note_level(leg.destination)
        self.moves.append(Move(operation, leg, poured, level_ul, met))

    def leave(self, operation: Transfer) -> None:
        """What a transfer draws beyond its doses, where one draw serves several wells."""
        if operation.excess_ul == 0:
            return
        doses: dict[tuple[int, int], list[Leg]] = {}
        for leg in operation.legs:
            doses.setdefault((leg.cycle, leg.channel), []).append(leg)
        out: dict[tuple[int, str], float] = {}
        for (cycle, _), legs in doses.items():
            is_primed = isinstance(operation, PumpDose) and cycle == 0
            if is_primed or (len(legs) > 1 and not isinstance(operation, PumpDose)):
                key = cycle, legs[0].source
                out[key] = out.get(key, 0.0) + operation.excess_ul
        for (_, source), excess_ul in out.items():
            self._excess(operation, source, excess_ul)

    def _excess(self, operation: Transfer, source: str, excess_ul: float) -> None:
        lot = self._open.get(source)
        if operation.excess_to == "waste":
            if lot is not None:
                lot.drawn_ul += excess_ul
                lot.wasted_ul += excess_ul
            elif source in self.held:
                held = self.held[source]
                left_ul = max(0.0, held.volume_ul - excess_ul)
                held.shrink(left_ul / held.volume_ul if held.volume_ul > 0 else 0.0)
        elif lot is not None:
            lot.borrowed_ul = max(lot.borrowed_ul, excess_ul)
        else:
            self.borrowed.append((operation.id, source, excess_ul, self.level_ul(source)))

    def mix(self, operation: MixWells) -> None:
        """Note how much each mixed well holds."""
        for leg in operation.legs:
            level_ul = self.level_ul(leg.well)
            self.mixes.append(Stirred(operation, leg.well, leg.volume_ul, level_ul))

    def remove(self, labware: str, fraction_left: float) -> None:
        """A person takes liquid out of all wells of a plate."""
        for address, liquid in self.held.items():
            if address.startswith(f"{labware}/"):
                liquid.shrink(fraction_left)

    def _note_level(self, address: str) -> None:
        self.peak_ul[address] = max(self.peak_ul.get(address, 0.0), self.level_ul(address))


def keep_book(case: Case) -> Book:
    """Load the stocks and go through all operations."""
    book = Book()
    for _ in pages(case, book):
        pass
    return book


def pages(case: Case, book: Book) -> Iterator[Operation]:
    """The operations in order; each is done in the book when the next one is asked for."""
    uses = {use.stock: use for use in case.plan.stocks}
    for use in uses.values():
        if use.working_of is None:
            book.load(use, use.positions_ul, 1)
    for operation in case.in_order():
        yield operation
        if isinstance(operation, Transfer):
            for leg in operation.legs:
                book.move(operation, leg)
            book.leave(operation)
        elif isinstance(operation, MixWells):
            book.mix(operation)
        elif isinstance(operation, Refill) and operation.stock in uses:
            book.load(uses[operation.stock], operation.wells_ul, operation.lot)
        elif isinstance(operation, AskPerson) and operation.max_fraction_left is not None:
            book.remove(case.plan.vessel_labware, operation.max_fraction_left)

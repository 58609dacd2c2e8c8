"""The lots of stocks that a person makes: how much, of what, when, and where it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ncrobot.deck import Deck
from ncrobot.plan import Plan, Refill, StockUse
from ncrobot.reports._glossary import Glossary
from ncrobot.reports._text import clock, span, volume
from ncrobot.schedule import Lot, Schedule
from ncrobot.units import Dimension, format_quantity

LIGHT_MG = 10.0
"""Below this a balance that reads 0.1 mg is uncertain by more than 1 %."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """One substance of a lot: its mass, and its volume if it is a liquid of known density."""

    name: str
    formula: str
    mass_mg: float
    assay: float | None
    neat_ul: float | None

    @property
    def is_light(self) -> bool:
        """Whether there is too little for a common balance."""
        return self.mass_mg < LIGHT_MG


@dataclass(frozen=True, slots=True)
class LotToMake:
    """One lot: what it consists of, how its volume comes about, when it is made."""

    stock: str
    lot: int
    number_of_lots: int
    volume_ul: float
    drawn_ul: float
    excess_ul: float
    dead_ul: float
    places_ul: Mapping[str, float]
    strength: tuple[str, ...]
    weighed: tuple[Weighed, ...]
    measured_ul: Mapping[str, float]
    keep: str
    life: str
    when: str
    during_run: bool
    note: str

    @property
    def overage_ul(self) -> float:
        """What is made beyond what is drawn and what can't be drawn."""
        return self.volume_ul - self.drawn_ul - self.dead_ul

    @property
    def title(self) -> str:
        """The stock, with the number of the lot if there are several."""
        return self.stock if self.number_of_lots < 2 else f"{self.stock}, lot {self.lot}"


@dataclass(frozen=True, slots=True)
class WorkingSolution:
    """A dilution that the arm prepares on the deck."""

    name: str
    stock: str
    factor: float | None
    volume_ul: float
    wells: tuple[str, ...]
    strength: tuple[str, ...]


def lots_to_make(plan: Plan, schedule: Schedule, glossary: Glossary) -> list[LotToMake]:
    """All lots in the order of their stocks; of a stock that is drawn only once, one lot."""
    refills = {(r.stock, r.lot): r for r in schedule.auxiliary if isinstance(r, Refill)}
    begins_s = {entry.operation: entry.start_s for entry in schedule.entries}
    deck = Deck(plan.deck)
    found = []
    for use in plan.stocks:
        if use.working_of is not None:
            continue
        lots: list[Lot | None] = [lot for lot in schedule.lots if lot.stock == use.stock]
        for lot in lots or [None]:
            refill = refills.get((use.stock, lot.lot)) if lot else None
            start_s = begins_s.get(refill.id) if refill else None
            found.append(_lot(use, lot, len(lots), refill, start_s, deck, glossary))
    return found


def working_solutions(plan: Plan, glossary: Glossary) -> list[WorkingSolution]:
    """All dilutions that the arm makes, with the wells they are made in."""
    return [
        WorkingSolution(
            name=use.stock,
            stock=use.working_of,
            factor=use.dilution_factor,
            volume_ul=use.drawn_ul,
            wells=tuple(use.positions_ul),
            strength=_strength(use, glossary),
        )
        for use in plan.stocks
        if use.working_of is not None
    ]


def _lot(  # noqa: PLR0913 - a stock, its lot, and what both are looked up in
    use: StockUse,
    lot: Lot | None,
    number_of_lots: int,
    refill: Refill | None,
    start_s: float | None,
    deck: Deck,
    glossary: Glossary,
) -> LotToMake:
    loaded = lot.wells_ul if lot and lot.wells_ul else use.positions_ul
    places = {p: v for p, v in (refill.wells_ul if refill else loaded).items() if v > 0}
    whole_ul = sum(use.positions_ul.values())
    share = sum(places.values()) / whole_ul if whole_ul > 0 else 0.0
    stock = glossary.stock(use.stock)
    drawn_ul = lot.drawn_ul if lot else use.drawn_ul
    return LotToMake(
        stock=use.stock,
        lot=lot.lot if lot else 1,
        number_of_lots=number_of_lots,
        volume_ul=sum(places.values()),
        drawn_ul=drawn_ul,
        excess_ul=use.excess_ul * drawn_ul / use.drawn_ul if use.drawn_ul > 0 else 0.0,
        dead_ul=sum(deck.dead_volume_ul(place) for place in places),
        places_ul=places,
        strength=_strength(use, glossary),
        weighed=tuple(_weighed(n, mg * share, glossary) for n, mg in use.weigh_mg.items()),
        measured_ul={glossary.name_of(n): ul * share for n, ul in use.measure_ul.items()},
        keep=_keep(use),
        life=span(use.life_s) if use.life_s is not None else "",
        when=_when(use, lot, start_s),
        during_run=lot is not None and lot.made_s > 0,
        note=" ".join(stock.note.split()) if stock and stock.note else "",
    )


def _weighed(key: str, mass_mg: float, glossary: Glossary) -> Weighed:
    material = glossary.material(key)
    density = glossary.density_mg_per_ul(key)
    return Weighed(
        name=glossary.name_of(key),
        formula=(material.formula or "") if material else "",
        mass_mg=mass_mg,
        assay=glossary.assay_of(key),
        neat_ul=mass_mg / density if density else None,
    )


def _strength(use: StockUse, glossary: Glossary) -> tuple[str, ...]:
    """Concentration of each substance (µmol in a µL is mol/L)."""
    return tuple(
        f"{format_quantity(each, Dimension.CONCENTRATION)} {glossary.name_of(name)}"
        for name, each in use.umol_per_ul.items()
    )


def _keep(use: StockUse) -> str:
    words = []
    if use.keep_at_c is not None:
        words.append(f"at {format_quantity(use.keep_at_c, Dimension.TEMPERATURE)}")
    if use.dark:
        words.append("in the dark")
    return ", ".join(words)


def _when(use: StockUse, lot: Lot | None, start_s: float | None) -> str:
    """When to make a lot, told from the start of the run."""
    if lot is not None and lot.made_s > 0:
        begin = clock(lot.made_s - use.remake_takes_s if start_s is None else start_s)
        return f"from {begin} on, in its place by {clock(lot.made_s)}: its age counts from there"
    if use.life_s is None:
        return "any time before the start"
    last = f", last use at {clock(lot.last_use_s)}" if lot is not None else ""
    return f"right before the start: its age counts from T+0:00 h{last}"


def told_volume(lot: LotToMake) -> str:
    """How the volume of a lot comes about, in one line."""
    rest = f" ({volume(lot.excess_ul)} of it thrown away)" if lot.excess_ul > 0 else ""
    return (
        f"{volume(lot.drawn_ul)} drawn{rest} + {volume(lot.dead_ul)} dead volume + "
        f"{volume(max(lot.overage_ul, 0.0))} overage"
    )

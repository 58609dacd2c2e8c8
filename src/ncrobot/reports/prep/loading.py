"""What stands where on the deck when the run starts, and how many tips it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ncrobot.deck import Deck
from ncrobot.plan import MixWells, Plan, PumpDose, Transfer
from ncrobot.reports._text import volume
from ncrobot.reports.prep.lots import LotToMake


@dataclass(frozen=True, slots=True)
class Loaded:
    """One piece of labware in its place; ``contents`` tells what a person puts into it."""

    place: str
    name: str
    definition: str
    role: str
    contents: tuple[str, ...]
    used: bool


@dataclass(frozen=True, slots=True)
class TipRack:
    """How much of a tip rack a run takes."""

    name: str
    tip: str
    used: int
    available: int


def loading(plan: Plan, lots: list[LotToMake]) -> list[Loaded]:
    """All labware of the deck in the layout's order."""
    deck = Deck(plan.deck)
    stocks = _stocks_at(lots)
    touched = touched_wells(plan)
    found = []
    for placed in plan.deck.labware:
        spots = touched.get(placed.name, frozenset())
        held = {a: told for a, told in stocks.items() if a.startswith(f"{placed.name}/")}
        contents = tuple(
            told if len(deck.wells(placed.name)) == 1 else f"{address.partition('/')[2]}: {told}"
            for address, told in held.items()
        )
        if placed.name in plan.tips_used:
            contents = (f"{plan.tips_used[placed.name]} tips are taken; put in a full rack",)
        elif not held and spots:
            contents = (f"empty, {len(spots)} wells are used",)
        found.append(
            Loaded(
                place=_place(deck, placed.name),
                name=placed.name,
                definition=placed.definition,
                role=placed.role,
                contents=contents,
                used=bool(contents),
            )
        )
    return found


def tip_racks(plan: Plan) -> list[TipRack]:
    """The tip budget, rack by rack."""
    deck = Deck(plan.deck)
    types = {tip.definition: tip.name for tip in plan.deck.arm.tips}
    return [
        TipRack(
            name=placed.name,
            tip=types.get(placed.definition, placed.definition),
            used=plan.tips_used.get(placed.name, 0),
            available=len(deck.wells(placed.name)),
        )
        for placed in deck.with_role("tips")
    ]


def touched_wells(plan: Plan) -> Mapping[str, frozenset[str]]:
    """Wells and tip spots that the plan uses, by labware."""
    addresses: set[str] = set()
    for operation in plan.operations:
        if isinstance(operation, Transfer):
            for leg in operation.legs:
                addresses |= {leg.source, leg.destination}
                if not isinstance(operation, PumpDose):
                    addresses.add(leg.tip)
        elif isinstance(operation, MixWells):
            addresses |= {address for leg in operation.legs for address in (leg.tip, leg.well)}
    found: dict[str, set[str]] = {}
    for address in addresses:
        labware, _, well = address.partition("/")
        found.setdefault(labware, set()).add(well)
    return {labware: frozenset(wells) for labware, wells in found.items()}


def _stocks_at(lots: list[LotToMake]) -> dict[str, str]:
    """What a person puts into each position at the start, or later if it comes during the run."""
    found: dict[str, str] = {}
    for lot in lots:
        for address, ul in lot.places_ul.items():
            if not lot.during_run:
                found[address] = f"{lot.stock}, {volume(ul)}"
            elif address not in found:
                found[address] = f"empty at the start; {lot.stock} comes during the run"
    return found


def _place(deck: Deck, name: str) -> str:
    """The place in words, with the device under it."""
    place = deck.place(name)
    under = deck.device_under(name)
    told = str(place) if place is not None else "beside the deck"
    return f"{told}, on {under}" if under else told

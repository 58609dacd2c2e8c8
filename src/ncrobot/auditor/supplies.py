"""Stocks: strength, place, volume, and what a person is told to weigh and measure for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ncrobot.auditor.book import Book
from ncrobot.auditor.facts import Case
from ncrobot.auditor.report import Compared, agree
from ncrobot.auditor.strengths import assay_of, molar_mass_g_per_mol, solvents_of
from ncrobot.plan import StockUse
from ncrobot.protocol import Stock
from ncrobot.protocol.values import Given

_DIGITS_UL = 1e-4


def check_supplies(case: Case, book: Book) -> None:
    """Compare every stock of the plan with the protocol's, and what is there with what is drawn."""
    stocks = case.protocol.stocks
    for name, count in Counter(use.stock for use in case.plan.stocks).items():
        if count > 1:
            _differ(case, name, "entries in the plan", 1.0, float(count), "")
    for use in case.plan.stocks:
        stock = stocks.get(use.working_of or use.stock)
        if stock is None or (use.working_of and use.stock in stocks):
            _differ(case, use.stock, "name", "a stock of the protocol", use.stock, "")
            continue
        _check_strength(case, use)
        _check_places(case, use)
        if use.working_of is None:
            _check_facts(case, use, stock)
            _check_recipe(case, use, stock)
        if use.working_of is None or isinstance(stock.solvent, str):
            # A dilution with its own single solvent changes nothing about the solvents.
            found = use.solvent_fraction
            _compare(case, use.stock, "volume fraction of", solvents_of(stock), found, "")
    _check_drawn(case, book)
    _check_shared_places(case)


def _differ(
    case: Case, stock: str, quantity: str, asked: float | str, found: float | str, unit: str
) -> None:
    """Note a difference of a stock; the numbers make the sentence."""
    shown = [f"{value:g}" if isinstance(value, float) else value for value in (asked, found)]
    case.notes.differ(
        "stock",
        f"stock {stock}: {quantity} is {shown[1]} {unit}".rstrip()
        + f" in the plan, {shown[0]} {unit}".rstrip()
        + " by the protocol",
        Compared(f"{quantity} of {stock}", asked, found, unit),
    )


def _compare(
    case: Case,
    stock: str,
    quantity: str,
    asked: Mapping[str, float],
    found: Mapping[str, float],
    unit: str,
) -> None:
    for name in sorted(asked.keys() | found.keys()):
        wished, planned = asked.get(name, 0.0), found.get(name, 0.0)
        if not agree(wished, planned):
            _differ(case, stock, f"{quantity} {name}", wished, planned, unit)


def _check_strength(case: Case, use: StockUse) -> None:
    """The claimed strength must be the auditor's own; for a dilution, divided by its factor."""
    factor = 1.0
    if use.working_of is not None:
        factor = use.dilution_factor or 1.0
        if not factor > 1 or not case.protocol.stocks[use.working_of].dilutable:
            _differ(
                case,
                use.stock,
                "dilution factor",
                "above 1, of a dilutable stock",
                str(use.dilution_factor),
                "",
            )
    own = case.contents[use.working_of or use.stock]
    strength = {name: umol / factor for name, umol in own.items()}
    _compare(case, use.stock, "concentration of", strength, use.umol_per_ul, "mol/L")


def _check_places(case: Case, use: StockUse) -> None:
    for address, volume_ul in use.positions_ul.items():
        if not case.deck.has(address):
            _differ(case, use.stock, "place", "a well on the deck", address, "")
            continue
        limit_ul = case.deck.capacity_ul(address)
        if not volume_ul <= limit_ul:
            case.notes.differ(
                "overflow",
                f"{volume_ul:g} µL of {use.stock} are to be loaded in {address}, which holds "
                f"{limit_ul:g} µL",
                Compared(f"volume in {address}", limit_ul, volume_ul, "µL"),
            )
        if use.working_of is not None and volume_ul != 0:
            _differ(case, use.stock, f"volume loaded in {address}", 0.0, volume_ul, "µL")
        placed = case.deck.placed(address)
        pinned = placed.holds.get(address.split("/")[1]) if placed is not None else None
        if pinned is not None and pinned != use.stock:
            _differ(
                case, use.stock, f"what the deck layout keeps in {address}", pinned, use.stock, ""
            )


def _check_shared_places(case: Case) -> None:
    counts = Counter(address for use in case.plan.stocks for address in use.positions_ul)
    for address, count in counts.items():
        if count > 1:
            case.notes.differ(
                "shared-place",
                f"{count} stocks stand in {address}",
                Compared("stocks in one place", 1.0, float(count)),
            )


def _number(given: Given | None) -> float | None:
    return None if given is None else given.value


def _check_facts(case: Case, use: StockUse, stock: Stock) -> None:
    """Life and decay decide how the stock is kept and when it is made anew."""
    decays = stock.decay.model == "borohydride_hydrolysis"
    facts: tuple[tuple[str, object, object], ...] = (
        ("life in s", _number(stock.life), use.life_s),
        ("remaking", stock.remake, use.remake),
        ("time to remake in s", _number(stock.remake_takes) or 0.0, use.remake_takes_s),
        ("pH of hydrolysis", _number(stock.decay.ph) if decays else None, use.hydrolysis_ph),
        ("keeping dark", stock.dark, use.dark),
    )
    for quantity, asked, found in facts:
        if asked != found:
            _differ(case, use.stock, quantity, str(asked), str(found), "")


def _check_recipe(case: Case, use: StockUse, stock: Stock) -> None:
    """What is weighed and measured must give the strength, in the volume that is to be loaded."""
    volume_ul = sum(use.positions_ul.values())
    weigh: dict[str, float] = {}
    measure = {name: volume_ul * share for name, share in solvents_of(stock).items()}
    if not stock.neat:
        for name, umol_per_ul in case.contents[use.stock].items():
            material = case.protocol.materials[name]
            mass = molar_mass_g_per_mol(material)
            if mass is not None:
                weigh[name] = volume_ul * umol_per_ul * mass / 1000 / assay_of(material)
    _compare(case, use.stock, "mg to weigh of", weigh, use.weigh_mg, "mg")
    _compare(case, use.stock, "µL to measure of", measure, use.measure_ul, "µL")


def _check_drawn(case: Case, book: Book) -> None:
    """No lot gives more than it has above its dead volume, and the sums are right."""
    for lot in book.lots:
        needed_ul = lot.needed_ul + case.deck.dead_ul(lot.address)
        if not needed_ul <= lot.loaded_ul + _DIGITS_UL:
            case.notes.differ(
                "overdraw",
                f"{lot.drawn_ul:.2f} µL are drawn of {lot.stock} in {lot.address}; with the dead "
                f"volume {needed_ul:.2f} µL must be there, but {lot.loaded_ul:.2f} µL are loaded",
                Compared(
                    f"volume of {lot.stock} in {lot.address}, lot {lot.number}",
                    needed_ul,
                    lot.loaded_ul,
                    "µL",
                ),
            )
    for use in case.plan.stocks:
        if use.working_of is not None:
            continue
        drawn_ul = sum(lot.drawn_ul for lot in book.lots if lot.stock == use.stock)
        dead_ul = sum(case.deck.dead_ul(address) for address in use.positions_ul)
        wasted_ul = sum(lot.wasted_ul for lot in book.lots if lot.stock == use.stock)
        for quantity, wished, planned in (
            ("volume drawn", drawn_ul, use.drawn_ul),
            ("volume thrown away", wasted_ul, use.excess_ul),
            ("dead volume", dead_ul, use.dead_volume_ul),
        ):
            if not agree(wished, planned, absolute=_DIGITS_UL):
                _differ(case, use.stock, quantity, wished, planned, "µL")

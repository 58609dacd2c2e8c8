"""Legs and levels: liquid comes from where it stands, goes where it may, and fits."""

from __future__ import annotations

from collections.abc import Sequence

from ncrobot.auditor.book import Book, Move
from ncrobot.auditor.facts import Case
from ncrobot.auditor.report import Compared, agree
from ncrobot.auditor.strengths import solvents_of
from ncrobot.plan import StockUse, Transfer
from ncrobot.protocol import Dilute, Dosing, Sample

_DIGITS_UL = 1e-6


def check_moves(case: Case, book: Book) -> None:
    """Check each leg's source, destination and claimed amounts, then levels of all containers."""
    for move in book.moves:
        _check_source(case, move)
        _check_destination(case, move)
        _check_amounts(case, move)
    _check_levels(case, book)
    _check_peaks(case, book)
    _check_mixtures(case, book)


def _differ(case: Case, move: Move, code: str, quantity: str, asked: str, found: str) -> None:
    operation, leg = move.operation, move.leg
    case.notes.differ(
        code,
        f"{operation.id!r} moves {leg.volume_ul:g} µL from {leg.source} to {leg.destination}: "
        f"its {quantity} should be {asked}, not {found}",
        Compared(quantity, asked, found),
        well=case.well_of(leg.destination) or case.well_of(leg.source),
        step=operation.step,
    )


def _check_source(case: Case, move: Move) -> None:
    """The stock that is named stands at the source; a sample comes out of a reaction well."""
    operation, leg = move.operation, move.leg
    if operation.purpose == "sample":
        if case.well_of(leg.source) is None or operation.stock is not None:
            _differ(case, move, "wrong-source", "source", "a reaction well", leg.source)
        return
    use = next((use for use in case.plan.stocks if use.stock == operation.stock), None)
    if use is None:
        _differ(case, move, "wrong-source", "stock", "one of the plan", str(operation.stock))
    elif leg.source not in use.positions_ul:
        where = " or ".join(use.positions_ul)
        _differ(case, move, "wrong-source", "source", f"{use.stock} in {where}", leg.source)


def _check_destination(case: Case, move: Move) -> None:
    operation, leg = move.operation, move.leg
    step = case.step_of(operation)
    if operation.purpose == "dose":
        if case.well_of(leg.destination) is None or not isinstance(step, Dosing | Dilute):
            _differ(
                case,
                move,
                "wrong-destination",
                "destination",
                "a reaction well in a step that doses",
                f"{leg.destination}, {operation.step}",
            )
    elif isinstance(step, Sample):
        if case.deck.role(leg.destination) != step.into:
            _differ(
                case,
                move,
                "wrong-destination",
                "destination",
                f"labware with role {step.into}",
                leg.destination,
            )
        if operation.purpose == "dilution" and (
            step.dilute_with is None or operation.stock != step.dilute_with.stock
        ):
            wished = step.dilute_with.stock if step.dilute_with else "nothing"
            _differ(case, move, "wrong-stock", "diluent", wished, str(operation.stock))
    elif operation.purpose == "sample":
        _differ(case, move, "wrong-destination", "step", "one that takes samples", operation.step)
    elif leg.destination not in _working_places(case):
        _differ(
            case,
            move,
            "wrong-destination",
            "destination",
            "a working solution's well",
            leg.destination,
        )


def _working_places(case: Case) -> set[str]:
    return {
        address
        for use in case.plan.stocks
        if use.working_of is not None
        for address in use.positions_ul
    }


def _check_amounts(case: Case, move: Move) -> None:
    """The µmol that a leg claims are those of the liquid that it moves; a sample may claim none."""
    claimed = move.leg.umol
    if move.operation.purpose == "sample" and not claimed:
        return
    own = move.liquid.umol(case.contents)
    doubt = move.liquid.doubt_umol(case.contents)
    for material in sorted(own.keys() | claimed.keys()):
        asked, found = own.get(material, 0.0), claimed.get(material, 0.0)
        # The claim is for the leg's rounded volume: only a working solution's mixture is in doubt.
        slack = doubt.get(material, 0.0) if len(move.liquid.ul) > 1 else 0.0
        if not agree(asked, found, absolute=1e-9 + slack):
            operation, leg = move.operation, move.leg
            case.notes.differ(
                "amount-of-leg",
                f"{operation.id!r} claims {found:g} µmol of {material} in {leg.volume_ul:g} µL of "
                f"{leg.source}; that volume holds {asked:g} µmol",
                Compared(f"amount of {material} in one leg", asked, found, "µmol"),
                well=case.well_of(leg.destination),
                step=operation.step,
            )


def _check_levels(case: Case, book: Book) -> None:
    """Nothing is drawn that isn't there (stocks on the deck are looked at by lot)."""
    loaded = {lot.address for lot in book.lots}
    for move in book.moves:
        leg = move.leg
        if leg.source in loaded:
            continue
        _check_level(case, move.operation.id, leg.source, leg.volume_ul, move.source_level_ul)
    for name, source, excess_ul, left_ul in book.borrowed:
        _check_level(case, name, source, excess_ul, left_ul)
    for mix in book.mixes:
        _check_level(case, mix.operation.id, mix.address, mix.volume_ul, mix.level_ul)
    for operation in case.in_order():
        if isinstance(operation, Transfer) and operation.mix_repetitions > 0:
            for leg in operation.legs:
                level_ul = book.peak_ul.get(leg.destination, 0.0)
                _check_level(case, operation.id, leg.destination, operation.mix_volume_ul, level_ul)


def _check_level(
    case: Case, operation: str, address: str, wanted_ul: float, level_ul: float
) -> None:
    if not wanted_ul <= level_ul + _DIGITS_UL:
        case.notes.differ(
            "overdraw",
            f"{operation!r} takes {wanted_ul:g} µL out of {address}, which then holds "
            f"{level_ul:.2f} µL",
            Compared(f"volume in {address}", wanted_ul, level_ul, "µL"),
            well=case.well_of(address),
        )


def _check_peaks(case: Case, book: Book) -> None:
    for address, peak_ul in book.peak_ul.items():
        well = case.well_of(address)
        if not case.deck.has(address):
            continue
        limit_ul = case.deck.capacity_ul(address) if well is None else case.fill_limit_ul(address)
        if not peak_ul <= limit_ul + _DIGITS_UL:
            case.notes.differ(
                "overflow",
                f"{address} gets {peak_ul:.2f} µL and may hold {limit_ul:g} µL",
                Compared(f"volume in {address}", limit_ul, peak_ul, "µL"),
                well=well,
            )


def _check_mixtures(case: Case, book: Book) -> None:
    """A working solution is its stock and one plain solvent of that stock, in the stated ratio."""
    poured: dict[str, list[Move]] = {}
    drawn_ul: dict[str, float] = {}
    for move in book.moves:
        leg = move.leg
        poured.setdefault(leg.destination, []).append(move)
        drawn_ul[leg.source] = drawn_ul.get(leg.source, 0.0) + leg.volume_ul
    for use in case.plan.stocks:
        if use.working_of is None or use.working_of not in case.protocol.stocks:
            continue
        for address in use.positions_ul:
            moves = poured.get(address, [])
            _check_mixture(case, use, address, moves)
            made_ul = sum(move.leg.volume_ul for move in moves)
            if drawn_ul.get(address) and not (moves and moves[-1].operation.mix_repetitions > 0):
                case.notes.differ(
                    "dilution",
                    f"{use.stock} in {address} is not mixed after the last of it is poured",
                    Compared("mixing", "at the end", "none"),
                )
            needed_ul = drawn_ul.get(address, 0.0) + case.deck.dead_ul(address)
            _check_level(case, use.stock, address, needed_ul, made_ul)


def _check_mixture(case: Case, use: StockUse, address: str, moves: Sequence[Move]) -> None:
    name, stock, factor = use.stock, use.working_of or "", use.dilution_factor or 1.0
    ul: dict[str, float] = {}
    doubt_ul = 0.0
    for move in moves:
        doubt_ul += sum(move.liquid.doubt_ul.values())
        for part, volume_ul in move.liquid.ul.items():
            ul[part] = ul.get(part, 0.0) + volume_ul
    whole_ul, main_ul = sum(ul.values()), ul.get(stock, 0.0)
    if not agree(whole_ul / factor, main_ul, absolute=doubt_ul + _DIGITS_UL):
        case.notes.differ(
            "dilution",
            f"{name} in {address} is made of {main_ul:g} µL of {stock} in {whole_ul:g} µL; a "
            f"dilution to 1 in {factor:g} needs {whole_ul / factor:g} µL",
            Compared(f"{stock} in {name}", whole_ul / factor, main_ul, "µL"),
        )
    for part in ul:
        if part != stock and not is_diluent(case, part, stock):
            case.notes.differ(
                "dilution",
                f"{name} in {address} is diluted with {part}, no solvent of {stock}",
                Compared(f"diluent of {name}", f"a plain solvent of {stock}", part),
            )


def is_diluent(case: Case, part: str, stock: str) -> bool:
    """Whether a stock is a plain solvent that another one is made in."""
    return part in case.protocol.stocks and (
        not case.contents[part]
        and case.protocol.stocks[part].of in solvents_of(case.protocol.stocks[stock])
    )

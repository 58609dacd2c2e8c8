"""Seals: no gas-tight one over wells that still give hydrogen off, no tip through any."""

from __future__ import annotations

from collections.abc import Iterator

from ncrobot.auditor.acidity import ph_of
from ncrobot.auditor.book import Book, pages
from ncrobot.auditor.facts import Case
from ncrobot.auditor.interlocks.substances import (
    HYDROGEN_UL_PER_UMOL,
    TRACE_UMOL,
    hydride_umol,
    is_hydride,
    is_water,
    solvent_ul,
)
from ncrobot.auditor.interlocks.warmth import temperatures_c
from ncrobot.auditor.liquid import Liquid
from ncrobot.auditor.report import Compared, listed
from ncrobot.plan import AskPerson, MixWells, Operation, Transfer
from ncrobot.protocol import Person

# A hundredth of an atmosphere, in the room that is left above the liquid.
_ALLOWED_SHARE = 0.01
# The rule of hydrolysis is for water; this much of another solvent is let pass.
_OTHER_SOLVENTS = 0.1


def check_seals(case: Case) -> None:
    """Go through the plan with the seal put on and taken off where the protocol says so."""
    if case.protocol.vessel.closure == "gas_tight":
        _check_vessel(case)
    if not any(isinstance(s, Person) and s.closure == "gas_tight" for s in case.protocol.steps):
        return
    book, sealed_by = Book(), ""
    last: dict[str, str] = {}
    for operation in pages(case, book):
        step = case.step_of(operation)
        if sealed_by:
            _check_reach(case, operation, sealed_by)
        if isinstance(operation, Transfer):
            last |= _hydride_doses(case, operation)
        if isinstance(operation, AskPerson) and isinstance(step, Person) and step.closure:
            sealed_by = operation.step if step.closure == "gas_tight" else ""
            if sealed_by:
                _check_gas(case, book, operation, last)


def _check_vessel(case: Case) -> None:
    stocks = case.protocol.stocks.values()
    names = {name for stock in stocks for name in (stock.of, *stock.also)}
    if any(is_hydride(case.protocol.materials[name]) for name in names) and any(
        planned.hydrogen_ul > 0 for planned in case.plan.wells
    ):
        case.notes.differ(
            "sealed-hydride",
            "the wells are closed gas-tight and get borohydride",
            Compared("closure", "open or vented", "gas_tight"),
        )


def _hydride_doses(case: Case, operation: Transfer) -> Iterator[tuple[str, str]]:
    """The wells that an operation brings hydride to, with its name."""
    for leg in operation.legs:
        stock = operation.stock or ""
        use = next((use for use in case.plan.stocks if use.stock == stock), None)
        liquid = Liquid.of((use.working_of or use.stock) if use else stock, leg.volume_ul)
        if hydride_umol(case, liquid) > TRACE_UMOL:
            yield leg.destination, operation.id


def _check_reach(case: Case, operation: Operation, sealed_by: str) -> None:
    if isinstance(operation, MixWells):
        reached = {leg.well for leg in operation.legs}
    elif isinstance(operation, Transfer):
        reached = {a for leg in operation.legs for a in (leg.source, leg.destination)}
    else:
        return
    wells = [well for address in sorted(reached) if (well := case.well_of(address)) is not None]
    if wells:
        case.notes.differ(
            "sealed-well",
            f"{operation.id!r} goes into {listed(wells)}, which {sealed_by} sealed gas-tight",
            Compared("closure", "open or vented", "gas_tight"),
            step=operation.step,
        )


def _check_gas(case: Case, book: Book, seal: AskPerson, last: dict[str, str]) -> None:
    for well in case.rows:
        address = f"{case.plan.vessel_labware}/{well}"
        liquid = book.held.get(address, Liquid())
        gas_ul = hydride_umol(case, liquid) * HYDROGEN_UL_PER_UMOL
        room_ul = max(case.deck.capacity_ul(address) - liquid.volume_ul, 0.0)
        allowed_ul = _ALLOWED_SHARE * room_ul
        if not gas_ul > allowed_ul:
            continue
        if not _is_water(case, liquid):
            left_ul = gas_ul
        else:
            dose = last.get(address, "")
            left_ul = gas_ul * _share_left(case, liquid, dose, seal.id)
        # The last digits of a pH are nobody's.
        if left_ul > allowed_ul * 1.001:
            case.notes.differ(
                "sealed-hydride",
                f"{seal.id!r} seals well {well}, which can still give {left_ul:.4g} µL of "
                f"hydrogen into {room_ul:.0f} µL of headspace",
                Compared("hydrogen to come", allowed_ul, left_ul, "µL"),
                well=well,
                step=seal.step,
            )


def _is_water(case: Case, liquid: Liquid) -> bool:
    materials = case.protocol.materials
    others_ul = sum(
        ul for name, ul in solvent_ul(case, liquid).items() if not is_water(materials[name])
    )
    return others_ul <= _OTHER_SOLVENTS * liquid.volume_ul * 1.000001


def _share_left(case: Case, liquid: Liquid, dose: str, seal: str) -> float:
    """First-order decay; log10 of the half-life in minutes is pH - (0.034 T - 1.92), T in K."""
    spent = ph_of(case, liquid, borate_umol=hydride_umol(case, liquid))
    ph = max(ph_of(case, liquid), spent)
    kelvin = _coldest_c(case, dose, seal) + 273.15
    half_life_s = 60 * 10.0 ** (ph - (0.034 * kelvin - 1.92))
    return float(2.0 ** (-_least_wait_s(case, dose, seal) / half_life_s))


def _coldest_c(case: Case, dose: str, seal: str) -> float:
    """The lowest temperature of the plate from a dose to its seal."""
    ranks = case.order.rank(dose), case.order.rank(seal)
    return min(temperatures_c(case, *ranks))


def _least_wait_s(case: Case, dose: str, seal: str) -> float:
    """Seconds that the lags put between the end of one operation and the start of another."""
    known_s = {dose: 0.0}
    by_after: dict[str, list[tuple[str, float]]] = {}
    for lag in case.plan.lags:
        if lag.before != dose or lag.point == "end":
            by_after.setdefault(lag.after, []).append((lag.before, max(lag.min_s, 0.0)))
    for operation in case.in_order():
        for before, least_s in by_after.get(operation.id, ()):
            if before in known_s:
                sofar_s = known_s.get(operation.id, 0.0)
                known_s[operation.id] = max(sofar_s, known_s[before] + least_s)
        if operation.id == seal:
            break
    return known_s.get(seal, 0.0)

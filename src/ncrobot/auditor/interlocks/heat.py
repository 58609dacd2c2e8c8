"""Temperatures and speeds of the plan against what solvents, labware and hydride bear.

What boils when is the auditor's own knowledge; the compiler has another table.
"""

from __future__ import annotations

from itertools import chain

from ncrobot.auditor.book import Book, pages
from ncrobot.auditor.facts import Case
from ncrobot.auditor.interlocks.boiling import boils_at_c
from ncrobot.auditor.interlocks.substances import TRACE_UMOL, hydride_umol, solvent_ul
from ncrobot.auditor.liquid import Liquid
from ncrobot.auditor.report import Compared
from ncrobot.deck.layout import Placed, Shaker
from ncrobot.labware import material_limit
from ncrobot.plan import AskPerson, Operation, SetTemperature, Shake, Transfer
from ncrobot.protocol import Person, Role

_OPEN_MARGIN_C = 5.0
_ROOM_C = 30.0
_LEAST_SHARE = 0.01
_TOO_HOT_FOR_HYDRIDE_C = 85.0
# Doubt of a level in the book, as a share.
_LAST_DIGITS = 1e-6


def check_heat(case: Case) -> None:
    """Go through the plan with the setpoint under the plate and the closure of the wells."""
    placed = case.deck.labware.get(case.plan.vessel_labware)
    if placed is None:
        return
    book, closure = Book(), case.protocol.vessel.closure
    now_c = case.plan.initial_temperatures_c.get(placed.on or "")
    _check_labware(case, placed, now_c, None)
    seen = 0
    for operation in chain(pages(case, book), [None]):
        seen = _check_arrivals(case, book, seen, now_c, closure)
        if operation is None:
            break
        step = case.step_of(operation)
        if isinstance(operation, SetTemperature) and operation.device == placed.on:
            now_c = operation.temperature_c
            _check_labware(case, placed, now_c, operation)
        elif isinstance(operation, AskPerson) and isinstance(step, Person) and step.closure:
            closure = step.closure
        else:
            continue
        for well in case.rows if now_c is not None else ():
            _check_well(case, book, well, now_c or 0.0, closure, operation)
    _check_stocks(case)


def _check_arrivals(case: Case, book: Book, seen: int, now_c: float | None, closure: str) -> int:
    """Look at the wells that got something since; returns how many moves were looked at."""
    for move in book.moves[seen:]:
        well = case.well_of(move.leg.destination)
        if well is not None and now_c is not None:
            _check_well(case, book, well, now_c, closure, move.operation)
            _check_hydride(case, move.liquid, well, now_c, move.operation)
    return len(book.moves)


def _check_stocks(case: Case) -> None:
    for use in case.plan.stocks:
        for address in use.positions_ul if use.keep_at_c is not None else ():
            placed = case.deck.placed(address)
            if placed is not None and use.working_of is None:
                _check_labware(case, placed, use.keep_at_c, None)


def _check_labware(
    case: Case, placed: Placed, temperature_c: float | None, operation: Operation | None
) -> None:
    limit = material_limit(placed.material)
    most_c = placed.max_temperature_c
    if most_c is None:
        most_c = _ROOM_C if limit is None else limit.max_temperature_c
    if temperature_c is not None and temperature_c > most_c:
        case.notes.differ(
            "too-hot-for-labware",
            f"{placed.name} of {placed.material} is brought to {temperature_c:g} °C and bears "
            f"{most_c:g} °C",
            Compared(f"temperature of {placed.name}", most_c, temperature_c, "°C"),
            step=None if operation is None else operation.step,
        )


def _check_well(
    case: Case, book: Book, well: str, now_c: float, closure: str, operation: Operation
) -> None:
    liquid = book.held.get(f"{case.plan.vessel_labware}/{well}", Liquid())
    parts = solvent_ul(case, liquid)
    least_ul = _LEAST_SHARE * sum(parts.values()) * (1 + _LAST_DIGITS)
    solvents = [
        material
        for name, volume_ul in parts.items()
        if volume_ul > 0 and volume_ul >= least_ul
        for material in [case.protocol.materials[name]]
        if material.role is Role.SOLVENT
    ]
    if not solvents:
        return
    boils_c = boils_at_c(solvents)
    margin_c = 0.0 if closure == "gas_tight" else _OPEN_MARGIN_C
    most_c = _ROOM_C if boils_c is None else boils_c - margin_c
    if now_c > most_c + _LAST_DIGITS:
        named = " with ".join(material.name for material in solvents)
        case.notes.differ(
            "near-boiling",
            f"{operation.id!r}: {named} in well {well} is held at {now_c:g} °C, "
            f"above {most_c:g} °C",
            Compared("temperature", most_c, now_c, "°C"),
            well=well,
            step=operation.step,
        )


def _check_hydride(
    case: Case, liquid: Liquid, well: str, now_c: float, operation: Transfer
) -> None:
    if now_c >= _TOO_HOT_FOR_HYDRIDE_C and hydride_umol(case, liquid) > TRACE_UMOL:
        case.notes.differ(
            "hot-hydride",
            f"{operation.id!r} doses borohydride into well {well}, which is held at {now_c:g} °C",
            Compared("temperature", _TOO_HOT_FOR_HYDRIDE_C, now_c, "°C"),
            well=well,
            step=operation.step,
        )


def check_speeds(case: Case, book: Book) -> None:
    """No labware is shaken faster than it, its device, or its fullest well bears."""
    asked = [(b.step, b.device, b.labware, b.speed_rpm) for b in case.plan.backgrounds]
    asked += [
        (operation.step, operation.device, operation.labware, operation.speed_rpm)
        for operation in case.plan.operations
        if isinstance(operation, Shake)
    ]
    for step, device, labware, speed_rpm in asked:
        limits = _speed_limits(case, book, device, labware)
        for what, most_rpm in limits.items():
            if speed_rpm > most_rpm + 0.5:
                case.notes.differ(
                    "too-fast",
                    f"{step} shakes {labware} at {speed_rpm:g} rpm, {what} bears {most_rpm:.0f}",
                    Compared("speed", most_rpm, speed_rpm, "rpm"),
                    step=step,
                )


def _speed_limits(case: Case, book: Book, device: str, labware: str) -> dict[str, float]:
    settings, placed = case.plan.deck.devices.get(device), case.deck.labware.get(labware)
    limits: dict[str, float] = {}
    if isinstance(settings, Shaker):
        limits[device] = settings.speed_rpm[1]
        fullest_ul = max(
            (peak for address, peak in book.peak_ul.items() if case.well_of(address)), default=0.0
        )
        spills_rpm = _spills_rpm(case, labware, fullest_ul, settings.orbit_mm)
        if spills_rpm is not None:
            limits["its fullest well"] = spills_rpm
    if placed is not None and placed.max_speed_rpm is not None:
        limits[labware] = placed.max_speed_rpm
    return limits


def _spills_rpm(
    case: Case, labware: str, fullest_ul: float, orbit_mm: float | None
) -> float | None:
    """The tilted surface reaches the rim where tan(tilt) = (2 pi n)^2 r / g is rise over radius."""
    known = case.deck.definition(f"{labware}/A1")
    if orbit_mm is None or known is None or not known.well_depth_mm or not known.well_size_mm:
        return None
    free_mm = max(0.0, known.well_depth_mm * (1.0 - fullest_ul / known.well_volume_ul))
    tan_tilt = 2.0 * free_mm / max(known.well_size_mm)
    turns_per_s = (9806.65 * tan_tilt / (orbit_mm / 2.0)) ** 0.5 / 6.283185307179586
    return float(turns_per_s * 60.0)

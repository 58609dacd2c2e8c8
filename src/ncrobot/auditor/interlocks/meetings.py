"""Acid and borohydride come together only in steps that somebody permitted."""

from __future__ import annotations

from ncrobot.auditor.book import Book, Move
from ncrobot.auditor.facts import Case
from ncrobot.auditor.interlocks.substances import (
    HYDROGEN_UL_PER_UMOL,
    TRACE_UMOL,
    acid_umol,
    hydride_umol,
)
from ncrobot.auditor.report import Compared
from ncrobot.protocol import Dilute, Dosing, Sample


def check_meetings(case: Case, book: Book) -> None:
    """Look at every leg of the plan: what it brings, and what is there already."""
    for move in book.moves:
        _check(case, move)


def _check(case: Case, move: Move) -> None:
    hydride_in, hydride_there = hydride_umol(case, move.liquid), hydride_umol(case, move.met)
    acid_in, acid_there = acid_umol(case, move.liquid), acid_umol(case, move.met)
    both_in = hydride_in > TRACE_UMOL and acid_in > TRACE_UMOL
    onto_acid = hydride_in > TRACE_UMOL and acid_there > TRACE_UMOL
    onto_hydride = acid_in > TRACE_UMOL and hydride_there > TRACE_UMOL
    if not (both_in or onto_acid or onto_hydride) or _is_permitted(case, move):
        return
    leg, whole_umol = move.leg, hydride_in + hydride_there
    gas_ul = whole_umol * HYDROGEN_UL_PER_UMOL
    case.notes.differ(
        "acid-and-hydride",
        f"{move.operation.id!r} brings acid and borohydride together in {leg.destination}: "
        f"{whole_umol:.4g} µmol of hydride, up to {gas_ul:.4g} µL of hydrogen, and nobody "
        "permitted it",
        Compared("hydrogen without a permission", 0.0, gas_ul, "µL"),
        well=case.well_of(leg.destination),
        step=move.operation.step,
    )


def _is_permitted(case: Case, move: Move) -> bool:
    """The step says who allows it, and the wells aren't closed gas-tight."""
    step = case.step_of(move.operation)
    permission = step.permission if isinstance(step, Dosing | Dilute | Sample) else None
    return bool(permission) and case.protocol.vessel.closure != "gas_tight"

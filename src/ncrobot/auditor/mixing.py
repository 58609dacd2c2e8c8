"""Mixing: a mix step mixes every well that holds something, as often and as much as asked."""

from __future__ import annotations

from ncrobot.auditor.book import Book
from ncrobot.auditor.facts import Case, value_of
from ncrobot.auditor.liquid import ROUNDING_UL
from ncrobot.auditor.report import Compared, agree
from ncrobot.plan import MixWells
from ncrobot.protocol import Condition, Mix


def check_mixing(case: Case, book: Book) -> None:
    """Compare the mixes of every well with those that the protocol asks for."""
    filled_by: dict[str, int] = {}
    for move in book.moves:
        well = case.well_of(move.leg.destination)
        if well is not None:
            place = case.places.get(move.operation.step, -1)
            filled_by[well] = min(place, filled_by.get(well, place))
    mixes: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for operation in case.plan.operations:
        if isinstance(operation, MixWells):
            _check_step(case, operation)
            for leg in operation.legs:
                well = case.well_of(leg.well) or leg.well
                done = mixes.setdefault((operation.step, well), [])
                done.append((operation.repetitions, leg.volume_ul))
    for index, step in enumerate(case.protocol.steps):
        if isinstance(step, Mix):
            name = case.step_names[index]
            for well, row in case.rows.items():
                if well in filled_by and filled_by[well] < index:
                    _check_mix(case, step, name, row, mixes.get((name, well), []))


def _check_step(case: Case, operation: MixWells) -> None:
    if not isinstance(case.step_of(operation), Mix):
        case.notes.differ(
            "mix",
            f"{operation.id!r} mixes wells in {operation.step}, which doesn't mix",
            Compared("step", "a mix step", operation.step),
            step=operation.step,
        )


def _check_mix(
    case: Case, step: Mix, name: str, row: Condition, done: list[tuple[int, float]]
) -> None:
    volume_ul = value_of(step.volume, row)
    repetitions = round(value_of(step.repetitions, row))
    is_right = len(done) == 1 and (
        done[0][0] == repetitions and agree(volume_ul, done[0][1], absolute=ROUNDING_UL + 1e-9)
    )
    if not is_right:
        found = " and ".join(f"{count} times {ul:g} µL" for count, ul in done) or "not at all"
        case.notes.differ(
            "mix",
            f"well {row.well} is to be mixed {repetitions} times with {volume_ul:g} µL in {name}, "
            f"in the plan: {found}",
            Compared("mixing", f"{repetitions} times {volume_ul:g} µL", found),
            well=row.well,
            step=name,
        )

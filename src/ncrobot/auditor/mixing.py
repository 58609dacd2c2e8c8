"""Mixing: a mix step mixes every well that holds something, as often and as much as asked."""

from __future__ import annotations

from ncrobot.auditor.book import Book
from ncrobot.auditor.facts import Case, is_done, value_of
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
            for well, row in case.rows.items():
                done = mixes.get((case.step_names[index], well), [])
                is_filled = well in filled_by and filled_by[well] < index
                _check_well(case, index, step, row, done if is_filled or done else None)


def _check_step(case: Case, operation: MixWells) -> None:
    if not isinstance(case.step_of(operation), Mix):
        case.notes.differ(
            "mix",
            f"{operation.id!r} mixes wells in {operation.step}, which doesn't mix",
            Compared("step", "a mix step", operation.step),
            step=operation.step,
        )


def _check_well(
    case: Case, index: int, step: Mix, row: Condition, done: list[tuple[int, float]] | None
) -> None:
    """Compare one well; ``done`` None: it is empty and nothing was done."""
    name = case.step_names[index]
    if not is_done(step, row):
        if done:
            _differ(case, name, row, "not at all", _told(done))
        return
    if done is None:
        return
    volume_ul = value_of(step.volume, row)
    repetitions = round(value_of(step.repetitions, row))
    is_right = len(done) == 1 and (
        done[0][0] == repetitions and agree(volume_ul, done[0][1], absolute=ROUNDING_UL + 1e-9)
    )
    if not is_right:
        _differ(case, name, row, f"{repetitions} times {volume_ul:g} µL", _told(done))


def _told(done: list[tuple[int, float]]) -> str:
    return " and ".join(f"{count} times {ul:g} µL" for count, ul in done) or "not at all"


def _differ(case: Case, name: str, row: Condition, asked: str, found: str) -> None:
    case.notes.differ(
        "mix",
        f"well {row.well} is to be mixed {asked} in {name}, in the plan: {found}",
        Compared("mixing", asked, found),
        well=row.well,
        step=name,
    )

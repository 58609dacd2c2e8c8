"""Samples: as many as asked, of the asked volume, each into a well of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ncrobot.auditor.asked import AskedWell
from ncrobot.auditor.book import Book, Move
from ncrobot.auditor.facts import Case, is_done, value_of
from ncrobot.auditor.liquid import ROUNDING_UL
from ncrobot.auditor.report import Compared, agree, listed
from ncrobot.protocol import Condition, Sample


def check_samples(case: Case, book: Book, asked: Mapping[str, AskedWell]) -> None:
    """Compare the samples of every well with those that the protocol asks for."""
    taken: dict[tuple[str, str], list[Move]] = {}
    diluents: dict[str, list[Move]] = {}
    for move in book.moves:
        well = case.well_of(move.leg.source)
        if move.operation.purpose == "sample" and well is not None:
            taken.setdefault((move.operation.step, well), []).append(move)
        elif move.operation.purpose == "dilution":
            diluents.setdefault(move.leg.destination, []).append(move)
    for index, step in enumerate(case.protocol.steps):
        if isinstance(step, Sample):
            for well, wished in asked.items():
                moves = taken.get((case.step_names[index], well), [])
                _check_count(case, index, step, wished, moves)
                for move in moves:
                    _check_sample(case, step, wished.row, move, diluents)
    _check_destinations(case, [move for moves in taken.values() for move in moves])


def _times(step: Sample) -> int:
    return max(1, len(step.at))


def _wished_numbers(case: Case, index: int, step: Sample, asked: AskedWell) -> Counter[int]:
    """How many samples bear each number: that of the portion, or 1, 2, ... by their times."""
    if not is_done(step, asked.row):
        return Counter()
    if not any(volume_ul > 0 for i, volume_ul in asked.volume_ul.items() if i < index):
        return Counter()
    if step.after_each_portion_of is None:
        return Counter(range(1, _times(step) + 1))
    portions = asked.portions.get(case.places.get(step.after_each_portion_of, -1), 0)
    return Counter({number: _times(step) for number in range(1, portions + 1)})


def _check_count(case: Case, index: int, step: Sample, asked: AskedWell, moves: list[Move]) -> None:
    wished = _wished_numbers(case, index, step, asked)
    found = Counter(move.operation.portion or 1 for move in moves)
    if found == wished:
        return
    reduction = case.places.get(step.after_each_portion_of or "", -1)
    if not found and reduction in asked.volume_ul and not asked.volume_ul[reduction] > 0:
        # A control that gets no reductant has no portions to take samples after.
        return
    name = case.step_names[index]
    case.notes.differ(
        "samples",
        f"{name} asks for {wished.total()} samples of well {asked.row.well}"
        + (f" (after portions {listed(map(str, wished), 9)})" if step.after_each_portion_of else "")
        + f", the plan takes {found.total()}"
        + (f" (numbers {listed(map(str, sorted(found)), 9)})" if found else ""),
        Compared("samples", float(wished.total()), float(found.total())),
        well=asked.row.well,
        step=name,
    )


def _check_sample(
    case: Case, step: Sample, row: Condition, move: Move, diluents: Mapping[str, list[Move]]
) -> None:
    operation, leg = move.operation, move.leg
    _check_volume(case, move, "sample", (value_of(step.volume, row), leg.volume_ul, 1))
    if operation.tip_use != "fresh" or not operation.touches:
        case.notes.differ(
            "tip-use",
            f"the sample of well {row.well} is not taken with a fresh tip",
            Compared("tips", "fresh tips", "reused tips"),
            well=row.well,
            step=operation.step,
        )
    there = diluents.get(leg.destination, [])
    wished_ul = value_of(step.dilute_with.volume, row) if step.dilute_with is not None else 0.0
    found_ul = sum(other.leg.volume_ul for other in there)
    _check_volume(case, move, "diluent of a sample", (wished_ul, found_ul, len(there)))
    for other in there:
        if not case.order.is_before(other.operation.id, operation.id):
            case.notes.differ(
                "order",
                f"nothing puts the diluent of well {row.well}'s sample before the sample",
                Compared(
                    "order of operations", f"{other.operation.id}, {operation.id}", "either first"
                ),
                well=row.well,
                step=operation.step,
            )


def _check_volume(case: Case, move: Move, what: str, volumes: tuple[float, float, int]) -> None:
    """Compare asked and found µL of so many legs."""
    asked_ul, found_ul, legs = volumes
    if not agree(asked_ul, found_ul, absolute=ROUNDING_UL * max(1, legs) + 1e-9):
        case.notes.differ(
            "sample-volume",
            f"the {what} in {move.leg.destination} is {found_ul:g} µL, {asked_ul:g} µL are asked",
            Compared(f"volume of the {what}", asked_ul, found_ul, "µL"),
            well=case.well_of(move.leg.source),
            step=move.operation.step,
        )


def _check_destinations(case: Case, moves: list[Move]) -> None:
    places = Counter(move.leg.destination for move in moves)
    for address, count in places.items():
        if count > 1:
            case.notes.differ(
                "sample-place",
                f"{count} samples go into {address}",
                Compared("samples in one well", 1.0, float(count)),
            )

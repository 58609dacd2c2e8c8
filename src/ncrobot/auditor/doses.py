"""Doses: what every step brings into every well, against what the protocol asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ncrobot.auditor.asked import AskedWell, ask, is_calculated, is_make_up
from ncrobot.auditor.book import Book, Move
from ncrobot.auditor.facts import Case, is_done, value_of
from ncrobot.auditor.liquid import ROUNDING_UL, Liquid
from ncrobot.auditor.moves import is_diluent
from ncrobot.auditor.report import Compared, agree
from ncrobot.protocol import Condition, Dilute, Dosing, drawn_stock

# A make-up too small for any tip may be left out if the plan says so and it is no more than this.
_SMALL_MAKE_UP = 1e-3
_SAME_PORTIONS = 1e-3


@dataclass(slots=True)
class Given:
    """What one step brought into one well."""

    liquid: Liquid = field(default_factory=Liquid)
    moves: list[Move] = field(default_factory=list)

    @property
    def doubt_ul(self) -> float:
        """By how much the rounding of the legs may have changed the volume."""
        return sum(self.liquid.doubt_ul.values())


Deliveries = Mapping[str, Mapping[int, Given]]


def deliveries(case: Case, book: Book) -> Deliveries:
    """What arrived in each well by each step."""
    found: dict[str, dict[int, Given]] = {well: {} for well in case.rows}
    for move in book.moves:
        well = case.well_of(move.leg.destination)
        if well is None or move.operation.purpose == "sample":
            continue
        place = case.places.get(move.operation.step, -1)
        given = found[well].setdefault(place, Given())
        given.moves.append(move)
        given.liquid.add(move.liquid)
    return found


def check_doses(case: Case, book: Book, arrived: Deliveries) -> dict[str, AskedWell]:
    """Compare every well; returns what was asked for, by well."""
    asked: dict[str, AskedWell] = {}
    for well, row in case.rows.items():
        calculated = {
            index: given.liquid.ul.get(case.doses[index].stock, 0.0)
            for index, given in arrived[well].items()
            if index in case.doses and is_calculated(case.doses[index])
        }
        wished = ask(case, row, calculated)
        if wished is not None:
            asked[well] = wished
            _check_steps(case, wished, arrived[well])
        for index, step in enumerate(case.protocol.steps):
            if isinstance(step, Dilute) and is_done(step, row):
                _check_dilution(case, book, row, index, arrived[well].get(index, Given()))
    return asked


def carried_ul(case: Case, row: Condition, arrived: Mapping[int, Given]) -> float:
    """µL of solvent that working solutions brought into a row's well with its doses."""
    return sum(
        volume_ul
        for index, given in arrived.items()
        if index in case.doses
        for stock, volume_ul in given.liquid.ul.items()
        if stock != drawn_stock(case.protocol, case.doses[index].stock, row)
    )


def make_up_left_out(case: Case, asked: AskedWell) -> bool:
    """Whether the plan says that it leaves out a make-up which is too small to deliver."""
    return any(
        note.code == "make-up-left-out" and note.well == asked.row.well
        for note in case.plan.warnings
    )


def _check_steps(case: Case, asked: AskedWell, arrived: Mapping[int, Given]) -> None:
    carried = carried_ul(case, asked.row, arrived)
    for index, step in case.doses.items():
        given = arrived.get(index, Given())
        wished_ul = asked.volume_ul[index]
        slack_ul = given.doubt_ul
        if is_make_up(step) and wished_ul != 0:
            # The solvent of working solutions is part of what fills the well.
            wished_ul -= carried
            slack_ul += sum(other.doubt_ul for i, other in arrived.items() if i in case.doses)
            if make_up_left_out(case, asked):
                slack_ul += _SMALL_MAKE_UP * asked.final_ul
        _check_volume(case, asked.row, index, given, wished_ul, slack_ul)
        _check_mixture(case, asked.row, index, step, given)
        _check_portions(case, asked, index, given)
    for index, given in arrived.items():
        place = case.step_at(index)
        if not isinstance(place, Dosing | Dilute) or not is_done(place, asked.row):
            _differ(
                case,
                (asked.row.well, index),
                "unasked-dose",
                "nothing there",
                (0.0, given.liquid.volume_ul),
            )


def _differ(
    case: Case, place: tuple[str, int], code: str, what: str, volumes: tuple[float, float]
) -> None:
    """Note a wrong volume of a well and step; ``volumes`` are asked and found."""
    well, index = place
    step = case.step_names[index] if case.step_at(index) is not None else "no step"
    case.notes.differ(
        code,
        f"well {well} gets {volumes[1]:.6g} µL in {step}; the protocol asks {what}",
        Compared("volume of the dose", *volumes, "µL"),
        well=well,
        step=step,
    )


def _check_volume(
    case: Case, row: Condition, index: int, given: Given, wished_ul: float, slack_ul: float
) -> None:
    stock = drawn_stock(case.protocol, case.doses[index].stock, row)
    found_ul = given.liquid.ul.get(stock, 0.0)
    if agree(wished_ul, found_ul, absolute=slack_ul + 1e-6):
        return
    code = "dose-volume" if found_ul > 0 else "missing-dose"
    if not wished_ul > 0:
        code = "unasked-dose"
    main = case.protocol.stocks[stock].of
    strength = case.contents[stock].get(main, 0.0)
    moles = f" ({wished_ul * strength:.6g} µmol of {main})" if strength else ""
    what = f"{wished_ul:.6g} µL of {stock}{moles}"
    _differ(case, (row.well, index), code, what, (wished_ul, found_ul))


def _check_mixture(case: Case, row: Condition, index: int, step: Dosing, given: Given) -> None:
    """A dose is its stock, perhaps diluted with a plain solvent of that stock."""
    stock = drawn_stock(case.protocol, step.stock, row)
    for part, volume_ul in given.liquid.ul.items():
        if part == stock or is_diluent(case, part, stock):
            continue
        case.notes.differ(
            "wrong-stock",
            f"well {row.well} gets {volume_ul:.4g} µL of {part} in {case.step_names[index]}, which "
            f"adds {stock}",
            Compared("stock", stock, part),
            well=row.well,
            step=case.step_names[index],
        )


def _check_portions(case: Case, asked: AskedWell, index: int, given: Given) -> None:
    """A reduction comes in as many parts as asked, all alike."""
    wished = asked.portions[index]
    by_portion: dict[int, float] = {}
    for move in given.moves:
        number = move.operation.portion or 1
        by_portion[number] = by_portion.get(number, 0.0) + move.leg.volume_ul
    if not by_portion:
        return
    step, well = case.step_names[index], asked.row.well
    if sorted(by_portion) != list(range(1, wished + 1)):
        case.notes.differ(
            "portions",
            f"well {well} gets {len(by_portion)} portions in {step}, {wished} are asked",
            Compared("portions", float(wished), float(len(by_portion))),
            well=well,
            step=step,
        )
    least, most = min(by_portion.values()), max(by_portion.values())
    if not most - least <= _SAME_PORTIONS * most + 1e-9:
        case.notes.differ(
            "unequal-portions",
            f"the portions of {step} in well {well} are not identical: {least:g} to {most:g} µL",
            Compared("volume of a portion", most, least, "µL"),
            well=well,
            step=step,
        )


def _check_dilution(case: Case, book: Book, row: Condition, index: int, given: Given) -> None:
    """A dilution is counted from what the well holds when it begins."""
    step = case.protocol.steps[index]
    if not isinstance(step, Dilute):
        return
    if given.moves:
        before_ul = given.moves[0].destination_level_ul
    else:
        before_ul = _level_before_ul(case, book, row.well, index)
    if step.volume is not None:
        wished_ul = value_of(step.volume, row)
    elif step.factor is not None:
        wished_ul = before_ul * (value_of(step.factor, row) - 1)
    else:
        wished_ul = (value_of(step.to_volume, row) if step.to_volume else 0.0) - before_ul
    found_ul = given.liquid.ul.get(step.stock, 0.0)
    if not agree(wished_ul, found_ul, absolute=max(given.doubt_ul, ROUNDING_UL) + 1e-6):
        what = f"{wished_ul:.6g} µL of {step.stock}"
        _differ(case, (row.well, index), "dilution", what, (wished_ul, found_ul))
    for part, volume_ul in given.liquid.ul.items():
        if part != step.stock:
            what = f"no {part} there"
            _differ(case, (row.well, index), "wrong-stock", what, (0.0, volume_ul))


def _level_before_ul(case: Case, book: Book, well: str, index: int) -> float:
    """What earlier steps put into a well, less the samples that they took."""
    level_ul = 0.0
    for move in book.moves:
        if case.places.get(move.operation.step, -1) < index:
            if case.well_of(move.leg.destination) == well:
                level_ul += move.leg.volume_ul
            if case.well_of(move.leg.source) == well:
                level_ul -= move.leg.volume_ul
    return level_ul

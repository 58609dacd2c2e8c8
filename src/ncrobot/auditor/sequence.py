"""Sequence: every well sees the steps in the protocol's order, and the lags make sure of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ncrobot.auditor.facts import Case
from ncrobot.auditor.report import Compared
from ncrobot.plan import MixWells, Operation, Refill, Transfer
from ncrobot.protocol import Sample

Touch = Transfer | MixWells


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an operation belongs in its well: step, portion, and samples behind their portion."""

    step: int
    portion: int
    behind: int = 0

    @property
    def key(self) -> tuple[int, int, int]:
        """For sorting."""
        return self.step, self.portion, self.behind


def touches(case: Case) -> dict[str, list[Touch]]:
    """The operations that touch each well, in an order that the lags allow."""
    found: dict[str, list[Touch]] = {well: [] for well in case.rows}
    for operation in case.in_order():
        if isinstance(operation, Transfer | MixWells):
            for well in _wells_of(case, operation):
                found[well].append(operation)
    return found


def check_sequence(case: Case) -> None:
    """Check the order in each well, of work on the whole plate, and of preparations."""
    touching = touches(case)
    _check_groups(case, touching)
    if case.order.circular:
        return
    plate = [
        operation
        for operation in case.in_order()
        if not isinstance(operation, Transfer | MixWells | Refill) and operation.step != "cool"
    ]
    for well, operations in touching.items():
        last: dict[str, int] = {}
        for operation in operations:
            last[operation.step] = max(last.get(operation.step, 0), operation.portion or 0)
        places = {operation.id: _place(case, operation, last) for operation in operations}
        _check_well(case, well, operations, places)
        _check_plate_work(case, well, operations, places, plate)
    _check_preparations(case)


def _wells_of(case: Case, operation: Touch) -> set[str]:
    if isinstance(operation, MixWells):
        touched = {leg.well for leg in operation.legs}
    else:
        touched = {a for leg in operation.legs for a in (leg.source, leg.destination)}
    return {well for address in touched if (well := case.well_of(address)) is not None}


def _place(case: Case, operation: Touch, last: Mapping[str, int]) -> _Place:
    """Where an operation belongs; ``last`` is the number of the last portion of each step.

    Samples between the portions of a reduction belong behind their portion, those after the last
    one where the protocol names them.
    """
    index, step = case.places.get(operation.step, -1), case.step_of(operation)
    number = operation.portion or 0
    if isinstance(step, Sample) and step.after_each_portion_of is not None:
        reduction = step.after_each_portion_of
        if number < last.get(reduction, 0):
            return _Place(case.places.get(reduction, -1), number, 1 + index)
    return _Place(index, number)


def _check_well(
    case: Case, well: str, operations: Sequence[Touch], places: Mapping[str, _Place]
) -> None:
    ordered = sorted(operations, key=lambda op: (places[op.id].key, case.order.rank(op.id)))
    for first, second in pairwise(ordered):
        # Trips of one dose, or samples after one portion, may come in either order.
        is_same = places[first.id] == places[second.id]
        if not is_same and not case.order.is_before(first.id, second.id):
            _out_of_order(case, well, first, second)


def _out_of_order(case: Case, well: str | None, first: Operation, second: Operation) -> None:
    reverse = case.order.is_before(second.id, first.id)
    case.notes.differ(
        "order",
        f"{first.id!r} ({first.step}) belongs before {second.id!r} ({second.step}), but "
        + ("comes after it" if reverse else "no lag makes sure of it"),
        Compared(
            "order of operations",
            f"{first.id}, {second.id}",
            f"{second.id}, {first.id}" if reverse else "either first",
        ),
        well=well,
        step=second.step,
    )


def _check_plate_work(
    case: Case,
    well: str,
    operations: Sequence[Touch],
    places: Mapping[str, _Place],
    plate: Sequence[Operation],
) -> None:
    """Work on the whole plate comes between the wells' steps before it and those after it."""
    for whole in plate:
        place = case.places.get(whole.step, -1)
        for operation in operations:
            own = places[operation.id].step
            if own < place and not case.order.is_before(operation.id, whole.id):
                _out_of_order(case, well, operation, whole)
            if own > place and not case.order.is_before(whole.id, operation.id):
                _out_of_order(case, well, whole, operation)


def _check_groups(case: Case, touching: dict[str, list[Touch]]) -> None:
    """All that happens in a well belongs to one group: its lags form one chain."""
    for well, operations in touching.items():
        groups = dict.fromkeys(operation.group for operation in operations)
        if len(groups) > 1 or None in groups:
            case.notes.differ(
                "group",
                f"the operations of well {well} belong to the groups "
                + ", ".join(str(group) for group in groups),
                Compared("groups", "one group", str(len(groups))),
                well=well,
            )


def _check_preparations(case: Case) -> None:
    """A working solution is drawn after all of it was poured together."""
    made: dict[str, list[Transfer]] = {}
    transfers = [op for op in case.in_order() if isinstance(op, Transfer)]
    for operation in transfers:
        if operation.purpose == "dilution":
            for leg in operation.legs:
                made.setdefault(leg.destination, []).append(operation)
    for operation in transfers:
        if operation.purpose != "dose":
            continue
        for source in {leg.source for leg in operation.legs}:
            for pouring in made.get(source, []):
                if not case.order.is_before(pouring.id, operation.id):
                    _out_of_order(case, None, pouring, operation)

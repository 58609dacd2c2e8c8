"""When a person is needed: tasks and new lots, in the order of the run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ncrobot.plan import AskPerson, LetGas, Operation, Plan, Refill
from ncrobot.reports._text import exact_clock, listed, significant, span, volume
from ncrobot.schedule import Schedule

_DEFAULTS = {
    "done": "taken as done",
    "skip": "skipped, and its wells are flagged",
    "stop": "the run stops",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One time at which a person is called."""

    start_s: float
    takes_s: float
    task: str
    answer_within_s: float | None
    without_answer: str
    hazards: tuple[str, ...]


def calls(plan: Plan, schedule: Schedule) -> list[Call]:
    """All calls by their time; an operation that isn't scheduled is left out."""
    operations = {op.id: op for op in (*plan.operations, *schedule.auxiliary)}
    found: list[Call] = []
    for entry in schedule.entries:
        operation = operations.get(entry.operation)
        if operation is not None:
            found += _call(operation, entry.start_s)
    return sorted(found, key=lambda call: call.start_s)


def gas_times(plan: Plan, schedule: Schedule) -> tuple[str, ...]:
    """When gas flows over the deck, in the order of the run, each in a sentence."""
    operations = {op.id: op for op in plan.operations}
    found = []
    for entry in sorted(schedule.entries, key=lambda entry: entry.start_s):
        operation = operations.get(entry.operation)
        if isinstance(operation, LetGas):
            flow = f"{significant(operation.flow_ml_per_min)} mL/min of {operation.gas}"
            times = f"{exact_clock(entry.start_s)} to {exact_clock(entry.end_s)}"
            found.append(
                f"{times}: {flow} over {operation.labware} by {operation.device}, for "
                f"{span(operation.for_s)}"
            )
    return tuple(found)


def _call(operation: Operation, start_s: float) -> Iterator[Call]:
    if isinstance(operation, AskPerson):
        yield Call(
            start_s=start_s,
            takes_s=operation.takes_s,
            task=" ".join(operation.task.split()),
            answer_within_s=operation.answer_within_s,
            without_answer=_DEFAULTS[operation.default],
            hazards=operation.hazards,
        )
    elif isinstance(operation, Refill):
        places = listed(f"{volume(ul)} in {place}" for place, ul in operation.wells_ul.items())
        first = operation.lot == 1
        throw = "" if first else f"Throw away what is left of {operation.stock}. "
        yield Call(
            start_s=start_s,
            takes_s=operation.takes_s,
            task=f"{throw}Put in the newly made lot {operation.lot} of {operation.stock}: "
            f"{places}.",
            answer_within_s=None,
            without_answer="its position stays empty, and the doses from it fail"
            if first
            else "the old lot stays, and wells that get it beyond its life are flagged",
            hazards=(),
        )

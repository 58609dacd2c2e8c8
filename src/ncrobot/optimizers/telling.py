"""Whether what is told to an optimizer fits the search space: names, words, finite figures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from ncrobot.errors import Diagnostic, nearest_word
from ncrobot.optimizers.interface import Failure, Result, Suggestion
from ncrobot.searchspace import Choice, SearchSpace, Value


def faults_of_told(
    space: SearchSpace,
    results: Sequence[Result],
    pending: Sequence[Suggestion],
    failed: Sequence[Failure],
) -> list[Diagnostic]:
    """What is wrong with results, suggestions under way and failures; a range may be left.

    Doses as executed may lie a little outside of what may be asked for.
    """
    return [
        *(fault for item in results for fault in faults_of_values(space, item.id, item.values)),
        *(fault for item in results for fault in _figure_faults(space, item)),
        *(fault for item in pending for fault in faults_of_values(space, item.id, item.values)),
        *(fault for item in failed for fault in faults_of_values(space, item.id, item.values)),
    ]


def faults_of_values(
    space: SearchSpace, row: str, values: Mapping[str, Value]
) -> Iterator[Diagnostic]:
    """What keeps values from being conditions: names, words, figures that are not finite."""
    for name in values:
        if name not in space.parameters:
            yield _unknown(row, name, list(space.parameters), "parameter")
    for name, parameter in space.parameters.items():
        value = values.get(name)
        if value is None:
            message = "a value is missing"
            yield Diagnostic(code="missing-value", message=message, row=row, quantity=name)
        elif isinstance(parameter, Choice):
            if value not in parameter.of:
                near = nearest_word(str(value), parameter.of)
                yield Diagnostic(
                    code="unknown-word",
                    message="the word is none of the choices",
                    row=row,
                    quantity=name,
                    found=str(value),
                    allowed=parameter.allowed,
                    fix=f"did you mean '{near}'?" if near else None,
                )
        elif isinstance(value, str) or not math.isfinite(value):
            message = "a finite number is needed"
            yield Diagnostic(
                code="not-a-number", message=message, row=row, quantity=name, found=str(value)
            )


def _figure_faults(space: SearchSpace, result: Result) -> Iterator[Diagnostic]:
    for name in (*result.measured, *result.sem):
        if name not in space.objectives:
            yield _unknown(result.id, name, list(space.objectives), "objective")
    for name, sem in result.sem.items():
        if sem < 0 or name not in result.measured:
            message = "a standard error needs a figure, and can't be below zero"
            yield Diagnostic(
                code="bad-uncertainty",
                message=message,
                row=result.id,
                quantity=name,
                found=str(sem),
            )


def _unknown(row: str, name: str, known: list[str], what: str) -> Diagnostic:
    near = nearest_word(name, known)
    return Diagnostic(
        code=f"unknown-{what}",
        message=f"the search space has no {what} of this name",
        row=row,
        quantity=name,
        allowed=", ".join(known),
        fix=f"did you mean '{near}'?" if near else "leave it out",
    )

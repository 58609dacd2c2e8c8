"""Writes suggestions, results and refusals as CSV, and a question to an optimizer as JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from ncrobot.model import Document
from ncrobot.optimizers.checking import Refusal
from ncrobot.optimizers.interface import Failure, OptimizerState, Result, Suggestion
from ncrobot.searchspace import Continuous, SearchSpace


class Ask(Document):
    """A question to an optimizer elsewhere: all that is known, and how many are wanted.

    The answer is a file of suggestions for the same round.
    """

    ncrobot: Literal["ask/1"] = "ask/1"
    round: int = Field(ge=1)
    n: int = Field(ge=1)
    known: OptimizerState


def suggestions_csv(suggestions: Sequence[Suggestion], space: SearchSpace) -> str:
    """Suggestions as a table; it reads back as the same conditions."""
    header = ["id", *_parameter_columns(space)]
    return _table(header, ([item.id, *_cells(item.values, space)] for item in suggestions))


def results_csv(
    space: SearchSpace,
    results: Sequence[Result] = (),
    pending: Sequence[Suggestion] = (),
    failed: Sequence[Failure] = (),
) -> str:
    """All that can be told as a table; see :func:`read_results` for its columns."""
    objectives = [
        f"{name}{ending} [{item.unit}]" if item.unit else f"{name}{ending}"
        for name, item in space.objectives.items()
        for ending in ("", "_sem")
    ]
    header = ["id", "suggestion", "status", "reason", "why", *_parameter_columns(space)]
    rows: list[list[Any]] = []
    for result in results:
        figures = [
            _number(source.get(name))
            for name in space.objectives
            for source in (result.measured, result.sem)
        ]
        start = [result.id, result.suggestion or "", "done", "", ""]
        rows.append([*start, *_cells(result.values, space), *figures])
    empty = [""] * len(objectives)
    for item in pending:
        start = [item.id, item.id, "pending", "", ""]
        rows.append([*start, *_cells(item.values, space), *empty])
    for failure in failed:
        reason = failure.reason.value if failure.reason else ""
        start = [failure.id, failure.suggestion or "", failure.kind.value, reason, failure.why]
        rows.append([*start, *_cells(failure.values, space), *empty])
    return _table([*header, *objectives], rows)


def refusals_csv(refused: Sequence[Refusal]) -> str:
    """Refusals as a table, for whoever suggested."""
    header = ["id", "status", "reason", "message", "quantity", "found", "allowed", "fix", "line"]
    rows = (
        [
            item.id,
            "infeasible",
            item.reason.value,
            item.message,
            item.quantity or "",
            item.found or "",
            item.allowed or "",
            item.fix or "",
            "" if item.line is None else item.line,
        ]
        for item in refused
    )
    return _table(header, rows)


def _parameter_columns(space: SearchSpace) -> list[str]:
    return [
        f"{name} [{item.unit}]" if isinstance(item, Continuous) and item.unit else name
        for name, item in space.parameters.items()
    ]


def _cells(values: Mapping[str, float | int | str], space: SearchSpace) -> list[str]:
    return [_number(values[name]) for name in space.parameters]


def _number(value: float | str | None) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else repr(value)


def _table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    # A line break inside a cell would end its row for many readers.
    writer.writerows([" ".join(str(cell).split()) for cell in row] for row in rows)
    return out.getvalue()

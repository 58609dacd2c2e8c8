"""Reads results from a CSV table: what was made, what was measured, and what has no result."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ncrobot.errors import ConditionsError, Diagnostic, nearest_word
from ncrobot.optimizers.checking import Offered
from ncrobot.optimizers.checking.reading import read
from ncrobot.optimizers.interface import Failure, FailureKind, Reason, Result, Suggestion
from ncrobot.protocol._csv_table import read_csv
from ncrobot.protocol._table import Table, TableRow
from ncrobot.searchspace import SearchSpace

_DONE, _PENDING = "done", "pending"
_STATUSES = (_DONE, _PENDING, *(kind.value for kind in FailureKind))
_OWN = ("id", "suggestion", "status", "reason", "why", "well", "plate", "block", "kind")
_SEM = "_sem"


@dataclass(frozen=True, slots=True)
class Where:
    """Where a table tells something: its file, line, and the well that the row names."""

    file: str | None = None
    line: int | None = None
    well: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a table of results says, ready for ``observe``; ``where`` are its rows by their ids."""

    results: tuple[Result, ...]
    pending: tuple[Suggestion, ...]
    failed: tuple[Failure, ...]
    where: Mapping[str, Where] = field(default_factory=dict)


def read_results(text: str, space: SearchSpace, *, file: str | None = None) -> Told:
    """Read a table as :func:`results_csv` writes it; ``file`` is its name in messages.

    Columns: ``id``, ``suggestion``, ``status`` (done if left out), every parameter with its unit,
    objectives with their unit, ``<objective>_sem``. An empty objective is not measured yet.

    Raises:
        ConditionsError: with every finding; nothing is taken from a table that has one.
    """
    table = read_csv(text.removeprefix("\ufeff"), file)
    _check_columns(table, space)
    results, pending, failed = [], [], []
    where: dict[str, Where] = {}
    for row in table.rows:
        _place(table, row, where)
        status = row.text("status") or _DONE
        offered = _offered(row, table, space)
        values, refusal = read(offered, space)
        # As executed, a dose may lie a little outside of what may be asked for.
        if refusal is not None and refusal.reason is not Reason.OUT_OF_RANGE:
            well = row.text("well") or None
            table.findings.append(replace(refusal.diagnostic, well=well))
        elif status not in _STATUSES:
            _refuse_status(table, row, status)
        elif status == _PENDING:
            pending.append(Suggestion(id=row.text("id"), values=values))
        elif status == _DONE:
            results.append(_result(table, row, values, space))
        else:
            failed.append(_failure(row, values, FailureKind(status)))
    if table.findings:
        raise ConditionsError(table.findings)
    return Told(tuple(r for r in results if r), tuple(pending), tuple(failed), where)


def _place(table: Table, row: TableRow, where: dict[str, Where]) -> None:
    """Note where a row stands; every one needs an id of its own."""
    name = row.text("id")
    if name and name in where:
        fix = f"give it an id of its own, or leave it out (the first: line {where[name].line})"
        _refuse(table, row, "repeated-id", f"the id {name} stands twice", fix=fix)
    elif name:
        where[name] = Where(table.file, row.place.line, row.text("well") or None)


def _check_columns(table: Table, space: SearchSpace) -> None:
    objectives = space.objectives
    known = [*_OWN, *space.parameters, *objectives, *(name + _SEM for name in objectives)]
    for column in table.columns:
        if column.name not in known:
            near = nearest_word(column.name, known)
            table.error(
                column.place,
                "unknown-column",
                f'a table of results has no column "{column.name}"',
                allowed=", ".join(known),
                fix=f"did you mean '{near}'?" if near else "delete the column",
            )
        base = column.name.removesuffix(_SEM)
        if base in objectives and (column.unit or "") != objectives[base].unit:
            table.error(
                column.place,
                "wrong-unit",
                f"{base} is not in the unit of its objective",
                quantity=base,
                found=column.unit or "no unit",
                allowed=objectives[base].unit or "no unit",
            )
    if "id" not in {column.name for column in table.columns} and table.columns:
        fix = "every result needs an id, so that it is told once"
        message = 'the column "id" is missing'
        table.error(table.columns[0].place, "missing-column", message, fix=fix)


def _offered(row: TableRow, table: Table, space: SearchSpace) -> Offered:
    units = {column.name: column.unit for column in table.columns if column.unit is not None}
    values = {name: cell.raw for name, cell in row.cells.items() if name in space.parameters}
    return Offered(
        row.text("id") or f"row-{row.number}", values, units, file=table.file, line=row.place.line
    )


def _result(
    table: Table, row: TableRow, values: Mapping[str, float | int | str], space: SearchSpace
) -> Result | None:
    measured: dict[str, float] = {}
    sem: dict[str, float] = {}
    before = len(table.findings)
    for name in space.objectives:
        for column, figures in ((name, measured), (name + _SEM, sem)):
            text = row.text(column)
            if text:
                figure = _figure(text)
                if figure is None:
                    message = "a finite number is needed"
                    fix = "leave the cell empty if it wasn't measured"
                    _refuse(
                        table, row, "not-a-number", message, quantity=column, found=text, fix=fix
                    )
                else:
                    figures[name] = figure
    if not row.text("id"):
        fix = "every result needs an id, so that it is told once"
        _refuse(table, row, "missing-id", "the row has no id", fix=fix)
    if len(table.findings) > before:
        return None
    return Result(
        id=row.text("id"),
        suggestion=row.text("suggestion") or None,
        values=dict(values),
        measured=measured,
        sem=sem,
    )


def _figure(text: str) -> float | None:
    try:
        figure = float(text.replace("\u2212", "-"))
    except ValueError:
        return None
    return figure if math.isfinite(figure) else None


def _failure(row: TableRow, values: Mapping[str, float | int | str], kind: FailureKind) -> Failure:
    reason = row.text("reason")
    return Failure(
        id=row.text("id") or row.text("suggestion") or f"row-{row.number}",
        suggestion=row.text("suggestion") or None,
        values=dict(values),
        kind=kind,
        reason=Reason(reason) if reason in set(Reason) else None,
        why=row.text("why"),
    )


def _refuse_status(table: Table, row: TableRow, status: str) -> None:
    near = nearest_word(status, _STATUSES)
    _refuse(
        table,
        row,
        "unknown-word",
        "this is no status of a result",
        found=status,
        allowed=", ".join(_STATUSES),
        fix=f"did you mean '{near}'?" if near else None,
    )


def _refuse(  # noqa: PLR0913 - the parts of a finding
    table: Table,
    row: TableRow,
    code: str,
    message: str,
    *,
    quantity: str | None = None,
    found: str | None = None,
    allowed: str | None = None,
    fix: str | None = None,
) -> None:
    """Note what is wrong with a row, by its id and well."""
    table.findings.append(
        Diagnostic(
            code=code,
            message=message,
            file=table.file,
            line=row.place.line,
            row=row.text("id") or f"row-{row.number}",
            well=row.text("well") or None,
            quantity=quantity,
            found=found,
            allowed=allowed,
            fix=fix,
        )
    )

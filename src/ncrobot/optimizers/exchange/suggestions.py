"""Reads suggestions that others dropped in: CSV, JSON or YAML. A damaged row spoils no other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ncrobot.errors import ConditionsError, Diagnostic
from ncrobot.optimizers.checking import Offered, Refusal
from ncrobot.optimizers.interface import Reason
from ncrobot.protocol._csv_table import read_csv
from ncrobot.protocol._files import UnreadableError, check_text, read_text
from ncrobot.protocol._table import Table, TableRow
from ncrobot.protocol._tree import Tree, read_tree
from ncrobot.protocol._yaml_error import YamlTextError

Form = Literal["csv", "json", "yaml"]
_DOCUMENT = "suggestions/1"
_FORMS: Mapping[str, Form] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".json": "json", ".yaml": "yaml", ".yml": "yaml",
}  # fmt: skip
_OWN_COLUMNS = ("id", "name", "round")


@dataclass(frozen=True, slots=True)
class Received:
    """The rows that could be read, and refusals of the others."""

    rows: tuple[Offered, ...]
    refused: tuple[Refusal, ...] = ()


def load_suggestions(path: str | Path) -> Received:
    """Read suggestions from a file; its ending tells the format.

    Raises:
        ConditionsError: the file as a whole can't be read, or holds none.
    """
    path = Path(path)
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        raise ConditionsError(
            Diagnostic(
                code="unknown-format",
                message="the ending of the file tells no format",
                file=str(path),
                found=path.suffix or "none",
                allowed=", ".join(_FORMS),
            )
        )
    try:
        text = read_text(path)
    except UnreadableError as error:
        raise ConditionsError(error.diagnostic) from None
    found = read_suggestions(text, form, file=str(path))
    if not found.rows and not found.refused:
        message, fix = "there are no suggestions in it", "write a row for each"
        raise ConditionsError(Diagnostic(code="no-rows", message=message, file=str(path), fix=fix))
    return found


def read_suggestions(text: str, form: Form, *, file: str | None = None) -> Received:
    """Read suggestions from a text; ``file`` is its name in messages.

    CSV: a column for each parameter, its unit in the header as in ``wait [min]``, and columns
    ``id`` and ``round`` if wanted. JSON and YAML: see the documentation of optimizers.

    Raises:
        ConditionsError: the text as a whole can't be read.
    """
    try:
        check_text(text, file)
        if form == "csv":
            return _of_table(read_csv(text.removeprefix("\ufeff"), file))
        return _of_tree(read_tree(text, file))
    except UnreadableError as error:
        raise ConditionsError(error.diagnostic) from None
    except YamlTextError as error:
        raise ConditionsError(error.diagnostic(file)) from None


def _of_table(table: Table) -> Received:
    lines = {row.place.line for row in table.rows}
    of_file = [finding for finding in table.findings if finding.line not in lines]
    if of_file:
        raise ConditionsError(of_file)
    damaged: dict[int | None, Diagnostic] = {}
    for finding in table.findings:
        damaged.setdefault(finding.line, finding)
    found = [_of_row(row, table, damaged.get(row.place.line)) for row in table.rows]
    return _sorted_out(found)


def _sorted_out(found: Iterable[Offered | Refusal]) -> Received:
    rows: list[Offered] = []
    refused: list[Refusal] = []
    for item in found:
        if isinstance(item, Offered):
            rows.append(item)
        else:
            refused.append(item)
    return Received(tuple(rows), tuple(refused))


def _of_row(row: TableRow, table: Table, damage: Diagnostic | None) -> Offered | Refusal:
    values = {name: cell.raw for name, cell in row.cells.items() if name not in _OWN_COLUMNS}
    units = {column.name: column.unit for column in table.columns if column.unit is not None}
    name = row.text("id") or row.text("name") or f"row-{row.number}"
    number = row.text("round")
    offered = Offered(name[:80], values, units, file=table.file, line=row.place.line)
    if damage is not None:
        return _unreadable(offered, damage)
    if number and not number.isdigit():
        return offered.refused(Reason.UNREADABLE, "the round is no number", found=number)
    return Offered(
        offered.id,
        values,
        units,
        round=int(number) if number else None,
        file=table.file,
        line=row.place.line,
    )


def _unreadable(row: Offered, finding: Diagnostic) -> Refusal:
    return row.refused(
        Reason.UNREADABLE,
        finding.message,
        found=finding.found,
        allowed=finding.allowed,
        fix=finding.fix,
    )


def _of_tree(tree: Tree) -> Received:
    if tree.diagnostics:
        raise ConditionsError(tree.diagnostics)
    data = tree.data
    if not isinstance(data, dict) or data.get("ncrobot") != _DOCUMENT:
        raise ConditionsError(_wrong(tree, (), f"these are no {_DOCUMENT}", "ncrobot"))
    items = data.get("suggestions")
    if not isinstance(items, list):
        raise ConditionsError(_wrong(tree, ("suggestions",), "a list is needed", "suggestions"))
    for name in data.keys() - {"ncrobot", "round", "units", "suggestions"}:
        raise ConditionsError(_wrong(tree, (name,), "this is no field of suggestions", name))
    number, units = data.get("round"), data.get("units", {})
    if number is not None and (not isinstance(number, int) or isinstance(number, bool)):
        raise ConditionsError(_wrong(tree, ("round",), "the round is no whole number", "round"))
    if not isinstance(units, dict) or not all(isinstance(unit, str) for unit in units.values()):
        raise ConditionsError(_wrong(tree, ("units",), "units are words", "units"))
    return _sorted_out(_items(tree, items, number, units))


def _items(
    tree: Tree, items: list[Any], number: int | None, units: Mapping[str, str]
) -> Iterator[Offered | Refusal]:
    for place, item in enumerate(items):
        spot = tree.entry_place(("suggestions", place))
        line = spot.line if spot else None
        name = item.get("id") if isinstance(item, dict) else None
        row = Offered(
            str(name)[:80] if name is not None else f"row-{place + 1}",
            {},
            units,
            round=number,
            file=tree.file,
            line=line,
        )
        values = item.get("values") if isinstance(item, dict) else None
        if not isinstance(values, dict):
            fix = "write {id: ..., values: {name: value, ...}}"
            yield row.refused(Reason.UNREADABLE, "a suggestion has an id and values", fix=fix)
            continue
        yield Offered(row.id, values, units, round=number, file=tree.file, line=line)


def _wrong(tree: Tree, at: tuple[str, ...], message: str, quantity: str) -> Diagnostic:
    spot = tree.entry_place(at)
    return Diagnostic(
        code="bad-suggestions",
        message=message,
        file=tree.file,
        line=spot.line if spot else 1,
        column=spot.column if spot else 1,
        quantity=quantity,
        fix=f"begin with ncrobot: {_DOCUMENT}" if quantity == "ncrobot" else None,
    )

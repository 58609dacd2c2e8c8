"""The rows of a conditions table: names, wells, kinds, replicates, and values for all of them."""

from __future__ import annotations

from collections.abc import Mapping

from ncrobot.errors import nearest_word
from ncrobot.protocol._addresses import MOST_ROWS, rows_by_name, wells_of
from ncrobot.protocol._cells import input_columns, value_of
from ncrobot.protocol._table import KIND, REPLICATE_OF, SYNTHESIS, Table, TableRow
from ncrobot.protocol._yaml_error import Place
from ncrobot.protocol.choosing import Choice
from ncrobot.protocol.conditions_document import Condition
from ncrobot.protocol.document import Protocol
from ncrobot.protocol.parameters import Parameter, Scope

Values = dict[str, float | str]


def conditions_of(table: Table, protocol: Protocol) -> list[Condition]:
    """Return the rows with all values filled in; the table collects what is wrong.

    The rows are only to be used if the table has no findings.
    """
    inputs: dict[str, Parameter | Choice] = {**protocol.parameters, **protocol.choices}
    columns = input_columns(table, inputs)
    if not table.rows and not table.findings:
        fix = "write a line for each synthesis"
        table.error(Place(1, 1), "no-rows", "the table has no rows", allowed="1 to 96", fix=fix)
    for row in table.rows[MOST_ROWS:][:1]:
        table.error(
            row.place,
            "too-many-rows",
            "the table has more rows than a plate has wells",
            row=row,
            found=f"{len(table.rows)} rows",
            allowed=f"at most {MOST_ROWS}",
            fix="split the table",
        )
    rows = table.rows[:MOST_ROWS]
    by_name = rows_by_name(table, rows)
    wells = wells_of(table, rows)
    given: dict[int, Values] = {
        row.number: {
            column.name: value
            for column in columns
            if (value := value_of(table, row, column, inputs[column.name])) is not None
        }
        for row in rows
    }
    kinds = {row.number: _kind(table, row, protocol) for row in rows}
    _take_over(table, rows, by_name, given, kinds)
    _share_plate_values(table, rows, protocol, given)
    defaults = {name: item.default_value for name, item in inputs.items()}
    if table.findings:
        return []
    filled = {number: defaults | values for number, values in given.items()}
    return [
        Condition(
            name=row.label,
            well=wells[row.number],
            kind=kinds[row.number],
            replicate_of=row.text(REPLICATE_OF) or None,
            values={n: v for n, v in filled[row.number].items() if not isinstance(v, str)},
            choices={n: v for n, v in filled[row.number].items() if isinstance(v, str)},
            line=row.place.line,
        )
        for row in rows
    ]


def _kind(table: Table, row: TableRow, protocol: Protocol) -> str:
    kind = row.text(KIND) or SYNTHESIS
    known = (SYNTHESIS, *protocol.controls)
    if kind not in known:
        near = nearest_word(kind, known)
        table.error(
            row.place_of(KIND),
            "unknown-kind",
            f'the protocol has no control "{kind}"',
            row=row,
            found=kind,
            allowed=", ".join(known),
            fix=f"did you mean '{near}'?" if near else "define it under controls: in the protocol",
        )
    return kind


def _take_over(
    table: Table,
    rows: list[TableRow],
    by_name: Mapping[str, TableRow],
    given: dict[int, Values],
    kinds: dict[int, str],
) -> None:
    """Let empty cells of replicates take the original's values; report what then differs."""
    for row in rows:
        wanted = row.text(REPLICATE_OF)
        if not wanted:
            continue
        original = by_name.get(wanted)
        if original is None or original is row or original.text(REPLICATE_OF):
            _refuse_original(table, row, wanted, original, by_name)
            continue
        for name, value in given[original.number].items():
            if given[row.number].setdefault(name, value) != value:
                _refuse_difference(table, row, name, original)
        for name in given[row.number]:
            if name not in given[original.number] and not original.text(name):
                _refuse_difference(table, row, name, original)
        if not row.text(KIND):
            kinds[row.number] = kinds[original.number]
        elif kinds[row.number] != kinds[original.number]:
            _refuse_difference(table, row, KIND, original)


def _refuse_original(
    table: Table,
    row: TableRow,
    wanted: str,
    original: TableRow | None,
    by_name: Mapping[str, TableRow],
) -> None:
    near = nearest_word(wanted, by_name)
    message = f'there is no row "{wanted}" to repeat'
    fix = f"did you mean '{near}'?" if near else "write the name of another row"
    if original is row:
        message, fix = f"row {row.label} cannot repeat itself", "write the name of another row"
    elif original is not None:
        first = original.text(REPLICATE_OF)
        message, fix = f"row {wanted} is itself a replicate, of {first}", f"write {first}"
    table.error(
        row.place_of(REPLICATE_OF), "unknown-replicate", message, row=row, found=wanted, fix=fix
    )


def _refuse_difference(table: Table, row: TableRow, column: str, original: TableRow) -> None:
    table.error(
        row.place_of(column),
        "replicate-differs",
        f"row {row.label} repeats {original.label}, but its {column} differs",
        row=row,
        quantity=column,
        found=row.text(column) or "the default",
        allowed=original.text(column) or "the default",
        fix="leave the cell of the replicate empty",
    )


def _share_plate_values(
    table: Table, rows: list[TableRow], protocol: Protocol, given: dict[int, Values]
) -> None:
    """Let empty cells take the plate's one value; report a parameter that has several."""
    inputs: dict[str, Parameter | Choice] = {**protocol.parameters, **protocol.choices}
    for name, parameter in inputs.items():
        holders = [row for row in rows if name in given[row.number]]
        if parameter.scope is Scope.WELL or not holders:
            continue
        first = given[holders[0].number][name]
        odd = [row for row in holders if given[row.number][name] != first]
        if odd:
            whole = "plate" if parameter.scope is Scope.PLATE else "block of wells"
            table.error(
                odd[0].place_of(name),
                "one-value-a-plate",
                f"{name} is the same for a whole {whole}, but {_listed(odd)} differ from "
                f"{holders[0].label}",
                row=odd[0],
                quantity=name,
                found=f"{odd[0].text(name)}, and {holders[0].text(name)} in {holders[0].label}",
                allowed="one value for all rows",
                fix="split the table, one for each value"
                + (" ('ncrobot split' does it)" if parameter.scope is Scope.BLOCK else ""),
            )
        for row in rows:
            given[row.number].setdefault(name, first)


def _listed(rows: list[TableRow]) -> str:
    shown = [row.label for row in rows[:3]]
    more = len(rows) - len(shown)
    names = ", ".join(shown) + (f" and {more} more" if more else "")
    return f"row{'s' if len(rows) > 1 else ''} {names}"

"""Splits a table that asks for several values of what a whole plate shares: one table a plate."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncrobot.errors import ConditionsError
from ncrobot.protocol._addresses import MOST_ROWS, rows_by_name
from ncrobot.protocol._cells import input_columns, value_of
from ncrobot.protocol._csv_table import read_csv
from ncrobot.protocol._table import KIND, REPLICATE_OF, SYNTHESIS, Column, Table, TableRow
from ncrobot.protocol.choosing import Choice
from ncrobot.protocol.conditions import read_conditions
from ncrobot.protocol.parameters import Parameter, Scope
from ncrobot.protocol.source import ProtocolSource

Key = tuple[float | str | None, ...]


@dataclass(frozen=True, slots=True)
class PlateTable:
    """The rows of one plate: what sets it apart, in words for a file's name, and a CSV table."""

    name: str
    text: str
    rows: int


def split_conditions(
    text: str, protocol: ProtocolSource, *, file: str | None = None
) -> tuple[PlateTable, ...]:
    """One table for each set of values of the inputs with scope block, of at most 96 rows each.

    Rows keep their order, replicates stay with their original, and a control that leaves the
    block's values open goes onto every plate. Each table that comes out was read and is sound.

    Raises:
        ConditionsError: the table, or one that comes out of it, is wrong.
    """
    table = read_csv(text.removeprefix("\ufeff"), file)
    inputs: dict[str, Parameter | Choice] = {
        **protocol.protocol.parameters,
        **protocol.protocol.choices,
    }
    columns = input_columns(table, inputs)
    shared = [column for column in columns if inputs[column.name].scope is Scope.BLOCK]
    keys = _keys(table, shared, inputs)
    _stop_if_any(table)
    everywhere = [row for row in table.rows if keys[row.number] is None]
    groups: dict[Key, list[TableRow]] = {}
    for row in table.rows:
        key = keys[row.number]
        if key is not None:
            groups.setdefault(key, []).append(row)
    if not groups:
        groups, everywhere = {(): everywhere}, []
    found = []
    for rows in groups.values():
        plates = _plates(table, rows, MOST_ROWS - len(everywhere))
        _stop_if_any(table)
        for number, plate in enumerate(plates, start=1):
            name = _name(shared, plate[0]) + (f"_{number}" if len(plates) > 1 else "")
            found.append(_written(table, name.strip("_"), [*plate, *everywhere]))
    for each in found:
        read_conditions(each.text, protocol, format="csv", file=file)
    return tuple(found)


def _stop_if_any(table: Table) -> None:
    if table.findings:
        raise ConditionsError(table.findings)


def _keys(
    table: Table, shared: Sequence[Column], inputs: Mapping[str, Parameter | Choice]
) -> dict[int, Key | None]:
    """What each row asks of its plate; None for a control that leaves it open."""
    by_name = rows_by_name(table, table.rows)
    found: dict[int, Key | None] = {}
    for row in table.rows:
        original = by_name.get(row.text(REPLICATE_OF), row)
        given = {
            column.name: value_of(table, row, column, inputs[column.name])
            or value_of(table, original, column, inputs[column.name])
            for column in shared
        }
        is_control = (row.text(KIND) or original.text(KIND) or SYNTHESIS) != SYNTHESIS
        if shared and is_control and all(value is None for value in given.values()):
            found[row.number] = None
            continue
        found[row.number] = tuple(
            inputs[name].default_value if value is None else value for name, value in given.items()
        )
    return found


def _plates(table: Table, rows: Sequence[TableRow], room: int) -> list[list[TableRow]]:
    """Rows in parties of an original with its replicates, dealt to plates in their order."""
    parties: dict[str, list[TableRow]] = {}
    for row in rows:
        parties.setdefault(row.text(REPLICATE_OF) or row.label, []).append(row)
    plates: list[list[TableRow]] = [[]]
    for party in parties.values():
        if len(party) > room:
            table.error(
                party[0].place,
                "too-many-rows",
                "a row with its replicates and the controls of every plate don't fit on one plate",
                row=party[0],
                found=f"{len(party)} rows",
                allowed=f"at most {max(room, 0)}",
                fix="take fewer replicates or controls",
            )
            return plates
        if len(plates[-1]) + len(party) > room:
            plates.append([])
        plates[-1] += party
    return plates


def _name(shared: Sequence[Column], row: TableRow) -> str:
    """Words for the name of a file: stir_speed_400rpm."""
    parts = [
        f"{column.name}_{row.text(column.name)}{column.unit or ''}"
        for column in shared
        if row.text(column.name)
    ]
    return re.sub(r"[^A-Za-z0-9_.+-]", "", "_".join(parts).replace("°", ""))


def _written(table: Table, name: str, rows: Sequence[TableRow]) -> PlateTable:
    header = [f"{c.name} [{c.unit}]" if c.unit else c.name for c in table.columns]
    lines = [",".join(header)]
    lines += [",".join(_quoted(row.text(c.name)) for c in table.columns) for row in rows]
    return PlateTable(name, "\n".join([*lines, ""]), len(rows))


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if set(cell) & {",", '"'} else cell

"""A conditions table in YAML: rows of fields, with units beside them or in each value."""

from __future__ import annotations

from ncrobot.errors import nearest_word
from ncrobot.protocol._flaw import described
from ncrobot.protocol._table import Cell, Column, Table, TableRow
from ncrobot.protocol._tree import Path, Tree, read_tree
from ncrobot.protocol._yaml_error import Place, YamlTextError

VERSION = "conditions/1"
_FIELDS = ("ncrobot", "units", "rows")
_START = Place(1, 1)


def read_yaml(text: str, file: str | None) -> Table:
    """Read a table that looks like ``{ncrobot: conditions/1, units: {...}, rows: [...]}``."""
    table = Table(file, is_yaml=True)
    try:
        tree = read_tree(text, file)
    except YamlTextError as error:
        table.findings.append(error.diagnostic(file))
        return table
    if not isinstance(tree.data, dict) or not tree.data:
        is_empty = tree.data is None or tree.data == {}
        table.error(
            _place(tree, ()),
            "empty-file" if is_empty else "not-a-mapping",
            "the table is empty" if is_empty else "the table consists of fields",
            fix="begin with ncrobot: conditions/1, then rows:",
        )
        return table
    # An empty cell takes its default, as in CSV.
    table.findings += [item for item in tree.diagnostics if item.code != "empty-value"]
    if _has_right_version(table, tree, tree.data):
        _read_fields(table, tree, tree.data)
    return table


def _has_right_version(table: Table, tree: Tree, data: dict[str, object]) -> bool:
    version = data.get("ncrobot")
    if version == VERSION:
        return True
    message = "the file does not say that it is a conditions table"
    if isinstance(version, str):
        message = f"this is a {version} document, not a conditions table"
    table.error(
        _place(tree, ("ncrobot",)),
        "wrong-document",
        message,
        found=described(version),
        allowed=VERSION,
        fix=f"write ncrobot: {VERSION}",
    )
    return False


def _read_fields(table: Table, tree: Tree, data: dict[str, object]) -> None:
    for name in data:
        if name not in _FIELDS:
            near = nearest_word(name, [known for known in _FIELDS if known not in data])
            table.error(
                _place(tree, (name,)),
                "unknown-field",
                f'"{name}" is not a field of a conditions table',
                allowed=", ".join(_FIELDS),
                fix=f"did you mean '{near}'?" if near else "delete it",
            )
    units = _units(table, tree, data.get("units"))
    rows = data.get("rows")
    if rows is not None and not isinstance(rows, list):
        _refuse_kind(table, tree, ("rows",), "a list of rows", rows)
        return
    for index, fields in enumerate(rows or []):
        if isinstance(fields, dict):
            _add_row(table, tree, index, fields, units)
        else:
            _refuse_kind(table, tree, ("rows", index), "fields", fields)
    for name in units:
        if all(column.name != name for column in table.columns):
            table.columns.append(Column(name, units[name], _place(tree, ("units", name))))


def _units(table: Table, tree: Tree, raw: object) -> dict[str, str]:
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        _refuse_kind(table, tree, ("units",), "a unit for each column", raw)
        return {}
    for name, unit in raw.items():
        if not isinstance(unit, str):
            _refuse_kind(table, tree, ("units", name), "a unit", unit)
    return {name: unit for name, unit in raw.items() if isinstance(unit, str)}


def _add_row(
    table: Table, tree: Tree, index: int, fields: dict[str, object], units: dict[str, str]
) -> None:
    cells = {}
    known = {column.name for column in table.columns}
    for name, raw in fields.items():
        path: Path = ("rows", index, name)
        if isinstance(raw, bool | list | dict):
            _refuse_kind(table, tree, path, "a quantity or a text", raw)
            continue
        value = tree.value_place(path) or _START
        cells[name] = Cell(None if raw == "" else raw, value)
        if name not in known:
            place = _place(tree, ("units", name) if name in units else path)
            table.columns.append(Column(name, units.get(name), place))
    table.rows.append(TableRow(index + 1, _place(tree, ("rows", index)), cells))


def _refuse_kind(table: Table, tree: Tree, path: Path, needed: str, raw: object) -> None:
    table.error(
        tree.value_place(path) or _START,
        "wrong-kind",
        f"{needed} is needed here, not {described(raw)}",
        found=described(raw),
        allowed=needed,
    )


def _place(tree: Tree, path: Path) -> Place:
    return tree.entry_place(path) or _START

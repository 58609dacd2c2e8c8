"""The cells of a conditions table: what a column means, and the values that its cells hold."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ncrobot.errors import nearest_word
from ncrobot.protocol._table import ROW_COLUMNS, Cell, Column, Table, TableRow
from ncrobot.protocol.choosing import Choice
from ncrobot.protocol.parameters import Parameter
from ncrobot.protocol.values import a_quantity_of
from ncrobot.units import Dimension, QuantityError, convert, known_units, parse_quantity

_BARE = re.compile(r"[+\-\u2212]?[0-9]+(?:\.[0-9]+)?(?:[eE][+\-]?[0-9]{1,3})?")
# A number of these is clear without a unit; any other needs one in the header or the cell.
_NEED_NO_UNIT = (Dimension.COUNT, Dimension.RATIO, Dimension.PH)


def input_columns(table: Table, inputs: Mapping[str, Parameter | Choice]) -> list[Column]:
    """Return the columns that hold values of inputs; report the others and bad units."""
    found = []
    for column in table.columns:
        known = inputs.get(column.name)
        if column.name in ROW_COLUMNS:
            _check_no_unit(table, column)
        elif known is None:
            _refuse_column(table, column, inputs)
        elif isinstance(known, Choice):
            _check_no_unit(table, column)
            found.append(column)
        elif _has_unit(table, column, known):
            found.append(column)
    return found


def value_of(
    table: Table, row: TableRow, column: Column, known: Parameter | Choice
) -> float | str | None:
    """Return the canonical value of a cell; None if it is empty or, then reported, wrong."""
    cell = row.cells.get(column.name)
    if cell is None or cell.raw is None:
        return None
    if isinstance(known, Choice):
        return _word_of(table, row, column, known)
    return _quantity_of(table, row, cell, column, known)


def _word_of(table: Table, row: TableRow, column: Column, choice: Choice) -> str | None:
    word = row.text(column.name)
    if word in choice.of:
        return word
    near = nearest_word(word, choice.of)
    table.error(
        row.place_of(column.name),
        "unknown-word",
        f'{column.name} can\'t be "{word}"',
        row=row,
        quantity=column.name,
        found=word,
        allowed=", ".join(choice.of),
        fix=f"did you mean '{near}'?" if near else f"add it to the choice {column.name}",
    )
    return None


def _quantity_of(
    table: Table, row: TableRow, cell: Cell, column: Column, parameter: Parameter
) -> float | None:
    try:
        value = _read(cell, column, parameter.quantity)
    except QuantityError as error:
        table.error(
            cell.place,
            error.code,
            f"{column.name}: {error.message}",
            row=row,
            quantity=column.name,
            found=error.found,
            allowed=error.allowed,
            fix=error.fix,
        )
        return None
    if not parameter.low <= value <= parameter.high:
        written = str(cell.raw)
        has_unit = column.unit and _BARE.fullmatch(written)
        side = "below" if value < parameter.low else "above"
        table.error(
            cell.place,
            "out-of-range",
            f"{column.name} is {side} its range",
            row=row,
            quantity=column.name,
            found=f"{written} {column.unit}" if has_unit else written,
            allowed=parameter.allowed,
            fix="change the value, or the range in the protocol",
        )
        return None
    return value


def _read(cell: Cell, column: Column, dimension: Dimension) -> float:
    raw = cell.raw
    if isinstance(raw, str) and _BARE.fullmatch(raw) and column.unit is not None:
        return convert(float(raw.replace("\u2212", "-")), column.unit, dimension)
    if isinstance(raw, int | float) and column.unit is not None:
        return convert(float(raw), column.unit, dimension)
    return parse_quantity(raw if isinstance(raw, int | float) else str(raw), dimension)


def _check_no_unit(table: Table, column: Column) -> None:
    if column.unit is not None:
        table.error(
            column.place,
            "bad-header",
            f'column "{column.name}" holds words, so it has no unit',
            found=f"[{column.unit}]",
            fix=f"write {column.name}",
        )


def _refuse_column(table: Table, column: Column, inputs: Mapping[str, Parameter | Choice]) -> None:
    known = [*ROW_COLUMNS, *inputs]
    near = nearest_word(column.name, known)
    table.error(
        column.place,
        "unknown-column",
        f'the protocol has no parameter "{column.name}"',
        found=column.name,
        allowed=", ".join(known),
        fix=f"did you mean '{near}'?" if near else "delete the column",
    )


def _has_unit(table: Table, column: Column, parameter: Parameter) -> bool:
    """Report a unit that is missing or of another dimension."""
    dimension = parameter.quantity
    if column.unit is None:
        if table.is_yaml or dimension in _NEED_NO_UNIT:
            return True
        units = known_units(dimension)
        table.error(
            column.place,
            "unit-missing",
            f'column "{column.name}" needs its unit: it is {a_quantity_of(dimension)}',
            quantity=column.name,
            allowed=", ".join(units),
            fix=f"write {column.name} [{_likely_unit(parameter, units)}]",
        )
        return False
    try:
        convert(0.0, column.unit, dimension)
    except QuantityError as error:
        table.error(
            column.place,
            error.code,
            f'column "{column.name}": {error.message}',
            quantity=column.name,
            found=f"[{column.unit}]",
            allowed=", ".join(known_units(dimension)) or "no unit",
            fix=f"write {column.name} [{_likely_unit(parameter, known_units(dimension))}]"
            if known_units(dimension)
            else f"write {column.name}",
        )
        return False
    return True


def _likely_unit(parameter: Parameter, units: tuple[str, ...]) -> str:
    """Return the unit that the protocol itself uses for the parameter's default."""
    written = str(parameter.default)
    match = re.search(r"[^\d\s.+\-\u2212][^\d\s]*$", written)
    return match.group() if match else units[0]

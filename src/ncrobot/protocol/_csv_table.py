"""A conditions table in CSV: delimiter, comments and quotes; every cell knows line and column."""

from __future__ import annotations

import re

from ncrobot.protocol._table import Cell, Column, Table, TableRow
from ncrobot.protocol._yaml_error import Place

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
_HEADER = re.compile(r"([^\[\]]*?)\s*(?:\[\s*([^\[\]]*?)\s*\])?")
_IN_ROUND_BRACKETS = re.compile(r"(\w+)\s*\(\s*([^()]+?)\s*\)")
_DECIMAL_COMMA = re.compile(r"[+\-\u2212]?[0-9]+,[0-9]+(?:\s*[^\d\s,]+)?")


def read_csv(text: str, file: str | None) -> Table:
    """Read a table; lines that are empty or begin with # are left out."""
    table = Table(file)
    lines = [
        (number, line)
        for number, line in enumerate(re.split(r"\r\n|\n|\r", text), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not lines:
        fix = "begin with a line of column names"
        table.error(Place(1, 1), "empty-file", "the table is empty", fix=fix)
        return table
    delimiter = _delimiter(lines[0][1])
    header = _split(table, lines[0], delimiter)
    while header and header[-1].raw is None:
        header.pop()
    columns = _read_header(table, header)
    for line in lines[1:]:
        cells = _split(table, line, delimiter)
        if any(cell.raw is not None for cell in cells):
            _add_row(table, columns, cells, delimiter)
    return table


def _delimiter(header: str) -> str:
    """Return the delimiter that stands most often in the header, outside quotes and brackets."""
    bare = re.sub(r'"[^"]*"|\[[^\]]*\]', "", header)
    return max(_DELIMITERS, key=bare.count)


def _split(table: Table, numbered_line: tuple[int, str], delimiter: str) -> list[Cell]:
    """Return the cells of one line; a quoted cell may hold the delimiter, but no line break."""
    number, line = numbered_line
    cells = []
    start = 0
    while start <= len(line):
        end = line.find(delimiter, start)
        end = len(line) if end < 0 else end
        quote = start + len(line[start:]) - len(line[start:].lstrip(" "))
        if line[quote : quote + 1] == '"':
            end, content = _quoted(table, number, line, quote, delimiter)
        else:
            content = line[start:end].strip()
        shift = len(line[start:end]) - len(line[start:end].lstrip())
        cells.append(Cell(content or None, Place(number, start + shift + 1)))
        start = end + 1
    return cells


def _quoted(table: Table, number: int, line: str, quote: int, delimiter: str) -> tuple[int, str]:
    """Return where the cell ends, and its text; two quotes inside stand for one."""
    match = re.compile(r'"((?:[^"]|"")*)"[ ]*').match(line, quote)
    end = match.end() if match else len(line)
    if match is None or (end < len(line) and line[end] != delimiter):
        table.error(
            Place(number, quote + 1),
            "open-quote",
            "a quoted cell does not end in this line"
            if match is None
            else "something follows the closing quote of a cell",
            fix='close the quote before the next delimiter, and write "" for a quote inside',
        )
        rest = line.find(delimiter, end)
        end = len(line) if rest < 0 else rest
    return end, match[1].replace('""', '"').strip() if match else ""


def _read_header(table: Table, header: list[Cell]) -> list[Column | None]:
    """Return a column for each cell, None for those whose rows cannot be read."""
    columns: list[Column | None] = []
    seen: set[str] = set()
    for cell in header:
        column = _column(table, cell)
        if column is not None and column.name in seen:
            message = f'column "{column.name}" is given twice'
            table.error(cell.place, "duplicate-column", message, fix="keep one of them")
            column = None
        if column is not None:
            seen.add(column.name)
            table.columns.append(column)
        columns.append(column)
    return columns


def _column(table: Table, cell: Cell) -> Column | None:
    written = str(cell.raw or "")
    match = _HEADER.fullmatch(written)
    if not written:
        fix = "write a name, or delete the column"
        table.error(cell.place, "bad-header", "a column has no name", fix=fix)
    elif match is None or not match[1] or _IN_ROUND_BRACKETS.fullmatch(written):
        hint = _IN_ROUND_BRACKETS.fullmatch(written)
        table.error(
            cell.place,
            "bad-header",
            f'"{written}" is not a column name with its unit in square brackets',
            found=written,
            fix=f"write {hint[1]} [{hint[2]}]" if hint else "write it like hold_time [min]",
        )
    else:
        return Column(match[1], match[2], cell.place)
    return None


def _add_row(table: Table, columns: list[Column | None], cells: list[Cell], delimiter: str) -> None:
    while len(cells) > len(columns) and cells[-1].raw is None:
        cells.pop()
    named = {
        column.name: cell
        for column, cell in zip(columns, cells, strict=False)
        if column is not None
    }
    row = TableRow(len(table.rows) + 1, Place(cells[0].place.line, 1), named)
    if delimiter != ",":
        for name, cell in named.items():
            named[name] = _without_decimal_comma(table, row, cell)
    table.rows.append(row)
    is_told = any(item.line == row.place.line for item in table.findings)
    if len(cells) != len(columns) and not is_told:
        table.error(
            row.place,
            "cell-count",
            "the row has not as many cells as the header has columns",
            row=row,
            found=f"{len(cells)} cells",
            allowed=f"{len(columns)}, with a {_DELIMITERS[delimiter]} between them",
            fix="write decimals with a point, and put a text that holds a comma in quotes"
            if delimiter == "," and len(cells) > len(columns)
            else f"write a {_DELIMITERS[delimiter]} for each cell, empty ones too",
        )


def _without_decimal_comma(table: Table, row: TableRow, cell: Cell) -> Cell:
    """Return the cell; with a decimal comma, note that, and leave the cell empty."""
    text = str(cell.raw or "")
    if not _DECIMAL_COMMA.fullmatch(text):
        return cell
    table.error(
        cell.place,
        "decimal-comma",
        f"{text} has a decimal comma",
        row=row,
        found=text,
        fix=f"write {text.replace(',', '.')}",
    )
    return Cell(None, cell.place)

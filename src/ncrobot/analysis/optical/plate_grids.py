"""Finds spectra in exports that show the plate itself: a grid of wells for each wavelength.

Rows of such a grid carry no letters, so it is read only where the file names its format
(``PlateFormat``), and where the grid has all the rows that belong to its columns.
"""

from __future__ import annotations

from ncrobot.analysis.optical.cells import Sheet
from ncrobot.analysis.optical.plate_tables import (
    HIGH_NM,
    LOW_NM,
    Table,
    number_of,
    reading_of,
)

_WORD = "plateformat"
_ROWS = {6: 4, 12: 8, 24: 16}


def plate_grids(sheet: Sheet) -> Table:
    """A grid of the plate for each wavelength, which stands before its first row."""
    table = Table("a grid of the plate for each wavelength")
    block, is_named, number = 0, False, 0
    while number < len(sheet.rows):
        row = sheet.rows[number]
        is_named = is_named or any(cell.casefold() == _WORD for cell in row)
        first = _first_column(row) if is_named else None
        number += 1
        if first is None:
            continue
        is_named = False
        block += 1
        number = _grids(sheet, number, (first, len(row[first:])), table, block)
    return table


def _first_column(row: tuple[str, ...]) -> int | None:
    """The column of ``1`` in a row that counts the columns of a plate; None: it doesn't."""
    if "1" not in row:
        return None
    first = row.index("1")
    counted = [cell for cell in row[first:] if cell]
    is_count = counted == [str(n) for n in range(1, len(counted) + 1)]
    return first if is_count and len(counted) in _ROWS and first > 0 else None


def _grids(sheet: Sheet, number: int, place: tuple[int, int], table: Table, block: int) -> int:
    """Take grid after grid; returns the row after the last one."""
    first, width = place
    columns = max(count for count in _ROWS if count <= width)
    letters = [chr(65 + n) for n in range(_ROWS[columns])]
    while number < len(sheet.rows):
        row = sheet.rows[number]
        nm = number_of(row[0], sheet.decimal) if row else None
        if nm is None:
            if any(row):
                return number
            number += 1
            continue
        if not LOW_NM <= nm <= HIGH_NM:
            return number
        for letter in letters:
            row = sheet.rows[number] if number < len(sheet.rows) else ()
            is_next = letter != "A" and (not any(row) or bool(row[0]))
            if is_next:
                table.odd.append((min(number + 1, len(sheet.rows)), f"no row {letter} at {nm:g}"))
                break
            for column in range(columns):
                at = first + column
                cell = row[at] if at < len(row) else ""
                reading = reading_of(cell, nm, sheet.decimal, number + 1)
                if reading is not None:
                    table.put(block, f"{letter}{column + 1}", reading)
                elif cell:
                    table.odd.append((number + 1, cell[:60]))
            number += 1
    return number

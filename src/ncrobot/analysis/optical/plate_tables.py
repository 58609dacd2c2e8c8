"""Finds spectra in grids of cells, however the reader's software arranged them.

Three arrangements are known: wavelengths going down with a column for each well, wells going down
with a column for each wavelength, and one row for each well and wavelength. What is found has to be
told by names and wavelengths in the file itself; nothing is taken from the order of rows alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import isfinite
from typing import NamedTuple

from ncrobot.analysis.optical.cells import Sheet

_WELL = re.compile(r"([A-P])0?([1-9]|1[0-9]|2[0-4])")
_WELL_INSIDE = re.compile(r"[(\[]\s*([A-P])0?([1-9]|1[0-9]|2[0-4])\s*[)\]]")
_WAVELENGTH = re.compile(r"wavel|lambda|λ|(?<![a-z])nm(?![a-z])", re.IGNORECASE)
_ASIDE = re.compile(r"temp|time|path|°c|cycle|^content$|kinetic", re.IGNORECASE)
_NANOMETRES = re.compile(r"(?<![0-9.])([1-9][0-9]{2,3}(?:[.,][0-9]+)?)(?![0-9])")
_OVER = re.compile(
    r"(?:>|ovr|over|sat|#sat|max|out)[a-z#]*|\*{2,}|#{3,}|\+?inf(?:inity)?", re.IGNORECASE
)
_OVER_NUMBER = re.compile(r">\s*([0-9]+(?:[.,][0-9]+)?)")
_BEGINS = frozenset("0123456789+-. \t")
LOW_NM, HIGH_NM = 150.0, 2600.0
_LEAST_WAVES = 3


class Reading(NamedTuple):
    """One figure: absorbance, None if the cell holds none, and whether it was over the range."""

    nm: float
    absorbance: float | None
    line: int
    over: bool = False


@dataclass(slots=True)
class Table:
    """What one arrangement makes of a sheet: readings by block and label, and odd cells by line."""

    layout: str
    readings: dict[tuple[int, str], list[Reading]] = field(default_factory=dict)
    odd: list[tuple[int, str]] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many figures were found."""
        return sum(len(each) for each in self.readings.values())

    def put(self, block: int, label: str, reading: Reading) -> None:
        """Add a figure to a spectrum."""
        key = (block, label)
        if key in self.readings:
            self.readings[key].append(reading)
        else:
            self.readings[key] = [reading]


def well_of(cell: str) -> str | None:
    """The well that a cell names, alone or in brackets, without leading zeros; None: none."""
    found = _WELL.fullmatch(cell.strip().upper()) or _WELL_INSIDE.search(cell.upper())
    return f"{found[1]}{found[2]}" if found else None


def number_of(cell: str, decimal: str) -> float | None:
    """The number in a cell, or None."""
    if decimal == ",":
        if "." in cell:
            return None
        cell = cell.replace(",", ".")
    elif cell[:1] not in _BEGINS:  # most cells that are no numbers begin like words
        return None
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if isfinite(number) and "_" not in cell else None


def reading_of(cell: str, nm: float, decimal: str, line: int) -> Reading | None:
    """The figure in a cell; None if it is neither a number nor a word for over the range."""
    number = number_of(cell, decimal)
    if number is not None:
        return Reading(nm, number, line)
    limit = _OVER_NUMBER.fullmatch(cell.strip())
    if limit is not None:
        return Reading(nm, float(limit[1].replace(",", ".")), line, over=True)
    if _OVER.fullmatch(cell.strip()):
        return Reading(nm, None, line, over=True)
    return None


def wavelengths_down(sheet: Sheet) -> Table:
    """Each row is a wavelength; each column a well, or what its heading says."""
    table = Table("wavelengths down, wells across")
    block, number = 0, 0
    while number < len(sheet.rows):
        heading = _heading_across(sheet, number)
        number += 1
        if heading is None:
            continue
        column, labels, number = heading
        block += 1
        while number < len(sheet.rows):
            row = sheet.rows[number]
            nm = number_of(row[column], sheet.decimal) if column < len(row) else None
            if nm is None or not LOW_NM <= nm <= HIGH_NM:
                break
            _take_row(
                sheet, number, {at: (label, nm) for at, label in labels.items()}, table, block
            )
            number += 1
    return table


def wells_down(sheet: Sheet) -> Table:
    """Each row is a well; each column a wavelength."""
    table = Table("wells down, wavelengths across")
    block, number = 0, 0
    while number < len(sheet.rows):
        waves = _wavelengths_across(sheet.rows[number], sheet.decimal)
        number += 1
        if waves is None:
            continue
        block += 1
        first = min(waves)
        while number < len(sheet.rows) and any(sheet.rows[number]):
            label = _label_before(sheet.rows[number], first)
            if label is None or _wavelengths_across(sheet.rows[number], sheet.decimal):
                break
            places = {at: (label, nm) for at, nm in waves.items()}
            _take_row(sheet, number, places, table, block)
            number += 1
    return table


def long_rows(sheet: Sheet) -> Table:
    """Each row is one well at one wavelength, under headings for well, wavelength and figure."""
    table = Table("one row for each well and wavelength")
    block = 0
    columns: tuple[int, int, int] | None = None
    for number, row in enumerate(sheet.rows):
        found = _long_heading(row)
        if found is not None:
            columns, block = found, block + 1
            continue
        if columns is None or len(row) <= max(columns[0], columns[1]):
            continue
        label = well_of(row[columns[0]]) or row[columns[0]]
        nm = number_of(row[columns[1]], sheet.decimal)
        if nm is None or not label or not LOW_NM <= nm <= HIGH_NM:
            if any(row):
                table.odd.append((number + 1, " ".join(row)[:60]))
            continue
        _take_row(sheet, number, {columns[2]: (label, nm)}, table, block)
    return table


def _take_row(
    sheet: Sheet,
    number: int,
    places: Mapping[int, tuple[str, float]],
    table: Table,
    block: int,
) -> None:
    """Take the figures of one row; empty cells are no figures, other words are odd."""
    row = sheet.rows[number]
    for at, (label, nm) in places.items():
        cell = row[at] if at < len(row) else ""
        reading = reading_of(cell, nm, sheet.decimal, number + 1)
        if reading is not None:
            table.put(block, label, reading)
        elif cell or at >= len(row):
            table.odd.append((number + 1, cell[:60] or "a missing cell"))


def _heading_across(sheet: Sheet, number: int) -> tuple[int, dict[int, str], int] | None:
    """Column of the wavelengths, label of each other column, and the first row of figures.

    The names of the wells may stand up to three rows above the word for the wavelengths.
    """
    row = sheet.rows[number]
    if len(row) < 2 or number_of(row[0], sheet.decimal) is not None or _long_heading(row):
        return None
    wells = {at: well for at, cell in enumerate(row) if (well := well_of(cell)) is not None}
    for below in range(number, min(number + 4, len(sheet.rows))):
        cells = sheet.rows[below]
        column = next((at for at, cell in enumerate(cells) if _WAVELENGTH.search(cell)), None)
        is_named = column is not None and number_of(cells[column], sheet.decimal) is None
        if is_named and column is not None and _has_waves(sheet, below + 1, column):
            labels = _labels(row, wells, column) if below == number or wells else {}
            return (column, labels, below + 1) if labels else None
        if not wells:
            return None
    if wells and min(wells) > 0 and _has_waves(sheet, number + 1, min(wells) - 1):
        return min(wells) - 1, dict(wells), number + 1
    return None


def _labels(row: Sequence[str], wells: Mapping[int, str], column: int) -> dict[int, str]:
    if wells:
        return {at: well for at, well in wells.items() if at > column}
    return {
        at: cell for at, cell in enumerate(row) if at > column and cell and not _ASIDE.search(cell)
    }


def _has_waves(sheet: Sheet, start: int, column: int) -> bool:
    """Whether at least three rising or falling wavelengths stand below."""
    found: list[float] = []
    for row in sheet.rows[start : start + _LEAST_WAVES]:
        nm = number_of(row[column], sheet.decimal) if column < len(row) else None
        if nm is None:
            return False
        found.append(nm)
    return len(found) == _LEAST_WAVES and _is_scale(found)


def _wavelengths_across(row: Sequence[str], decimal: str) -> dict[int, float] | None:
    """Wavelength of each column, if a row names three or more that rise or fall in step."""
    found: dict[int, float] = {}
    if len(row) <= _LEAST_WAVES or number_of(row[0], decimal) is not None:
        return None
    for at, cell in enumerate(row):
        number = number_of(cell, decimal)
        if number is None and at and cell:
            named = _NANOMETRES.findall(cell)
            number = float(named[0].replace(",", ".")) if len(named) == 1 else None
        if number is not None and LOW_NM <= number <= HIGH_NM:
            found[at] = number
        elif len(found) >= _LEAST_WAVES:
            break  # what stands behind the wavelengths is told of the well, or worked out
        elif found and cell:
            return None
    places = list(found)
    if len(found) < _LEAST_WAVES or min(places) == 0 or not _is_scale(list(found.values())):
        return None
    return found


def _is_scale(waves: Sequence[float]) -> bool:
    steps = [b - a for a, b in pairwise(waves)]
    in_range = all(LOW_NM <= nm <= HIGH_NM for nm in waves)
    return in_range and (all(s > 0.0 for s in steps) or all(s < 0.0 for s in steps))


def _label_before(row: Sequence[str], first: int) -> str | None:
    """The well, or else the name, that stands before the figures of a row."""
    cells = [cell for cell in row[:first] if cell]
    for cell in cells:
        well = well_of(cell)
        if well is not None:
            return well
    for letter, digits in pairwise(cells):
        well = well_of(f"{letter}{digits}") if digits.isdigit() else None
        if well is not None:
            return well
    named = [cell for cell in cells if number_of(cell, ".") is None]
    return named[0] if named else None


def _long_heading(row: Sequence[str]) -> tuple[int, int, int] | None:
    folded = [cell.casefold() for cell in row]
    well = next(
        (n for n, c in enumerate(folded) if c.startswith(("well", "sample", "label"))), None
    )
    nm = next((n for n, cell in enumerate(row) if _WAVELENGTH.search(cell)), None)
    words = ("absorbance", "abs", "od", "value", "a.u", "au", "reading")
    figure = next(
        (n for n, cell in enumerate(folded) if n not in {well, nm} and cell.startswith(words)), None
    )
    if well is None or nm is None or figure is None:
        return None
    return well, nm, figure

"""Where the rows of a conditions table are found: their names and their wells."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ncrobot.protocol._table import NAME, WELL, Table, TableRow

MOST_ROWS = 96
# Column by column, as eight channels side by side fill a plate.
WELLS = tuple(f"{row}{column}" for column in range(1, 13) for row in "ABCDEFGH")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+\-]{0,59}")


def rows_by_name(table: Table, rows: list[TableRow]) -> Mapping[str, TableRow]:
    """Return the rows by name, given or by number; report names that are taken or impossible."""
    by_name: dict[str, TableRow] = {}
    folded: dict[str, TableRow] = {}
    for row in rows:
        if not _NAME.fullmatch(row.label):
            table.error(
                row.place_of(NAME),
                "bad-name",
                f'"{row.label}" cannot be the name of a row',
                row=row,
                found=row.label,
                allowed="letters, digits, _ . + and -, beginning with a letter or digit",
                fix=f"write {re.sub('[^A-Za-z0-9_.+-]+', '_', row.label).strip('_') or 'c01'}",
            )
        earlier = folded.setdefault(row.label.casefold(), row)
        if earlier is not row:
            table.error(
                row.place_of(NAME),
                "duplicate-name",
                f'lines {earlier.place.line} and {row.place.line} are both row "{row.label}"',
                row=row,
                found=row.label,
                fix="give each row a name of its own; capital and small letters count as equal",
            )
        by_name.setdefault(row.label, row)
    return by_name


def wells_of(table: Table, rows: list[TableRow]) -> Mapping[int, str]:
    """Return the well of each row: the given one, else the next that no row names."""
    owners: dict[str, TableRow] = {}
    wells: dict[int, str] = {}
    for row in rows:
        well = row.text(WELL)
        if not well:
            continue
        if well not in WELLS:
            table.error(
                row.place_of(WELL),
                "bad-well",
                f'"{well}" is no well of a 96-well plate',
                row=row,
                found=well,
                allowed="A1 to H12",
                fix=_well_hint(well),
            )
            continue
        if well in owners:
            table.error(
                row.place_of(WELL),
                "duplicate-well",
                f"rows {owners[well].label} and {row.label} are both in well {well}",
                row=row,
                found=well,
                fix="give each row a well of its own",
            )
        owners.setdefault(well, row)
        wells[row.number] = well
    free = iter([well for well in WELLS if well not in owners])
    for row in rows:
        if row.number not in wells:
            wells[row.number] = next(free, WELLS[0])
    return wells


def _well_hint(well: str) -> str | None:
    match = re.fullmatch(r"([A-Ha-h])\s*0*([1-9]|1[0-2])", well)
    turned = re.fullmatch(r"0*([1-9]|1[0-2])\s*([A-Ha-h])", well)
    if match:
        return f"write {match[1].upper()}{match[2]}"
    return f"write {turned[2].upper()}{turned[1]}" if turned else None

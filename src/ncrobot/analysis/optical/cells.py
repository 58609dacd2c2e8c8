"""Files as grids of cells: delimited text in any usual dialect, and workbooks (XLSX)."""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree as ET

from ncrobot.analysis.mass.reading import Findings, ReadState
from ncrobot.analysis.mass.text_tables import decode_text

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_MOST_BYTES = 200_000_000
_MOST_COLUMNS = 16_384
_ZIP = b"PK\x03\x04"

Decimal = Literal[".", ","]
DIALECTS: tuple[tuple[str, Decimal], ...] = (
    ("\t", "."), (";", "."), (",", "."), ("\t", ","), (";", ","),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of cells as text; ``ends_open``: the last line of a text has no end of line."""

    name: str
    rows: tuple[tuple[str, ...], ...]
    decimal: Decimal = "."
    ends_open: bool = False


def is_workbook(data: bytes) -> bool:
    """Whether these bytes begin as a zip archive does."""
    return data.startswith(_ZIP)


def text_sheets(data: bytes, findings: Findings) -> list[Sheet]:
    """The same text read by each dialect; empty, with a finding, if it is no text."""
    text = decode_text(data, findings)
    if text is None:
        return []
    ends_open = not text.endswith(("\n", "\r"))
    # Without a comma in it, a text with decimal commas is the one with points.
    used = [each for each in DIALECTS if each[0] in text and (each[1] == "." or "," in text)]
    return [_delimited(text, *dialect, ends_open=ends_open) for dialect in used]


def one_dialect(text: str, delimiter: str, decimal: Decimal) -> Sheet:
    """A text read by a dialect that is known."""
    ends_open = not text.endswith(("\n", "\r"))
    return _delimited(text, delimiter, decimal, ends_open=ends_open)


def _delimited(text: str, delimiter: str, decimal: Decimal, *, ends_open: bool) -> Sheet:
    # Line by line: a quote that was never closed must not swallow the rest of the file.
    rows = tuple(
        tuple(cell.strip() for cell in _cells(line, delimiter)) for line in text.splitlines()
    )
    return Sheet("", rows, decimal, ends_open)


def _cells(line: str, delimiter: str) -> list[str]:
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def workbook_sheets(data: bytes, findings: Findings) -> list[Sheet]:
    """The sheets of a workbook with their values as text; what is damaged is told and left out."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(each.file_size for each in archive.infolist()) > _MOST_BYTES:
                findings.add(ReadState.NOT_THIS_FORMAT, "no workbook of spectra is so large")
                return []
            return list(_sheets(archive, findings))
    except zipfile.BadZipFile:
        findings.add(
            ReadState.TRUNCATED, "the workbook is cut off or damaged: its directory is missing",
            fix="copy the file again",
        )  # fmt: skip
    except (KeyError, ET.ParseError, zlib.error, EOFError, OSError, ValueError) as error:
        findings.add(ReadState.MALFORMED, f"the workbook is damaged: {error}")
    except (NotImplementedError, RuntimeError) as error:
        findings.add(ReadState.UNSUPPORTED, f"the workbook can't be unpacked: {error}")
    return []


def _sheets(archive: zipfile.ZipFile, findings: Findings) -> Iterator[Sheet]:
    if "xl/workbook.xml" not in archive.namelist():
        findings.add(ReadState.NOT_THIS_FORMAT, "this zip archive is no workbook (XLSX)")
        return
    shared = _shared_texts(archive)
    targets = _targets(archive)
    for sheet in _xml(archive, "xl/workbook.xml").iter(f"{_MAIN}sheet"):
        target = targets.get(sheet.get(_RELATION, ""))
        if target is None:
            findings.add(ReadState.MALFORMED, f"sheet {sheet.get('name')!r} is missing")
            continue
        try:
            rows = _rows(_xml(archive, target), shared)
        except (KeyError, ET.ParseError, zlib.error, zipfile.BadZipFile, ValueError) as error:
            message = f"sheet {sheet.get('name')!r} is damaged: {error}"
            findings.add(ReadState.MALFORMED, message)
            continue
        yield Sheet(sheet.get("name", ""), tuple(rows))


def _xml(archive: zipfile.ZipFile, name: str) -> ET.Element:
    return ET.fromstring(archive.read(name))  # noqa: S314 - no entities from elsewhere are loaded


def _targets(archive: zipfile.ZipFile) -> Mapping[str, str]:
    """Path of each part of the workbook, by the id of its relation."""
    found = {}
    for relation in _xml(archive, "xl/_rels/workbook.xml.rels"):
        target = relation.get("Target", "")
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        found[relation.get("Id", "")] = path
    return found


def _shared_texts(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    items = _xml(archive, "xl/sharedStrings.xml").findall(f"{_MAIN}si")
    return ["".join(piece.text or "" for piece in item.iter(f"{_MAIN}t")) for item in items]


def _rows(sheet: ET.Element, shared: list[str]) -> Iterator[tuple[str, ...]]:
    """Rows from the first to the last that holds a cell; those without cells are empty."""
    number = 0
    for row in sheet.iter(f"{_MAIN}row"):
        at = int(row.get("r", number + 1))
        while number + 1 < at and at - number < _MOST_COLUMNS:
            number += 1
            yield ()
        number = at
        cells: dict[int, str] = {}
        for place, cell in enumerate(row.findall(f"{_MAIN}c")):
            cells[_column(cell.get("r", ""), place)] = _value(cell, shared)
        yield tuple(cells.get(n, "") for n in range(max(cells, default=-1) + 1))


def _column(reference: str, place: int) -> int:
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        return place
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    if column > _MOST_COLUMNS:
        raise ValueError(f"there is no column {found[1]}")
    return column - 1


def _value(cell: ET.Element, shared: list[str]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return "".join(piece.text or "" for piece in cell.iter(f"{_MAIN}t")).strip()
    value = cell.find(f"{_MAIN}v")
    text = (value.text or "") if value is not None else ""
    if kind == "s" and text:
        place = int(text)
        if not 0 <= place < len(shared):
            raise ValueError(f"text number {place} is missing")
        return shared[place].strip()
    return text.strip()

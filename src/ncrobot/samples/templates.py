"""Templates of worklists: what a lab's own software exported, so that no column is ever guessed.

A template is a worklist that the lab wrote with its instrument's software: the lines above the
table, the names of the columns, and one row whose values stay where ncrobot has none of its own.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from ncrobot.errors import Diagnostic, LabError, nearest_word
from ncrobot.samples.xml_templates import XmlTemplate, read_xml_template

Software = Literal["masslynx", "openlab", "chemstation", "masshunter", "xcalibur", "other"]
Entry = Literal[
    "file_name", "sample", "position", "method", "injection_ul", "kind", "comment", "well"
]
ENTRIES: tuple[str, ...] = get_args(Entry)
NEEDED: tuple[Entry, ...] = ("file_name", "position")

# Names of columns as the software's documentation or files in public use have them. One counts only
# if the lab's template has a column of this name; the lab's own mapping goes before it.
USUAL_COLUMNS: Mapping[Software, Mapping[str, Entry]] = {
    "masslynx": {
        "file name": "file_name", "file_name": "file_name", "file text": "comment",
        "file_text": "comment", "sample_location": "position", "bottle": "position",
        "inj_vol": "injection_ul", "inject volume": "injection_ul", "inlet_file": "method",
        "inlet file": "method", "sampleid": "sample", "sample id": "sample",
    },
    "xcalibur": {
        "file name": "file_name", "sample id": "sample", "position": "position",
        "inj vol": "injection_ul", "inst meth": "method", "instrument method": "method",
        "sample type": "kind", "comment": "comment",
    },
    "masshunter": {
        "sample name": "sample", "sample position": "position", "vial": "position",
        "data file": "file_name", "method": "method", "comment": "comment",
    },
    "openlab": {
        "vial": "position", "sample name": "sample", "acq. method": "method",
        "data file": "file_name", "injection volume": "injection_ul",
    },
    "chemstation": {
        "vial": "position", "location": "position", "sample name": "sample",
        "method name": "method", "datafile": "file_name", "inj volume": "injection_ul",
    },
    "other": {},
}  # fmt: skip

USUAL_KINDS: Mapping[Software, Mapping[str, str]] = {
    "xcalibur": {"sample": "Unknown", "blank": "Blank", "reference": "QC", "wash": "Blank"}
}

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Template:
    """A template taken apart; ``entries`` tells for a column what ncrobot writes into it.

    ``bom`` are the bytes that the file begins with; ``preamble`` the lines above the table.
    """

    file: str
    encoding: str
    bom: bytes
    newline: str
    delimiter: str
    preamble: tuple[str, ...]
    columns: tuple[str, ...]
    usual: tuple[str, ...]
    entries: Mapping[int, str]

    def lines_of(self, rows: Iterable[Sequence[str]]) -> bytes:
        """A worklist with these rows, in the template's encoding and ends of line."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator=self.newline)
        for line in self.preamble:
            text.write(line + self.newline)
        writer.writerow(self.columns)
        writer.writerows(rows)
        return self.bom + text.getvalue().encode(self.encoding)

    def rows_in(self, data: bytes) -> list[list[str]]:
        """The rows of a worklist of this template.

        Raises:
            LabError: its head isn't that of the template.
        """
        lines = self._text(data).split(self.newline)
        head = len(self.preamble)
        rows = list(csv.reader(lines[head:], delimiter=self.delimiter))
        if tuple(lines[:head]) != self.preamble or not rows or tuple(rows[0]) != self.columns:
            raise _wrong(self.file, "a worklist doesn't begin as its template does")
        return [row for row in rows[1:] if any(row)]

    def _text(self, data: bytes) -> str:
        try:
            return data[len(self.bom) :].decode(self.encoding)
        except UnicodeDecodeError as error:
            raise _wrong(self.file, f"a worklist isn't in {self.encoding}") from error


def load_template(
    path: Path, software: Software, own: Mapping[str, str], row: str | None = None
) -> Template | XmlTemplate:
    """Read a template; ``own`` maps columns to entries and goes before the usual names.

    With ``row`` the template is XML, and that element is one sample.

    Raises:
        LabError: it can't be read, holds no table, or lacks a column that is needed.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _wrong(str(path), f"the template can't be read: {error.strerror}") from error
    if row is None and data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        raise _wrong(
            str(path), "the template is XML", fix="name the element that is one sample under row"
        )
    if row is not None:
        found = read_xml_template(data, row, own, str(path))
        _check_needed(found.entries.values(), ", ".join(found.columns), str(path))
        return found
    return read_template(data, software, own, str(path))


def read_template(
    data: bytes, software: Software, own: Mapping[str, str], file: str = ""
) -> Template:
    """Take a template apart.

    Raises:
        LabError: it holds no table, or lacks a column that is needed.
    """
    bom, encoding = next(((b, e) for b, e in _BOMS if data.startswith(b)), (b"", ""))
    body = data[len(bom) :]
    encoding = encoding.removesuffix("-sig") or _encoding(body)
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        raise _wrong(file, f"the template isn't in {encoding}, as it seemed") from error
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(newline)
    at, delimiter, columns, entries = _table(lines, software, own, file)
    rows = [row for row in csv.reader(lines[at + 1 :], delimiter=delimiter) if any(row)]
    usual = [*rows[0], *[""] * len(columns)][: len(columns)] if rows else [""] * len(columns)
    return Template(
        file, encoding, bom, newline, delimiter, tuple(lines[:at]), columns, tuple(usual), entries
    )


def _encoding(body: bytes) -> str:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _table(
    lines: Sequence[str], software: Software, own: Mapping[str, str], file: str
) -> tuple[int, str, tuple[str, ...], dict[int, str]]:
    """The line of the names, the delimiter, the names, and what goes under which of them."""
    best: tuple[int, str, tuple[str, ...], dict[int, str]] | None = None
    for number, line in enumerate(lines):
        for delimiter in "\t,;":
            cells = next(csv.reader([line], delimiter=delimiter), [])
            entries = _entries(cells, software, own)
            if best is None or len(entries) > len(best[3]):
                best = (number, delimiter, tuple(cells), entries)
    if best is None or not best[3]:
        raise _wrong(
            file, "the template holds no row with names of columns that are known",
            fix="export a worklist with its columns, and map them under columns",
        )  # fmt: skip
    _check(best[2], best[3], own, file)
    return best


def _entries(cells: Sequence[str], software: Software, own: Mapping[str, str]) -> dict[int, str]:
    usual = USUAL_COLUMNS[software]
    mapped = {name.strip().casefold(): entry for name, entry in own.items()}
    found: dict[int, str] = {}
    for place, cell in enumerate(cells):
        name = cell.strip().casefold()
        entry = mapped.get(name) or (usual.get(name) if name not in mapped else None)
        if entry is not None and (name in mapped or entry not in mapped.values()):
            found[place] = entry
    return found


def _check(
    columns: Sequence[str], entries: Mapping[int, str], own: Mapping[str, str], file: str
) -> None:
    folded = {name.strip().casefold() for name in columns}
    for name in own:
        if name.strip().casefold() not in folded:
            near = nearest_word(name, columns)
            raise _wrong(
                file, f"the template has no column {name!r}", allowed=", ".join(columns),
                fix=f"did you mean {near!r}?" if near else None,
            )  # fmt: skip
    _check_needed(entries.values(), ", ".join(columns), file)


def _check_needed(entries: Iterable[str], columns: str, file: str) -> None:
    there = list(entries)
    twice = [entry for entry in ENTRIES if there.count(entry) > 1]
    if twice:
        message = f"two columns of the template would hold {twice[0]!r}"
        raise _wrong(file, message, fix="say which, under columns")
    missing = [entry for entry in NEEDED if entry not in there]
    if missing:
        raise _wrong(
            file, f"no column of the template is known to hold {' or '.join(missing)}",
            found=columns, fix="map it under columns",
        )  # fmt: skip


def _wrong(
    file: str,
    message: str,
    *,
    found: str | None = None,
    allowed: str | None = None,
    fix: str | None = None,
) -> LabError:
    return LabError(
        Diagnostic(
            code="worklist-template", message=message, file=file or None, found=found,
            allowed=allowed, fix=fix,
        )
    )  # fmt: skip

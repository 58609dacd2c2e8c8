"""Reads tables of numbers from text exports: any delimiter, decimal sign and usual encoding.

Delimiter and decimal sign are those by which most rows become numbers. Rows such as ``12,5`` may be
one number or two; without names for two columns they are unclear, and not guessed.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ncrobot.analysis.mass.reading import Findings, ReadState

FloatArray = npt.NDArray[np.float64]

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
# Delimiter (None: spaces) and decimal sign, the surer first.
_DIALECTS: tuple[tuple[str | None, str], ...] = (
    ("\t", "."), (";", "."), (",", "."), ("\t", ","), (";", ","), (None, "."), (None, ","),
)  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
_MOST_BYTES = 500_000_000


@dataclass(frozen=True, slots=True, eq=False)
class NumericTable:
    """Numbers of a table: ``values`` shape (rows, columns), and what stands above them.

    ``header`` names the columns if the line above the numbers has as many cells; ``preamble`` are
    all lines above, ``first_line`` is the line of the first row (1-based).
    """

    values: FloatArray
    header: tuple[str, ...]
    preamble: tuple[str, ...]
    first_line: int


def decode_text(data: bytes, findings: Findings) -> str | None:
    """Text of a file, by byte order mark, as UTF-8 or as Windows-1252; None if it is no text."""
    if len(data) > _MOST_BYTES:
        findings.add(ReadState.NOT_THIS_FORMAT, "no text table is so long")
        return None
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), None)
    if encoding is None and data.count(b"\x00") > len(data) // 4:
        encoding = "utf-16-le" if data[1::2].count(b"\x00") > len(data) // 4 else "utf-16-be"
    try:
        text = data.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        if encoding not in {None, "utf-8-sig"}:
            findings.add(ReadState.WRONG_ENCODING, f"the file isn't in {encoding}, as it seemed")
            return None
        text = data.decode("cp1252", errors="replace")
    if _CONTROL.search(text):
        findings.add(ReadState.NOT_THIS_FORMAT, "this is no text", fix="export it as text or CSV")
        return None
    return text


def read_table(data: bytes, findings: Findings) -> NumericTable | None:
    """Read the longest block of numbers of a text file; None if there is none.

    A row within the block that isn't like the others makes the file malformed; a last row that is
    cut off makes it truncated. The other rows are kept.
    """
    text = decode_text(data, findings)
    if text is None:
        return None
    lines = text.splitlines()
    readings = [_block(lines, *dialect) for dialect in _DIALECTS]
    best = max(readings, key=lambda block: block.score)
    if best.score == 0:
        state = ReadState.NOT_THIS_FORMAT if text.strip() else ReadState.EMPTY
        findings.add(state, "the file holds no table of two or more columns of numbers")
        return None
    if best.is_unclear:
        message = "the comma may be decimal, in one column, or between two columns"
        findings.add(ReadState.UNCLEAR, message, line=best.start + 1, fix="name the columns")
        return None
    _report_odd_rows(best, lines, text, findings)
    values = best.values
    if _ends_within_a_number(best, lines, text):
        findings.add(ReadState.TRUNCATED, "the last number may be cut off: its line has no end",
                     line=best.stop, found=repr(lines[best.stop - 1][:60]),
                     fix="copy the file again")  # fmt: skip
        values = values[:-1]
    return NumericTable(values, best.header, tuple(lines[: best.start]), best.start + 1)


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Rows that one dialect finds: those alike, where they start and end, and lines left over."""

    values: FloatArray
    start: int
    stop: int
    odd: tuple[int, ...]
    header: tuple[str, ...]
    delimiter: str | None = None

    @property
    def is_unclear(self) -> bool:
        """Whether each row may be one number with a decimal comma."""
        pairs = self.delimiter == "," and self.values.shape[1] == 2 and not self.header
        return pairs and bool((self.values == np.rint(self.values)).all())

    @property
    def score(self) -> int:
        return self.values.size


_NOTHING = _Block(np.zeros((0, 0)), 0, 0, (), ())


def _block(lines: Sequence[str], delimiter: str | None, decimal: str) -> _Block:
    rows = [_numbers(line, delimiter, decimal) for line in lines]
    widths = [0 if row is None or len(row) < 2 else len(row) for row in rows]
    filled = [width for width in widths if width]
    if not filled:
        return _NOTHING
    usual = max(sorted(set(filled)), key=filled.count)
    alike = [number for number, width in enumerate(widths) if width == usual]
    start, stop = alike[0], alike[-1] + 1
    odd = tuple(
        number for number in range(start, len(lines))
        if widths[number] != usual and lines[number].strip()
    )  # fmt: skip
    kept = [row for number in alike if (row := rows[number]) is not None]
    header = _header(lines, start, usual, delimiter)
    values = np.array(kept, dtype=np.float64)
    return _Block(values, start, stop, odd, header, delimiter)


def _cells(line: str, delimiter: str | None) -> list[str]:
    cells = [cell.strip().strip('"').strip() for cell in line.split(delimiter)]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _numbers(line: str, delimiter: str | None, decimal: str) -> list[float] | None:
    found = []
    for cell in _cells(line, delimiter):
        if decimal == ",":
            if "." in cell:
                return None
            cell = cell.replace(",", ".")  # noqa: PLW2901 - the same cell in another spelling
        if not _NUMBER.fullmatch(cell):
            return None
        found.append(float(cell))
    return found if np.isfinite(found).all() else None


def _header(lines: Sequence[str], start: int, width: int, delimiter: str | None) -> tuple[str, ...]:
    """Names above the numbers: the nearest line with as many cells."""
    for line in reversed(lines[max(0, start - 3) : start]):
        cells = _cells(line, delimiter)
        if len(cells) == width:
            return tuple(cells)
    return ()


def _report_odd_rows(block: _Block, lines: Sequence[str], text: str, findings: Findings) -> None:
    last = max((n for n, line in enumerate(lines) if line.strip()), default=-1)
    ends_open = not text.endswith(("\n", "\r"))
    for number in block.odd:
        if number == last and ends_open and number >= block.stop:
            findings.add(ReadState.TRUNCATED, "the last row is cut off", line=number + 1,
                         found=repr(lines[number][:60]), fix="copy the file again")  # fmt: skip
        else:
            findings.add(ReadState.MALFORMED, "a row isn't like the others", line=number + 1,
                         found=repr(lines[number][:60]),
                         allowed=f"{block.values.shape[1]} numbers")  # fmt: skip


def _ends_within_a_number(block: _Block, lines: Sequence[str], text: str) -> bool:
    """Whether the file ends without an end of line, and with fewer digits than the row before."""
    if text.endswith(("\n", "\r")) or block.stop != len(lines) or block.values.shape[0] < 2:
        return False
    last = _cells(lines[block.stop - 1], block.delimiter)
    before = _cells(lines[block.stop - 2], block.delimiter)
    return bool(last and before) and len(last[-1]) < len(before[-1])


def column_of(table: NumericTable, words: Sequence[str], taken: Sequence[int] = ()) -> int | None:
    """The column whose name holds one of these words (the first word that fits wins), or None."""
    for word in words:
        pattern = re.compile(rf"(?<![a-z]){re.escape(word)}(?![a-z])")
        for number, name in enumerate(table.header):
            if number not in taken and pattern.search(name.casefold()):
                return number
    return None

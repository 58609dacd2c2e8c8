"""Reads files of absorption spectra: exports of plate readers, plain CSV, JCAMP-DX, counts.

A lab whose export is arranged otherwise describes it once, with a :class:`ReaderTemplate`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from ncrobot.analysis.mass.reading import Findings, ReadState
from ncrobot.analysis.mass.text_tables import decode_text
from ncrobot.analysis.optical.cells import (
    Decimal,
    Sheet,
    is_workbook,
    one_dialect,
    text_sheets,
    workbook_sheets,
)
from ncrobot.analysis.optical.counts_files import is_counts, read_counts
from ncrobot.analysis.optical.jcamp import is_jcamp, read_jcamp
from ncrobot.analysis.optical.plate_grids import plate_grids
from ncrobot.analysis.optical.plate_tables import (
    Reading,
    Table,
    long_rows,
    wavelengths_down,
    well_of,
    wells_down,
)
from ncrobot.analysis.optical.reading import OpticalOutcome, ReadSpectrum, check_range, outcome
from ncrobot.analysis.optical.spectrum import LEAST_POINTS, AbsorptionSpectrum
from ncrobot.model import Document

Layout = Literal["wavelengths_down", "wells_down", "long", "plate_grids"]

_ARRANGEMENTS = {
    "wavelengths_down": wavelengths_down, "wells_down": wells_down, "long": long_rows,
    "plate_grids": plate_grids,
}  # fmt: skip
_OTHER_KIND = re.compile(
    r"fluorescen|luminescen|emission|transmittance|(?<![a-z])%\s?t\b", re.IGNORECASE
)
_ABSORBANCE = re.compile(r"absorb|optical density|(?<![a-z])(?:abs|od|au)(?![a-z])", re.IGNORECASE)
_MOST_ODD = 5


class ReaderTemplate(Document):
    """How a lab's reader arranges its exports, where the file doesn't tell it clearly.

    ``skip_rows`` stand above the table. ``sheet`` is the name of the sheet of a workbook.
    """

    layout: Layout
    sheet: str | None = None
    skip_rows: int = Field(0, ge=0)
    delimiter: str = Field("\t", min_length=1, max_length=1)
    decimal: Decimal = "."
    encoding: str = "utf-8"


def read_spectra(
    data: bytes,
    name: str = "",
    *,
    template: ReaderTemplate | None = None,
    expected_nm: tuple[float, float] | None = None,
) -> OpticalOutcome:
    """Read absorption spectra from the bytes of a file; bad data don't raise.

    ``expected_nm`` is the range that was asked for: what ends before it is told as cut off.
    """
    if is_jcamp(data):
        return read_jcamp(data, name, expected_nm=expected_nm)
    if is_counts(data):
        return read_counts(data, name, expected_nm=expected_nm)
    findings = Findings(name)
    if not data.strip():
        findings.add(ReadState.EMPTY, "the file is empty")
        return outcome(findings)
    tables = _tables(data, findings, template)
    best = max(tables, key=lambda pair: pair[0].size, default=None)
    if best is None or best[0].size == 0:
        if findings.state is ReadState.OK:
            findings.add(
                ReadState.NOT_THIS_FORMAT, "the file holds no table of wells and wavelengths",
                fix="export full spectra as a table, or describe its arrangement in a template",
            )  # fmt: skip
        return outcome(findings)
    table, sheet = best
    _check_kind(sheet, findings)
    spectra = _spectra(table, sheet, findings)
    check_range(spectra, expected_nm, findings)
    return outcome(findings, spectra, table.layout)


def _tables(
    data: bytes, findings: Findings, template: ReaderTemplate | None
) -> list[tuple[Table, Sheet]]:
    sheets = _sheets(data, findings, template)
    kinds = list(_ARRANGEMENTS.values()) if template is None else [_ARRANGEMENTS[template.layout]]
    return [(kind(sheet), sheet) for kind in kinds for sheet in sheets]


def _sheets(data: bytes, findings: Findings, template: ReaderTemplate | None) -> list[Sheet]:
    if is_workbook(data):
        sheets = workbook_sheets(data, findings)
        if template is not None and template.sheet is not None:
            sheets = [sheet for sheet in sheets if sheet.name == template.sheet]
        skip = template.skip_rows if template is not None else 0
        return [Sheet(s.name, s.rows[skip:], s.decimal, s.ends_open) for s in sheets]
    if template is None:
        return text_sheets(data, findings)
    try:
        text = data.decode(template.encoding)
    except (UnicodeDecodeError, LookupError):
        findings.add(ReadState.WRONG_ENCODING, f"the file isn't in {template.encoding}",
                     fix="name the encoding of the export in the template")  # fmt: skip
        text = decode_text(data, findings) or ""
    sheet = one_dialect(text, template.delimiter, template.decimal)
    return [Sheet("", sheet.rows[template.skip_rows :], sheet.decimal, sheet.ends_open)]


def _check_kind(sheet: Sheet, findings: Findings) -> None:
    """Refuse to take other readings for absorbance if the file says what they are."""
    text = "\n".join(" ".join(row) for row in sheet.rows[:60])
    other = _OTHER_KIND.search(text)
    if other is not None and not _ABSORBANCE.search(text):
        findings.add(
            ReadState.UNCLEAR, "the readings seem to be no absorbance", found=repr(other[0]),
            fix="export absorbance",
        )  # fmt: skip


def _spectra(table: Table, sheet: Sheet, findings: Findings) -> tuple[ReadSpectrum, ...]:
    _drop_cut_off(table, sheet, findings)
    _tell_odd(table, sheet, findings)
    usual = max((len(each) for each in table.readings.values()), default=0)
    found = []
    for (block, label), readings in table.readings.items():
        well = well_of(label)
        spectrum = _spectrum(label, readings, findings)
        if spectrum is None:
            continue
        if len(readings) < usual and findings.state is ReadState.OK:
            findings.add(
                ReadState.MALFORMED, f"the spectrum of {label!r} has fewer points than others",
                found=str(len(readings)), allowed=str(usual),
            )  # fmt: skip
        found.append(ReadSpectrum(spectrum, well, "" if well else label, block))
    return tuple(found)


def _spectrum(
    label: str, readings: Sequence[Reading], findings: Findings
) -> AbsorptionSpectrum | None:
    by_nm: dict[float, Reading] = {}
    for each in readings:
        if each.nm in by_nm:
            findings.add(
                ReadState.UNCLEAR, f"{label!r} has two figures at {each.nm:g} nm", line=each.line,
                fix="export each read of a well by itself",
            )  # fmt: skip
            return None
        by_nm[each.nm] = each
    ordered = [by_nm[nm] for nm in sorted(by_nm)]
    if len(ordered) < LEAST_POINTS:
        findings.add(ReadState.MALFORMED, f"{label!r} has too few points", line=ordered[0].line)
        return None
    values = [np.nan if each.absorbance is None else each.absorbance for each in ordered]
    return AbsorptionSpectrum(
        np.array([each.nm for each in ordered]), np.array(values), label,
        np.array([each.over for each in ordered]),
    )  # fmt: skip


def _tell_odd(table: Table, sheet: Sheet, findings: Findings) -> None:
    last = len(sheet.rows)
    for line, cell in table.odd[:_MOST_ODD]:
        if line == last and sheet.ends_open:
            findings.add(
                ReadState.TRUNCATED, "the last row is cut off", line=line, found=repr(cell),
                fix="copy the file again",
            )  # fmt: skip
        else:
            findings.add(ReadState.MALFORMED, "a cell holds no figure", line=line, found=repr(cell))
    if len(table.odd) > _MOST_ODD:
        more = len(table.odd) - _MOST_ODD
        findings.add(ReadState.MALFORMED, f"{more} more cells hold no figure")


def _drop_cut_off(table: Table, sheet: Sheet, findings: Findings) -> None:
    """Take out the very last figure of a text without a last end of line, if it seems cut off.

    It does if it has fewer digits than the figure before it in its spectrum.
    """
    if not sheet.ends_open or not sheet.rows or not sheet.rows[-1]:
        return
    last = len(sheet.rows)
    cell = sheet.rows[-1][-1]
    above = sheet.rows[-2][-1] if last > 1 and sheet.rows[-2] else ""
    if len(cell) >= len(above):
        return
    for key, readings in table.readings.items():
        if readings[-1].line == last and str(cell) and key == _last_key(table, last):
            readings.pop()
            if not readings:
                del table.readings[key]
            findings.add(
                ReadState.TRUNCATED, "the last figure may be cut off: its line has no end",
                line=last, found=repr(cell), fix="copy the file again",
            )  # fmt: skip
            return


def _last_key(table: Table, line: int) -> tuple[int, str] | None:
    keys = [key for key, readings in table.readings.items() if readings[-1].line == line]
    return keys[-1] if keys else None

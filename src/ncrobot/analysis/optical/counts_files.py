"""Reads counts of a spectrometer with a lamp, as its program here writes them: raw, not absorbance.

A file begins with lines ``# name: value`` (``points``, ``full_scale`` and ``least_counts`` are
needed), then the names of four columns, then a row for each wavelength.
"""

from __future__ import annotations

import re

import numpy as np

from ncrobot.analysis.mass.reading import Findings, ReadState
from ncrobot.analysis.mass.text_tables import decode_text
from ncrobot.analysis.optical.plain import Counts, absorbance_from_counts
from ncrobot.analysis.optical.reading import OpticalOutcome, ReadSpectrum, check_range, outcome

COLUMNS = "wavelength_nm,sample,dark,reference"
_TOLD = re.compile(r"#\s*([a-z_]+):\s*(.*?)\s*")
_NEEDED = ("points", "full_scale", "least_counts")
_LAYOUT = "counts of sample, dark and reference"


def is_counts(data: bytes) -> bool:
    """Whether these bytes begin as such a file does."""
    return data.lstrip(b"\xef\xbb\xbf").startswith(b"# counts/1")


def read_counts(
    data: bytes, name: str = "", *, expected_nm: tuple[float, float] | None = None
) -> OpticalOutcome:
    """Read counts from the bytes of a file as absorbance; bad data don't raise."""
    findings = Findings(name)
    if not data.strip():
        findings.add(ReadState.EMPTY, "the file is empty")
        return outcome(findings)
    if not is_counts(data):
        findings.add(ReadState.NOT_THIS_FORMAT, "these are no counts of a spectrometer")
        return outcome(findings)
    text = decode_text(data, findings)
    if text is None:
        return outcome(findings)
    told, rows = _parts(text, findings)
    spectrum = _spectrum(told, rows, findings)
    spectra = () if spectrum is None else (spectrum,)
    check_range(spectra, expected_nm, findings)
    return outcome(findings, spectra, _LAYOUT)


def _parts(text: str, findings: Findings) -> tuple[dict[str, str], list[list[float]]]:
    """What the head tells, and the rows that hold four figures; others are told."""
    told: dict[str, str] = {}
    rows: list[list[float]] = []
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        found = _TOLD.fullmatch(line)
        if found is not None:
            told[found[1]] = found[2]
        elif line.strip() and not line.startswith("#") and line.strip() != COLUMNS:
            row = _row(line)
            if row is not None:
                rows.append(row)
                continue
            is_last = number == len(lines) and not text.endswith("\n")
            state = ReadState.TRUNCATED if is_last else ReadState.MALFORMED
            findings.add(state, "a row isn't four figures", line=number, found=repr(line[:60]))
    if not text.endswith("\n") and findings.state is ReadState.OK:
        message = "the last figure may be cut off: its line has no end"
        findings.add(ReadState.TRUNCATED, message, line=len(lines), fix="copy the file again")
    return told, rows


def _row(line: str) -> list[float] | None:
    try:
        row = [float(cell) for cell in line.split(",")]
    except ValueError:
        return None
    return row if len(row) == 4 and np.isfinite(row).all() else None


def _spectrum(
    told: dict[str, str], rows: list[list[float]], findings: Findings
) -> ReadSpectrum | None:
    figures: dict[str, float] = {}
    for name in _NEEDED:
        try:
            figures[name] = float(told[name])
        except (KeyError, ValueError):
            findings.add(ReadState.MALFORMED, f"the head doesn't tell {name}", found=told.get(name))
            return None
    if len(rows) < figures["points"] and findings.state is not ReadState.MALFORMED:
        findings.add(
            ReadState.TRUNCATED, "rows are missing", found=str(len(rows)),
            allowed=f"{figures['points']:g} as the head tells", fix="copy the file again",
        )  # fmt: skip
    elif len(rows) > figures["points"]:
        findings.add(ReadState.MALFORMED, "there are more rows than the head tells")
    if len(rows) < 3:
        return None
    waves, sample, dark, reference = np.array(rows).T
    counts = Counts(waves, sample, dark, reference, figures["least_counts"], figures["full_scale"])
    label = told.get("name", "")
    try:
        return ReadSpectrum(absorbance_from_counts(counts, label), None, label)
    except ValueError as error:
        findings.add(ReadState.MALFORMED, str(error))
        return None

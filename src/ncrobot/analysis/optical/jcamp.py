"""Reads absorption spectra in JCAMP-DX, with its compressed forms, checks included.

Format after R. S. McDonald and P. A. Wilks, Applied Spectroscopy 1988, 42, 151 (version 4.24).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ncrobot.analysis.mass.reading import Findings, ReadState
from ncrobot.analysis.mass.text_tables import decode_text
from ncrobot.analysis.optical.compressed_numbers import decode_line
from ncrobot.analysis.optical.reading import OpticalOutcome, ReadSpectrum, check_range, outcome
from ncrobot.analysis.optical.spectrum import LEAST_POINTS, AbsorptionSpectrum

FloatArray = npt.NDArray[np.float64]

_LABEL = re.compile(r"##([^=]*)=(.*)")
_PAIR = re.compile(r"[\s;]+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_TABLES = ("XYDATA", "XYPOINTS")
_MOST_TRANSMITTED = 1.5  # noise and a poor baseline may make it more than one


@dataclass(slots=True)
class _Block:
    """Labelled records of one block, the lines of its table, and where that table starts."""

    records: dict[str, str] = field(default_factory=dict)
    table: list[tuple[int, str]] = field(default_factory=list)
    is_closed: bool = False

    def number(self, label: str) -> float | None:
        text = self.records.get(label, "").strip()
        return float(text) if _NUMBER.fullmatch(text) else None


def is_jcamp(data: bytes) -> bool:
    """Whether a file begins as JCAMP-DX does."""
    head = data[:4000].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return head.startswith(b"##") and b"JCAMP" in head.upper()


def read_jcamp(
    data: bytes, name: str = "", *, expected_nm: tuple[float, float] | None = None
) -> OpticalOutcome:
    """Read the spectra of a JCAMP-DX file, single or compound; bad data don't raise."""
    findings = Findings(name)
    text = decode_text(data, findings)
    if text is None:
        return outcome(findings)
    found: list[ReadSpectrum] = []
    for block in _blocks(text, findings):
        spectrum = _spectrum(block, findings)
        if spectrum is not None:
            found.append(ReadSpectrum(spectrum, None, spectrum.name, len(found) + 1))
    spectra = tuple(found)
    check_range(spectra, expected_nm, findings)
    return outcome(findings, spectra, "JCAMP-DX")


def _blocks(text: str, findings: Findings) -> Iterator[_Block]:
    """Each block with a table, as its end is reached; one without an end is told."""
    open_blocks: list[_Block] = []
    in_table = False
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split("$$", 1)[0].rstrip()
        labelled = _LABEL.match(line.lstrip())
        if labelled is None:
            if in_table and open_blocks and line.strip():
                open_blocks[-1].table.append((number, line))
            continue
        label = re.sub(r"[\s\-/_]", "", labelled[1]).upper()
        in_table = False
        if label == "TITLE":
            open_blocks.append(_Block())
        if not open_blocks:
            findings.add(ReadState.MALFORMED, "a record stands before the title", line=number)
            continue
        if label == "END":
            block = open_blocks.pop()
            block.is_closed = True
            yield block
            continue
        open_blocks[-1].records[label] = labelled[2].strip()
        in_table = label in _TABLES
    for block in reversed(open_blocks):
        if block.table or len(open_blocks) == 1:
            findings.add(ReadState.TRUNCATED, "the file ends before ##END=", fix="copy it again")
            yield block


def _spectrum(block: _Block, findings: Findings) -> AbsorptionSpectrum | None:
    kind = next((label for label in _TABLES if label in block.records), None)
    if kind is None:
        if block.records.get("DATATYPE", "").upper() != "LINK":
            findings.add(ReadState.EMPTY, "a block holds no table of points")
        return None
    points = _pairs(block, findings) if kind == "XYPOINTS" else _compressed(block, findings)
    _check_count(block, points, findings)
    if points.shape[0] < LEAST_POINTS:
        findings.add(ReadState.MALFORMED, "a spectrum has too few points")
        return None
    waves = _wavelengths_nm(block, points[:, 0], findings)
    values = _absorbance(block, points[:, 1], findings)
    if waves is None or values is None:
        return None
    order = np.argsort(waves)
    over = ~np.isfinite(values)
    try:
        return AbsorptionSpectrum(
            waves[order], np.where(over, np.nan, values)[order], block.records["TITLE"], over[order]
        )
    except ValueError as error:
        findings.add(ReadState.MALFORMED, str(error))
        return None


def _pairs(block: _Block, findings: Findings) -> FloatArray:
    """Points of the form (XY..XY): pairs separated by semicolons or spaces."""
    factors = block.number("XFACTOR") or 1.0, block.number("YFACTOR") or 1.0
    found: list[tuple[float, float]] = []
    for number, line in block.table:
        cells = [cell for cell in _PAIR.split(line.replace(",", " ").strip()) if cell]
        if len(cells) % 2 or not all(_NUMBER.fullmatch(cell) for cell in cells):
            findings.add(ReadState.MALFORMED, "a line isn't made of pairs of numbers", line=number)
            continue
        numbers = [float(cell) for cell in cells]
        found += list(zip(numbers[::2], numbers[1::2], strict=True))
    points: FloatArray = np.array(found, dtype=np.float64).reshape(-1, 2) * np.array(factors)
    return points


def _compressed(block: _Block, findings: Findings) -> FloatArray:
    """Points of the form (X++(Y..Y)): each line starts with the X of its first Y."""
    values: list[float] = []
    starts: list[tuple[int, float, int]] = []
    last: float | None = None  # of the line before, which a line of differences repeats
    for number, line in block.table:
        decoded = decode_line(line)
        if decoded is None:
            findings.add(ReadState.MALFORMED, "a line of points can't be read", line=number)
            last = None
            continue
        start, ordinates, ends_in_difference = decoded
        if last is not None and ordinates:
            if abs(ordinates[0] - last) > 0.5:
                message = "a line doesn't go on where the one before ended (check of Y)"
                findings.add(ReadState.MALFORMED, message, line=number)
            ordinates = ordinates[1:]
        starts.append((number, start, len(values) - (1 if last is not None else 0)))
        values += ordinates
        last = values[-1] if ends_in_difference and values else None
    waves = _scale(block, len(values), findings)
    _check_starts(block, starts, waves, findings)
    return np.column_stack([waves, np.array(values) * (block.number("YFACTOR") or 1.0)])


def _scale(block: _Block, count: int, findings: Findings) -> FloatArray:
    """The even scale from FIRSTX to LASTX; with the step told if points are missing."""
    first, last = block.number("FIRSTX"), block.number("LASTX")
    points = block.number("NPOINTS")
    if first is None or last is None:
        findings.add(ReadState.MALFORMED, "FIRSTX or LASTX is missing")
        return np.zeros(count)
    total = int(points) if points is not None and points >= 2 else count
    step = (last - first) / (total - 1) if total > 1 else 0.0
    return np.asarray(first + step * np.arange(count), dtype=np.float64)


def _check_starts(
    block: _Block,
    starts: Sequence[tuple[int, float, int]],
    waves: FloatArray,
    findings: Findings,
) -> None:
    """Compare the X at the start of each line with the even scale."""
    factor = block.number("XFACTOR") or 1.0
    step = abs(float(waves[1] - waves[0])) if waves.size > 1 else 0.0
    for number, start, place in starts:
        if 0 <= place < waves.size and abs(start * factor - float(waves[place])) > step:
            findings.add(
                ReadState.MALFORMED, "a line doesn't begin at its place (check of X)", line=number,
                found=f"{start * factor:g}", allowed=f"{float(waves[place]):g}",
            )  # fmt: skip
            return


def _check_count(block: _Block, points: FloatArray, findings: Findings) -> None:
    expected = block.number("NPOINTS")
    if expected is not None and int(expected) != points.shape[0]:
        state = ReadState.TRUNCATED if points.shape[0] < expected else ReadState.MALFORMED
        findings.add(
            state, "the number of points isn't as told", found=str(points.shape[0]),
            allowed=f"{int(expected)} (NPOINTS)",
        )  # fmt: skip


def _wavelengths_nm(block: _Block, x: FloatArray, findings: Findings) -> FloatArray | None:
    factors: Mapping[str, float] = {"NANOMETERS": 1.0, "NM": 1.0, "MICROMETERS": 1000.0}
    unit = block.records.get("XUNITS", "").strip().upper()
    named = re.fullmatch(r"WAVELENGTH \((.+)\)", unit)  # as collections of reference data write it
    unit = named[1] if named else unit
    if unit in factors:
        return x * factors[unit]
    if unit == "1/CM" and (x > 0.0).all():
        return 1e7 / x
    findings.add(
        ReadState.UNCLEAR, "the scale is in no unit of wavelength", found=repr(unit),
        allowed="NANOMETERS, MICROMETERS or 1/CM",
    )  # fmt: skip
    return None


def _absorbance(block: _Block, y: FloatArray, findings: Findings) -> FloatArray | None:
    unit = block.records.get("YUNITS", "").strip().upper()
    if unit == "ABSORBANCE":
        return y
    if unit in {"TRANSMITTANCE", "PERCENT TRANSMITTANCE", "%T"}:
        share = y / (1.0 if unit == "TRANSMITTANCE" else 100.0)
        if float(np.nanmax(share, initial=0.0)) > _MOST_TRANSMITTED:
            findings.add(
                ReadState.UNCLEAR, "more light comes through than goes in: it may be per cent",
                found=f"{float(np.nanmax(y)):g}", fix="export absorbance",
            )  # fmt: skip
            return None
        return np.where(share > 0.0, -np.log10(np.maximum(share, 1e-300)), np.nan)
    findings.add(
        ReadState.UNCLEAR, "the figures are no absorbance", found=repr(unit),
        allowed="ABSORBANCE or TRANSMITTANCE",
    )  # fmt: skip
    return None

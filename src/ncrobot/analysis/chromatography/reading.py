"""Reads chromatograms and diode-array matrices from text exports.

Retention times are in minutes or seconds by the name of their column; where it doesn't tell, the
caller has to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ncrobot.analysis.chromatography.chromatogram import Chromatogram, DiodeArray
from ncrobot.analysis.mass.peak_tables import two_columns
from ncrobot.analysis.mass.reading import Findings, ReadState
from ncrobot.analysis.mass.text_tables import NumericTable, read_table
from ncrobot.errors import Diagnostic

FloatArray = npt.NDArray[np.float64]

_TIME_WORDS = ("retention time", "time", "rt", "min", "x")
_SIGNAL_WORDS = ("absorbance", "mau", "au", "intensity", "signal", "counts", "response", "y")
_MINUTES = re.compile(r"(?<![a-z])(?:min|minutes?)(?![a-z])")
_SECONDS = re.compile(r"(?<![a-z])(?:s|secs?|seconds?)(?![a-z])")
_UNIT = re.compile(r"[\[(]\s*([^\])]+?)\s*[\])]")
_NUMBERS = re.compile(r"[0-9]+(?:[.,][0-9]+)?")


@dataclass(frozen=True, slots=True, eq=False)
class ChromatogramOutcome:
    """What a file gave: a state, findings, and the chromatogram or diode array if there is one."""

    state: ReadState
    findings: tuple[Diagnostic, ...] = ()
    chromatogram: Chromatogram | None = None
    array: DiodeArray | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all of the file was read."""
        return self.state is ReadState.OK


def read_chromatogram(
    data: bytes, name: str = "", *, minutes_per_unit: float | None = None
) -> ChromatogramOutcome:
    """Read one trace from a table of time and signal; bad data don't raise.

    ``minutes_per_unit`` is what one unit of the time column is (1/60 for seconds) where its name
    doesn't tell.
    """
    findings = Findings(name)
    table = read_table(data, findings)
    places = None
    if table is not None:
        places = two_columns(table, _TIME_WORDS, _SIGNAL_WORDS, findings)
    if table is None or places is None:
        return ChromatogramOutcome(findings.state, tuple(findings.diagnostics))
    factor = _minutes_per_unit(_name(table, places[0]), minutes_per_unit, findings)
    found = None
    if factor is not None:
        unit = _UNIT.search(_name(table, places[1]))
        time, signal = table.values[:, places[0]] * factor, table.values[:, places[1]]
        try:
            found = Chromatogram(time, signal, unit[1] if unit else "", name)
        except ValueError as error:
            findings.add(ReadState.MALFORMED, str(error))
    return ChromatogramOutcome(findings.state, tuple(findings.diagnostics), found)


def read_diode_array(
    data: bytes, name: str = "", *, minutes_per_unit: float | None = None
) -> ChromatogramOutcome:
    """Read a matrix of times (rows) by wavelengths (columns, named in nm); bad data don't raise."""
    findings = Findings(name)
    table = read_table(data, findings)
    if table is None:
        return ChromatogramOutcome(findings.state, tuple(findings.diagnostics))
    wavelengths, values = _with_wavelengths(table)
    if wavelengths is None:
        findings.add(
            ReadState.UNCLEAR, "the columns don't tell their wavelengths", line=table.first_line,
            allowed="a first row of wavelengths in nm above the numbers",
        )  # fmt: skip
        return ChromatogramOutcome(findings.state, tuple(findings.diagnostics))
    factor = _minutes_per_unit(_corner(table), minutes_per_unit, findings)
    found = None
    if factor is not None:
        order = np.argsort(wavelengths)
        try:
            found = DiodeArray(
                values[:, 0] * factor, wavelengths[order], values[:, 1:][:, order], name=name
            )
        except ValueError as error:
            findings.add(ReadState.MALFORMED, str(error))
    return ChromatogramOutcome(findings.state, tuple(findings.diagnostics), array=found)


def _name(table: NumericTable, column: int) -> str:
    return table.header[column] if table.header else ""


def _corner(table: NumericTable) -> str:
    """What stands above the times: the name of their column, or the line above the numbers."""
    return _name(table, 0) or (table.preamble[-1] if table.preamble else "")


def _minutes_per_unit(name: str, given: float | None, findings: Findings) -> float | None:
    folded = name.casefold()
    if _MINUTES.search(folded):
        return 1.0
    if _SECONDS.search(folded):
        return 1.0 / 60.0
    if given is None:
        findings.add(
            ReadState.UNCLEAR, "it isn't clear whether times are minutes or seconds",
            found=repr(name), fix="say what one unit of the time column is",
        )  # fmt: skip
    return given


def _with_wavelengths(
    table: NumericTable,
) -> tuple[FloatArray | None, FloatArray]:
    """Wavelengths by the names of the columns; or the first row if that is a row of them."""
    values = table.values
    if table.header:
        found = [_NUMBERS.search(each) for each in table.header[1:]]
        numbers = [float(each[0].replace(",", ".")) for each in found if each]
        if len(numbers) == len(found) and _are_wavelengths(np.array(numbers)):
            return np.array(numbers), values
    first = values[0, 1:]
    if values.shape[0] > 2 and values[0, 0] <= values[1, 0] and _are_wavelengths(first):
        return first, values[1:]
    return None, values


def _are_wavelengths(numbers: FloatArray) -> bool:
    """Whether numbers can be the wavelengths of a detector: in its range, all rising or falling."""
    steps = np.diff(numbers)
    in_range = bool((numbers >= 150.0).all() and (numbers <= 1400.0).all())
    return numbers.size > 1 and in_range and bool((steps > 0.0).all() or (steps < 0.0).all())

"""Reads mass spectra from the text and CSV tables that vendors' software exports."""

from __future__ import annotations

from collections.abc import Sequence

from ncrobot.analysis.mass.reading import Findings, ReadOutcome, ReadState
from ncrobot.analysis.mass.spectrum import Spectrum, SpectrumMode
from ncrobot.analysis.mass.text_tables import NumericTable, column_of, read_table

_MZ_WORDS = ("m/z", "mz", "mass/charge", "m over z", "mass")
_INTENSITY_WORDS = ("intensity", "height", "abundance", "int", "counts", "area", "signal")


def read_peak_table(
    data: bytes,
    name: str = "",
    *,
    mode: SpectrumMode | None = None,
    polarity: int | None = None,
    columns: tuple[str, str] | None = None,
) -> ReadOutcome:
    """Read one spectrum from a table of m/z and intensity; bad data don't raise.

    Columns are known by their names. A table without names has to have two. ``columns`` names
    those of m/z and intensity where the usual names don't fit. ``mode`` and ``polarity`` are what
    the table can't tell.
    """
    findings = Findings(name)
    table = read_table(data, findings)
    if table is None:
        return ReadOutcome(findings.state, tuple(findings.diagnostics))
    places = two_columns(
        table, _named(columns, 0, _MZ_WORDS), _named(columns, 1, _INTENSITY_WORDS), findings
    )
    if places is None:
        return ReadOutcome(findings.state, tuple(findings.diagnostics))
    try:
        spectrum = Spectrum(
            table.values[:, places[0]], table.values[:, places[1]], mode, polarity, name=name
        )
    except ValueError as error:
        findings.add(ReadState.MALFORMED, str(error))
        return ReadOutcome(findings.state, tuple(findings.diagnostics))
    return ReadOutcome(findings.state, tuple(findings.diagnostics), (spectrum,))


def _named(columns: tuple[str, str] | None, which: int, usual: Sequence[str]) -> Sequence[str]:
    return usual if columns is None else (columns[which].casefold(),)


def two_columns(
    table: NumericTable, first: Sequence[str], second: Sequence[str], findings: Findings
) -> tuple[int, int] | None:
    """Numbers of two columns by words in their names; None, with a finding, if that is unclear."""
    left = column_of(table, first)
    right = None if left is None else column_of(table, second, taken=(left,))
    if left is not None and right is not None:
        return left, right
    if not table.header and table.values.shape[1] == 2:
        return 0, 1
    names = ", ".join(repr(each) for each in table.header) or f"{table.values.shape[1]} unnamed"
    findings.add(
        ReadState.UNCLEAR, "it isn't clear which columns to take", line=table.first_line,
        found=names, allowed=f"one of {', '.join(first)}; one of {', '.join(second)}",
        fix="name the columns",
    )  # fmt: skip
    return None

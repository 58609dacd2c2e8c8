"""Results as tables: tidy rows, objectives, and spectra as a matrix; CSV, or Parquet if asked."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from ncrobot.analysis.optical import common_grid, optical_gap_ev
from ncrobot.assays.results import OpticalResult, Results
from ncrobot.errors import Diagnostic, LabError

Row = dict[str, Any]


def tidy_rows(results: Results, run: str) -> list[Row]:
    """One row for each figure of each sample."""
    return [{"run": run, **each.model_dump()} for each in results.figures]


def objective_rows(results: Results, run: str) -> list[Row]:
    """One row for each objective in each well."""
    return [{"run": run, **each.model_dump()} for each in results.objectives]


def feature_rows(results: Results, run: str) -> list[Row]:
    """One row for each peak or shoulder of each spectrum, with its energy (eV)."""
    return [
        {
            "run": run,
            **_about(each),
            "kind": feature.kind.value,
            "wavelength_nm": round(feature.wavelength_nm, 2),
            "error_nm": round(feature.error_nm, 2),
            "energy_ev": round(optical_gap_ev(feature.wavelength_nm), 4),
            "absorbance": feature.absorbance,
            "significance": feature.significance,
        }
        for each in results.optical
        for feature in each.features
    ]


def spectra_rows(optical: Sequence[OpticalResult], run: str) -> list[Row]:
    """Corrected spectra as a matrix: one row for each sample, a column for each wavelength (nm).

    Saturated points are None. Empty if there is no spectrum, or no wavelength in common.
    """
    try:
        grid = common_grid([each.corrected.spectrum for each in optical])
    except ValueError:
        return []
    names = [f"{nm:g}" for nm in grid]
    rows = []
    for each in optical:
        spectrum = each.corrected.spectrum.on(grid)
        values = np.where(spectrum.saturated, np.nan, spectrum.absorbance)
        told = [None if np.isnan(value) else float(f"{value:.6g}") for value in values]
        rows.append({"run": run, **_about(each), **dict(zip(names, told, strict=True))})
    return rows


def _about(result: OpticalResult) -> Row:
    about = result.about
    return {
        "sample": about.sample, "well": about.well, "step": about.step, "number": about.number,
        "since_s": about.since_s,
    }  # fmt: skip


def csv_text(rows: Sequence[Row]) -> str:
    """Rows as CSV with a heading; None is an empty cell."""
    if not rows:
        return ""
    names = list(rows[0])
    cells = [["" if row[name] is None else row[name] for name in names] for row in rows]
    return _text([names, *cells])


def write_parquet(rows: Sequence[Row], path: Path) -> None:
    """Rows as a Parquet file.

    Raises:
        LabError: pyarrow isn't installed, or the file can't be written.
    """
    try:
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise LabError(
            Diagnostic(
                code="missing-extra", message="Parquet needs pyarrow, which isn't installed",
                fix="install ncrobot[parquet], or take CSV",
            )
        ) from error  # fmt: skip
    try:
        parquet.write_table(arrow.Table.from_pylist(list(rows)), path)
    except OSError as error:
        message = f"the table can't be written: {error.strerror or error}"
        raise LabError(Diagnostic(code="output", message=message, file=str(path))) from error


def _text(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()

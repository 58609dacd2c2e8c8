"""Assays: what the measurements of a run come to, by an analysis file; pure functions."""

from __future__ import annotations

from ncrobot.assays.analysing import analyse, reference_spectra
from ncrobot.assays.expectations import is_anything_told, metals_of, told_by_protocol
from ncrobot.assays.measured import About, BlankRun, Measured, ReferenceRun
from ncrobot.assays.results import (
    Course,
    ElutionResult,
    Figure,
    GroupValue,
    MassResult,
    ObjectiveValue,
    OpticalResult,
    Results,
)
from ncrobot.assays.settings import AnalysisSettings, load_analysis
from ncrobot.assays.tables import (
    csv_text,
    feature_rows,
    objective_rows,
    spectra_rows,
    tidy_rows,
    write_parquet,
)
from ncrobot.protocol.objectives import Wanted

__all__ = [
    "About",
    "AnalysisSettings",
    "BlankRun",
    "Course",
    "ElutionResult",
    "Figure",
    "GroupValue",
    "MassResult",
    "Measured",
    "ObjectiveValue",
    "OpticalResult",
    "ReferenceRun",
    "Results",
    "Wanted",
    "analyse",
    "csv_text",
    "feature_rows",
    "is_anything_told",
    "load_analysis",
    "metals_of",
    "objective_rows",
    "reference_spectra",
    "spectra_rows",
    "tidy_rows",
    "told_by_protocol",
    "write_parquet",
]

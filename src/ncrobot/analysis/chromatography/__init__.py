"""Chromatograms: baselines, peaks, purity, carry-over, diode arrays and ion traces."""

from ncrobot.analysis.chromatography.baselines import Baseline, BaselineMethod, find_baseline
from ncrobot.analysis.chromatography.carry_over import CarryOver, CarryOverVerdict, carry_over
from ncrobot.analysis.chromatography.chromatogram import (
    Chromatogram,
    DiodeArray,
    chromatogram_of,
    diode_array_of,
)
from ncrobot.analysis.chromatography.diode_array import (
    Homogeneity,
    HomogeneityFinding,
    spectral_homogeneity,
)
from ncrobot.analysis.chromatography.ion_traces import ion_trace, mean_spectrum, window_trace
from ncrobot.analysis.chromatography.peaks import (
    ChromatographicPeak,
    PeakList,
    PeakSettings,
    find_chromatographic_peaks,
)
from ncrobot.analysis.chromatography.purity import (
    AssignedPeak,
    Purity,
    RetentionWindow,
    assign_peaks,
    check_windows,
    moved_windows,
    purity,
)
from ncrobot.analysis.chromatography.reading import (
    ChromatogramOutcome,
    read_chromatogram,
    read_diode_array,
)

__all__ = [
    "AssignedPeak",
    "Baseline",
    "BaselineMethod",
    "CarryOver",
    "CarryOverVerdict",
    "Chromatogram",
    "ChromatogramOutcome",
    "ChromatographicPeak",
    "DiodeArray",
    "Homogeneity",
    "HomogeneityFinding",
    "PeakList",
    "PeakSettings",
    "Purity",
    "RetentionWindow",
    "assign_peaks",
    "carry_over",
    "check_windows",
    "chromatogram_of",
    "diode_array_of",
    "find_baseline",
    "find_chromatographic_peaks",
    "ion_trace",
    "mean_spectrum",
    "moved_windows",
    "purity",
    "read_chromatogram",
    "read_diode_array",
    "spectral_homogeneity",
    "window_trace",
]

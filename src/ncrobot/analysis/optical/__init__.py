"""Absorption spectra: corrected, searched for features, unmixed, compared with known clusters."""

from ncrobot.analysis.optical.clusters import (
    Cluster,
    ClusterTable,
    Expected,
    OtherMethod,
    printed_clusters,
)
from ncrobot.analysis.optical.correcting import (
    Blank,
    Corrected,
    Correction,
    Step,
    correct,
    median_blank,
    noise_of,
    path_from_volume_cm,
    path_from_water_cm,
    smoothed,
)
from ncrobot.analysis.optical.counts_files import read_counts
from ncrobot.analysis.optical.features import (
    EV_NM,
    Feature,
    FeatureKind,
    FeatureLimits,
    find_features,
    optical_gap_ev,
)
from ncrobot.analysis.optical.files import ReaderTemplate, read_spectra
from ncrobot.analysis.optical.jcamp import read_jcamp
from ncrobot.analysis.optical.kinetics import (
    Kinetics,
    KineticVerdict,
    first_order,
    isosbestic_points_nm,
)
from ncrobot.analysis.optical.matching import (
    ClusterMatch,
    OpticalMatch,
    OpticalVerdict,
    match_clusters,
)
from ncrobot.analysis.optical.plain import Counts, absorbance_from_counts, spectra_csv
from ncrobot.analysis.optical.reading import OpticalOutcome, ReadSpectrum
from ncrobot.analysis.optical.spectrum import AbsorptionSpectrum, common_grid
from ncrobot.analysis.optical.unmixing import (
    Component,
    ShareVerdict,
    Unmixed,
    UnmixingLimits,
    unmix,
)

__all__ = [
    "EV_NM",
    "AbsorptionSpectrum",
    "Blank",
    "Cluster",
    "ClusterMatch",
    "ClusterTable",
    "Component",
    "Corrected",
    "Correction",
    "Counts",
    "Expected",
    "Feature",
    "FeatureKind",
    "FeatureLimits",
    "KineticVerdict",
    "Kinetics",
    "OpticalMatch",
    "OpticalOutcome",
    "OpticalVerdict",
    "OtherMethod",
    "ReadSpectrum",
    "ReaderTemplate",
    "ShareVerdict",
    "Step",
    "Unmixed",
    "UnmixingLimits",
    "absorbance_from_counts",
    "common_grid",
    "correct",
    "find_features",
    "first_order",
    "isosbestic_points_nm",
    "match_clusters",
    "median_blank",
    "noise_of",
    "optical_gap_ev",
    "path_from_volume_cm",
    "path_from_water_cm",
    "printed_clusters",
    "read_counts",
    "read_jcamp",
    "read_spectra",
    "smoothed",
    "spectra_csv",
    "unmix",
]

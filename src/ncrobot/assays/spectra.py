"""Absorption spectra of samples: corrected by their plate's blanks, searched, compared, unmixed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ncrobot.analysis.optical import (
    AbsorptionSpectrum,
    Blank,
    Correction,
    correct,
    find_features,
    match_clusters,
    median_blank,
    path_from_volume_cm,
    printed_clusters,
    unmix,
)
from ncrobot.assays.measured import About, Measured
from ncrobot.assays.results import OpticalResult
from ncrobot.assays.settings import OpticalSettings

Problem = tuple[str, str]


def optical_results(
    measured: Sequence[Measured],
    settings: OpticalSettings,
    references: Mapping[str, AbsorptionSpectrum],
) -> tuple[list[OpticalResult], list[Problem]]:
    """What the absorption spectra say, and which of them couldn't be used and why."""
    read = [(each.about, each.spectrum) for each in measured if each.spectrum is not None]
    blanks = _blanks(read, settings)
    found: list[OpticalResult] = []
    problems: list[Problem] = []
    for about, spectrum in read:
        blank = blanks.get(about.file) or blanks.get("")
        try:
            found.append(
                _result(about, spectrum, _known(about, settings, blank), (settings, references))
            )
        except ValueError as error:
            problems.append((about.sample, str(error)))
    return found, problems


def _blanks(
    read: Sequence[tuple[About, AbsorptionSpectrum]], settings: OpticalSettings
) -> dict[str, Blank]:
    """The blank of each file, and under "" that of all files, for plates without one."""
    by_file: dict[str, list[AbsorptionSpectrum]] = defaultdict(list)
    for about, spectrum in read:
        if about.kind in settings.blanks and not spectrum.saturated.any():
            by_file[about.file].append(spectrum)
            by_file[""].append(spectrum)
    return {file: median_blank(spectra) for file, spectra in by_file.items()}


def _known(about: About, settings: OpticalSettings, blank: Blank | None) -> Correction:
    path_cm = settings.path_cm
    if path_cm is None and settings.well_area_mm2 is not None and about.volume_ul is not None:
        path_cm = path_from_volume_cm(about.volume_ul, settings.well_area_mm2)
    return Correction(
        blank=blank,
        path_cm=path_cm,
        dilution=about.dilution,
        saturation_au=settings.saturation_au,
        offset_nm=settings.offset_nm,
        smoothing_nm=settings.smoothing_nm,
    )


def _result(
    about: About,
    spectrum: AbsorptionSpectrum,
    known: Correction,
    compared: tuple[OpticalSettings, Mapping[str, AbsorptionSpectrum]],
) -> OpticalResult:
    settings, references = compared
    corrected = correct(spectrum, known)
    noise = corrected.noise_au
    features = find_features(corrected.spectrum, noise)
    table = printed_clusters().with_rows(settings.clusters)
    rows = table.made_of(settings.metals) if settings.metals else table.clusters
    match = match_clusters(corrected.spectrum, features, rows)
    unmixed = None
    if references:
        unmixed = unmix(corrected.spectrum, list(references.values()), noise)
    return OpticalResult(about, corrected, features, match, unmixed)

"""Mass spectra along a run: extracted-ion chromatograms, and mean spectra of a peak.

An ion's trace is the intensity within its whole envelope's window, not at one m/z.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ncrobot.analysis.chromatography.chromatogram import Chromatogram
from ncrobot.analysis.mass.envelopes import envelope
from ncrobot.analysis.mass.ions import Ion
from ncrobot.analysis.mass.resolution import Resolution
from ncrobot.analysis.mass.spectrum import Spectrum, SpectrumMode

FloatArray = npt.NDArray[np.float64]


def ion_trace(
    spectra: Sequence[Spectrum], ion: Ion, resolution: Resolution, *, tolerance_ppm: float = 20.0
) -> Chromatogram:
    """Intensity within the window of an ion's envelope along retention time.

    Raises:
        ValueError: the ion has no charge, or there are too few timed spectra of its polarity.
    """
    found = envelope(ion)
    low, high = found.window(resolution)
    slack = tolerance_ppm * 1e-6 * found.mean_mz
    polarity = 1 if (ion.charge or 0) > 0 else -1
    fitting = [each for each in spectra if each.polarity in {None, polarity}]
    return window_trace(fitting, low - slack, high + slack, name=ion.name)


def window_trace(
    spectra: Sequence[Spectrum], low_mz: float, high_mz: float, *, name: str = ""
) -> Chromatogram:
    """Intensity of survey spectra (MS level 1) between two m/z along retention time.

    Profiles are integrated over m/z, centroids are summed.

    Raises:
        ValueError: fewer than 8 such spectra have a time, or two have the same.
    """
    timed = timed_surveys(spectra)
    modes = {spectrum.mode for _, spectrum in timed}
    if len(modes) > 1:
        raise ValueError("profile and centroid spectra can't make one trace")
    unit = "counts m/z" if modes == {SpectrumMode.PROFILE} else "counts"
    signal = [_intensity(spectrum, low_mz, high_mz) for _, spectrum in timed]
    times = np.array([time for time, _ in timed])
    label = name or f"m/z {low_mz:.2f}-{high_mz:.2f}"
    return Chromatogram(times, np.array(signal), unit, label)


def timed_surveys(spectra: Sequence[Spectrum]) -> list[tuple[float, Spectrum]]:
    """Spectra of MS level 1 that tell their time, in order of time."""
    timed = [
        (each.retention_min, each) for each in spectra
        if each.ms_level == 1 and each.retention_min is not None
    ]  # fmt: skip
    return sorted(timed, key=lambda pair: pair[0])


def _intensity(spectrum: Spectrum, low_mz: float, high_mz: float) -> float:
    mz, intensity = spectrum.between(low_mz, high_mz)
    if spectrum.mode is SpectrumMode.PROFILE:
        return float(np.trapezoid(intensity, mz)) if mz.size > 1 else 0.0
    return float(intensity.sum())


def mean_spectrum(
    spectra: Sequence[Spectrum], start_min: float, end_min: float, resolution: Resolution
) -> Spectrum:
    """Mean of the survey spectra between two times, to be matched with envelopes.

    Profiles are interpolated on the m/z of the one with most points. Centroids nearer than a third
    of a peak width are taken together.

    Raises:
        ValueError: none lies there, or their modes or polarities differ.
    """
    chosen = [each for time, each in timed_surveys(spectra) if start_min <= time <= end_min]
    chosen = [each for each in chosen if each.mz.size]
    if not chosen:
        raise ValueError(f"no spectrum from {start_min:g} to {end_min:g} min")
    kinds = {(each.mode, each.polarity) for each in chosen}
    if len(kinds) > 1:
        raise ValueError("spectra of different modes or polarities can't be averaged")
    mode, polarity = kinds.pop()
    if mode is SpectrumMode.PROFILE:
        mz = max((each.mz for each in chosen), key=lambda each: each.size)
        intensity = np.mean([np.interp(mz, s.mz, s.intensity, 0.0, 0.0) for s in chosen], axis=0)
    else:
        mz, intensity = _gathered(chosen, resolution)
    name = f"mean of {len(chosen)} spectra, {start_min:g}-{end_min:g} min"
    middle = 0.5 * (start_min + end_min)
    return Spectrum(mz, intensity, mode, polarity, middle, name=name)


def _gathered(spectra: Sequence[Spectrum], resolution: Resolution) -> tuple[FloatArray, FloatArray]:
    """Centroids of all spectra; those that are one peak are put together, weighted."""
    mz = np.concatenate([each.mz for each in spectra])
    intensity = np.concatenate([each.intensity for each in spectra])
    order = np.argsort(mz)
    mz, intensity = mz[order], np.clip(intensity[order], 0.0, None)
    apart = np.diff(mz) > resolution.fwhm(mz[:-1]) / 3.0
    starts = np.concatenate(([0], np.flatnonzero(apart) + 1))
    total = np.add.reduceat(intensity, starts)
    weighted = np.add.reduceat(mz * intensity, starts)
    kept = total > 0.0
    return weighted[kept] / total[kept], total[kept] / len(spectra)

"""Spectra drawn from formulas: envelopes at a resolving power, miscalibrated, noisy, sampled."""

from __future__ import annotations

import numpy as np

from ncrobot.analysis.mass.envelopes import envelope
from ncrobot.analysis.mass.ions import parse_ion
from ncrobot.analysis.mass.resolution import Resolution
from ncrobot.analysis.mass.spectrum import Spectrum, SpectrumMode


def drawn(
    species,
    *,
    power=20_000.0,
    low=None,
    high=None,
    off_ppm=0.0,
    noise=0.0,
    background=0.0,
    points_per_fwhm=5.0,
    seed=1,
    polarity=-1,
):
    """A profile spectrum; ``species`` maps ions to the heights of their envelopes.

    ``noise`` is the standard deviation of a point, drawn afresh for each.
    """
    resolution = Resolution(power=power)
    found = {text: envelope(parse_ion(text)) for text in species}
    windows = [each.window(resolution) for each in found.values()] or [(1000.0, 1010.0)]
    low = min(w[0] for w in windows) - 5.0 if low is None else low
    high = max(w[1] for w in windows) + 5.0 if high is None else high
    step = float(resolution.fwhm(0.5 * (low + high))) / points_per_fwhm
    mz = np.arange(low, high, step)
    true = mz / (1.0 + off_ppm * 1e-6)
    intensity = np.full(mz.shape, float(background))
    for text, height in species.items():
        profile = found[text].profile(true, resolution)
        if profile.max() > 0.0:
            intensity += height * profile / profile.max()
    intensity += noise * np.random.default_rng(seed).standard_normal(mz.size)
    return Spectrum(mz, intensity, SpectrumMode.PROFILE, polarity)


def centroided(profile, mode=SpectrumMode.CENTROID, least=1e-3):
    """The local maxima of a profile, as a peak picker would give them."""
    y = profile.intensity
    tops = np.flatnonzero((y[1:-1] > y[:-2]) & (y[1:-1] >= y[2:]) & (y[1:-1] > least * y.max())) + 1
    bend = y[tops - 1] - 2.0 * y[tops] + y[tops + 1]
    offset = 0.5 * (y[tops - 1] - y[tops + 1]) / bend
    mz = profile.mz[tops] + offset * (profile.mz[1] - profile.mz[0])
    height = y[tops] - 0.25 * (y[tops - 1] - y[tops + 1]) * offset
    return Spectrum(mz, height, mode, profile.polarity)

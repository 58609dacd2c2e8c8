"""Measurements of a small plate, made of bands and peaks that are known."""

from __future__ import annotations

import numpy as np

from ncrobot.analysis.chromatography import Chromatogram
from ncrobot.analysis.mass import Spectrum, SpectrumMode, envelope, parse_ion
from ncrobot.analysis.optical import AbsorptionSpectrum
from ncrobot.assays import About, AnalysisSettings, Measured

GRID = np.arange(300.0, 901.0, 2.0)
PLATE_AU = 0.05


def about(
    well,
    *,
    name=None,
    kind="synthesis",
    group=None,
    number=1,
    step="taken",
    since_s=None,
    instrument="reader",
    file="f1",
    **given,
):
    name = name or f"x {well}"
    return About(
        sample=f"S-{well}-{number}", well=well, name=name, kind=kind, group=group or name, step=step,
        number=number, instrument=instrument, file=file, since_s=since_s, **given,
    )  # fmt: skip


def wells(*abouts):
    return {each.well: each for each in abouts}


def spectrum(*bands, noise=0.0005, seed=0, plate=PLATE_AU):
    values = np.full(GRID.size, plate)
    for place, width, height in bands:
        values = values + height * np.exp(-0.5 * ((GRID - place) / width) ** 2)
    return AbsorptionSpectrum(
        GRID, values + noise * np.random.default_rng(seed).standard_normal(GRID.size)
    )


def optical(of, *bands, **given):
    return Measured(of, spectrum=spectrum(*bands, **given))


def chromatogram(peaks, *, noise=0.05, seed=0, shift=1.0):
    """Peaks as minutes and heights, 0.15 min wide."""
    minutes = np.linspace(0.0, 40.0, 4001)
    signal = noise * np.random.default_rng(seed).standard_normal(minutes.size)
    for place, height in peaks:
        signal = signal + height * np.exp(-0.5 * ((minutes - place * shift) / 0.15) ** 2)
    return Chromatogram(minutes, signal, "mAU")


def eluted(of, peaks, **given):
    return Measured(of, chromatogram=chromatogram(peaks, **given))


def ions(of, shares, power=10_000.0):
    """A profile of envelopes in these shares."""
    envelopes = [(envelope(parse_ion(name)), share) for name, share in shares.items()]
    low = min(e.mz.min() for e, _ in envelopes) - 5.0
    high = max(e.mz.max() for e, _ in envelopes) + 5.0
    mz = np.arange(low, high, 0.01)
    signal = np.zeros(mz.size)
    for each, share in envelopes:
        for place, height in zip(each.mz, each.abundance, strict=True):
            sigma = place / power / 2.355
            near = np.abs(mz - place) < 6 * sigma
            signal[near] += share * height * np.exp(-0.5 * ((mz[near] - place) / sigma) ** 2)
    signal += 1e-5 * np.random.default_rng(0).random(mz.size)
    return Measured(of, mass=(Spectrum(mz, signal, SpectrumMode.PROFILE, -1, 1.0),))


WINDOWS = [
    {"name": "parent", "start_min": 9.3, "end_min": 10.7},
    {"name": "target", "start_min": 23.4, "end_min": 25.0},
    {"name": "other", "start_min": 26.2, "end_min": 27.8},
]


def settings(objectives, **given):
    told = {
        "ncrobot": "analysis/1",
        "optical": {"path_cm": 0.5, "metals": ["Au"]},
        "elution": {"windows": WINDOWS},
        "objectives": objectives,
    }
    return AnalysisSettings.model_validate({**told, **given})

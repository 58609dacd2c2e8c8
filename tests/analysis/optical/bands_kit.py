"""Spectra of Gauss bands, with noise from a seed."""

from __future__ import annotations

import numpy as np

from ncrobot.analysis.optical import AbsorptionSpectrum

GRID = np.arange(300.0, 1001.0, 2.0)

AG29 = ((440.0, 26.0, 1.0), (320.0, 20.0, 1.2), (515.0, 22.0, 0.25))
AU25 = ((680.0, 35.0, 0.4), (445.0, 30.0, 0.6), (320.0, 60.0, 1.5))
AU36 = ((704.0, 40.0, 0.4), (330.0, 60.0, 1.0))


def bands(*of, grid=GRID, noise=0.0, seed=0, name="", offset=0.0):
    """A spectrum of bands (place, sigma, height), all in nm and AU."""
    values = np.full(grid.shape, offset)
    for place, sigma, height in of:
        values = values + height * np.exp(-0.5 * ((grid - place) / sigma) ** 2)
    values = values + noise * np.random.default_rng(seed).standard_normal(grid.size)
    return AbsorptionSpectrum(grid, values, name)


def scaled(spectrum, factor, name=""):
    return AbsorptionSpectrum(spectrum.wavelength_nm, spectrum.absorbance * factor, name)

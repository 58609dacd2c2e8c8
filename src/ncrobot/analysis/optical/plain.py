"""Our own plain CSV of spectra, written for people and programs, and absorbance from counts."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ncrobot.analysis.optical.reading import ReadSpectrum
from ncrobot.analysis.optical.spectrum import AbsorptionSpectrum

FloatArray = npt.NDArray[np.float64]


def spectra_csv(spectra: Sequence[ReadSpectrum]) -> str:
    """One row for each well and wavelength; over the range is ``>`` and the limit, or OVER."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["well", "wavelength_nm", "absorbance"])
    for each in spectra:
        found = each.spectrum
        rows = zip(found.wavelength_nm, found.absorbance, found.saturated, strict=True)
        for nm, value, is_over in rows:
            over = f">{value!s}" if np.isfinite(value) else "OVER"
            told = over if is_over else repr(float(value))
            writer.writerow([each.well or each.label, repr(float(nm)), told])
    return text.getvalue()


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """What a spectrometer with a lamp gives: counts of shape (n,), and where they can be trusted.

    Below ``least_counts`` over the dark ones there is too little light; ``full_scale`` is the end.
    """

    wavelength_nm: FloatArray
    sample: FloatArray
    dark: FloatArray
    reference: FloatArray
    least_counts: float
    full_scale: float


def absorbance_from_counts(counts: Counts, name: str = "") -> AbsorptionSpectrum:
    """Absorbance from the counts of a spectrometer: -log10((sample - dark) / (reference - dark)).

    Points at which one of them can't be trusted are marked as saturated.

    Raises:
        ValueError: shapes differ, or wavelengths don't rise.
    """
    arrays = [
        np.asarray(each, dtype=np.float64)
        for each in (counts.sample, counts.dark, counts.reference)
    ]
    if any(each.shape != np.shape(counts.wavelength_nm) for each in arrays):
        raise ValueError("wavelengths and counts differ in shape")
    light, lamp = arrays[0] - arrays[1], arrays[2] - arrays[1]
    blind = np.minimum(light, lamp) < counts.least_counts
    blind |= np.maximum(arrays[0], arrays[2]) >= counts.full_scale
    ratio = np.where(blind, 1.0, light / np.where(blind, 1.0, lamp))
    values = np.where(blind, np.nan, -np.log10(ratio))
    return AbsorptionSpectrum(np.asarray(counts.wavelength_nm), values, name, blind)

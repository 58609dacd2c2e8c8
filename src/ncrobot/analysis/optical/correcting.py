"""From what the reader shows to absorbance of the undiluted sample in 1 cm; every step is kept.

The order is fixed: saturation is looked for in the raw figures; then come the blank, the path
length, the dilution, the offset where nothing absorbs, and last the smoothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.signal import savgol_filter

from ncrobot.analysis.optical.spectrum import AbsorptionSpectrum, BoolArray, common_grid

FloatArray = npt.NDArray[np.float64]

WATER_BAND_AU_PER_CM = 0.18
"""Absorbance of 1 cm of water at 977 nm above that at 900 nm, near 25 °C.

It is the figure that plate readers with path length correction use for aqueous samples; salts,
acids and other solvents change it. Calibrate it on the solvent that is read.
"""
_MAD_TO_SIGMA = 1.4826  # of a normal distribution


@dataclass(frozen=True, slots=True, eq=False)
class Blank:
    """The median of blank wells, and how much one point of one of them scatters (AU, one sigma).

    ``noise_au`` is None if there was a single blank: one can't scatter.
    """

    spectrum: AbsorptionSpectrum
    wells: int
    noise_au: float | None


@dataclass(frozen=True, slots=True)
class Step:
    """One correction: its name, the figure it used, in words what it did."""

    name: str
    value: float | None
    told: str


@dataclass(frozen=True, slots=True, eq=False)
class Corrected:
    """A corrected spectrum, the raw one beside it, what was done, and what wasn't and why.

    ``noise_au`` is the scatter of one point, one sigma, in the units of the corrected spectrum.
    ``per_cm``: the path length is known and divided out.
    """

    spectrum: AbsorptionSpectrum
    raw: AbsorptionSpectrum
    steps: tuple[Step, ...]
    noise_au: float
    per_cm: bool
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """What is known of a reading; None: not known, and the step is left out and told.

    ``saturation_au`` is where the reader stops being linear. ``offset_nm`` is a range in which
    nothing of the sample absorbs. ``smoothing_nm`` is the window of a Savitzky-Golay filter of
    third order; 0: none.
    """

    blank: Blank | None = None
    path_cm: float | None = None
    dilution: float = 1.0
    saturation_au: float = 3.0
    offset_nm: tuple[float, float] | None = None
    smoothing_nm: float = 0.0


def median_blank(blanks: Sequence[AbsorptionSpectrum]) -> Blank:
    """The median of several blank wells, point by point.

    Raises:
        ValueError: there is none, or they share too few wavelengths.
    """
    grid = common_grid(blanks)
    values = np.array([each.on(grid).absorbance for each in blanks])
    middle = np.median(values, axis=0)
    spectrum = AbsorptionSpectrum(grid, middle, "blank")
    if len(blanks) == 1:
        return Blank(spectrum, 1, None)
    # A well that sits higher than the others is no noise: take its own offset away first.
    left = values - middle
    left -= np.median(left, axis=1, keepdims=True)
    sigma = _MAD_TO_SIGMA * float(np.median(np.abs(left)))
    # Residuals from a median of n scatter less than the points themselves, by about sqrt(1 - 1/n).
    return Blank(spectrum, len(blanks), sigma / float(np.sqrt(1.0 - 1.0 / len(blanks))))


def path_from_volume_cm(volume_ul: float, area_mm2: float) -> float:
    """Height of a liquid in a well with straight walls, by geometry; the meniscus is left out.

    Raises:
        ValueError: a figure isn't positive.
    """
    if not (volume_ul > 0.0 and area_mm2 > 0.0):
        raise ValueError("volume and area have to be positive")
    return volume_ul / area_mm2 / 10.0


def path_from_water_cm(
    raw: AbsorptionSpectrum, au_per_cm: float = WATER_BAND_AU_PER_CM
) -> float | None:
    """Path length from the near-infrared band of water in a raw, aqueous reading.

    It is (A at 977 nm - A at 900 nm) / ``au_per_cm``. None if these weren't read, or if what was
    read isn't positive. Methanol, dichloromethane and N,N-dimethylformamide don't have this band.
    """
    peak, foot = raw.at(977.0), raw.at(900.0)
    if peak is None or foot is None or peak <= foot:
        return None
    return (peak - foot) / au_per_cm


def noise_of(spectrum: AbsorptionSpectrum) -> float:
    """Scatter of one point (AU, one sigma) from its distance to its neighbours' mean.

    It is robust: the median of the distances, so that narrow bands don't count. Adjacent points
    are taken as independent; a smoothed spectrum seems less noisy than it is.
    """
    values = spectrum.absorbance[spectrum.usable]
    if values.size < 5:
        return 0.0
    # The fourth difference removes any cubic trend; its variance is 70 times that of a point.
    rough = np.diff(values, 4) if values.size > 8 else np.diff(values, 2)
    factor = 70.0 if values.size > 8 else 6.0
    return _MAD_TO_SIGMA * float(np.median(np.abs(rough))) / float(np.sqrt(factor))


def correct(raw: AbsorptionSpectrum, known: Correction) -> Corrected:
    """Apply what is known of a reading, in the fixed order.

    Raises:
        ValueError: the blank doesn't cover the spectrum, or a figure isn't positive.
    """
    if known.dilution < 1.0 or (known.path_cm is not None and known.path_cm <= 0.0):
        raise ValueError("a dilution is 1 or more, a path length is positive")
    steps: list[Step] = []
    doubts: list[str] = []
    spectrum = _with_saturation(raw, known.saturation_au, steps)
    noise_au = _noise(raw, known.blank)
    if known.blank is None:
        doubts.append("no blank: the plate and the solvent are still in it")
    else:
        spectrum = _minus(spectrum, known.blank, steps)
    factor = known.dilution / (known.path_cm or 1.0)
    if known.path_cm is None:
        doubts.append("the path length isn't known: heights aren't those of 1 cm")
    else:
        told = f"divided by a path of {known.path_cm:.3g} cm"
        steps.append(Step("path", known.path_cm, told))
    if known.dilution != 1.0:
        steps.append(Step("dilution", known.dilution, f"times a dilution of {known.dilution:.4g}"))
    spectrum = replace(spectrum, absorbance=spectrum.absorbance * factor)
    if known.offset_nm is not None:
        spectrum = _without_offset(spectrum, known.offset_nm, steps, doubts)
    if known.smoothing_nm > 0.0:
        spectrum = smoothed(spectrum, known.smoothing_nm)
        told = f"smoothed over {known.smoothing_nm:g} nm (Savitzky-Golay, third order)"
        steps.append(Step("smoothing", known.smoothing_nm, told))
    return Corrected(
        spectrum, raw, tuple(steps), noise_au * factor, known.path_cm is not None, tuple(doubts)
    )


def smoothed(spectrum: AbsorptionSpectrum, window_nm: float) -> AbsorptionSpectrum:
    """Savitzky-Golay smoothing of third order on stretches without saturated points.

    Stretches shorter than the window, and windows of fewer than five points, stay as they are.
    """
    points = int(window_nm / spectrum.step_nm) | 1
    if points < 5:
        return spectrum
    values = spectrum.absorbance.copy()
    for start, stop in stretches(spectrum.usable):
        if stop - start >= points:
            values[start:stop] = savgol_filter(values[start:stop], points, 3)
    return replace(spectrum, absorbance=values)


def stretches(usable: BoolArray) -> list[tuple[int, int]]:
    """Start and end (exclusive) of each unbroken stretch of usable points."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], usable, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _with_saturation(
    raw: AbsorptionSpectrum, limit_au: float, steps: list[Step]
) -> AbsorptionSpectrum:
    beyond = np.zeros(raw.saturated.shape, dtype=np.bool_)
    beyond[raw.usable] = raw.absorbance[raw.usable] >= limit_au
    marks = raw.saturated | beyond
    if marks.any():
        share = int(marks.sum())
        told = f"{share} of {marks.size} points saturated ({limit_au:g} AU or more): left out"
        steps.append(Step("saturation", limit_au, told))
    return replace(raw, saturated=marks)


def _noise(raw: AbsorptionSpectrum, blank: Blank | None) -> float:
    own = noise_of(raw)
    measured = (blank.noise_au or 0.0) if blank is not None else 0.0
    sample = max(own, measured)
    wells = blank.wells if blank is not None else 0
    return sample * float(np.sqrt(1.0 + 1.0 / wells)) if wells else sample


def _minus(spectrum: AbsorptionSpectrum, blank: Blank, steps: list[Step]) -> AbsorptionSpectrum:
    below = blank.spectrum.on(spectrum.wavelength_nm)
    wells = f"{blank.wells} wells" if blank.wells > 1 else "one well"
    steps.append(Step("blank", float(blank.wells), f"minus the median blank of {wells}"))
    return replace(spectrum, absorbance=spectrum.absorbance - below.absorbance)


def _without_offset(
    spectrum: AbsorptionSpectrum,
    window_nm: tuple[float, float],
    steps: list[Step],
    doubts: list[str],
) -> AbsorptionSpectrum:
    inside = spectrum.within(*window_nm) & spectrum.usable
    if not inside.any():
        doubts.append(f"no offset taken: nothing usable from {window_nm[0]:g} to {window_nm[1]:g}")
        return spectrum
    offset = float(np.median(spectrum.absorbance[inside]))
    told = f"minus its median from {window_nm[0]:g} to {window_nm[1]:g} nm, {offset:.4g} AU"
    steps.append(Step("offset", offset, told))
    return replace(spectrum, absorbance=spectrum.absorbance - offset)

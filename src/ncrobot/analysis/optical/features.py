"""Peaks and shoulders of absorption spectra, each with how well its place is known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from scipy.signal import find_peaks, savgol_coeffs, savgol_filter

from ncrobot.analysis.optical.correcting import noise_of, stretches
from ncrobot.analysis.optical.spectrum import AbsorptionSpectrum

FloatArray = npt.NDArray[np.float64]

EV_NM = 1239.841984
"""h c / e in eV nm, from the exact constants of the SI (2019)."""


class FeatureKind(StrEnum):
    """A peak is a maximum; a shoulder bends the flank of another band without one."""

    PEAK = "peak"
    SHOULDER = "shoulder"


@dataclass(frozen=True, slots=True)
class Feature:
    """A peak or shoulder: its place with the standard error, its height and how clear it is.

    ``significance`` is how many standard deviations of the noise it stands out by: a peak by its
    prominence, a shoulder by the depth of its dip in the second derivative.
    """

    kind: FeatureKind
    wavelength_nm: float
    error_nm: float
    absorbance: float
    prominence_au: float
    significance: float


@dataclass(frozen=True, slots=True)
class FeatureLimits:
    """When a bend is told as a feature; ``window_nm`` is narrower than the narrowest band.

    ``least_significance`` is in standard deviations of the noise; a prominence is the difference of
    two extremes, and among hundreds of points that of mere noise reaches six. ``least_share`` of
    the spectrum's height has to be its prominence, against ripples of plate and lamp.
    """

    window_nm: float = 24.0
    least_significance: float = 8.0
    least_share: float = 0.005


def optical_gap_ev(wavelength_nm: float) -> float:
    """Energy of a photon of this wavelength: the gap, if it is that of the first band.

    Raises:
        ValueError: the wavelength isn't positive.
    """
    if not wavelength_nm > 0.0:
        raise ValueError("a wavelength is positive")
    return EV_NM / wavelength_nm


def find_features(
    spectrum: AbsorptionSpectrum,
    noise_au: float | None = None,
    limits: FeatureLimits | None = None,
) -> tuple[Feature, ...]:
    """All peaks and shoulders, by rising wavelength; none at saturated points or edges.

    ``noise_au`` is the scatter of one point, one sigma; by default that of the spectrum itself.
    """
    limits = limits or FeatureLimits()
    noise = noise_of(spectrum) if noise_au is None else noise_au
    height = float(np.ptp(spectrum.absorbance[spectrum.usable])) if spectrum.usable.any() else 0.0
    found: list[Feature] = []
    for start, stop in stretches(spectrum.usable):
        grid, values = _even(spectrum.wavelength_nm[start:stop], spectrum.absorbance[start:stop])
        points = int(limits.window_nm / spectrum.step_nm) | 1
        if points >= 5 and grid.size >= 2 * points:
            found += _of_stretch(_Stretch(grid, values, points, noise, height), limits)
    return tuple(sorted(found, key=lambda each: each.wavelength_nm))


@dataclass(frozen=True, slots=True, eq=False)
class _Stretch:
    """An even grid of usable points, and what is known of them."""

    grid: FloatArray
    values: FloatArray
    points: int
    noise_au: float
    height_au: float

    @property
    def step_nm(self) -> float:
        return float(self.grid[1] - self.grid[0])

    def derivative(self, order: int) -> FloatArray:
        """The smoothed curve (0) or its derivative per nm, by a polynomial of third order."""
        return np.asarray(
            savgol_filter(self.values, self.points, 3, deriv=order, delta=self.step_nm)
        )

    def sigma(self, order: int) -> float:
        """What the noise of a point makes of the derivative, one sigma."""
        weights = savgol_coeffs(self.points, 3, deriv=order, delta=self.step_nm)
        return self.noise_au * float(np.sqrt((weights**2).sum()))


def _even(grid: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    steps = np.diff(grid)
    if grid.size < 3 or float(np.ptp(steps)) <= 0.02 * float(np.median(steps)):
        return grid, values
    count = round((grid[-1] - grid[0]) / float(np.median(steps))) + 1
    even = np.linspace(grid[0], grid[-1], count)
    return even, np.interp(even, grid, values)


def _of_stretch(stretch: _Stretch, limits: FeatureLimits) -> list[Feature]:
    curve, noise = stretch.derivative(0), stretch.sigma(0)
    least_au = max(limits.least_significance * noise, limits.least_share * stretch.height_au)
    edge = stretch.points // 2  # near the ends the polynomial hangs on one side's points only
    places, told = find_peaks(curve[edge:-edge], prominence=max(least_au, 1e-12))
    found = [
        _feature(FeatureKind.PEAK, stretch, int(place) + edge, float(prominence), noise)
        for place, prominence in zip(places, told["prominences"], strict=True)
    ]
    return found + _shoulders(stretch, limits, [each.wavelength_nm for each in found])


def _shoulders(stretch: _Stretch, limits: FeatureLimits, taken_nm: list[float]) -> list[Feature]:
    """Dips of the second derivative below zero that aren't those of a peak."""
    bend, noise = stretch.derivative(2), stretch.sigma(2)
    # A band of the window's width and of the least share bends by about this much at its top.
    least_bend = limits.least_share * stretch.height_au * 8.0 / limits.window_nm**2
    least = max(limits.least_significance * noise, least_bend)
    dips, told = find_peaks(-bend, prominence=max(least, 1e-15), height=max(least, 1e-15))
    edge = stretch.points // 2
    found = []
    for place, depth in zip(dips, told["prominences"], strict=True):
        at_nm = float(stretch.grid[place])
        is_peak = any(abs(at_nm - other) <= limits.window_nm / 2 for other in taken_nm)
        if is_peak or not edge <= place < stretch.grid.size - edge:
            continue
        found.append(_feature(FeatureKind.SHOULDER, stretch, int(place), float(depth), noise))
    return found


def _feature(
    kind: FeatureKind, stretch: _Stretch, place: int, depth: float, noise: float
) -> Feature:
    """Place by a parabola; its error from the slope's noise over the curvature, and the grid."""
    curve, bend = stretch.derivative(0), stretch.derivative(2)
    landscape = curve if kind is FeatureKind.PEAK else -bend
    at_nm = float(stretch.grid[place]) + _vertex(landscape, place) * stretch.step_nm
    curvature = max(abs(float(bend[place])), 1e-15)
    slope_noise = stretch.sigma(1) if kind is FeatureKind.PEAK else stretch.sigma(2)
    scale = 1.0 if kind is FeatureKind.PEAK else stretch.points * stretch.step_nm / 4.0
    error = float(np.hypot(slope_noise / curvature * scale, stretch.step_nm / np.sqrt(12.0)))
    return Feature(
        kind=kind,
        wavelength_nm=at_nm,
        error_nm=min(error, stretch.points * stretch.step_nm),
        absorbance=float(curve[place]),
        prominence_au=depth if kind is FeatureKind.PEAK else 0.0,
        significance=depth / noise if noise > 0.0 else float("inf"),
    )


def _vertex(values: FloatArray, place: int) -> float:
    """Where the parabola through three points has its top, in steps from the middle one."""
    if not 0 < place < values.size - 1:
        return 0.0
    left, middle, right = (float(values[place + offset]) for offset in (-1, 0, 1))
    bend = left - 2.0 * middle + right
    return 0.0 if bend >= 0.0 else float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5))

"""Peaks of a chromatogram: where, how large, how symmetric, how well separated.

Figures are those of the pharmacopoeia (USP general chapter 621): tailing W0.05 / 2f, plates
5.54 (t / W0.5)², resolution 1.18 (t2 - t1) / (W0.5,1 + W0.5,2). A figure whose height the peak
doesn't reach on both sides, because a neighbour is too near, is None.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator
from scipy.signal import find_peaks, savgol_filter

from ncrobot.analysis.chromatography.baselines import (
    Baseline,
    BaselineMethod,
    find_baseline,
)
from ncrobot.analysis.chromatography.chromatogram import Chromatogram
from ncrobot.model import Document

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_SHALLOW = 0.01  # of a peak's height
_HALF_WIDTHS = 6  # a peak is followed no farther than so many half widths at half height


class PeakSettings(Document):
    """What counts as a peak; widths are full widths at half height, in minutes.

    ``least_signal_to_noise`` is the prominence over the standard deviation of the noise.
    ``least_height`` is in the unit of the signal, ``saturation`` the signal at which the detector
    is blind (None: not known).
    """

    narrowest_fwhm_min: float = Field(default=0.05, gt=0.0)
    widest_fwhm_min: float = Field(default=1.0, gt=0.0)
    least_signal_to_noise: float = Field(default=6.0, ge=3.0)
    least_height: float = Field(default=0.0, ge=0.0)
    baseline: BaselineMethod = BaselineMethod.SMOOTH
    saturation: float | None = None

    @model_validator(mode="after")
    def _widths_are_in_order(self) -> PeakSettings:
        if self.widest_fwhm_min < self.narrowest_fwhm_min:
            raise ValueError("the widest peak can't be narrower than the narrowest")
        return self


class ChromatographicPeak(Document):
    """One peak. ``area`` is signal times minutes, ``area_error`` its standard error from the noise.

    ``left_is_valley`` and ``right_is_valley`` tell that a neighbour cuts it off there, by a drop to
    the baseline.
    """

    retention_min: float
    height: float
    area: float
    area_error: float
    start_min: float
    end_min: float
    left_is_valley: bool
    right_is_valley: bool
    signal_to_noise: float | None
    fwhm_min: float | None
    tailing: float | None
    asymmetry: float | None
    plates: float | None
    resolution_to_next: float | None = None
    is_saturated: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class PeakList:
    """The peaks of one chromatogram in order, with what they were found by.

    ``corrected`` (n,) is the signal above the baseline, on the even grid of ``chromatogram``.
    """

    chromatogram: Chromatogram
    baseline: Baseline
    corrected: FloatArray
    peaks: tuple[ChromatographicPeak, ...]
    settings: PeakSettings


@dataclass(frozen=True, slots=True)
class _Bounds:
    start: int
    end: int
    left_is_valley: bool
    right_is_valley: bool


def find_chromatographic_peaks(
    chromatogram: Chromatogram, settings: PeakSettings | None = None
) -> PeakList:
    """Find the peaks of a chromatogram above its baseline and noise."""
    chosen = settings or PeakSettings()
    even = chromatogram.on_even_grid()
    baseline = find_baseline(even, chosen.widest_fwhm_min, chosen.baseline)
    corrected = even.signal - baseline.values
    smooth = _smoothed(corrected, chosen.narrowest_fwhm_min / even.step_min)
    tops = _tops(smooth, baseline.noise, chosen, even.step_min)
    bounds = _all_bounds(smooth, tops, baseline.noise)
    traced = _Traced(even, baseline, corrected, smooth, chosen)
    peaks = [traced.peak(int(top), bound) for top, bound in zip(tops, bounds, strict=True)]
    return PeakList(even, baseline, corrected, _with_resolution(peaks), chosen)


def _smoothed(corrected: FloatArray, narrowest_points: float) -> FloatArray:
    """Savitzky-Golay of second order over half the narrowest peak: it keeps heights to 1 %."""
    window = 2 * int(narrowest_points / 4.0) + 1
    if window < 5 or window > corrected.size:
        return corrected
    return np.asarray(savgol_filter(corrected, window, 2), dtype=np.float64)


def _tops(smooth: FloatArray, noise: float, settings: PeakSettings, step_min: float) -> IntArray:
    rounding = 1e-9 * float(np.abs(smooth).max(initial=0.0))
    least = max(settings.least_signal_to_noise * noise, settings.least_height, rounding)
    if least <= 0.0:
        return np.zeros(0, dtype=np.int64)
    widths = (0.5 * settings.narrowest_fwhm_min, 2.0 * settings.widest_fwhm_min)
    points = (widths[0] / step_min, widths[1] / step_min)
    found, _ = find_peaks(smooth, height=least, prominence=least, width=points, rel_height=0.5)
    return np.asarray(found, dtype=np.int64)


def _all_bounds(smooth: FloatArray, tops: IntArray, noise: float) -> list[_Bounds]:
    """Where each peak starts and ends: at the baseline, or at the valley to its neighbour."""
    valleys = [int(left + np.argmin(smooth[left : right + 1])) for left, right in pairwise(tops)]
    found = []
    for place, each in enumerate(tops):
        top = int(each)
        low = valleys[place - 1] if place else 0
        high = valleys[place] if place < len(valleys) else smooth.size - 1
        left = top - _reach(smooth[low : top + 1][::-1])
        right = top + _reach(smooth[top : high + 1])
        # A valley this low is the baseline's own error.
        shallow = max(3.0 * noise, _SHALLOW * float(smooth[top]))
        found.append(
            _Bounds(
                left,
                right,
                place > 0 and left == low and bool(smooth[low] > shallow),
                place < len(valleys) and right == high and bool(smooth[high] > shallow),
            )
        )
    return found


def _reach(falling: FloatArray) -> int:
    """Points from a top outward to the baseline, or to a multiple of the half width."""
    below_half = np.flatnonzero(falling <= 0.5 * falling[0])
    below_zero = np.flatnonzero(falling <= 0.0)
    end = falling.size - 1
    if below_half.size:
        end = min(end, _HALF_WIDTHS * int(below_half[0]))
    return min(end, int(below_zero[0])) if below_zero.size else end


@dataclass(frozen=True, slots=True, eq=False)
class _Traced:
    """One chromatogram ready to have its peaks measured."""

    even: Chromatogram
    baseline: Baseline
    corrected: FloatArray
    smooth: FloatArray
    settings: PeakSettings

    def peak(self, top: int, bounds: _Bounds) -> ChromatographicPeak:
        """Measure the peak whose highest point is ``top``."""
        step = self.even.step_min
        retention, height = self._apex(top)
        half, ten, five = (self._flanks(top, bounds, height * share) for share in (0.5, 0.1, 0.05))
        fwhm = None if half is None else (half[0] + half[1]) * step
        noise = self.baseline.noise
        part = slice(bounds.start, bounds.end + 1)
        limit = self.settings.saturation
        return ChromatographicPeak(
            retention_min=retention,
            height=height,
            area=float(np.trapezoid(self.corrected[part], dx=step)),
            area_error=self._area_error(bounds),
            start_min=float(self.even.time_min[bounds.start]),
            end_min=float(self.even.time_min[bounds.end]),
            left_is_valley=bounds.left_is_valley,
            right_is_valley=bounds.right_is_valley,
            signal_to_noise=height / noise if noise > 0.0 else None,
            fwhm_min=fwhm,
            tailing=None if five is None else (five[0] + five[1]) / (2.0 * five[0]),
            asymmetry=None if ten is None else ten[1] / ten[0],
            plates=None if fwhm is None else 5.54 * (retention / fwhm) ** 2,
            is_saturated=limit is not None and bool((self.even.signal[part] >= limit).any()),
        )

    def _apex(self, top: int) -> tuple[float, float]:
        """Time and height of the top, by a parabola through three points."""
        before, at, behind = (float(each) for each in self.smooth[top - 1 : top + 2])
        bend = before - 2.0 * at + behind
        offset = 0.5 * (before - behind) / bend if bend < 0.0 else 0.0
        height = at - 0.25 * (before - behind) * offset
        return float(self.even.time_min[top]) + offset * self.even.step_min, height

    def _flanks(self, top: int, bounds: _Bounds, level: float) -> tuple[float, float] | None:
        """Points from the top to where the signal crosses a level, left and right."""
        left = np.flatnonzero(self.smooth[bounds.start : top] <= level)
        right = np.flatnonzero(self.smooth[top + 1 : bounds.end + 1] <= level)
        if not left.size or not right.size:
            return None
        apex = (self._apex(top)[0] - float(self.even.time_min[0])) / self.even.step_min
        low = bounds.start + int(left[-1])
        high = top + 1 + int(right[0])
        before = low + _crossing(float(self.smooth[low]), float(self.smooth[low + 1]), level)
        behind = high - _crossing(float(self.smooth[high]), float(self.smooth[high - 1]), level)
        return (apex - before, behind - apex) if apex > before else None

    def _area_error(self, bounds: _Bounds) -> float:
        """Standard error of an area: noise of each point, neighbours correlated."""
        points = bounds.end - bounds.start + 1
        rho = self.baseline.correlation
        inflation = (1.0 + rho) / (1.0 - rho)
        return self.baseline.noise * self.even.step_min * float(np.sqrt(points * inflation))


def _crossing(low: float, high: float, level: float) -> float:
    """Part of a step at which a line from ``low`` to ``high`` crosses a level."""
    return (level - low) / (high - low) if high > low else 0.0


def _with_resolution(peaks: list[ChromatographicPeak]) -> tuple[ChromatographicPeak, ...]:
    found = []
    for place, peak in enumerate(peaks):
        following = peaks[place + 1] if place + 1 < len(peaks) else None
        resolution = None
        if following is not None and peak.fwhm_min and following.fwhm_min:
            distance = following.retention_min - peak.retention_min
            resolution = 1.18 * distance / (peak.fwhm_min + following.fwhm_min)
        found.append(peak.model_copy(update={"resolution_to_next": resolution}))
    return tuple(found)

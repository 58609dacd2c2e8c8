"""One mass spectrum, and how it is laid on an even grid to be compared with an envelope."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from ncrobot.analysis.mass.resolution import SIGMA_PER_FWHM, Resolution

FloatArray = npt.NDArray[np.float64]

_POINTS_PER_FWHM = 6.0
_MOST_POINTS = 200_000
_GAP = 4.0  # zeros that a vendor left out show as a step so many times the usual one
_MAD_TO_SIGMA = 1.4826


class SpectrumMode(StrEnum):
    """Whether the points trace the peaks, or are peaks."""

    PROFILE = "profile"
    CENTROID = "centroid"


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """A mass spectrum: ``mz`` rising and ``intensity``, both of shape (n,); any intensity unit.

    ``polarity`` is +1, -1 or None if not told; ``retention_min`` is the time of the scan.
    """

    mz: FloatArray
    intensity: FloatArray
    mode: SpectrumMode | None = None
    polarity: int | None = None
    retention_min: float | None = None
    ms_level: int = 1
    name: str = ""

    def __post_init__(self) -> None:
        mz = np.array(self.mz, dtype=np.float64)
        intensity = np.array(self.intensity, dtype=np.float64)
        if mz.ndim != 1 or mz.shape != intensity.shape:
            raise ValueError(f"m/z and intensity differ in shape: {mz.shape}, {intensity.shape}")
        if not (np.isfinite(mz).all() and np.isfinite(intensity).all()):
            raise ValueError("a spectrum holds values that are no finite numbers")
        if mz.size and mz.min() <= 0.0:
            raise ValueError(f"m/z has to be above 0; the lowest is {mz.min():g}")
        if (mz[1:] < mz[:-1]).any():
            order = np.argsort(mz, kind="stable")
            mz, intensity = mz[order], intensity[order]
        for name, values in (("mz", mz), ("intensity", intensity)):
            values.flags.writeable = False
            object.__setattr__(self, name, values)

    @property
    def range_mz(self) -> tuple[float, float]:
        """Lowest and highest m/z.

        Raises:
            ValueError: the spectrum is empty.
        """
        if not self.mz.size:
            raise ValueError(f"the spectrum {self.name!r} is empty")
        return float(self.mz[0]), float(self.mz[-1])

    def between(self, low_mz: float, high_mz: float) -> tuple[FloatArray, FloatArray]:
        """m/z and intensity of the points from ``low_mz`` to ``high_mz``."""
        low, high = np.searchsorted(self.mz, (low_mz, high_mz))
        return self.mz[low:high], self.intensity[low:high]

    def mode_at(self, resolution: Resolution, low_mz: float, high_mz: float) -> SpectrumMode:
        """The mode, or if none is told: profile if points stand closer than a peak is wide."""
        if self.mode is not None:
            return self.mode
        mz, _ = self.between(low_mz, high_mz)
        steps = np.diff(mz)
        steps = steps[steps > 0.0]
        if steps.size < 5:
            return SpectrumMode.CENTROID
        close = float(np.quantile(steps, 0.25)) < 0.7 * float(resolution.fwhm(mz.mean()))
        return SpectrumMode.PROFILE if close else SpectrumMode.CENTROID


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A stretch of a spectrum on an even grid: ``mz`` and ``intensity``, shape (n,).

    ``step_mz`` is the grid's step, ``noise`` the standard deviation of a point where no peak is
    (None if that can't be said), ``mode`` that of the spectrum.
    """

    mz: FloatArray
    intensity: FloatArray
    step_mz: float
    noise: float | None
    mode: SpectrumMode


def region_of(
    spectrum: Spectrum, resolution: Resolution, low_mz: float, high_mz: float
) -> Region | None:
    """Lay a stretch on an even grid of six points a peak width; None if it holds fewer than 2.

    A profile keeps its area in every grid cell. Centroids become peaks of the instrument's width.
    """
    width = float(resolution.fwhm(0.5 * (low_mz + high_mz)))
    count = int(np.ceil((high_mz - low_mz) / width * _POINTS_PER_FWHM)) + 1
    grid = np.linspace(low_mz, high_mz, min(max(count, 8), _MOST_POINTS))
    step = float(grid[1] - grid[0])
    mode = spectrum.mode_at(resolution, low_mz, high_mz)
    if spectrum.between(low_mz, high_mz)[0].size < 2:
        return None
    margin = 0.5 * (high_mz - low_mz)
    around = np.concatenate(
        (np.arange(low_mz - step, low_mz - margin, -step)[::-1], grid,
         np.arange(high_mz + step, high_mz + margin, step))
    )  # fmt: skip
    first, last = spectrum.range_mz
    inside = (around >= first) & (around <= last)
    laid = _laid(spectrum, mode, around, step, width)
    is_flank = inside & ((around < low_mz) | (around > high_mz))
    start = int(np.searchsorted(around, low_mz - 0.5 * step))
    kept = slice(start, start + grid.size)
    return Region(grid, laid[kept], step, _noise(laid[is_flank]), mode)


def _laid(
    spectrum: Spectrum, mode: SpectrumMode, grid: FloatArray, step: float, width: float
) -> FloatArray:
    low, high = float(grid[0]) - 5.0 * width, float(grid[-1]) + 5.0 * width
    mz, intensity = spectrum.between(low, high)
    if mode is SpectrumMode.CENTROID:
        return comb(grid, mz, intensity, width)
    mz, intensity = _with_left_out_zeros(mz, intensity)
    if mz.size < 2:
        return np.zeros(grid.shape)
    area = np.concatenate(([0.0], np.cumsum(np.diff(mz) * 0.5 * (intensity[1:] + intensity[:-1]))))
    edges = np.concatenate((grid - 0.5 * step, [grid[-1] + 0.5 * step]))
    cells = np.diff(_antiderivative(edges, mz, intensity, area))
    recorded = np.diff(np.clip(edges, mz[0], mz[-1]))
    return np.divide(cells, recorded, out=np.zeros_like(cells), where=recorded > 0.01 * step)


def _antiderivative(
    at: FloatArray, mz: FloatArray, intensity: FloatArray, area: FloatArray
) -> FloatArray:
    """Area up to each place of a trace of straight pieces; flat beyond its ends."""
    place = np.clip(at, mz[0], mz[-1])
    left = np.clip(np.searchsorted(mz, place, side="right") - 1, 0, mz.size - 2)
    run = mz[left + 1] - mz[left]
    part = place - mz[left]
    slope = np.divide(intensity[left + 1] - intensity[left], run, out=np.zeros_like(run),
                      where=run > 0.0)  # fmt: skip
    result: FloatArray = area[left] + part * (intensity[left] + 0.5 * slope * part)
    return result


def _with_left_out_zeros(mz: FloatArray, intensity: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Put zeros where a vendor left them out, so that nothing is drawn across the gaps."""
    if mz.size < 4:
        return mz, intensity
    steps = np.diff(mz)
    usual = float(np.median(steps))
    gaps = np.flatnonzero(steps > _GAP * usual)
    if not gaps.size or usual <= 0.0:
        return mz, intensity
    zeros_at = np.concatenate((mz[gaps] + usual, mz[gaps + 1] - usual))
    where = np.concatenate((gaps + 1, gaps + 1))
    return np.insert(mz, where, zeros_at), np.insert(intensity, where, 0.0)


def comb(grid: FloatArray, mz: FloatArray, height: FloatArray, fwhm_mz: float) -> FloatArray:
    """Gauss peaks of one width, ``height`` high, at each place of ``mz``; shape as ``grid``."""
    total = np.zeros(grid.shape)
    sigma = fwhm_mz * SIGMA_PER_FWHM
    starts = np.searchsorted(grid, mz - 5.0 * sigma)
    stops = np.searchsorted(grid, mz + 5.0 * sigma)
    for place, high, start, stop in zip(mz, height, starts, stops, strict=True):
        scaled = (grid[start:stop] - place) / sigma
        total[start:stop] += high * np.exp(-0.5 * scaled * scaled)
    return total


def _noise(values: FloatArray) -> float | None:
    """Standard deviation of what is no peak: median absolute deviation, peaks clipped."""
    if values.size < 20:
        return None
    kept = values
    for _ in range(5):
        centre = float(np.median(kept))
        sigma = _MAD_TO_SIGMA * float(np.median(np.abs(kept - centre)))
        if sigma <= 0.0:
            return 0.0
        inside = kept[np.abs(kept - centre) <= 4.0 * sigma]
        if inside.size == kept.size:
            break
        kept = inside
    return float(np.std(kept))

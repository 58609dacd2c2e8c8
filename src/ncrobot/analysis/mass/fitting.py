"""Least squares of envelopes on a stretch of a spectrum: common shift, straight background, scales.

Scales are never below zero (Lawson and Hanson's NNLS, from scipy). Neighbouring points of a profile
share their noise, so the number of independent points is reduced by the first autocorrelation of
the residual (Bayley and Hammersley, J. R. Stat. Soc. Suppl. 1946, 8, 184).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar, nnls

from ncrobot.analysis.mass.envelopes import Envelope
from ncrobot.analysis.mass.resolution import Resolution
from ncrobot.analysis.mass.spectrum import Region, SpectrumMode, comb

FloatArray = npt.NDArray[np.float64]

_LEAST_INDEPENDENT = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """The best fit: ``scales`` (k,), their standard errors (k,), ``shift_mz``, and what is left.

    ``model`` (n,) and ``background`` (n,) add up to the fitted curve. ``independent`` is the number
    of independent points, ``variance`` that of one point around the fit.
    """

    scales: FloatArray
    errors: FloatArray
    shift_mz: float
    model: FloatArray
    background: FloatArray
    rss: float
    independent: float
    variance: float


class EnvelopeFitter:
    """Fits given envelopes to one region; keeps their templates, so that refits are quick."""

    def __init__(
        self,
        region: Region,
        envelopes: list[Envelope],
        resolution: Resolution,
        tolerance_mz: float,
    ) -> None:
        self._region = region
        self._tolerance = tolerance_mz
        reach = tolerance_mz + 2.0 * region.step_mz
        extra = int(np.ceil(reach / region.step_mz))
        start = region.mz[0] - extra * region.step_mz
        self._grid = start + region.step_mz * np.arange(region.mz.size + 2 * extra)
        self._templates = [_template(each, self._grid, region, resolution) for each in envelopes]
        line = np.linspace(-1.0, 1.0, region.mz.size)
        self._lines = np.column_stack((np.ones(line.size), line))
        self._basis = np.linalg.qr(self._lines)[0]
        self._bare = self._without_line(region.intensity)

    def templates_at(self, shift_mz: float) -> list[FloatArray]:
        """Each envelope on the region's grid at this shift; shape (n,)."""
        return [self._shifted(which, shift_mz) for which in range(len(self._templates))]

    def null_rss(self) -> float:
        """Sum of squares left by the background alone."""
        return float(self._bare @ self._bare)

    def fit(self, members: list[int]) -> Fit:
        """Fit these envelopes with one common shift within the tolerance."""
        if not members:
            return self._finished(members, 0.0)
        shifts = np.linspace(-self._tolerance, self._tolerance, self._coarse_steps())
        rss = [self._rss(members, float(shift)) for shift in shifts]
        best = int(np.argmin(rss))
        low, high = shifts[max(best - 1, 0)], shifts[min(best + 1, shifts.size - 1)]
        shift = float(shifts[best])
        if high > low:
            found = minimize_scalar(
                lambda value: self._rss(members, float(value)), bounds=(low, high),
                method="bounded", options={"xatol": 0.02 * self._region.step_mz},
            )  # fmt: skip
            shift = float(found.x) if found.fun < rss[best] else shift
        return self._finished(members, shift)

    def fit_at(self, members: list[int], shift_mz: float) -> Fit:
        """Fit these envelopes at a given shift."""
        return self._finished(members, shift_mz)

    def _coarse_steps(self) -> int:
        steps = int(np.ceil(self._tolerance / (2.0 * self._region.step_mz)))
        return 2 * min(steps, 400) + 1

    def _without_line(self, values: FloatArray) -> FloatArray:
        result: FloatArray = values - self._basis @ (self._basis.T @ values)
        return result

    def _shifted(self, which: int, shift: float) -> FloatArray:
        return np.interp(self._region.mz - shift, self._grid, self._templates[which])

    def _solved(self, members: list[int], shift: float) -> tuple[FloatArray, FloatArray, float]:
        raw = np.column_stack([self._shifted(which, shift) for which in members])
        bare = self._without_line(raw)
        if len(members) == 1:
            column = bare[:, 0]
            weight = float(column @ column)
            scale = max(0.0, float(column @ self._bare) / weight) if weight > 0.0 else 0.0
            rest = self._bare - scale * column
            return raw, np.array([scale]), float(rest @ rest)
        norms = np.linalg.norm(bare, axis=0)
        norms[norms == 0.0] = 1.0
        scaled, left = nnls(bare / norms, self._bare)
        return raw, scaled / norms, float(left) ** 2

    def _rss(self, members: list[int], shift: float) -> float:
        return self._solved(members, shift)[2]

    def _finished(self, members: list[int], shift: float) -> Fit:
        count = self._region.mz.size
        raw, scales, rss = np.zeros((count, 0)), np.zeros(0), self.null_rss()
        if members:
            raw, scales, rss = self._solved(members, shift)
        model = raw @ scales
        coefficients = np.linalg.lstsq(self._lines, self._region.intensity - model, rcond=None)[0]
        background = self._lines @ coefficients
        residual = self._region.intensity - model - background
        independent = independent_points(residual)
        freedom = max(1.0, independent - len(members) - 3.0)
        variance = rss / count * independent / freedom
        errors = self._errors(raw, variance * count / independent)
        return Fit(scales, errors, shift, model, background, rss, independent, variance)

    def _errors(self, raw: FloatArray, variance: float) -> FloatArray:
        """Standard errors of the scales; infinite where the templates can't be told apart."""
        bare = self._without_line(raw)
        norms = np.linalg.norm(bare, axis=0)
        if not bare.shape[1] or (norms == 0.0).any():
            return np.full(bare.shape[1], np.inf)
        gram = (bare / norms).T @ (bare / norms)
        spread = np.diag(np.linalg.pinv(gram, rcond=1e-12, hermitian=True))
        if np.linalg.matrix_rank(gram, tol=1e-10, hermitian=True) < gram.shape[0]:
            return np.full(bare.shape[1], np.inf)
        result: FloatArray = np.sqrt(variance * spread) / norms
        return result


def independent_points(residual: FloatArray) -> float:
    """Number of points that would tell as much if their noise were independent."""
    count = residual.size
    square = float(residual @ residual)
    if square <= 0.0 or count < 3:
        return float(count)
    correlation = float(np.clip((residual[1:] @ residual[:-1]) / square, 0.0, 0.999))
    return max(_LEAST_INDEPENDENT, count * (1.0 - correlation) / (1.0 + correlation))


def _template(
    envelope: Envelope, grid: FloatArray, region: Region, resolution: Resolution
) -> FloatArray:
    """The envelope as the region's spectrum would show it; area 1 in profile mode."""
    if region.mode is SpectrumMode.PROFILE:
        return envelope.profile(grid, resolution) / envelope.kept
    width = float(resolution.fwhm(envelope.mean_mz))
    mz, height = predicted_centroids(envelope, resolution)
    drawn = comb(grid, mz, height, width)
    area = float(drawn.sum()) * region.step_mz
    return drawn / area if area > 0.0 else drawn


def predicted_centroids(
    envelope: Envelope, resolution: Resolution
) -> tuple[FloatArray, FloatArray]:
    """Peaks that a peak picker would find in the envelope: their m/z and heights."""
    low, high = envelope.window(resolution)
    step = float(resolution.fwhm(low)) / 12.0
    grid = np.arange(low, high + step, step)
    profile = envelope.profile(grid, resolution)
    inner = profile[1:-1]
    tops = np.flatnonzero((inner >= profile[:-2]) & (inner > profile[2:])) + 1
    tops = tops[profile[tops] > 1e-4 * profile.max()]
    before, at, behind = profile[tops - 1], profile[tops], profile[tops + 1]
    bend = before - 2.0 * at + behind
    offset = np.divide(0.5 * (before - behind), bend, out=np.zeros_like(bend), where=bend != 0.0)
    return grid[tops] + offset * step, at - 0.25 * (before - behind) * offset

"""Time courses of one figure: a first-order change from one value to another, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from scipy.optimize import curve_fit

from ncrobot.analysis.optical.spectrum import AbsorptionSpectrum, common_grid

FloatArray = npt.NDArray[np.float64]

_LEAST_POINTS = 4


class KineticVerdict(StrEnum):
    """What a time course says."""

    FITTED = "fitted"
    NO_CHANGE = "no_change"
    CANNOT_TELL = "cannot_tell"
    NOT_FIRST_ORDER = "not_first_order"


@dataclass(frozen=True, slots=True)
class Kinetics:
    """A(t) = end + (start - end) exp(-t / tau): its figures with standard errors, if they are told.

    ``half_life_s`` is tau ln 2. ``chi_square`` is that of the fit per degree of freedom; None
    without any. Limits of the half-life are told where the samples come too early or too late.
    """

    verdict: KineticVerdict
    reason: str
    start: float | None = None
    end: float | None = None
    half_life_s: float | None = None
    half_life_error_s: float | None = None
    chi_square: float | None = None
    half_life_below_s: float | None = None
    half_life_above_s: float | None = None


def first_order(
    times_s: Sequence[float], values: Sequence[float], errors: Sequence[float]
) -> Kinetics:
    """Fit a first-order change; ``errors`` are standard errors of the values, all positive.

    Raises:
        ValueError: the three differ in length, or an error isn't positive.
    """
    time, value, error = (np.asarray(each, dtype=np.float64) for each in (times_s, values, errors))
    if not time.shape == value.shape == error.shape or time.ndim != 1:
        raise ValueError("times, values and errors differ in length")
    if not (error > 0.0).all():
        raise ValueError("standard errors have to be positive")
    order = np.argsort(time)
    time, value, error = time[order], value[order], error[order]
    if time.size == 0 or _chi_square(value, error) <= _critical(time.size - 1):
        reason = "no two values differ by more than their errors"
        told = KineticVerdict.NO_CHANGE if time.size > 1 else KineticVerdict.CANNOT_TELL
        return Kinetics(told, reason if time.size > 1 else "one value has no course")
    if np.unique(time).size < _LEAST_POINTS:
        reason = f"{np.unique(time).size} times are too few for start, end and half-life"
        return Kinetics(KineticVerdict.CANNOT_TELL, reason)
    return _fitted(time, value, error)


def _fitted(time: FloatArray, value: FloatArray, error: FloatArray) -> Kinetics:
    best = _best_fit(time, value, error)
    if best is None:
        return Kinetics(KineticVerdict.CANNOT_TELL, "the fit finds no half-life")
    (start, end, log_tau), covariance, chi = best
    tau = float(np.exp(log_tau))
    half, span = tau * float(np.log(2.0)), float(time[-1] - time[0])
    told = {"start": start, "end": end}
    spread = float(np.sqrt(max(covariance[2, 2], 0.0)))
    freedom = time.size - 3
    per_degree = chi / freedom if freedom else None
    if freedom and chi > _critical(freedom):
        reason = "one first-order change doesn't describe it: look for an intermediate"
        return Kinetics(KineticVerdict.NOT_FIRST_ORDER, reason, chi_square=per_degree, **told)
    if half < 0.2 * (time[1] - time[0]) or spread > 1.0:
        return _beyond(half, time, per_degree)
    if half > 2.0 * span:
        reason = "the samples end long before the change does"
        return Kinetics(
            KineticVerdict.CANNOT_TELL, reason, chi_square=per_degree, half_life_above_s=span
        )
    return Kinetics(
        KineticVerdict.FITTED, f"half-life {half:.3g} s", half_life_s=half,
        half_life_error_s=half * spread, chi_square=per_degree, **told,
    )  # fmt: skip


def _beyond(half: float, time: FloatArray, chi: float | None) -> Kinetics:
    """No half-life, but a limit: all of the change lies before the second sample, or after."""
    if half < float(time[1] - time[0]):
        reason = "the change is over before the second sample"
        below = float(time[1] - time[0])
        return Kinetics(KineticVerdict.CANNOT_TELL, reason, chi_square=chi, half_life_below_s=below)
    reason = "the values don't fix the half-life within a factor of e"
    return Kinetics(KineticVerdict.CANNOT_TELL, reason, chi_square=chi)


def _best_fit(
    time: FloatArray, value: FloatArray, error: FloatArray
) -> tuple[tuple[float, float, float], FloatArray, float] | None:
    """The fit of least squares from several starts; the logarithm of tau keeps it positive."""
    span = float(time[-1] - time[0])
    best: tuple[tuple[float, float, float], FloatArray, float] | None = None
    for tau in np.geomspace(span / 100.0, span * 3.0, 6):
        guess = (float(value[0]), float(value[-1]), float(np.log(tau)))
        low, high = np.log(span / 1e4), np.log(span * 1e3)
        try:
            found, covariance = curve_fit(
                _course, time - time[0], value, p0=guess, sigma=error, absolute_sigma=True,
                bounds=([-np.inf, -np.inf, low], [np.inf, np.inf, high]),
            )  # fmt: skip
        except (RuntimeError, ValueError):
            continue
        chi = float((((value - _course(time - time[0], *found)) / error) ** 2).sum())
        if best is None or chi < best[2] - 1e-9:
            figures = (float(found[0]), float(found[1]), float(found[2]))
            best = (figures, np.nan_to_num(covariance, posinf=1e12), chi)
    return best


def _course(time: FloatArray, start: float, end: float, log_tau: float) -> FloatArray:
    return np.asarray(end + (start - end) * np.exp(-time / np.exp(log_tau)))


def _chi_square(value: FloatArray, error: FloatArray) -> float:
    weights = 1.0 / error**2
    mean = float((value * weights).sum() / weights.sum())
    return float((((value - mean) / error) ** 2).sum())


def _critical(freedom: int) -> float:
    """What chi-square exceeds by chance in about one of a thousand cases (Wilson and Hilferty)."""
    if freedom < 1:
        return 0.0
    part = 2.0 / (9.0 * freedom)
    return float(freedom * (1.0 - part + 3.09 * np.sqrt(part)) ** 3)


def isosbestic_points_nm(
    spectra: Sequence[AbsorptionSpectrum], noise_au: float, least_change_au: float
) -> tuple[float, ...]:
    """Wavelengths at which all spectra of a course agree while they change on both sides.

    They speak for one substance that turns into one other. ``least_change_au`` is the change that
    the neighbourhood has to show. Empty if there are fewer than three spectra.

    Raises:
        ValueError: the spectra share too few wavelengths.
    """
    if len(spectra) < 3:
        return ()
    grid = common_grid(spectra)
    values = np.array([each.on(grid).absorbance for each in spectra])
    turn = values[-1] - values[0]
    crossings = np.flatnonzero(np.sign(turn[:-1]) * np.sign(turn[1:]) < 0.0)
    found = []
    for place in crossings:
        share = turn[place] / (turn[place] - turn[place + 1])
        at = values[:, place] + share * (values[:, place + 1] - values[:, place])
        left, right = turn[: place + 1], turn[place + 1 :]
        changes = min(float(np.abs(left).max()), float(np.abs(right).max()))
        if float(np.ptp(at)) <= 6.0 * noise_au and changes >= least_change_au:
            found.append(float(grid[place] + share * (grid[place + 1] - grid[place])))
    return tuple(found)

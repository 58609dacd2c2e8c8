"""What a known ion tells about the instrument: how far m/z is off, and the resolving power."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar

from ncrobot.analysis.mass.envelopes import envelope
from ncrobot.analysis.mass.fitting import EnvelopeFitter
from ncrobot.analysis.mass.ions import Ion
from ncrobot.analysis.mass.matching import match_ion
from ncrobot.analysis.mass.resolution import Resolution
from ncrobot.analysis.mass.spectrum import Region, Spectrum, region_of
from ncrobot.analysis.mass.verdicts import Verdict
from ncrobot.model import Document

_WIDEST_CHANGE = 4.0  # of the resolving power, up or down


class Calibration(Document):
    """``shift_ppm`` by which m/z reads too high, and the resolving power that fits the ion.

    ``resolution`` is None, with the ``reason``, if the ion can't be used. A power at the end of
    what was tried is not told.
    """

    ion: str
    shift_ppm: float | None = None
    resolution: Resolution | None = None
    score: float | None = None
    reason: str = ""


def calibrate(
    spectrum: Spectrum, ion: Ion, nominal: Resolution, *, tolerance_ppm: float = 100.0
) -> Calibration:
    """Find shift and resolving power with which a known ion's envelope fits best.

    Powers from a quarter to four times the nominal one are tried; the law along m/z is kept.

    Raises:
        ValueError: the ion has no charge, or is of the other polarity.
    """
    best = _best_power(spectrum, ion, nominal, tolerance_ppm)
    if best is None:
        return Calibration(ion=ion.name, reason="the spectrum has no points in this window")
    resolution = nominal.model_copy(update={"power": best})
    match = match_ion(spectrum, ion, resolution, tolerance_ppm=tolerance_ppm)
    if match.verdict is not Verdict.MATCHED:
        return Calibration(ion=ion.name, score=match.score, reason=match.reason)
    change = best / nominal.power
    if not 1.02 / _WIDEST_CHANGE < change < 0.98 * _WIDEST_CHANGE or not match.charge_confirmed:
        reason = "the peaks don't tell the resolving power: lines not resolved, or beyond the range"
        return Calibration(
            ion=ion.name, shift_ppm=match.shift_ppm, score=match.score, reason=reason
        )
    return Calibration(
        ion=ion.name, shift_ppm=match.shift_ppm, resolution=resolution, score=match.score,
        reason=match.reason,
    )  # fmt: skip


def _best_power(
    spectrum: Spectrum, ion: Ion, nominal: Resolution, tolerance_ppm: float
) -> float | None:
    found = envelope(ion)
    low, high = found.window(nominal)
    pad = tolerance_ppm * 1e-6 * high + 6.0 * float(nominal.fwhm(high))
    # One grid for all powers, fine enough for the highest, so that residuals can be compared.
    finest = nominal.model_copy(update={"power": nominal.power * _WIDEST_CHANGE})
    region = region_of(spectrum, finest, low - pad, high + pad)
    if region is None:
        return None
    tolerance = tolerance_ppm * 1e-6 * found.mean_mz

    def rss(log_power: float) -> float:
        trial = nominal.model_copy(update={"power": float(np.exp(log_power))})
        return _rss(region, ion, trial, tolerance)

    middle, reach = np.log(nominal.power), np.log(_WIDEST_CHANGE)
    result = minimize_scalar(
        rss, bounds=(middle - reach, middle + reach), method="bounded", options={"xatol": 0.005}
    )
    return float(np.exp(result.x))


def _rss(region: Region, ion: Ion, trial: Resolution, tolerance: float) -> float:
    return EnvelopeFitter(region, [envelope(ion)], trial, tolerance).fit([0]).rss

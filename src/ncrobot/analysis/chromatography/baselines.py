"""The baseline below the peaks of a chromatogram, and the noise on it.

The baseline is that of asymmetrically reweighted penalized least squares (Baek et al., Analyst
2015, 140, 250), from the pybaselines library. Its stiffness isn't a taste: a smoother of this kind
follows what is slower than a period of P points if its penalty is (P / 2π)^4 (Eilers, Anal. Chem.
2003, 75, 3631), and P is set to a multiple of the widest peak.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from pybaselines import Baseline as Smoother

from ncrobot.analysis.chromatography.chromatogram import Chromatogram

FloatArray = npt.NDArray[np.float64]

_PERIOD_PER_FWHM = 16.0
_MAD_TO_SIGMA = 1.4826
_MOST_PENALTY = 1e12


class BaselineMethod(StrEnum):
    """How the baseline is found: smoothed, straight through both ends, or not at all."""

    SMOOTH = "smooth"
    STRAIGHT = "straight"
    NONE = "none"


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """``values`` (n,) below the signal; ``penalty`` is the stiffness used, None if there is none.

    ``noise`` is the standard deviation of a point where no peak is, ``correlation`` that of
    neighbouring points.
    """

    values: FloatArray
    method: BaselineMethod
    penalty: float | None
    noise: float
    correlation: float


def find_baseline(
    chromatogram: Chromatogram,
    widest_fwhm_min: float,
    method: BaselineMethod = BaselineMethod.SMOOTH,
) -> Baseline:
    """Baseline of a chromatogram whose peaks are no wider than ``widest_fwhm_min`` at half height.

    Raises:
        ValueError: the width is not positive.
    """
    if not widest_fwhm_min > 0.0:
        raise ValueError(f"a peak width has to be above 0 min, not {widest_fwhm_min:g}")
    signal = chromatogram.signal
    penalty = None
    if method is BaselineMethod.NONE:
        values = np.zeros(signal.shape)
    elif method is BaselineMethod.STRAIGHT:
        values = _straight(chromatogram)
    else:
        period = _PERIOD_PER_FWHM * widest_fwhm_min / chromatogram.step_min
        penalty = float(np.clip((period / (2.0 * np.pi)) ** 4, 1.0, _MOST_PENALTY))
        values = _smooth(signal, penalty)
    noise, correlation = noise_of(signal - values)
    return Baseline(values, method, penalty, noise, correlation)


def _smooth(signal: FloatArray, penalty: float) -> FloatArray:
    """The smoother works on a signal of unit scale; a flat one is its own baseline."""
    span = float(np.ptp(signal))
    if span <= 1e-12 * float(np.abs(signal).max(initial=0.0)):
        return signal.copy()
    low = float(signal.min())
    found, _ = Smoother(check_finite=False).arpls((signal - low) / span, lam=penalty, max_iter=100)
    return np.asarray(found, dtype=np.float64) * span + low


def _straight(chromatogram: Chromatogram) -> FloatArray:
    signal, time = chromatogram.signal, chromatogram.time_min
    edge = max(3, signal.size // 100)
    ends = (float(np.median(signal[:edge])), float(np.median(signal[-edge:])))
    places = (float(time[:edge].mean()), float(time[-edge:].mean()))
    slope = (ends[1] - ends[0]) / (places[1] - places[0])
    return ends[0] + slope * (time - places[0])


def noise_of(corrected: FloatArray) -> tuple[float, float]:
    """Standard deviation of a point where no peak is, and correlation of neighbouring points.

    Peaks are clipped at four times the median absolute deviation until nothing changes.
    """
    kept = np.ones(corrected.shape, dtype=bool)
    sigma = 0.0
    for _ in range(20):
        centre = float(np.median(corrected[kept]))
        sigma = _MAD_TO_SIGMA * float(np.median(np.abs(corrected[kept] - centre)))
        inside = np.abs(corrected - centre) <= 4.0 * sigma
        if sigma <= 0.0 or np.array_equal(inside, kept):
            break
        kept = inside
    if sigma <= 0.0:
        return 0.0, 0.0
    pairs = kept[1:] & kept[:-1]
    centre = float(corrected[kept].mean())
    left, right = corrected[:-1][pairs] - centre, corrected[1:][pairs] - centre
    power = float(np.sqrt((left @ left) * (right @ right)))
    correlation = float(left @ right) / power if power > 0.0 else 0.0
    return sigma, float(np.clip(correlation, 0.0, 0.99))

"""Carry-over: how much of a sample's peak comes again in the blank that was run after it."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt

from ncrobot.analysis.chromatography.baselines import find_baseline
from ncrobot.analysis.chromatography.chromatogram import Chromatogram
from ncrobot.analysis.chromatography.peaks import ChromatographicPeak, PeakList
from ncrobot.model import Document

FloatArray = npt.NDArray[np.float64]

_FEW = 8
_MAD_TO_SIGMA = 1.4826


class CarryOverVerdict(StrEnum):
    """What a blank says about carry-over."""

    WITHIN_LIMIT = "within_limit"
    EXCEEDED = "exceeded"
    CANNOT_TELL = "cannot_tell"


class CarryOver(Document):
    """Share of a sample's area that the blank shows, with its standard error."""

    verdict: CarryOverVerdict
    share: float
    share_error: float
    upper_share: float
    reason: str


def carry_over(
    sample: PeakList,
    peak: ChromatographicPeak,
    blank: Chromatogram,
    limit_share: float = 0.001,
    sigmas: float = 3.0,
) -> CarryOver:
    """Compare a peak of a sample with the same stretch of the blank after it.

    ``limit_share`` is what is allowed. The area counts above that of stretches of the same width
    elsewhere in the blank: a baseline below the peaks lies a little below the noise, too. The error
    is that of the noise, or what those stretches scatter by, if that is more. ``upper_share`` lies
    ``sigmas`` errors higher, and the limit is exceeded only by that much.

    Raises:
        ValueError: the peak has no area, the limit isn't between 0 and 1, or the blank doesn't
            cover the peak.
    """
    if not peak.area > 0.0 or not 0.0 < limit_share < 1.0:
        raise ValueError("carry-over needs a peak with an area and a limit between 0 and 1")
    even = blank.on_even_grid()
    if even.time_min[0] > peak.start_min or even.time_min[-1] < peak.end_min:
        raise ValueError("the blank doesn't cover the peak")
    base = find_baseline(even, sample.settings.widest_fwhm_min, sample.settings.baseline)
    inside = (even.time_min >= peak.start_min) & (even.time_min <= peak.end_min)
    corrected = (even.signal - base.values)[inside]
    inflation = (1.0 + base.correlation) / (1.0 - base.correlation)
    noise = base.noise * even.step_min * float(np.sqrt(inside.sum() * inflation))
    usual, scatter = _elsewhere(even.signal - base.values, int(inside.sum()), even.step_min)
    area = float(corrected.sum()) * even.step_min - usual
    return _judged(area / peak.area, max(noise, scatter) / peak.area, limit_share, sigmas)


def _elsewhere(corrected: FloatArray, points: int, step_min: float) -> tuple[float, float]:
    """Median and standard deviation of the areas of stretches side by side; few have peaks.

    Both are 0 if there are too few stretches to say.
    """
    count = corrected.size // points
    if count < _FEW:
        return 0.0, 0.0
    areas = corrected[: count * points].reshape(count, points).sum(axis=1) * step_min
    usual = float(np.median(areas))
    return usual, _MAD_TO_SIGMA * float(np.median(np.abs(areas - usual)))


def _judged(share: float, error: float, limit: float, sigmas: float) -> CarryOver:
    upper = max(0.0, share) + sigmas * error
    if share - sigmas * error > limit:
        verdict, reason = CarryOverVerdict.EXCEEDED, f"the blank shows {share:.2%} of the sample"
    elif upper <= limit:
        verdict, reason = CarryOverVerdict.WITHIN_LIMIT, f"no more than {upper:.2%} comes again"
    else:
        verdict = CarryOverVerdict.CANNOT_TELL
        reason = f"between 0 and {upper:.2%} comes again; the limit of {limit:.2%} lies within"
    return CarryOver(
        verdict=verdict, share=share, share_error=error, upper_share=upper, reason=reason
    )

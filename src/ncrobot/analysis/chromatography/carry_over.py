"""Carry-over: how much of a sample's peak comes again in the blank that was run after it."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from ncrobot.analysis.chromatography.baselines import find_baseline
from ncrobot.analysis.chromatography.chromatogram import Chromatogram
from ncrobot.analysis.chromatography.peaks import ChromatographicPeak, PeakList
from ncrobot.model import Document


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
    sample: PeakList, peak: ChromatographicPeak, blank: Chromatogram, limit_share: float = 0.001
) -> CarryOver:
    """Compare a peak of a sample with the same stretch of the blank after it.

    ``limit_share`` is what is allowed. The error is that of the blank's noise;
    ``upper_share`` lies three of them higher.

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
    area = float(np.trapezoid(corrected, dx=even.step_min))
    inflation = (1.0 + base.correlation) / (1.0 - base.correlation)
    error = base.noise * even.step_min * float(np.sqrt(inside.sum() * inflation))
    return _judged(area / peak.area, error / peak.area, limit_share)


def _judged(share: float, error: float, limit: float) -> CarryOver:
    upper = max(0.0, share) + 3.0 * error
    if share - 3.0 * error > limit:
        verdict, reason = CarryOverVerdict.EXCEEDED, f"the blank shows {share:.2%} of the sample"
    elif upper <= limit:
        verdict, reason = CarryOverVerdict.WITHIN_LIMIT, f"no more than {upper:.2%} comes again"
    else:
        verdict = CarryOverVerdict.CANNOT_TELL
        reason = f"between 0 and {upper:.2%} comes again; the limit of {limit:.2%} lies within"
    return CarryOver(
        verdict=verdict, share=share, share_error=error, upper_share=upper, reason=reason
    )

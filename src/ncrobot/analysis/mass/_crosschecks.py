"""Second looks at a fit that seems right: beyond the m/z tolerance, and some isotope lines away."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from ncrobot.analysis.mass.envelopes import Envelope
from ncrobot.analysis.mass.fitting import EnvelopeFitter, Fit
from ncrobot.analysis.mass.resolution import Resolution
from ncrobot.analysis.mass.spectrum import Region

_KIN_LINES = (1, -1, 2, -2, 3, -3)  # as far as hydrogens are usually miscounted
_CLEARLY = 1e-3  # chance below which a better fit is no accident


def fits_better_beyond(
    region: Region,
    envelopes: list[Envelope],
    resolution: Resolution,
    tolerance_mz: float,
    fit: Fit,
) -> bool:
    """Whether three times the m/z tolerance gives a fit that is better than by chance."""
    wide = EnvelopeFitter(region, envelopes, resolution, 3.0 * tolerance_mz)
    found = wide.fit(list(range(len(envelopes))))
    return _chance_of_gain(fit.rss - found.rss, found, region) < _CLEARLY


def kin_doubt(
    region: Region, envelope: Envelope, resolution: Resolution, shift_mz: float, most_chance: float
) -> str:
    """Why the number of hydrogens is in doubt, or an empty text.

    The envelope of many silver atoms is so broad that some lines more or less hardly show in the
    cosine, so the fit is compared with itself some lines away. ``region`` holds the signal of this
    envelope alone.
    """
    farthest = len(_KIN_LINES) / 2.0 * envelope.spacing_mz + abs(shift_mz)
    fitter = EnvelopeFitter(region, [envelope], resolution, farthest)
    best = fitter.fit_at([0], shift_mz)
    for lines in _KIN_LINES:
        moved = fitter.fit_at([0], shift_mz + lines * envelope.spacing_mz).rss
        if moved < best.rss:
            return f"it fits better {lines:+d} isotope lines away: an ion of other hydrogens?"
        if _chance_of_gain(moved - best.rss, best, region) > most_chance:
            return f"it fits as well {lines:+d} isotope lines away: hydrogens can't be counted"
    return ""


def _chance_of_gain(gain: float, fit: Fit, region: Region) -> float:
    """Probability that noise alone lowers the residual by so much; one-sided normal."""
    per_point = fit.variance * region.mz.size / fit.independent
    if per_point <= 0.0:
        return 0.0 if gain > 0.0 else 1.0
    return float(norm.sf(np.sqrt(max(0.0, gain) / per_point)))

"""Which of the candidate ions a spectrum shows: whole envelopes, overlapping ones fitted together.

Every candidate gets a verdict. ``matched``: the spectrum has an envelope of this shape here, and no
other candidate does as well. ``cannot_tell`` says why: too near the noise, another candidate fits
as well, another signal overlaps, the envelope isn't recorded. ``not_seen`` is no proof of absence:
some clusters give no ion at all (Ag32 and Ag33 with BDTA; Chem. Sci. 2025, 16, 2373).

Significance is that of the drop in the residual sum of squares against a fit without the
candidate, with the independent points counted as in :mod:`~ncrobot.analysis.mass.fitting`, times
the number of shifts that were tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ncrobot.analysis.mass._judging import Setting, judge
from ncrobot.analysis.mass.envelopes import Envelope, envelope
from ncrobot.analysis.mass.ions import Ion
from ncrobot.analysis.mass.resolution import Resolution
from ncrobot.analysis.mass.spectrum import Spectrum
from ncrobot.analysis.mass.verdicts import Limits, Match, Verdict

__all__ = ["Limits", "Match", "Verdict", "assigned_shares", "identify", "match_ion"]


def match_ion(
    spectrum: Spectrum,
    ion: Ion,
    resolution: Resolution,
    *,
    tolerance_ppm: float = 20.0,
    limits: Limits | None = None,
) -> Match:
    """Compare a spectrum with the envelope of one ion; see :func:`identify`."""
    return identify(spectrum, [ion], resolution, tolerance_ppm=tolerance_ppm, limits=limits)[0]


def identify(
    spectrum: Spectrum,
    ions: Iterable[Ion],
    resolution: Resolution,
    *,
    tolerance_ppm: float = 20.0,
    limits: Limits | None = None,
) -> tuple[Match, ...]:
    """Compare a spectrum with the envelopes of candidate ions; one match for each, in their order.

    ``tolerance_ppm`` is how far the m/z axis may be off. Candidates whose envelopes overlap are
    fitted together, with one shift.

    Raises:
        ValueError: an ion has no charge, or is of the other polarity than the spectrum; or the
            tolerance is not positive.
    """
    if not tolerance_ppm > 0.0:
        raise ValueError(f"the m/z tolerance has to be above 0 ppm, not {tolerance_ppm:g}")
    candidates = list(ions)
    _check_polarity(spectrum, candidates)
    setting = Setting(spectrum, resolution, tolerance_ppm, limits or Limits())
    envelopes = [envelope(ion) for ion in candidates]
    found: dict[int, Match] = {}
    for members in _groups(envelopes, resolution, tolerance_ppm):
        together = [envelopes[which] for which in members]
        found.update(zip(members, judge(setting, together), strict=True))
    return tuple(found[which] for which in range(len(envelopes)))


def assigned_shares(matches: Iterable[Match]) -> dict[str, float]:
    """Share of each matched ion in the area of all matched ions; it adds up to 1.

    It is no share of amount: ions differ in how readily they form.
    """
    areas = {match.ion: match.area for match in matches if match.verdict is Verdict.MATCHED}
    total = sum(areas.values())
    return {ion: area / total for ion, area in areas.items()} if total > 0.0 else {}


def _check_polarity(spectrum: Spectrum, ions: Iterable[Ion]) -> None:
    for ion in ions:
        if spectrum.polarity and (ion.charge or 0) * spectrum.polarity < 0:
            mode = "positive" if spectrum.polarity > 0 else "negative"
            raise ValueError(f"{ion.name} can't be in a spectrum of the {mode} mode")


def _groups(
    envelopes: Sequence[Envelope], resolution: Resolution, tolerance_ppm: float
) -> list[list[int]]:
    """Indices of envelopes whose windows overlap within the tolerance."""
    windows = [each.window(resolution) for each in envelopes]
    order = sorted(range(len(envelopes)), key=lambda which: windows[which][0])
    groups: list[list[int]] = []
    reach = -np.inf
    for which in order:
        low, high = windows[which]
        if groups and low - 2e-6 * tolerance_ppm * high <= reach:
            groups[-1].append(which)
            reach = max(reach, high)
        else:
            groups.append([which])
            reach = high
    return groups

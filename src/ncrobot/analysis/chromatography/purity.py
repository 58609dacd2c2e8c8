"""Which peak is which by retention time, and how pure the target is by area.

Purity by area takes every substance to absorb alike at the wavelength, which clusters don't: it
compares samples of one system, it is no share of amount. Where it can't be told, the reason is.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from pydantic import Field, model_validator

from ncrobot.analysis.chromatography.peaks import ChromatographicPeak, PeakList
from ncrobot.model import Document

_LEAST_RESOLUTION = 1.5  # of the pharmacopoeia: peaks are separated to the baseline


class RetentionWindow(Document):
    """Where one substance elutes; ``counts`` is False for what is no product (solvent front)."""

    name: str = Field(min_length=1)
    start_min: float = Field(ge=0.0)
    end_min: float
    counts: bool = True

    @model_validator(mode="after")
    def _is_a_window(self) -> RetentionWindow:
        if not self.end_min > self.start_min:
            raise ValueError(f"the window of {self.name} ends before it starts")
        return self


class AssignedPeak(Document):
    """A peak with the substance that elutes there, None if no window holds it."""

    substance: str | None
    peak: ChromatographicPeak
    counts: bool = True


class Purity(Document):
    """Area share of the target among all peaks that count, 0 to 1, with its standard error.

    ``share`` is None where it can't be told; ``reason`` says why. ``caveats`` don't forbid a value
    but weaken it. ``least_seen_share`` is the share that a further peak would need to be seen.
    """

    target: str
    share: float | None
    share_error: float | None = None
    reason: str = ""
    caveats: tuple[str, ...] = ()
    least_seen_share: float | None = None
    others: dict[str, float] = Field(default_factory=dict)


def check_windows(windows: Sequence[RetentionWindow]) -> None:
    """Check that windows neither overlap nor share a name.

    Raises:
        ValueError: two do.
    """
    ordered = sorted(windows, key=lambda window: window.start_min)
    for left, right in pairwise(ordered):
        if right.start_min < left.end_min:
            raise ValueError(f"the windows of {left.name} and {right.name} overlap")
    names = [window.name for window in windows]
    if len(set(names)) < len(names):
        raise ValueError("two windows have one name")


def moved_windows(
    windows: Sequence[RetentionWindow], expected_min: float, found_min: float
) -> tuple[RetentionWindow, ...]:
    """Windows moved in proportion, so that a reference expected at one time is where it was found.

    Raises:
        ValueError: a time is not positive.
    """
    if not (expected_min > 0.0 and found_min > 0.0):
        raise ValueError("retention times have to be above 0 min")
    factor = found_min / expected_min
    return tuple(
        window.model_copy(
            update={"start_min": window.start_min * factor, "end_min": window.end_min * factor}
        )
        for window in windows
    )


def assign_peaks(peaks: PeakList, windows: Sequence[RetentionWindow]) -> tuple[AssignedPeak, ...]:
    """Name each peak by the window that holds its top.

    Raises:
        ValueError: windows overlap or share a name.
    """
    check_windows(windows)
    return tuple(_assigned(peak, windows) for peak in peaks.peaks)


def _assigned(peak: ChromatographicPeak, windows: Sequence[RetentionWindow]) -> AssignedPeak:
    for window in windows:
        if window.start_min <= peak.retention_min <= window.end_min:
            return AssignedPeak(substance=window.name, peak=peak, counts=window.counts)
    return AssignedPeak(substance=None, peak=peak)


def purity(
    peaks: PeakList,
    target: str,
    windows: Sequence[RetentionWindow],
    *,
    start_min: float = 0.0,
    end_min: float = np.inf,
) -> Purity:
    """Area share of a target between two times.

    Peaks in windows that don't count are left out; peaks in no window count as unknown.

    Raises:
        ValueError: windows overlap or share a name, or none is the target's.
    """
    if target not in {window.name for window in windows if window.counts}:
        raise ValueError(f"no window that counts is named {target!r}")
    inside = [
        each for each in assign_peaks(peaks, windows)
        if each.counts and start_min <= each.peak.retention_min <= end_min
    ]  # fmt: skip
    own = [each for each in inside if each.substance == target]
    reason = _obstacle(target, own, inside)
    total = sum(each.peak.area for each in inside)
    if reason or total <= 0.0:
        return Purity(target=target, share=None, reason=reason or "no area to compare with")
    area = own[0].peak.area
    variance = sum(each.peak.area_error**2 for each in inside if each is not own[0])
    share = area / total
    own_part = (1.0 - share) * own[0].peak.area_error
    return Purity(
        target=target,
        share=share,
        share_error=float(np.hypot(own_part, share * np.sqrt(variance))) / total,
        caveats=_caveats(own[0], inside),
        least_seen_share=_least_area(peaks, own[0].peak) / total,
        others=_others(inside, target, total),
    )


def _obstacle(target: str, own: Sequence[AssignedPeak], inside: Sequence[AssignedPeak]) -> str:
    if not inside:
        return "no peak stands above the noise"
    if not own:
        return f"no peak elutes where {target} does"
    if len(own) > 1:
        times = " and ".join(f"{each.peak.retention_min:.2f}" for each in own)
        return f"{len(own)} peaks, at {times} min, elute where {target} does"
    if any(each.peak.is_saturated for each in inside):
        return "the detector was saturated"
    return ""


def _caveats(own: AssignedPeak, inside: Sequence[AssignedPeak]) -> tuple[str, ...]:
    found = []
    if own.peak.left_is_valley or own.peak.right_is_valley:
        found.append("the target overlaps with a neighbour and was cut from it at the valley")
    others = [each for each in inside if each is not own]
    if any(each.peak.left_is_valley or each.peak.right_is_valley for each in others):
        found.append("other peaks overlap")
    resolution = own.peak.resolution_to_next
    if resolution is not None and resolution < _LEAST_RESOLUTION:
        found.append(f"the resolution to the next peak is {resolution:.2f}, below 1.5")
    return tuple(found)


def _others(inside: Sequence[AssignedPeak], target: str, total: float) -> dict[str, float]:
    """Area shares of what isn't the target, by name, or by time where no name is known."""
    found: dict[str, float] = {}
    for each in inside:
        if each.substance != target:
            name = each.substance or f"unknown at {each.peak.retention_min:.2f} min"
            found[name] = found.get(name, 0.0) + each.peak.area / total
    return found


def _least_area(peaks: PeakList, like: ChromatographicPeak) -> float:
    """Area of the smallest peak of the target's width that would have been found."""
    sigma = peaks.baseline.noise
    least = max(peaks.settings.least_signal_to_noise * sigma, peaks.settings.least_height)
    width = like.fwhm_min or peaks.settings.narrowest_fwhm_min
    return least * width * float(np.sqrt(np.pi / np.log(2.0))) / 2.0

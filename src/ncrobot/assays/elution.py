"""Chromatograms of samples: peaks named by windows that the references between them set right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import NormalDist, fmean

from ncrobot.analysis.chromatography import (
    CarryOverVerdict,
    Chromatogram,
    RetentionWindow,
    assign_peaks,
    carry_over,
    find_chromatographic_peaks,
    moved_windows,
)
from ncrobot.assays.measured import BlankRun, Measured, ReferenceRun
from ncrobot.assays.results import ElutionResult
from ncrobot.assays.settings import ElutionSettings

_MOST_MOVED = 0.05  # a reference that elutes further off is another substance, or another method

_FALSE_ALARMS = 0.001

Problem = tuple[str, str]


def elution_results(
    measured: Sequence[Measured], settings: ElutionSettings, references: Sequence[ReferenceRun]
) -> tuple[list[ElutionResult], list[Problem]]:
    """What the chromatograms say, and which of them couldn't be used and why."""
    moves = _moves(settings, references)
    found: list[ElutionResult] = []
    problems: list[Problem] = []
    for each in measured:
        if each.chromatogram is None:
            continue
        factor = moves.get(each.about.file, moves.get("", 1.0))
        windows = windows_of(settings, factor)
        try:
            peaks = find_chromatographic_peaks(each.chromatogram, settings.peaks)
            assigned = assign_peaks(peaks, windows)
        except ValueError as error:
            problems.append((each.about.sample, str(error)))
            continue
        names = tuple(one.substance for one in assigned)
        found.append(ElutionResult(each.about, peaks, names, factor))
    return found, problems


def carried_over(
    elution: Sequence[ElutionResult], blanks: Sequence[BlankRun], limit_share: float
) -> list[Problem]:
    """Blanks in which more of a named peak is left than the limit allows, by the sample before.

    The more are compared, the further above the limit it has to be: noise alone raises an alarm in
    one plate of a thousand (Bonferroni's correction).
    """
    by_sample = {each.about.sample: each for each in elution}
    compared = [
        (blank, before, peak, name)
        for blank in blanks
        if (before := by_sample.get(blank.after)) is not None
        for peak, name in zip(before.peaks.peaks, before.names, strict=True)
        if name is not None and peak.area > 0.0
    ]
    sigmas = -NormalDist().inv_cdf(_FALSE_ALARMS / max(len(compared), 1))
    found: list[Problem] = []
    for blank, before, peak, name in compared:
        try:
            left = carry_over(before.peaks, peak, blank.chromatogram, limit_share, sigmas)
        except ValueError:
            continue
        if left.verdict is CarryOverVerdict.EXCEEDED:
            told = f"{left.share:.2%} of {name} is left in the blank after it"
            found.append((blank.after, told))
    return found


def windows_of(settings: ElutionSettings, factor: float) -> tuple[RetentionWindow, ...]:
    """The windows, moved in proportion by what the reference moved."""
    return moved_windows(settings.windows, 1.0, factor)


def _moves(settings: ElutionSettings, references: Sequence[ReferenceRun]) -> Mapping[str, float]:
    """By what factor retention times are off, by the references; under "" the mean of all."""
    if settings.lock is None:
        return {}
    window = next(each for each in settings.windows if each.name == settings.lock)
    centre = (window.start_min + window.end_min) / 2.0
    factors = [
        factor
        for each in references
        if (factor := _factor(each.chromatogram, settings, centre)) is not None
    ]
    return {"": fmean(factors)} if factors else {}


def _factor(
    chromatogram: Chromatogram, settings: ElutionSettings, centre_min: float
) -> float | None:
    try:
        peaks = find_chromatographic_peaks(chromatogram, settings.peaks).peaks
    except ValueError:
        return None
    near = [each for each in peaks if abs(each.retention_min / centre_min - 1.0) <= _MOST_MOVED]
    if not near:
        return None
    return max(near, key=lambda each: each.area).retention_min / centre_min

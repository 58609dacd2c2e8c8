"""Figures of samples, as the objectives ask for them: from spectra, chromatograms, mass spectra."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import numpy as np

from ncrobot.analysis.chromatography import purity
from ncrobot.analysis.mass import Verdict, assigned_shares
from ncrobot.analysis.optical import Corrected, FeatureKind, ShareVerdict, optical_gap_ev
from ncrobot.assays.elution import windows_of
from ncrobot.assays.measured import About
from ncrobot.assays.results import ElutionResult, Figure, MassResult, OpticalResult
from ncrobot.assays.settings import ElutionSettings
from ncrobot.errors import Diagnostic, LabError
from ncrobot.protocol.objectives import (
    AreaRatio,
    AreaShare,
    BandHeight,
    BandRatio,
    GivenFigure,
    IonShare,
    OpticalGap,
    PeakArea,
    UnmixedAmount,
    Wanted,
)

Told = tuple[float | None, float | None, str]
"""Value, standard error, and why there is none or what is doubtful of it."""


def optical_figures(result: OpticalResult, wanted: Mapping[str, Wanted]) -> Iterator[Figure]:
    """The figures that objectives take from an absorption spectrum."""
    for name, each in wanted.items():
        measure = each.from_
        if isinstance(measure, BandHeight):
            yield _figure(result.about, name, each, _band(result.corrected, measure))
        elif isinstance(measure, BandRatio):
            yield _figure(result.about, name, each, _ratio_of_bands(result.corrected, measure))
        elif isinstance(measure, OpticalGap):
            yield _figure(result.about, name, each, _gap(result, measure))
        elif isinstance(measure, UnmixedAmount):
            yield _figure(result.about, name, each, _unmixed(result, measure))


def elution_figures(
    result: ElutionResult, wanted: Mapping[str, Wanted], settings: ElutionSettings
) -> Iterator[Figure]:
    """The figures that objectives take from a chromatogram."""
    for name, each in wanted.items():
        measure = each.from_
        if isinstance(measure, AreaShare):
            yield _figure(result.about, name, each, _purity(result, measure, settings))
        elif isinstance(measure, PeakArea):
            yield _figure(result.about, name, each, _area(result, (measure.of,)))
        elif isinstance(measure, AreaRatio):
            yield _figure(result.about, name, each, _area_ratio(result, measure))


def mass_figures(result: MassResult, wanted: Mapping[str, Wanted]) -> Iterator[Figure]:
    """The figures that objectives take from mass spectra."""
    for name, each in wanted.items():
        if isinstance(each.from_, IonShare):
            yield _figure(result.about, name, each, _ion_share(result, each.from_))


def given_figures(
    abouts: Mapping[str, About], wanted: Mapping[str, Wanted], file: Path | None = None
) -> Iterator[Figure]:
    """Figures that somebody measured elsewhere, by well; ``file`` where an objective names none.

    Raises:
        LabError: a file can't be read, lacks its column, or nobody asks for ``file``.
    """
    given = [each.from_ for each in wanted.values() if isinstance(each.from_, GivenFigure)]
    if file is not None and all(each.file is not None for each in given):
        raise LabError(
            Diagnostic(
                code="given-unused",
                message="no objective takes figures from a file that is given",
                file=str(file),
                fix="declare one with 'measure: given' and the name of the column",
            )
        )
    for name, each in wanted.items():
        if isinstance(each.from_, GivenFigure):
            source = each.from_.file or file
            table = {} if source is None else _given(source, each.from_.column)
            why = "no file was given" if source is None else "not given for this well"
            for well, about in abouts.items():
                value = table.get(well)
                told = (value, None, "" if value is not None else why)
                yield _figure(about, name, each, told)


def _figure(about: About, name: str, wanted: Wanted, told: Told) -> Figure:
    value, error, doubt = told
    doubts = [each for each in (doubt, "measured too late" if about.is_late else "") if each]
    return Figure(
        sample=about.sample, well=about.well, step=about.step, number=about.number,
        since_s=about.since_s, quantity=name, value=value, error=error, unit=wanted.unit,
        doubt="; ".join(doubts),
    )  # fmt: skip


def _near(corrected: Corrected, nm: float, within_nm: float) -> Told:
    """Mean of the points near a wavelength, with the error of the mean."""
    spectrum = corrected.spectrum
    inside = spectrum.within(nm - within_nm, nm + within_nm)
    if not inside.any():
        value = spectrum.at(nm)
        return value, corrected.noise_au, "" if value is not None else f"{nm:g} nm wasn't read"
    if not spectrum.usable[inside].all():
        return None, None, f"saturated at {nm:g} nm"
    error = corrected.noise_au / float(np.sqrt(inside.sum()))
    return float(spectrum.absorbance[inside].mean()), error, ""


def _band(corrected: Corrected, measure: BandHeight) -> Told:
    value, error, doubt = _near(corrected, measure.nm, measure.within_nm)
    doubts = [doubt, *(corrected.doubts if value is not None else ())]
    if measure.over_nm is not None and value is not None and error is not None:
        low, high = measure.over_nm
        left, left_error, left_doubt = _near(corrected, low, measure.within_nm)
        right, right_error, right_doubt = _near(corrected, high, measure.within_nm)
        if left is None or right is None or left_error is None or right_error is None:
            return None, None, left_doubt or right_doubt
        share = (measure.nm - low) / (high - low)
        value -= (1.0 - share) * left + share * right
        error = float(
            np.sqrt(error**2 + ((1 - share) * left_error) ** 2 + (share * right_error) ** 2)
        )
    return value, error, "; ".join(each for each in doubts if each)


def _ratio_of_bands(corrected: Corrected, measure: BandRatio) -> Told:
    above = _near(corrected, measure.nm, measure.within_nm)
    below = _near(corrected, measure.to_nm, measure.within_nm)
    return _ratio(above, below, "the other band isn't seen above the noise")


def _ratio(above: Told, below: Told, too_small: str) -> Told:
    """A quotient with its error; None if the divisor isn't three errors above zero."""
    if above[0] is None or below[0] is None:
        return None, None, above[2] or below[2]
    top_error, bottom_error = above[1] or 0.0, below[1] or 0.0
    if below[0] <= 3.0 * bottom_error:
        return None, None, too_small
    value = above[0] / below[0]
    error = float(np.hypot(top_error / below[0], value * bottom_error / below[0]))
    return value, error, "; ".join(dict.fromkeys(each for each in (above[2], below[2]) if each))


def _gap(result: OpticalResult, measure: OpticalGap) -> Told:
    """By the peak of longest wavelength; bands beyond the range that was read would be redder."""
    low, high = measure.between_nm
    inside = [
        each
        for each in result.features
        if each.kind is FeatureKind.PEAK and low <= each.wavelength_nm <= high
    ]
    if not inside:
        return None, None, f"no peak between {low:g} and {high:g} nm"
    last = max(inside, key=lambda each: each.wavelength_nm)
    gap = optical_gap_ev(last.wavelength_nm)
    end_nm = result.corrected.spectrum.range_nm[1]
    redder = any(each.wavelength_nm > last.wavelength_nm for each in result.features)
    doubt = "a shoulder lies further to the red" if redder else ""
    if end_nm < high:
        doubt = "; ".join(filter(None, (doubt, f"nothing was read beyond {end_nm:g} nm")))
    return gap, gap * last.error_nm / last.wavelength_nm, doubt


def _unmixed(result: OpticalResult, measure: UnmixedAmount) -> Told:
    if result.unmixed is None:
        return None, None, "there are no reference spectra"
    found = result.unmixed.named(measure.of)
    if found.verdict is ShareVerdict.CANNOT_TELL:
        return None, None, f"can't be told from {', '.join(found.rivals)}"
    doubt = "" if result.unmixed.explained else "something else absorbs too"
    return found.amount, found.error, doubt


def _purity(result: ElutionResult, measure: AreaShare, settings: ElutionSettings) -> Told:
    windows = windows_of(settings, result.moved_by)
    found = purity(result.peaks, measure.of, windows, start_min=settings.start_min)
    if found.share is None and found.others == {} and "no peak elutes" in found.reason:
        return 0.0, None, f"{found.reason}: none was seen"
    return found.share, found.share_error, found.reason or "; ".join(found.caveats)


def _area(result: ElutionResult, names: tuple[str, ...]) -> Told:
    own = [
        peak for peak, name in zip(result.peaks.peaks, result.names, strict=True) if name in names
    ]
    if any(peak.is_saturated for peak in own):
        return None, None, "the detector was saturated"
    error = float(np.sqrt(sum(peak.area_error**2 for peak in own)))
    return sum(peak.area for peak in own), error, ""


def _area_ratio(result: ElutionResult, measure: AreaRatio) -> Told:
    above, below = _area(result, (measure.of,)), _area(result, measure.to)
    return _ratio(above, below, f"nothing of {' or '.join(measure.to)} is seen")


def _ion_share(result: MassResult, measure: IonShare) -> Told:
    found = next(each for each in result.matches if each.ion == measure.of)
    if found.verdict is not Verdict.MATCHED:
        return None, None, f"{found.verdict.value.replace('_', ' ')}: {found.reason}"
    return assigned_shares(result.matches)[measure.of], None, ""


@cache
def _given(file: Path, column: str) -> Mapping[str, float]:
    """A column of a CSV by well.

    Raises:
        LabError: it can't be read, lacks the column, or holds what is no number.
    """
    try:
        rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(file, f"the given figures can't be read: {error}") from error
    found: dict[str, float] = {}
    for line, row in enumerate(rows, 2):
        if column not in row or "well" not in row:
            raise _wrong(file, "the given figures need the columns 'well' and " + repr(column))
        text = (row[column] or "").strip()
        try:
            if text:
                found[row["well"].strip()] = float(text)
        except ValueError as error:
            raise _wrong(file, f"{text!r} is no number", line) from error
    return found


def _wrong(file: Path, message: str, line: int | None = None) -> LabError:
    return LabError(Diagnostic(code="given-figures", message=message, file=str(file), line=line))

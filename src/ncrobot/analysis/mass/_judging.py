"""Judges candidates whose envelopes overlap: who is needed, who fits, who can't be told apart."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ncrobot.analysis.mass._crosschecks import fits_better_beyond, kin_doubt
from ncrobot.analysis.mass._selecting import Doubt, Selector
from ncrobot.analysis.mass.envelopes import Envelope
from ncrobot.analysis.mass.fitting import EnvelopeFitter, Fit
from ncrobot.analysis.mass.resolution import Resolution
from ncrobot.analysis.mass.spectrum import Region, Spectrum, SpectrumMode, region_of
from ncrobot.analysis.mass.verdicts import Limits, Match, Verdict

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """What the candidates of one spectrum are judged with."""

    spectrum: Spectrum
    resolution: Resolution
    tolerance_ppm: float
    limits: Limits


@dataclass(frozen=True, slots=True)
class _Figures:
    """The figures of one candidate, named as in :class:`Match`."""

    area: float
    area_error: float | None
    upper_area: float | None
    height: float
    shift_ppm: float
    cosine: float | None
    score: float | None
    recorded_share: float
    lines_seen: int
    charge_confirmed: bool
    chance: float
    rivals: tuple[str, ...]
    imitators: tuple[str, ...]


def judge(setting: Setting, envelopes: list[Envelope]) -> list[Match]:
    """Judge candidates together on the stretch that their envelopes cover, in their order."""
    windows = [each.window(setting.resolution) for each in envelopes]
    low, high = min(window[0] for window in windows), max(window[1] for window in windows)
    tolerance = setting.tolerance_ppm * 1e-6 * 0.5 * (low + high)
    pad = tolerance + 3.0 * float(setting.resolution.fwhm(high))
    region = region_of(setting.spectrum, setting.resolution, low - pad, high + pad)
    if region is None:
        reason = "the spectrum has no points in this window"
        return [_told(setting, each, Verdict.CANNOT_TELL, reason) for each in envelopes]
    group = _Group(setting, envelopes, region, tolerance)
    return [group.match(which) for which in range(len(envelopes))]


def _told(
    setting: Setting, each: Envelope, verdict: Verdict, reason: str, **figures: object
) -> Match:
    low, high = each.window(setting.resolution)
    about = {"ion": each.ion.name, "charge": each.ion.charge, "mean_mz": each.mean_mz}
    place = {"low_mz": low, "high_mz": high, "verdict": verdict, "reason": reason}
    return Match.model_validate({**about, **place, **figures})


def _same_signal(rivals: list[str] | tuple[str, ...]) -> str:
    return f"the same signal is as well explained by {', '.join(rivals)}"


class _Group:
    """Candidates whose envelopes overlap, and the best fit of all together."""

    def __init__(
        self, setting: Setting, envelopes: list[Envelope], region: Region, tolerance_mz: float
    ) -> None:
        self._setting, self._envelopes, self._region = setting, envelopes, region
        self._tolerance = tolerance_mz
        self._fitter = EnvelopeFitter(region, envelopes, setting.resolution, tolerance_mz)
        width = float(setting.resolution.fwhm(float(region.mz.mean())))
        doubt = Doubt(
            trials=1.0 + 4.0 * tolerance_mz / width,
            most_chance=setting.limits.most_chance,
            line_error=setting.limits.line_error,
            lines=min(_lines(each) for each in envelopes),
        )
        count, points = len(envelopes), region.mz.size
        self._selection = Selector(self._fitter, count, points, doubt).select()

    def match(self, which: int) -> Match:
        """The verdict on one candidate."""
        figures = self._figures(which)
        verdict, reason = self._verdict(which, figures)
        told = {field.name: getattr(figures, field.name) for field in fields(figures)}
        if verdict is Verdict.NOT_SEEN:
            told |= {"score": None, "cosine": None}
        return _told(self._setting, self._envelopes[which], verdict, reason, **told)

    def _figures(self, which: int) -> _Figures:
        each, limits = self._envelopes[which], self._setting.limits
        members, fit = self._selection.fits[which]
        place = members.index(which)
        template = self._fitter.templates_at(0.0)[which]
        scale, error = float(fit.scales[place]), float(fit.errors[place])
        heights = scale * np.interp(each.mz, self._region.mz, template)
        contrast = each.contrast(self._setting.resolution)
        is_clear = bool(contrast * float(np.max(heights)) > 5.0 * self._noise)
        cosine, score = self._cosines(which)
        rivals = self._selection.rivals.get(which, ())
        imitators = self._selection.imitators.get(which, ())
        return _Figures(
            area=scale,
            area_error=error if np.isfinite(error) else None,
            upper_area=scale + 3.0 * error if np.isfinite(error) else None,
            height=float(scale * template.max()),
            shift_ppm=1e6 * fit.shift_mz / float(self._region.mz.mean()),
            cosine=cosine,
            score=score,
            recorded_share=_recorded_share(self._setting, each),
            lines_seen=int((heights > 3.0 * self._noise).sum()),
            charge_confirmed=is_clear and contrast >= limits.least_contrast,
            chance=self._selection.chances[which],
            rivals=tuple(self._envelopes[rival].ion.name for rival in rivals),
            imitators=tuple(self._envelopes[each].ion.name for each in imitators),
        )

    @cached_property
    def _noise(self) -> float:
        """Standard deviation of a point: that of the flanks, or of the residual if it is less.

        Other ions may stand on the flanks, and the residual holds what fits badly.
        """
        residual = float(np.sqrt(self._selection.fit.rss / self._region.mz.size))
        return residual if self._region.noise is None else min(residual, self._region.noise)

    def _own(self, which: int) -> tuple[FloatArray, Fit]:
        """What of the fit is this candidate's, and the fit."""
        members, fit = self._selection.fits[which]
        template = self._fitter.templates_at(fit.shift_mz)[which]
        return fit.scales[members.index(which)] * template, fit

    def _cosines(self, which: int) -> tuple[float | None, float | None]:
        """Cosine between data and fit where this envelope is; the same with noise allowed for.

        Other candidates and the background are subtracted first.
        """
        low, high = self._envelopes[which].window(self._setting.resolution)
        own, fit = self._own(which)
        mz, shift = self._region.mz, fit.shift_mz
        inside = (mz >= low + shift) & (mz <= high + shift)
        rest = self._region.intensity - fit.background - (fit.model - own)
        data, model = rest[inside], own[inside]
        power, data_power = float(model @ model), float(data @ data)
        if power <= 0.0 or data_power <= 0.0:
            return None, None
        cosine = float(data @ model) / float(np.sqrt(power * data_power))
        expected = 1.0 / float(np.sqrt(1.0 + data.size * self._noise**2 / power))
        return cosine, min(1.0, cosine / expected)

    def _verdict(self, which: int, figures: _Figures) -> tuple[Verdict, str]:
        for is_so, verdict, reason in self._obstacles(which, figures):
            if is_so:
                return verdict, reason
        doubt = self._doubt(which, figures)
        if doubt:
            return Verdict.CANNOT_TELL, doubt
        if figures.charge_confirmed:
            return Verdict.MATCHED, "place, spacing and shape of the envelope fit"
        return Verdict.MATCHED, "place and width fit; the isotopes are not resolved"

    def _obstacles(self, which: int, figures: _Figures) -> tuple[tuple[bool, Verdict, str], ...]:
        """What keeps an ion from being told, the weightiest first."""
        limits, shares = self._setting.limits, self._envelopes[which].abundance
        recorded = figures.recorded_share
        return (
            (
                recorded < limits.least_recorded_share,
                Verdict.CANNOT_TELL,
                f"only {recorded:.0%} of the envelope lies in the recorded m/z",
            ),
            (bool(figures.rivals), Verdict.CANNOT_TELL, _same_signal(figures.rivals)),
            (
                bool(figures.imitators) and not limits.prefer_fewest,
                Verdict.CANNOT_TELL,
                f"a mixture would look the same: {', '.join(figures.imitators)}",
            ),
            (
                which not in self._selection.chosen,
                Verdict.NOT_SEEN,
                "nothing stands out here that this ion is needed to explain",
            ),
            (
                int((shares > 0.01 * shares.max()).sum()) < limits.least_lines,
                Verdict.CANNOT_TELL,
                "the ion has too few isotope lines to be known by its envelope",
            ),
            (
                (figures.score or 0.0) < limits.least_doubtful_score,
                Verdict.OTHER_SIGNAL,
                "what is here doesn't have the shape of the envelope",
            ),
        )

    def _doubt(self, which: int, figures: _Figures) -> str:
        """What keeps a shape that may be right from being told for sure; empty if nothing."""
        limits = self._setting.limits
        if self._is_beyond(figures):
            return "it fits better beyond the m/z tolerance"
        if (figures.cosine or 0.0) < limits.least_cosine_of_noise * limits.least_score:
            return "the signal is too near the noise to show its shape"
        if (figures.score or 0.0) < limits.least_score:
            return "the shape fits in part: another signal overlaps, or a kin ion is here"
        if figures.lines_seen < limits.least_lines:
            return "too few lines of the envelope stand above the noise"
        return self._kin(which)

    def _is_beyond(self, figures: _Figures) -> bool:
        """Whether the fit lies at the end of the m/z tolerance and is clearly better beyond."""
        if abs(figures.shift_ppm) < 0.98 * self._setting.tolerance_ppm:
            return False
        return fits_better_beyond(
            self._region,
            [self._envelopes[each] for each in self._selection.chosen],
            self._setting.resolution,
            self._tolerance,
            self._selection.fit,
        )

    def _kin(self, which: int) -> str:
        own, fit = self._own(which)
        rest = replace(self._region, intensity=self._region.intensity - (fit.model - own))
        limits = self._setting.limits
        return kin_doubt(
            rest, self._envelopes[which], self._setting.resolution, fit.shift_mz, limits.most_chance
        )


def _lines(each: Envelope) -> float:
    """How many isotope lines an envelope has, each counted by its weight."""
    return float(each.abundance.sum() ** 2 / (each.abundance @ each.abundance))


def _recorded_share(setting: Setting, each: Envelope) -> float:
    """Share of the envelope that lies in the recorded range of m/z."""
    if not setting.spectrum.mz.size:
        return 0.0
    low, high = setting.spectrum.range_mz
    if setting.spectrum.mode is not SpectrumMode.PROFILE:
        # A peak list ends at its last peak, not where the recording ends.
        reach = 1.5 * each.spacing_mz
        low, high = low - reach, high + reach
    inside = (each.mz >= low) & (each.mz <= high)
    return float(each.abundance[inside].sum() / each.kept)

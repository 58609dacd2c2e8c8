"""Whether a peak is one substance, as far as its spectra can tell.

Spectra on both flanks are compared with that at the top by the angle between them; a single
substance gives the same shape everywhere. Source of the measure: the spectral contrast angle (Wan
et al., J. Am. Soc. Mass Spectrom. 2002, 13, 85). Two substances of one spectrum (Ag29, Ag32 and
Ag33, for example) are one to it.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt

from ncrobot.analysis.chromatography.chromatogram import DiodeArray
from ncrobot.analysis.chromatography.peaks import ChromatographicPeak
from ncrobot.model import Document

FloatArray = npt.NDArray[np.float64]

_CLEARLY = 3.0  # standard errors of an angle


class Homogeneity(StrEnum):
    """What the spectra of a peak say."""

    ONE_SPECTRUM = "one_spectrum"
    SEVERAL_SPECTRA = "several_spectra"
    CANNOT_TELL = "cannot_tell"


class HomogeneityFinding(Document):
    """Angles in degrees between the spectra at the top and on the flanks, and that of the noise."""

    verdict: Homogeneity
    reason: str
    rising_angle_deg: float | None = None
    falling_angle_deg: float | None = None
    noise_angle_deg: float | None = None


def spectral_homogeneity(
    array: DiodeArray, peak: ChromatographicPeak, *, most_noise_deg: float = 5.0
) -> HomogeneityFinding:
    """Compare the spectra across one peak, above a straight line through its foot.

    Angles that noise alone gives are allowed for; above ``most_noise_deg`` nothing can be told.
    """
    inside = (array.time_min >= peak.start_min) & (array.time_min <= peak.end_min)
    if inside.sum() < 7:
        return _unknown("fewer than 7 scans lie across the peak")
    times, signal = array.time_min[inside], _above_foot(array.signal[inside])
    course = signal.sum(axis=1)
    top = int(np.argmax(course))
    half = course >= 0.5 * course[top]
    rising = np.flatnonzero(half & (times < times[top]))
    falling = np.flatnonzero(half & (times > times[top]))
    if rising.size < 2 or falling.size < 2 or course[top] <= 0.0:
        return _unknown("the peak has no two flanks to compare")
    noise = _noise_of_point(signal)
    centre = signal[[top - 1, top, top + 1]].mean(axis=0)
    flanks = (signal[rising[: rising.size // 2 + 1]], signal[falling[falling.size // 2 :]])
    angles = [_angle_deg(part.mean(axis=0), centre) for part in flanks]
    expected = [_expected_deg(noise, part, centre) for part in flanks]
    return _judged(angles, expected, most_noise_deg)


def _unknown(reason: str) -> HomogeneityFinding:
    return HomogeneityFinding(verdict=Homogeneity.CANNOT_TELL, reason=reason)


def _judged(
    angles: list[float], expected: list[float], most_noise_deg: float
) -> HomogeneityFinding:
    noise = max(expected)
    if noise > most_noise_deg:
        verdict, reason = Homogeneity.CANNOT_TELL, "the spectra are too near the noise"
    elif any(a > _CLEARLY * e + 0.1 for a, e in zip(angles, expected, strict=True)):
        verdict, reason = Homogeneity.SEVERAL_SPECTRA, "the spectrum changes across the peak"
    else:
        verdict, reason = Homogeneity.ONE_SPECTRUM, "one spectrum across the peak, within the noise"
    return HomogeneityFinding(
        verdict=verdict, reason=reason, rising_angle_deg=angles[0], falling_angle_deg=angles[1],
        noise_angle_deg=noise,
    )  # fmt: skip


def _above_foot(signal: FloatArray) -> FloatArray:
    """Signal above the straight line from the first to the last scans, for each wavelength."""
    first, last = signal[:2].mean(axis=0), signal[-2:].mean(axis=0)
    part = np.linspace(0.0, 1.0, signal.shape[0])[:, None]
    result: FloatArray = signal - (first + part * (last - first))
    return result


def _noise_of_point(signal: FloatArray) -> float:
    """Standard deviation of a point, from second differences along time: peaks hardly bend."""
    bends = signal[2:] - 2.0 * signal[1:-1] + signal[:-2]
    return float(1.4826 * np.median(np.abs(bends)) / np.sqrt(6.0))


def _angle_deg(one: FloatArray, other: FloatArray) -> float:
    power = float(np.linalg.norm(one) * np.linalg.norm(other))
    cosine = float(one @ other) / power if power > 0.0 else 0.0
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def _expected_deg(noise: float, part: FloatArray, centre: FloatArray) -> float:
    """Angle that noise alone opens between the mean of some scans and that of three."""
    wavelengths = centre.size
    flank_power = float(np.linalg.norm(part.mean(axis=0)))
    centre_power = float(np.linalg.norm(centre))
    if flank_power <= 0.0 or centre_power <= 0.0:
        return 90.0
    # The foot is the mean of four scans, the same for both, and weighs on the flank more.
    flank = noise * np.sqrt(wavelengths * (1.0 / part.shape[0] + 0.25)) / flank_power
    top = noise * np.sqrt(wavelengths * (1.0 / 3.0 + 0.25)) / centre_power
    return float(np.degrees(np.hypot(flank, top)))

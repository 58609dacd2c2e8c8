"""A charge from the spacing of resolved isotope lines; it says when it can't tell.

The spacing is found as the lowest frequency (lines per m/z) that stands out in the periodogram; its
overtones are not charges. Only frequencies between two bounds are looked at: above those that the
envelope's own outline has, below those that the instrument's peak width wipes out. Neighbouring
nucleon numbers differ by 0.998 to 1.004 Da (half the distance of 107Ag and 109Ag; that of 12C and
13C).

Silver makes every second line stronger, so that a charge of 2 whose lines are blurred shows the
spacing of 1, faintly. Lines that all are there modulate the whole signal, less what the peak width
takes: a spacing that does so by less is not taken for a charge. Of centroids, a spacing counts if
half of it would have been resolved too. The ion has to hold carbon or sulfur: without them silver
shows every second line only, and a charge of 2 can't be told from 1.

Source of the test: a normalized periodogram of noise is exponentially distributed (Scargle,
Astrophys. J. 1982, 263, 835).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ncrobot.analysis.mass.resolution import SIGMA_PER_FWHM, Resolution
from ncrobot.analysis.mass.spectrum import Region, Spectrum, SpectrumMode, region_of
from ncrobot.model import Document

FloatArray = npt.NDArray[np.float64]

_CHANCE = 1e-6
_CLEAR_SHARE = 0.5  # of the strongest peak: an overtone is no stronger than its fundamental
_DOUBT_SHARE = 0.15
_WHOLE_SHARE = 0.2  # of the power that lines without gaps would have at this peak width
_SPACING_DA = (0.994, 1.010)
_APART = 0.8  # peak widths in a spacing (1/1.25): nearer lines have one maximum
# A Gauss outline or peak of standard deviation s has exp(-2 (pi s f)^2) left at the frequency f.
_OUTLINE = float(np.sqrt(np.log(1e3) / 2.0) / np.pi)
_BLURRED = float(np.sqrt(np.log(1e2) / 2.0) / np.pi)


class ChargeFinding(Document):
    """Size of a charge, or None with the ``reason``; ``possible`` are those that remain."""

    charge_size: int | None
    reason: str
    spacing_mz: float | None = None
    chance: float | None = None
    power: float | None = None
    possible: tuple[int, ...] = ()


def charge_from_spacing(
    spectrum: Spectrum,
    resolution: Resolution,
    low_mz: float,
    high_mz: float,
    *,
    highest: int = 12,
) -> ChargeFinding:
    """Charge of the one envelope that stands between ``low_mz`` and ``high_mz``.

    Raises:
        ValueError: the window is empty, or ``highest`` is below 1.
    """
    if not high_mz > low_mz or highest < 1:
        raise ValueError("a charge needs a window of m/z and a highest charge of 1 or more")
    region = region_of(spectrum, resolution, low_mz, high_mz)
    if region is None:
        return ChargeFinding(charge_size=None, reason="the spectrum has no points in this window")
    data = _without_background(region.intensity)
    if float(np.ptp(data)) <= 1e-9 * float(np.abs(region.intensity).max()):
        return ChargeFinding(charge_size=None, reason="the window shows no lines at all")
    lowest = _OUTLINE / _spread(region.mz, data)
    width = float(resolution.fwhm(0.5 * (low_mz + high_mz))) * SIGMA_PER_FWHM
    band = (lowest, min(_BLURRED / width, 0.45 / region.step_mz))
    frequencies, power = _periodogram(region, data)
    inside = (frequencies >= band[0]) & (frequencies <= band[1] + 0.5)
    sizes = [size for size in range(1, highest + 1) if band[0] <= size <= band[1]]
    if not sizes or not inside.any():
        reason = "the isotope lines of no charge can be resolved here"
        return ChargeFinding(charge_size=None, reason=reason)
    found = _judged(frequencies[inside], power[inside], sizes, high_mz - low_mz)
    if region.mode is SpectrumMode.CENTROID:
        found = _with_halves_resolved(found, width)
    return _without_gaps(found, float(power[0]), width)


def _strength(frequency: float, width: float) -> float:
    """Power that lines of standard deviation ``width`` keep at a frequency, of that at zero."""
    return float(np.exp(-4.0 * (np.pi * width * frequency) ** 2))


def _without_gaps(found: ChargeFinding, whole: float, width: float) -> ChargeFinding:
    """The finding, unless its lines are too faint to be all lines of the ion."""
    size, power, spacing = found.charge_size, found.power, found.spacing_mz
    if size is None or power is None or spacing is None:
        return found
    if power >= _WHOLE_SHARE * whole * _strength(1.0 / spacing, width):
        return found
    reason = "a spacing stands out, but too faintly to be that of all lines"
    return found.model_copy(
        update={"charge_size": None, "reason": reason, "possible": (size, 2 * size)}
    )


def _with_halves_resolved(found: ChargeFinding, width: float) -> ChargeFinding:
    """The finding, unless lines at half its spacing would have been made one centroid."""
    size = found.charge_size
    if size is None or 2 * size * width <= _APART * SIGMA_PER_FWHM:
        return found
    reason = "centroids of stronger lines may have swallowed those between"
    return found.model_copy(
        update={"charge_size": None, "reason": reason, "possible": (size, 2 * size)}
    )


def _without_background(intensity: FloatArray) -> FloatArray:
    """What stands above the straight line through both ends."""
    edge = max(2, intensity.size // 40)
    line = np.linspace(np.median(intensity[:edge]), np.median(intensity[-edge:]), intensity.size)
    result: FloatArray = intensity - line
    return result


def _spread(mz: FloatArray, data: FloatArray) -> float:
    """Standard deviation in m/z of the signal along the window."""
    weights = np.clip(data, 0.0, None)
    total = float(weights.sum())
    if total <= 0.0:
        return float(mz[-1] - mz[0])
    centre = float(weights @ mz) / total
    return max(float(np.sqrt(weights @ (mz - centre) ** 2 / total)), float(mz[1] - mz[0]))


def _periodogram(region: Region, data: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Frequencies in lines per m/z, ten times finer than the window resolves, and their power."""
    spectrum = np.fft.rfft(data * np.hanning(data.size), n=10 * data.size)
    frequencies = np.fft.rfftfreq(10 * data.size, d=region.step_mz).astype(np.float64)
    power: FloatArray = np.abs(spectrum) ** 2
    return frequencies, power


def _judged(
    frequencies: FloatArray, power: FloatArray, sizes: list[int], length: float
) -> ChargeFinding:
    peaks = {size: _peak(frequencies, power, size) for size in sizes}
    level = float(np.median(power)) / np.log(2.0)
    strongest = max(height for _, height in peaks.values())
    if level <= 0.0 or strongest <= 0.0:
        return ChargeFinding(charge_size=None, reason="the window shows no lines at all")
    chance = float(min(1.0, max(1.0, length * sizes[-1]) * np.exp(-strongest / level)))
    if chance > _CHANCE:
        reason = "no spacing stands out: isotopes not resolved, or too near the noise"
        return ChargeFinding(charge_size=None, reason=reason, chance=chance)
    clear = [size for size in sizes if peaks[size][1] > _CLEAR_SHARE * strongest]
    lowest = clear[0]
    fainter = [
        size for size in sizes if size < lowest and peaks[size][1] > _DOUBT_SHARE * strongest
    ]
    others = [size for size in clear if size % lowest]
    spacing = 1.0 / peaks[lowest][0]
    if fainter or others:
        return ChargeFinding(
            charge_size=None, reason="lines of several charges stand in this window",
            spacing_mz=spacing, chance=chance, possible=tuple(sorted({*fainter, lowest, *others})),
        )  # fmt: skip
    return ChargeFinding(
        charge_size=lowest, reason=f"lines stand {spacing:.4f} m/z apart", spacing_mz=spacing,
        chance=chance, power=peaks[lowest][1], possible=(lowest,),
    )  # fmt: skip


def _peak(frequencies: FloatArray, power: FloatArray, size: int) -> tuple[float, float]:
    """Frequency and power of the highest place that a charge of this size allows."""
    allowed = (frequencies >= size / _SPACING_DA[1]) & (frequencies <= size / _SPACING_DA[0])
    if not allowed.any():
        near = int(np.argmin(np.abs(frequencies - size)))
        return float(frequencies[near]), float(power[near])
    best = int(np.argmax(np.where(allowed, power, -1.0)))
    return float(frequencies[best]), float(power[best])

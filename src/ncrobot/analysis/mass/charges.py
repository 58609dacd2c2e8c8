"""Charges: from the spacing of resolved isotope lines, and from a series of charge states.

Both say when they can't tell. The spacing is found as the lowest frequency (lines per m/z) that
stands out in the periodogram; its overtones are not charges. Only frequencies between two bounds
are looked at: above those that the envelope's own outline has, below those that the instrument's
peak width wipes out. Neighbouring nucleon numbers differ by 0.998 to 1.004 Da (half the distance of
107Ag and 109Ag; that of 12C and 13C). The ion has to hold carbon or sulfur: without them, silver
shows every second line only, and a charge of 2 looks like 1.

Source of the test: a normalized periodogram of noise is exponentially distributed (Scargle,
Astrophys. J. 1982, 263, 835).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ncrobot.analysis.mass.ions import ELECTRON_DA
from ncrobot.analysis.mass.resolution import SIGMA_PER_FWHM, Resolution
from ncrobot.analysis.mass.spectrum import Region, Spectrum, region_of
from ncrobot.model import Document

FloatArray = npt.NDArray[np.float64]

_PROTON_DA = 1.007276466621  # CODATA 2018
_CHANCE = 1e-4
_CLEAR_SHARE = 0.5  # of the strongest peak: an overtone is no stronger than its fundamental
_DOUBT_SHARE = 0.15
_SPACING_DA = (0.994, 1.010)
# A Gauss outline or peak of standard deviation s has exp(-2 (pi s f)^2) left at the frequency f.
_OUTLINE = float(np.sqrt(np.log(1e3) / 2.0) / np.pi)
_BLURRED = float(np.sqrt(np.log(1e2) / 2.0) / np.pi)


class ChargeFinding(Document):
    """Size of a charge, or None with the ``reason``; ``possible`` are those that remain."""

    charge_size: int | None
    reason: str
    spacing_mz: float | None = None
    chance: float | None = None
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
    return _judged(frequencies[inside], power[inside], sizes, high_mz - low_mz)


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
        chance=chance, possible=(lowest,),
    )  # fmt: skip


def _peak(frequencies: FloatArray, power: FloatArray, size: int) -> tuple[float, float]:
    """Frequency and power of the highest place that a charge of this size allows."""
    allowed = (frequencies >= size / _SPACING_DA[1]) & (frequencies <= size / _SPACING_DA[0])
    if not allowed.any():
        near = int(np.argmin(np.abs(frequencies - size)))
        return float(frequencies[near]), float(power[near])
    best = int(np.argmax(np.where(allowed, power, -1.0)))
    return float(frequencies[best]), float(power[best])


class Carrier(StrEnum):
    """What makes one charge state from the next: electrons alone, or cations and protons."""

    ELECTRON = "electron"
    PROTON = "proton"
    SODIUM = "sodium"
    CAESIUM = "caesium"

    @property
    def mass_da(self) -> float:
        """Mass of what comes with each positive charge (goes with each negative one)."""
        return {
            "electron": -ELECTRON_DA,
            "proton": _PROTON_DA,
            "sodium": 22.989218,  # 22.9897693 (AME 2020) less one electron
            "caesium": 132.904903,  # 132.9054520 (AME 2020) less one electron
        }[self.value]


class ChargeSeries(Document):
    """Charges of envelopes that are one species; ``charges`` in the order of the places given."""

    charges: tuple[int, ...] | None
    mass_da: float | None = None
    mass_spread_da: float | None = None
    reason: str = ""
    alternatives: tuple[tuple[int, ...], ...] = Field(default=())


def charges_from_series(
    mean_mz: Sequence[float],
    polarity: int,
    *,
    carrier: Carrier = Carrier.PROTON,
    tolerance_ppm: float = 50.0,
    highest: int = 20,
) -> ChargeSeries:
    """Charges of neighbouring envelopes of one species: each has one charge more than the next.

    ``mean_mz`` are the mean m/z of whole envelopes; ``polarity`` is +1 or -1. The masses that the
    charges give have to agree within the tolerance, and no other series may.

    Raises:
        ValueError: there are fewer than two places, or the polarity is neither +1 nor -1.
    """
    places = np.asarray(mean_mz, dtype=np.float64)
    if places.size < 2 or polarity not in {1, -1}:
        raise ValueError("a series needs two or more places and a polarity of +1 or -1")
    order = np.argsort(-places)
    fits = []
    for lowest in range(1, highest - places.size + 2):
        sizes = np.empty(places.size, dtype=np.int64)
        sizes[order] = lowest + np.arange(places.size)
        masses = sizes * places - polarity * sizes * carrier.mass_da
        spread = float(masses.max() - masses.min())
        fits.append((spread / float(masses.mean()) * 1e6, sizes, masses))
    fits.sort(key=lambda fit: fit[0])
    good = [fit for fit in fits if fit[0] <= tolerance_ppm]
    if not good:
        reason = f"no series of charges gives one mass within {tolerance_ppm:g} ppm"
        return ChargeSeries(charges=None, reason=reason)
    if len(good) > 1:
        all_of_them = tuple(tuple(int(polarity * z) for z in fit[1]) for fit in good)
        reason = "several series of charges give one mass within the tolerance"
        return ChargeSeries(charges=None, reason=reason, alternatives=all_of_them)
    _, sizes, masses = good[0]
    return ChargeSeries(
        charges=tuple(int(polarity * z) for z in sizes), mass_da=float(masses.mean()),
        mass_spread_da=float(np.ptp(masses)), reason="one series of charges gives one mass",
    )  # fmt: skip

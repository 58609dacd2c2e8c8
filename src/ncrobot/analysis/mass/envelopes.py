"""Envelopes: the isotope pattern of an ion on the m/z axis, as an instrument would show it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ncrobot.analysis.mass.ions import Ion
from ncrobot.analysis.mass.isotopes import isotope_pattern, monoisotopic_mass_da
from ncrobot.analysis.mass.resolution import SIGMA_PER_FWHM, Resolution

FloatArray = npt.NDArray[np.float64]

_REACH_SIGMA = 6.0  # a Gauss peak is 1e-8 of its height there


@dataclass(frozen=True, slots=True, eq=False)
class Envelope:
    """Lines of an ion, light to heavy: ``mz``, ``abundance`` (sums to ``kept``) and ``spread_mz``.

    All have the shape (n,). ``kept`` is the share of all ions that these lines hold.
    """

    ion: Ion
    mz: FloatArray
    abundance: FloatArray
    spread_mz: FloatArray
    kept: float

    @property
    def mean_mz(self) -> float:
        """Mean m/z weighted by abundance."""
        return float(np.average(self.mz, weights=self.abundance))

    @property
    def strongest_mz(self) -> float:
        """m/z of the strongest line; a single line is no identification."""
        return float(self.mz[int(np.argmax(self.abundance))])

    @property
    def spacing_mz(self) -> float:
        """Mean distance in m/z between lines of neighbouring nucleon number; 0 for one line."""
        if self.mz.size < 2:
            return 0.0
        steps = np.rint(np.diff(self.mz) * self.ion.size_of_charge)
        return float((self.mz[-1] - self.mz[0]) / max(1.0, steps.sum()))

    def sigma_mz(self, resolution: Resolution) -> FloatArray:
        """Standard deviation in m/z of each line as the instrument shows it; shape (n,)."""
        instrument = resolution.fwhm(self.mz) * SIGMA_PER_FWHM
        total: FloatArray = np.hypot(instrument, self.spread_mz)
        return total

    def window(self, resolution: Resolution) -> tuple[float, float]:
        """Lowest and highest m/z that the envelope reaches at this resolving power."""
        reach = _REACH_SIGMA / 2.0 * self.sigma_mz(resolution)
        return float((self.mz - reach).min()), float((self.mz + reach).max())

    def profile(self, mz: FloatArray, resolution: Resolution) -> FloatArray:
        """Share of ions per m/z at each place of ``mz``; shape as ``mz``, area ``kept``."""
        sigma = self.sigma_mz(resolution)
        total = np.zeros(mz.shape)
        order = np.asarray(mz, dtype=np.float64)
        is_sorted = bool(np.all(np.diff(order) >= 0.0))
        for place, share, width in zip(self.mz, self.abundance, sigma, strict=True):
            part = slice(None)
            if is_sorted:
                reach = _REACH_SIGMA * width
                low, high = np.searchsorted(order, (place - reach, place + reach))
                part = slice(int(low), int(high))
            scaled = (order[part] - place) / width
            total[part] += share / (width * np.sqrt(2.0 * np.pi)) * np.exp(-0.5 * scaled * scaled)
        return total

    def contrast(self, resolution: Resolution) -> float:
        """How deep the valleys between neighbouring lines are, 0 (none) to 1 (down to nothing).

        Modulation of a comb of Gauss peaks of one width: its first Fourier coefficient.
        """
        spacing = self.spacing_mz
        if spacing <= 0.0:
            return 1.0
        width = float(np.average(self.sigma_mz(resolution), weights=self.abundance))
        return float(min(1.0, 2.0 * np.exp(-2.0 * (np.pi * width / spacing) ** 2)))


def envelope(ion: Ion, *, least_share: float = 1e-4) -> Envelope:
    """Envelope of an ion; lines below ``least_share`` of the strongest are left out.

    Raises:
        ValueError: the ion has no charge.
    """
    pattern = isotope_pattern(ion)
    strong = pattern.abundance >= least_share * pattern.abundance.max()
    size = ion.size_of_charge
    offset = ion.mz_of_mass(0.0)
    return Envelope(
        ion,
        pattern.mass_da[strong] / size + offset,
        pattern.abundance[strong],
        pattern.spread_da[strong] / size,
        float(pattern.abundance[strong].sum()),
    )


def monoisotopic_mz(ion: Ion) -> float:
    """m/z with the most abundant isotope of each element; in silver clusters it is hardly seen.

    Raises:
        ValueError: the ion has no charge.
    """
    return ion.mz_of_mass(monoisotopic_mass_da(ion.counts))

"""What an ESI mass spectrometer would show of a sample: envelopes of isotope lines, with noise.

An envelope follows from the formula of the ion. Where only its mean m/z is known, it is drawn as a
normal distribution, one line for each dalton.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ncrobot_sim.chemistry.constants import Ion, ParameterSet
from ncrobot_sim.chemistry.imperfections import chance_of
from ncrobot_sim.chemistry.isotopes import lines_of
from ncrobot_sim.chemistry.mixture import Mixture
from ncrobot_sim.chemistry.species import Species

_NEUTRON_DA = 1.00335
"""Distance of isotope lines, as that of carbon-13 and carbon-12."""
_COUNTS_PER_UM = 4e4
"""Counts of one µmol/L of metal in the sprayed solution (assumed)."""
_NOISE = 60.0
"""Counts of chemical noise (assumed)."""
_REACH = 4
"""An envelope is drawn to so many standard deviations."""
_BESIDE = 6.0
_POINTS_IN_A_PEAK = 5
"""A profile is recorded to so many m/z beside an envelope, with so many points in a peak's width.
"""


@dataclass(frozen=True, slots=True)
class MassSpectrum:
    """Counts against m/z, as lines."""

    mz: NDArray[np.float64]
    counts: NDArray[np.float64]


def mass_spectrum(
    mixture: Mixture, chemistry: ParameterSet, *, sample: str, dilution: float = 100.0
) -> MassSpectrum:
    """Lines of all ions of a sample that was diluted so many times; some species don't fly."""
    chance = chance_of(chemistry, "ms", sample)
    off_ppm = chance.normal(0.0, chemistry.value["mass_error_ppm"])
    places, heights = [], []
    for name, ions in chemistry.ions.items():
        sprayed_um = 1000.0 * mixture.mm(Species[name.upper()]) / dilution
        for ion in ions if sprayed_um > 0 else ():
            mz, shares = envelope(ion)
            places.append(mz * (1.0 + 1e-6 * off_ppm))
            heights.append(sprayed_um * ion.strength * _COUNTS_PER_UM * shares)
    count = 200
    places.append(chance.uniform(500.0, 8000.0, count))
    heights.append(chance.exponential(_NOISE, count))
    mz, counts = np.concatenate(places), np.concatenate(heights)
    counts = chance.poisson(counts).astype(np.float64)
    order = np.argsort(mz)
    seen = counts[order] > 0
    return MassSpectrum(mz[order][seen], counts[order][seen])


def envelope(ion: Ion) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places (m/z) and shares of the lines of an ion."""
    if ion.formula is not None:
        return lines_of(ion.formula, ion.charge)
    spread_da, mean_mz = ion.spread_da or 1.0, ion.mz or 0.0
    reach = int(np.ceil(_REACH * spread_da))
    da = np.arange(-reach, reach + 1) * _NEUTRON_DA
    shape = np.exp(-0.5 * (da / spread_da) ** 2)
    return mean_mz + da / abs(ion.charge), shape / shape.sum()


def recorded_mz(chemistry: ParameterSet, resolving_power: float) -> NDArray[np.float64]:
    """The m/z (n) at which profiles are recorded: around every ion of the set, finely enough."""
    found = []
    for ions in chemistry.ions.values():
        for ion in ions:
            mz, _ = envelope(ion)
            step = mz[0] / resolving_power / _POINTS_IN_A_PEAK
            found.append(np.arange(mz[0] - _BESIDE, mz[-1] + _BESIDE, step))
    return np.unique(np.concatenate(found)) if found else np.empty(0)

"""What an HPLC with an absorbance detector would draw of a sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx

from ncrobot_sim.chemistry.constants import ParameterSet
from ncrobot_sim.chemistry.imperfections import chance_of
from ncrobot_sim.chemistry.mixture import Mixture
from ncrobot_sim.chemistry.species import Species

_WIDTH_MIN = 0.12
"""Standard deviation of a peak (assumed: some 40 000 plates at 25 min)."""
_TAIL_MIN = 0.08
"""Time constant of its tail (assumed)."""
_PER_MM = 20.0
"""Area in mAU min of one mmol/L of metal (assumed: no method is printed)."""
_NOISE_MAU = 0.05
_DRIFT_MAU = 0.02
"""Noise, and drift of the baseline for each minute (assumed)."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Signal (mAU) against minutes since the injection."""

    minutes: NDArray[np.float64]
    mau: NDArray[np.float64]


def chromatogram(
    mixture: Mixture, chemistry: ParameterSet, *, sample: str, run: int = 0, end_min: float = 40.0
) -> Trace:
    """The trace of a sample; ``run`` is its place in the queue, with which the column drifts."""
    minutes = np.arange(0.0, end_min, 0.01)
    chance = chance_of(chemistry, "hplc", sample, run)
    value = chemistry.value
    shift = value["retention_drift_per_run"] * run
    shift += chance.normal(0.0, value["retention_noise_min"])
    mau = _DRIFT_MAU * minutes + chance.normal(0.0, _NOISE_MAU, len(minutes))
    for name, peaks in chemistry.peaks.items():
        concentration_mm = mixture.mm(Species[name.upper()])
        for peak in peaks if concentration_mm > 0 else ():
            area = concentration_mm * peak.strength * _PER_MM
            mau += area * _shape(minutes, peak.minutes + shift)
    return Trace(minutes, mau)


def _shape(minutes: NDArray[np.float64], centre_min: float) -> NDArray[np.float64]:
    """A Gaussian with an exponential tail, of area 1.

    E. Grushka, Anal. Chem. 1972, 44, 1733; written with erfcx, which doesn't overflow.
    """
    z = (_WIDTH_MIN / _TAIL_MIN - (minutes - centre_min) / _WIDTH_MIN) / np.sqrt(2.0)
    bell = np.exp(-0.5 * ((minutes - centre_min) / _WIDTH_MIN) ** 2)
    # Far out on the left erfcx is tiny, on the right it grows as the bell falls: cap it there.
    return np.asarray(bell * erfcx(np.maximum(z, -25.0)) / (2.0 * _TAIL_MIN))

"""UV-vis absorbance of a mixture, before any instrument has looked at it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ncrobot_sim.chemistry.constants import ParameterSet
from ncrobot_sim.chemistry.mixture import Mixture
from ncrobot_sim.chemistry.species import Species

_EV_NM = 1239.84
_SCATTER_NM = 500.0


def absorbance(
    mixture: Mixture, wavelengths_nm: Sequence[float], chemistry: ParameterSet, path_cm: float
) -> NDArray[np.float64]:
    """Absorbance (AU) at wavelengths (n): Beer's law over all bands, and what solids scatter."""
    nm = np.asarray(wavelengths_nm, dtype=np.float64)
    energy_ev = _EV_NM / nm
    total = np.zeros(len(nm))
    for name, bands in chemistry.bands.items():
        concentration_mm = mixture.mm(Species[name.upper()])
        for band in bands if concentration_mm > 0 else ():
            off = (energy_ev - _EV_NM / band.nm) / band.width_ev
            total += concentration_mm * band.strength * np.exp(-(off**2))
    # Particles about as large as the wavelength scatter less steeply than Rayleigh's fourth power.
    solid = mixture.mm(Species.SOLID) * chemistry.value["turbidity"]
    total += solid * (_SCATTER_NM / nm) ** 2
    return np.asarray(total * path_cm)


def path_cm(volume_ul: float, chemistry: ParameterSet) -> float:
    """How deep the liquid stands in a flat-bottomed well."""
    return volume_ul / chemistry.value["well_area_mm2"] / 10.0

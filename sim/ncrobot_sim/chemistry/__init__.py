"""A response model of cluster synthesis: a test object for loops, never a prediction.

What the arm and the pumps of the simulated world bring to a well, and when, is turned into amounts
of species by a small kinetic model, and these into UV-vis spectra, HPLC traces and ESI mass spectra
as imperfect instruments show them. Its constants are in files; each has a source or says why it is
assumed. Other files, unseen by whoever tunes a loop, can be given in their place.
"""

from ncrobot_sim.chemistry.chromatograms import chromatogram
from ncrobot_sim.chemistry.constants import (
    ChemistryError,
    Constant,
    ParameterSet,
    load_set,
    shipped_sets,
)
from ncrobot_sim.chemistry.ions import mass_spectrum
from ncrobot_sim.chemistry.mixture import Mixture, Surroundings
from ncrobot_sim.chemistry.species import METAL_SPECIES, Species
from ncrobot_sim.chemistry.spectra import absorbance
from ncrobot_sim.chemistry.twin import Twin

__all__ = [
    "METAL_SPECIES",
    "ChemistryError",
    "Constant",
    "Mixture",
    "ParameterSet",
    "Species",
    "Surroundings",
    "Twin",
    "absorbance",
    "chromatogram",
    "load_set",
    "mass_spectrum",
    "shipped_sets",
]

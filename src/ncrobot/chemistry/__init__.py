"""Species, formula weights, amounts, decay, acidity and hazards: pure functions and facts."""

from ncrobot.chemistry.amounts import (
    ELECTRONS_PER_BOROHYDRIDE,
    amount_umol_from_mass,
    amount_umol_from_neat_volume,
    concentration_from_weighed,
    equivalents,
    mass_mg_to_weigh,
    neat_concentration_mol_per_l,
    reductant_umol_for_electrons,
    volume_ul_for_amount,
)
from ncrobot.chemistry.compatibility import Compatibility, Verdict, compatibility
from ncrobot.chemistry.decay import FixedLife, HydrideDecay, NoDecay
from ncrobot.chemistry.formula import (
    LIGAND_FRAGMENTS,
    FormulaError,
    atoms_of,
    element_counts,
    molar_mass_g_per_mol,
    mz,
    optical_gap_ev,
    valence_electrons,
)
from ncrobot.chemistry.hazards import (
    HazardFinding,
    HazardSeverity,
    hazards_of_addition,
    hazards_of_vessel,
    hydrogen_ul,
)
from ncrobot.chemistry.ph import BufferComponent, PhError, dose_for_ph, ph_of
from ncrobot.chemistry.ratio import Ratio

__all__ = [
    "ELECTRONS_PER_BOROHYDRIDE",
    "LIGAND_FRAGMENTS",
    "BufferComponent",
    "Compatibility",
    "FixedLife",
    "FormulaError",
    "HazardFinding",
    "HazardSeverity",
    "HydrideDecay",
    "NoDecay",
    "PhError",
    "Ratio",
    "Verdict",
    "amount_umol_from_mass",
    "amount_umol_from_neat_volume",
    "atoms_of",
    "compatibility",
    "concentration_from_weighed",
    "dose_for_ph",
    "element_counts",
    "equivalents",
    "hazards_of_addition",
    "hazards_of_vessel",
    "hydrogen_ul",
    "mass_mg_to_weigh",
    "molar_mass_g_per_mol",
    "mz",
    "neat_concentration_mol_per_l",
    "optical_gap_ev",
    "ph_of",
    "reductant_umol_for_electrons",
    "valence_electrons",
    "volume_ul_for_amount",
]

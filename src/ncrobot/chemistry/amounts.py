"""Amounts: masses, volumes, concentrations and equivalents turned into each other.

Units: µmol, µL, mg, mol/L (which is µmol/µL), g/mL, g/mol. ``assay`` is the mass fraction of the
pure substance in what is weighed or measured.
"""

from __future__ import annotations

ELECTRONS_PER_BOROHYDRIDE = 8
"""Electrons that one NaBH4 can deliver (Nanoscale Horiz. 2025, 10, 2304, caption of Fig. 12)."""


def amount_umol_from_mass(mass_mg: float, molar_mass: float, assay: float = 1.0) -> float:
    """µmol in a weighed mass."""
    return mass_mg * assay / molar_mass * 1000.0


def amount_umol_from_neat_volume(
    volume_ul: float, density_g_per_ml: float, molar_mass: float, assay: float = 1.0
) -> float:
    """µmol in a volume of a neat liquid."""
    return amount_umol_from_mass(volume_ul * density_g_per_ml, molar_mass, assay)


def neat_concentration_mol_per_l(
    density_g_per_ml: float, molar_mass: float, assay: float = 1.0
) -> float:
    """Concentration in mol/L of a neat liquid."""
    return density_g_per_ml * 1000.0 * assay / molar_mass


def concentration_from_weighed(
    mass_mg_per_ml: float, molar_mass: float, assay: float = 1.0
) -> float:
    """Concentration in mol/L of a solution made by weighing."""
    return mass_mg_per_ml * assay / molar_mass


def volume_ul_for_amount(amount_umol: float, concentration_mol_per_l: float) -> float:
    """µL of a stock that bring an amount.

    Raises:
        ZeroDivisionError: the stock holds nothing.
    """
    return amount_umol / concentration_mol_per_l


def mass_mg_to_weigh(
    volume_ul: float, concentration_mol_per_l: float, molar_mass: float, assay: float = 1.0
) -> float:
    """Mg of solid for a volume of a stock; the assay makes it more."""
    return volume_ul * concentration_mol_per_l * molar_mass / 1000.0 / assay


def equivalents(amount_umol: float, reference_umol: float) -> float:
    """Moles per mole of the reference.

    Raises:
        ZeroDivisionError: there is no reference.
    """
    return amount_umol / reference_umol


def reductant_umol_for_electrons(
    metal_umol: float, electrons_per_metal: float, electrons_per_molecule: int
) -> float:
    """µmol of a reductant that offer a number of electrons per metal atom."""
    return metal_umol * electrons_per_metal / electrons_per_molecule

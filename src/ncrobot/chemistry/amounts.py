"""Amounts: masses, volumes, concentrations and ratios turned into each other.

Units: µmol, µL, mg, mol/L (which is µmol/µL), g/mL, g/mol. ``assay`` is the mass fraction of the
pure substance in what is weighed or measured. Amounts may be 0; what is divided by may not.
"""

from __future__ import annotations

import math

from ncrobot.chemistry.ratio import Ratio

ELECTRONS_PER_BOROHYDRIDE = 8
"""Electrons that one NaBH4 can deliver (Nanoscale Horiz. 2025, 10, 2304, caption of Fig. 12)."""


class AmountError(ValueError):
    """A quantity is out of the range in which it means anything; the message names it."""


def _at_least_0(name: str, value: float, unit: str) -> float:
    if not (math.isfinite(value) and value >= 0.0):
        raise AmountError(f"{name} is {value:g} {unit}; it must be 0 or more")
    return value


def _above_0(name: str, value: float, unit: str) -> float:
    if not (math.isfinite(value) and value > 0.0):
        raise AmountError(f"{name} is {value:g} {unit}; it must be more than 0")
    return value


def _fraction(assay: float) -> float:
    if not 0.0 < assay <= 1.0:
        raise AmountError(f"the assay is {assay:g}; it must be more than 0 and at most 1 (100 %)")
    return assay


def amount_umol_from_mass(mass_mg: float, molar_mass: float, assay: float = 1.0) -> float:
    """µmol in a weighed mass.

    Raises:
        AmountError: a quantity is out of range.
    """
    pure_mg = _at_least_0("the mass", mass_mg, "mg") * _fraction(assay)
    return pure_mg / _above_0("the molar mass", molar_mass, "g/mol") * 1000.0


def amount_umol_from_neat_volume(
    volume_ul: float, density_g_per_ml: float, molar_mass: float, assay: float = 1.0
) -> float:
    """µmol in a volume of a neat liquid.

    Raises:
        AmountError: a quantity is out of range.
    """
    density = _above_0("the density", density_g_per_ml, "g/mL")
    mass_mg = _at_least_0("the volume", volume_ul, "µL") * density
    return amount_umol_from_mass(mass_mg, molar_mass, assay)


def amount_umol_in_solution(volume_ul: float, concentration_mol_per_l: float) -> float:
    """µmol in a volume of a solution.

    Raises:
        AmountError: a quantity is out of range.
    """
    concentration = _at_least_0("the concentration", concentration_mol_per_l, "mol/L")
    return _at_least_0("the volume", volume_ul, "µL") * concentration


def mass_mg_of_amount(amount_umol: float, molar_mass: float, assay: float = 1.0) -> float:
    """Mg to weigh for an amount; the assay makes it more.

    Raises:
        AmountError: a quantity is out of range.
    """
    amount = _at_least_0("the amount", amount_umol, "µmol")
    return amount * _above_0("the molar mass", molar_mass, "g/mol") / 1000.0 / _fraction(assay)


def neat_concentration_mol_per_l(
    density_g_per_ml: float, molar_mass: float, assay: float = 1.0
) -> float:
    """Concentration in mol/L of a neat liquid.

    Raises:
        AmountError: a quantity is out of range.
    """
    density = _above_0("the density", density_g_per_ml, "g/mL")
    return density * 1000.0 * _fraction(assay) / _above_0("the molar mass", molar_mass, "g/mol")


def concentration_from_weighed(
    mass_mg_per_ml: float, molar_mass: float, assay: float = 1.0
) -> float:
    """Concentration in mol/L of a solution made by weighing.

    Raises:
        AmountError: a quantity is out of range.
    """
    weighed = _at_least_0("the mass concentration", mass_mg_per_ml, "mg/mL")
    return weighed * _fraction(assay) / _above_0("the molar mass", molar_mass, "g/mol")


def concentration_mol_per_l(amount_umol: float, volume_ul: float) -> float:
    """Concentration in mol/L of an amount in a volume.

    Raises:
        AmountError: a quantity is out of range.
    """
    amount = _at_least_0("the amount", amount_umol, "µmol")
    return amount / _above_0("the volume", volume_ul, "µL")


def volume_ul_for_amount(amount_umol: float, concentration_mol_per_l: float) -> float:
    """µL of a stock that bring an amount.

    Raises:
        AmountError: a quantity is out of range; a stock that holds nothing brings nothing.
    """
    amount = _at_least_0("the amount", amount_umol, "µmol")
    return amount / _above_0("the concentration", concentration_mol_per_l, "mol/L")


def mass_mg_to_weigh(
    volume_ul: float, concentration_mol_per_l: float, molar_mass: float, assay: float = 1.0
) -> float:
    """Mg of solid for a volume of a stock; the assay makes it more.

    Raises:
        AmountError: a quantity is out of range.
    """
    amount_umol = amount_umol_in_solution(volume_ul, concentration_mol_per_l)
    return mass_mg_of_amount(amount_umol, molar_mass, assay)


def equivalents(amount_umol: float, reference_umol: float, *, of: str, per: str) -> Ratio:
    """Moles of one substance per mole of another, with its direction.

    Raises:
        AmountError: a quantity is out of range; there must be some of the reference.
    """
    amount = _at_least_0(f"the amount of {of}", amount_umol, "µmol")
    reference = _above_0(f"the amount of {per}", reference_umol, "µmol")
    return Ratio(amount / reference, of, per)


def reductant_umol_for_electrons(
    metal_umol: float, electrons_per_metal: float, electrons_per_molecule: int
) -> float:
    """µmol of a reductant that offer a number of electrons per metal atom.

    Raises:
        AmountError: a quantity is out of range.
    """
    metal = _at_least_0("the amount of metal", metal_umol, "µmol")
    offered = _at_least_0("the offer", electrons_per_metal, "electrons per metal")
    each = _above_0("the reductant's yield", electrons_per_molecule, "electrons per molecule")
    return metal * offered / each


def electrons_per_metal(
    reductant_umol: float, electrons_per_molecule: int, metal_umol: float
) -> float:
    """Electrons that an amount of reductant offers per metal atom.

    Raises:
        AmountError: a quantity is out of range.
    """
    reductant = _at_least_0("the amount of reductant", reductant_umol, "µmol")
    each = _above_0("the reductant's yield", electrons_per_molecule, "electrons per molecule")
    return reductant * each / _above_0("the amount of metal", metal_umol, "µmol")


def yield_fraction(obtained_umol: float, theoretical_umol: float) -> float:
    """What was obtained, as a share of what could be.

    Raises:
        AmountError: a quantity is out of range.
    """
    obtained = _at_least_0("the amount obtained", obtained_umol, "µmol")
    return obtained / _above_0("the theoretical amount", theoretical_umol, "µmol")


def theoretical_product_umol(reactant_umol: float, atoms_per_product: int) -> float:
    """µmol of a cluster if all of a reactant's atoms end in it.

    Raises:
        AmountError: a quantity is out of range.
    """
    reactant = _at_least_0("the amount of reactant", reactant_umol, "µmol")
    return reactant / _above_0("the number of atoms", atoms_per_product, "per product")

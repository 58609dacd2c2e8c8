"""Formulas: molar masses, atoms, mass-to-charge ratios, electron counts and optical gaps.

Masses are average masses: each element's standard atomic weight as kept by the molmass library.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

from molmass import Formula

from ncrobot.chemistry._formula_reader import FormulaError, Reading, read_formula
from ncrobot.chemistry.fragments import LIGAND_FRAGMENTS, ORGANIC_GROUPS

__all__ = [
    "FormulaError",
    "atoms_of",
    "charge_of",
    "element_counts",
    "molar_mass_g_per_mol",
    "mz",
    "optical_gap_ev",
    "valence_electrons",
]

_ELECTRON_G_PER_MOL = 5.48579909e-4  # CODATA 2018
_HC_EV_NM = 1239.84  # Planck constant times speed of light, in eV nm
_FRAGMENTS = {**ORGANIC_GROUPS, **LIGAND_FRAGMENTS}


@lru_cache(maxsize=1024)
def _read(formula: str, fragments: tuple[tuple[str, str], ...]) -> Reading:
    return read_formula(formula, dict(fragments))


def _reading(formula: str, abbreviations: Mapping[str, str] | None) -> Reading:
    return _read(formula, tuple({**_FRAGMENTS, **(abbreviations or {})}.items()))


@lru_cache(maxsize=256)
def _atomic_mass(element: str) -> float:
    return float(Formula(element).mass)


def element_counts(
    formula: str, *, abbreviations: Mapping[str, str] | None = None
) -> dict[str, int]:
    """Atoms of each element in one formula unit; deuterium is D.

    ``abbreviations`` stand beside the known ones, and before them if they share a name.

    Raises:
        FormulaError: the formula can't be read.
    """
    return dict(_reading(formula, abbreviations).counts)


def atoms_of(formula: str, element: str, *, abbreviations: Mapping[str, str] | None = None) -> int:
    """Atoms of one element in one formula unit.

    Raises:
        FormulaError: the formula can't be read.
    """
    return _reading(formula, abbreviations).counts.get(element, 0)


def charge_of(formula: str, *, abbreviations: Mapping[str, str] | None = None) -> int | None:
    """Charge as written in a formula, or None if none is written.

    Raises:
        FormulaError: the formula can't be read.
    """
    return _reading(formula, abbreviations).charge


def molar_mass_g_per_mol(formula: str, *, abbreviations: Mapping[str, str] | None = None) -> float:
    """Average molar mass in g/mol; the electrons of a charge are not counted.

    Raises:
        FormulaError: the formula can't be read.
    """
    counts = _reading(formula, abbreviations).counts
    return math.fsum(_atomic_mass(element) * count for element, count in counts.items())


def mz(
    species: str | Mapping[str, int],
    charge: int | None = None,
    *,
    abbreviations: Mapping[str, str] | None = None,
) -> float:
    """Average mass-to-charge ratio of an ion: its mass, electrons counted, per size of its charge.

    ``species`` is a formula, or parts and their numbers such as ``{"Ag": 29, "BDT": 12}``.
    ``charge`` may be left out if the formula has it. The electrons matter in the fourth digit
    behind the point only.

    Raises:
        FormulaError: a formula can't be read.
        ValueError: the charge is 0, missing, or another than the one written.
    """
    written = charge_of(species, abbreviations=abbreviations) if isinstance(species, str) else None
    parts = {species: 1} if isinstance(species, str) else species
    if charge is not None and written is not None and charge != written:
        raise ValueError(f"{species!r} has the charge {written:+d}, not {charge:+d}")
    net = written if charge is None else charge
    if not net:
        raise ValueError(f"{species!r} has no charge, and so no m/z; give its charge")
    mass = math.fsum(
        number * molar_mass_g_per_mol(part, abbreviations=abbreviations)
        for part, number in parts.items()
    )
    return (mass - net * _ELECTRON_G_PER_MOL) / abs(net)


def valence_electrons(one_electron_metals: int, ligand_bonds: int, charge: int) -> int:
    """Free valence electrons N* = n - m - q of a cluster.

    Source: Nanoscale Horiz. 2025, 10, 2304, section 2.1. Au, Ag and Cu count one each, a central
    Pd or Pt none; each thiolate or halide bond takes one; phosphines take none.
    """
    return one_electron_metals - ligand_bonds - charge


def optical_gap_ev(wavelength_nm: float) -> float:
    """Energy in eV of an absorption at a wavelength in nm.

    Raises:
        ValueError: the wavelength is not positive.
    """
    if not wavelength_nm > 0.0:
        raise ValueError(f"a wavelength of {wavelength_nm:g} nm has no energy; give one above 0 nm")
    return _HC_EV_NM / wavelength_nm

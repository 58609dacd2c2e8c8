"""Formulas: molar masses, atoms, mass-to-charge ratios, electron counts and optical gaps.

Molar masses come from the molmass library (IUPAC standard atomic weights); this module reads what
chemists write: hydrates, Unicode subscripts, charges, and ligand abbreviations in clusters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from molmass import Formula
from molmass import FormulaError as MolmassError

# Ligands as they sit on a cluster: the thiol(s) without the hydrogen of each S-H.
# DMBT stands for either the 2,4- or the 3,5-dimethylbenzenethiolate; their masses are equal.
LIGAND_FRAGMENTS: Mapping[str, str] = {
    "DMBT": "C8H9S",
    "PET": "C8H9S",
    "BDT": "C6H4S2",
    "BDTA": "C7H4O2S2",
    "TBBT": "C10H13S",
    "PDT": "C3H6S2",
    "BuDT": "C4H8S2",
    "PPh3": "C18H15P",
    "PPh4": "C24H20P",
    "SG": "C10H16N3O6S",
    "MHA": "C6H11O2S",
    "MBA": "C7H5O2S",
    "OAc": "C2H3O2",
    "Ph": "C6H5",
}
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_CHARGE = re.compile(r"(?<=[\])])(\d*)([+-])\Z")
_HYDRATE = re.compile(r"[·•∙⋅*.]\s*(\d*)\s*(H2O|D2O)\Z")
_ELECTRON_G_PER_MOL = 5.48579909e-4  # CODATA 2018
_HC_EV_NM = 1239.84  # Planck constant times speed of light, in eV nm


class FormulaError(ValueError):
    """A formula can't be read; the message says where and what would do."""


def _expand(formula: str, abbreviations: Mapping[str, str]) -> str:
    text = formula.translate(_SUBSCRIPTS).translate(_SUPERSCRIPTS).replace(" ", "")
    text = _CHARGE.sub("", text)
    text = text.rstrip("+-") if not text.startswith("[") else text.strip("[]")
    hydrate = _HYDRATE.search(text)
    tail = ""
    if hydrate:
        count = hydrate[1] or "1"
        text, tail = text[: hydrate.start()], f"({hydrate[2]}){count}"
    for name in sorted(abbreviations, key=len, reverse=True):
        text = re.sub(rf"{re.escape(name)}(?![a-z])", f"({abbreviations[name]})", text)
    return text + tail


@lru_cache(maxsize=1024)
def _composition(formula: str, abbreviations: tuple[tuple[str, str], ...]) -> dict[str, int]:
    expanded = _expand(formula, dict(abbreviations))
    try:
        items = Formula(expanded).composition().items()
        counts = {str(symbol): int(item.count) for symbol, item in items}
    except (MolmassError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise FormulaError(
            f"the formula {formula!r} can't be read: {reason}; "
            "write it like HAuCl4·3H2O or [Ag25(DMBT)18]-"
        ) from error
    return counts


@lru_cache(maxsize=256)
def _atomic_mass(element: str) -> float:
    return float(Formula(element).mass)


def _table(abbreviations: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    return tuple((abbreviations if abbreviations is not None else LIGAND_FRAGMENTS).items())


def element_counts(
    formula: str, *, abbreviations: Mapping[str, str] | None = None
) -> dict[str, int]:
    """Atoms of each element in one formula unit; the charge is ignored.

    Raises:
        FormulaError: the formula can't be read.
    """
    return dict(_composition(formula, _table(abbreviations)))


def atoms_of(formula: str, element: str) -> int:
    """Atoms of one element in one formula unit.

    Raises:
        FormulaError: the formula can't be read.
    """
    return element_counts(formula).get(element, 0)


def molar_mass_g_per_mol(formula: str, *, abbreviations: Mapping[str, str] | None = None) -> float:
    """Average molar mass in g/mol.

    Raises:
        FormulaError: the formula can't be read.
    """
    counts = _composition(formula, _table(abbreviations))
    return sum(_atomic_mass(element) * count for element, count in counts.items())


def mz(formula: str, charge: int) -> float:
    """Average mass-to-charge ratio of an ion; the mass of its lost or extra electrons counts.

    Raises:
        FormulaError: the formula can't be read.
        ValueError: the charge is 0.
    """
    if charge == 0:
        raise ValueError("a neutral species has no m/z")
    return (molar_mass_g_per_mol(formula) - charge * _ELECTRON_G_PER_MOL) / abs(charge)


def valence_electrons(one_electron_metals: int, ligand_bonds: int, charge: int) -> int:
    """Free valence electrons N* = n - m - q of a cluster.

    Source: Nanoscale Horiz. 2025, 10, 2304, section 2.1. Au, Ag and Cu count one each, a central
    Pd or Pt none; each thiolate or halide bond takes one; phosphines take none.
    """
    return one_electron_metals - ligand_bonds - charge


def optical_gap_ev(wavelength_nm: float) -> float:
    """Energy in eV of an absorption at a wavelength in nm."""
    return _HC_EV_NM / wavelength_nm

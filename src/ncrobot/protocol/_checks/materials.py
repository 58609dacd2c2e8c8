"""Materials: formulas that can be read, and molar masses that agree with them."""

from __future__ import annotations

import re

from ncrobot.chemistry import FormulaError, molar_mass_g_per_mol
from ncrobot.protocol._parts import Parts
from ncrobot.protocol.materials import Material

# Rounded atomic weights differ by less; a missing hydrate water by more.
_AGREEMENT = 0.005
# "AgN03" reads as nitrogen three times over; nobody writes a count with a leading zero.
_ZERO_FOR_OXYGEN = re.compile(r"(?<![0-9])0")


def check_materials(parts: Parts) -> None:
    """Report formulas that no chemist would read, and masses that contradict them."""
    for name, material in parts.materials.items():
        if material is not None and material.formula is not None:
            _check_formula(parts, name, material, material.formula)


def _check_formula(parts: Parts, name: str, material: Material, formula: str) -> None:
    path = ("materials", name, "formula")
    label = parts.label(path)
    if _ZERO_FOR_OXYGEN.search(formula):
        meant = _ZERO_FOR_OXYGEN.sub("O", formula)
        parts.error(
            path,
            "unreadable-formula",
            f"{label} has a count that begins with the digit 0",
            found=formula,
            fix=f"write {meant} if oxygen is meant",
        )
        return
    try:
        mass = molar_mass_g_per_mol(formula)
    except FormulaError as error:
        parts.error(path, "unreadable-formula", f"{label}: {error}", found=formula)
        return
    stated = material.molar_mass.value if material.molar_mass is not None else None
    if stated is not None and abs(stated - mass) > _AGREEMENT * mass:
        parts.warn(
            ("materials", name, "molar_mass"),
            "molar-mass-differs",
            f"material {name} has a molar_mass of {stated:g} g/mol, but its formula gives "
            f"{mass:.2f} g/mol; the stated one is used",
            fix="leave the molar_mass out, or correct the formula (crystal water?)",
        )

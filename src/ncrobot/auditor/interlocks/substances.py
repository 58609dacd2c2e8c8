"""How much borohydride, acid and water is in a liquid, by the protocol's own materials."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ncrobot.auditor.facts import Case
from ncrobot.auditor.liquid import Liquid
from ncrobot.auditor.strengths import atoms_of, solvents_of
from ncrobot.protocol import Material, Role

# NaBH4 + 2 H2O -> NaBO2 + 4 H2; an ideal gas takes R T / p at 25 °C and 1 atm.
HYDROGEN_UL_PER_UMOL = 4 * 8.314462618 * 298.15 / 101.325
TRACE_UMOL = 1e-9
_ALKALI = frozenset({"Li", "Na", "K", "Rb", "Cs"})
_WRITTEN_AS_HYDRIDE = re.compile("B[HD]4")
# Written by their atoms, however a chemist draws them.
_ACIDS = frozenset(
    frozenset(atoms_of(formula).items())
    for formula in (
        "HF", "HCl", "HBr", "HI", "HNO3", "H2SO4", "HClO4", "H3PO4", "CH2O2", "C2H4O2",
        "C2HF3O2", "C6H8O7",
    )
)  # fmt: skip


def is_hydride(material: Material) -> bool:
    """Whether a material is a tetrahydroborate."""
    formula = material.formula or ""
    atoms = {name: count for name, count in atoms_of(formula).items() if name not in _ALKALI}
    return bool(_WRITTEN_AS_HYDRIDE.search(formula)) or atoms == {"B": 1, "H": 4}


def is_acid(material: Material) -> bool:
    """Whether a material is an acid: by its role, or one that everybody knows."""
    atoms = frozenset(atoms_of(material.formula or "").items())
    return material.role is Role.ACID or atoms in _ACIDS


def is_water(material: Material) -> bool:
    """Whether a material is water."""
    return material.name.casefold().strip() == "water" or material.formula == "H2O"


def hydride_umol(case: Case, liquid: Liquid) -> float:
    """µmol of borohydride that were put into a liquid."""
    amounts, materials = liquid.umol(case.contents), case.protocol.materials
    return sum(umol for name, umol in amounts.items() if is_hydride(materials[name]))


def acid_umol(case: Case, liquid: Liquid) -> float:
    """µmol of acid that were put into a liquid; a solvent that is an acid counts by its µL."""
    amounts, materials = liquid.umol(case.contents), case.protocol.materials
    dissolved = sum(umol for name, umol in amounts.items() if is_acid(materials[name]))
    solvents = solvent_ul(case, liquid).items()
    return dissolved + sum(ul for name, ul in solvents if is_acid(materials[name]))


def solvent_ul(case: Case, liquid: Liquid) -> Mapping[str, float]:
    """µL of each solvent in a liquid."""
    found: dict[str, float] = {}
    for stock, volume_ul in liquid.ul.items():
        given = case.protocol.stocks.get(stock)
        for name, share in solvents_of(given).items() if given is not None else ():
            found[name] = found.get(name, 0.0) + share * volume_ul
    return found

"""Resolve: what one µL of every stock contains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ncrobot.chemistry import (
    concentration_from_weighed,
    element_counts,
    molar_mass_g_per_mol,
    neat_concentration_mol_per_l,
)
from ncrobot.compiler.findings import Findings
from ncrobot.protocol import Material, Protocol, Role, Stock
from ncrobot.protocol.values import Given

# Elements that count as "metal" in equivalents and electrons per metal: what nanocluster cores are
# made of and doped with. Counter-cations such as Na or K of a metal salt never count.
CLUSTER_METALS = frozenset(
    element
    for row in (
        "Sc Ti V Cr Mn Fe Co Ni Cu Zn Y Zr Nb Mo Tc Ru Rh Pd Ag Cd La Hf Ta W Re Os Ir Pt Au Hg",
        "Al Ga In Tl Sn Pb Bi Ce Pr Nd Sm Eu Gd Tb Dy Ho Er Tm Yb Lu",
    )
    for element in row.split()
)


@dataclass(frozen=True, slots=True)
class Strength:
    """What a stock is made of: µmol of each material per µL, volume share of each solvent."""

    stock: str
    main: str
    umol_per_ul: Mapping[str, float]
    solvent_fraction: Mapping[str, float]

    @property
    def main_umol_per_ul(self) -> float:
        """µmol of the material that the stock is named for; 0 for a plain solvent."""
        return self.umol_per_ul.get(self.main, 0.0)


def material_molar_mass(material: Material) -> float | None:
    """Molar mass in g/mol: as stated, else from the formula; None if neither is given."""
    if material.molar_mass is not None:
        return material.molar_mass.value
    return molar_mass_g_per_mol(material.formula) if material.formula else None


def metal_atoms(material: Material) -> int:
    """Cluster-forming metal atoms per formula unit of a metal salt; 0 for other roles."""
    if material.role is not Role.METAL or not material.formula:
        return 0
    counts = element_counts(material.formula)
    return sum(count for element, count in counts.items() if element in CLUSTER_METALS)


def _fixed(given: Given | None, findings: Findings, *path: str | int) -> float | None:
    if given is None:
        return None
    if given.value is None:
        findings.error(
            "parameter-in-stock",
            f"a stock is made once for all wells, so it can't depend on ${given.parameter}",
            *path,
            fix="give the value, and vary the dose instead",
        )
    return given.value


def _main_strength(name: str, stock: Stock, material: Material, findings: Findings) -> float | None:
    path = ("stocks", name)
    if stock.concentration is not None:
        return _fixed(stock.concentration, findings, *path, "concentration")
    mass = material_molar_mass(material)
    assay = material.assay.value if material.assay and material.assay.value else 1.0
    if mass is None:
        findings.error(
            "no-molar-mass",
            f"material {stock.of!r} has neither formula nor molar_mass",
            "materials",
            stock.of,
            fix="give formula: or molar_mass:",
        )
        return None
    if stock.weighed is not None:
        weighed = _fixed(stock.weighed, findings, *path, "weighed")
        return None if weighed is None else concentration_from_weighed(weighed, mass, assay)
    if material.density is None or material.density.value is None:
        findings.error(
            "no-density",
            f"stock {name!r} is neat, but {stock.of!r} has no density",
            *path,
            fix=f"give materials.{stock.of}.density",
        )
        return None
    return neat_concentration_mol_per_l(material.density.value, mass, assay)


def _solvents(stock: Stock) -> dict[str, float]:
    if stock.neat or stock.solvent is None:
        return {stock.of: 1.0}
    if isinstance(stock.solvent, str):
        return {stock.solvent: 1.0}
    total = sum(stock.solvent.values())
    return {solvent: share / total for solvent, share in stock.solvent.items()}


def resolve_strengths(protocol: Protocol, findings: Findings) -> dict[str, Strength]:
    """Strength of every stock. A neat solvent counts by volume only, not in moles."""
    strengths: dict[str, Strength] = {}
    for name, stock in protocol.stocks.items():
        material = protocol.materials[stock.of]
        umol_per_ul: dict[str, float] = {}
        if not (stock.neat and material.role is Role.SOLVENT):
            strength = _main_strength(name, stock, material, findings)
            if strength is not None:
                umol_per_ul[stock.of] = strength
        for other, given in stock.also.items():
            also = _fixed(given, findings, "stocks", name, "also", other)
            if also is not None:
                umol_per_ul[other] = umol_per_ul.get(other, 0.0) + also
        strengths[name] = Strength(name, stock.of, umol_per_ul, _solvents(stock))
    return strengths

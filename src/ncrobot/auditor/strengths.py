"""What one µL of each stock holds, worked out from the protocol's materials and stocks alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from molmass import Formula
from molmass import FormulaError as MolmassError

from ncrobot.protocol import Material, Protocol, Role, Stock
from ncrobot.protocol.values import Given

Content = Mapping[str, float]
"""µmol of each material in one µL (the same number as mol/L)."""

# The metals of groups 3 to 16. Sodium, potassium and their like are counter-ions, never core atoms.
_CORE_METALS = frozenset(
    re.findall(
        "[A-Z][a-z]?",
        "ScTiVCrMnFeCoNiCuZn YZrNbMoTcRuRhPdAgCd LaHfTaWReOsIrPtAuHg AlGaInTlSnPbBi "
        "CePrNdSmEuGdTbDyHoErTmYbLu",
    )
)
# Short forms that chemists write in formulas, as the group that is bound.
_SHORT_FORMS = {
    "p-MBA": "C7H5O2S",
    "pMBA": "C7H5O2S",
    "dppe": "C26H24P2",
    "dppp": "C27H26P2",
    "DMBT": "C8H9S",
    "BDTA": "C7H4O2S2",
    "TBBT": "C10H13S",
    "IPBT": "C9H11S",
    "BuDT": "C4H8S2",
    "MBA": "C7H5O2S",
    "MHA": "C6H11O2S",
    "PET": "C8H9S",
    "BDT": "C6H4S2",
    "PDT": "C3H6S2",
    "OAc": "C2H3O2",
    "TOA": "C32H68N",
    "SG": "C10H16N3O6S",
    "Ph": "C6H5",
}
_SHORT = re.compile("(" + "|".join(_SHORT_FORMS) + ")(?![a-z])")
_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "01234567890123456789+-")
_DOT = re.compile("[·•∙⋅*.]")
_HYDRATE = re.compile(r"(\d*)(.+)")
_CHARGE = re.compile(r"(?:(?<=[\])])\d*)?[+-]+$")


def _plain(formula: str) -> str:
    """The formula with hydrates and short forms spelled out, without its charge."""
    text = _CHARGE.sub("", formula.replace(" ", "").translate(_DIGITS))
    first, *solvates = _DOT.split(text.replace("[", "(").replace("]", ")"))
    whole = _SHORT.sub(lambda match: f"({_SHORT_FORMS[match[1]]})", first)
    for solvate in solvates:
        match = _HYDRATE.fullmatch(solvate)
        if match is not None:
            whole += f"({match[2]}){match[1] or '1'}"
    return whole


@lru_cache(maxsize=512)
def atoms_of(formula: str) -> dict[str, int]:
    """Atoms of a formula; none if it can't be read."""
    try:
        parts = Formula(_plain(formula)).composition().items()
    except (MolmassError, ValueError):
        return {}
    return {str(symbol): int(part.count) for symbol, part in parts}


@lru_cache(maxsize=512)
def _mass_g_per_mol(formula: str) -> float | None:
    atoms = atoms_of(formula)
    if not atoms:
        return None
    return float(sum(Formula(symbol).mass * count for symbol, count in atoms.items()))


def molar_mass_g_per_mol(material: Material) -> float | None:
    """Molar mass as stated, else of the formula; None if neither is there or can be read."""
    if material.molar_mass is not None and material.molar_mass.value is not None:
        return material.molar_mass.value
    return _mass_g_per_mol(material.formula) if material.formula else None


def metal_atoms(material: Material) -> int:
    """Atoms of core metals in one formula unit of a metal salt; 0 for other roles."""
    if material.role is not Role.METAL or material.formula is None:
        return 0
    return sum(
        count for symbol, count in atoms_of(material.formula).items() if symbol in _CORE_METALS
    )


def assay_of(material: Material) -> float:
    """Mass fraction of the pure substance; 1 where nothing is said."""
    given = material.assay
    return given.value if given is not None and given.value else 1.0


def _number(given: Given | None) -> float | None:
    return None if given is None else given.value


def _main_strength(stock: Stock, material: Material) -> float | None:
    if stock.concentration is not None:
        return _number(stock.concentration)
    mass = molar_mass_g_per_mol(material)
    # mg/mL over g/mol is mol/L; a density in g/mL is a thousand mg/mL.
    mg_per_ml = (
        _number(stock.weighed)
        if stock.weighed is not None
        else 1000 * (_number(material.density) or 0)
    )
    if not mass or not mg_per_ml:
        return None
    return mg_per_ml * assay_of(material) / mass


def content_of(protocol: Protocol, stock: Stock) -> dict[str, float]:
    """µmol of each material in one µL of a stock; a neat solvent counts by volume only."""
    material = protocol.materials[stock.of]
    content: dict[str, float] = {}
    if not (stock.neat and material.role is Role.SOLVENT):
        strength = _main_strength(stock, material)
        if strength is not None:
            content[stock.of] = strength
    for name, given in stock.also.items():
        content[name] = content.get(name, 0.0) + (_number(given) or 0.0)
    return content


def contents(protocol: Protocol) -> dict[str, Content]:
    """µmol of each material in one µL of every stock of the protocol."""
    return {name: content_of(protocol, stock) for name, stock in protocol.stocks.items()}


def solvents_of(stock: Stock) -> dict[str, float]:
    """Volume fractions of a stock's solvents; a neat liquid is its own."""
    if stock.neat or stock.solvent is None:
        return {stock.of: 1.0}
    if isinstance(stock.solvent, str):
        return {stock.solvent: 1.0}
    return dict(stock.solvent)

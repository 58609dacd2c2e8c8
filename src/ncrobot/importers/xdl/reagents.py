"""The reagents of an XDL file: what their names and attributes tell of them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ncrobot.importers.draft import Findings, Reagent
from ncrobot.importers.substances import as_cas
from ncrobot.importers.xdl.quantities import read_quantity
from ncrobot.importers.xdl.reading import XdlElement, XdlFile
from ncrobot.units import Dimension, QuantityError, parse_quantity

# A strength stands behind the name, often in brackets, or before it.
_BEHIND = re.compile(r"(?P<name>.+?)\s*[(,]\s*(?P<strength>[\d.]+\s*(?:[munµ]?M|mol/L))\s*\)?$")
_BEFORE = re.compile(r"(?P<strength>[\d.]+\s*(?:[munµ]?M|mol/L))\s+(?P<name>.+)$")
_ROLES = {
    "solvent": "solvent",
    "acid": "acid",
    "base": "base",
    "ligand": "ligand",
    "reducing-agent": "reductant",
}


def reagents_of(xdl: XdlFile, findings: Findings) -> Mapping[str, Reagent]:
    """Every declared reagent by the name that steps use."""
    found: dict[str, Reagent] = {}
    for element in xdl.reagents:
        name = element.get("name", "id")
        if name is None:
            fix = "write its name"
            findings.missing("a Reagent has no name", element.line, fix=fix)
        elif name not in found:
            found[name] = reagent_of(name, element)
    return found


def reagent_of(name: str, element: XdlElement) -> Reagent:
    """One reagent, declared by its element."""
    match = _BEHIND.match(name) or _BEFORE.match(name)
    bare = match["name"].strip() if match else name
    concentration = _concentration(element.get("concentration") or (match and match["strength"]))
    cas = as_cas(element.get("cas", "cas_number") or "") or as_cas(bare)
    temperature = element.get("temp")
    kept = read_quantity(temperature, Dimension.TEMPERATURE) if temperature else None
    return Reagent(
        name=name,
        line=element.line,
        full_name=None if as_cas(bare) else bare,
        cas=cas,
        role=_ROLES.get((element.get("role") or "").casefold()),
        solid=element.is_true("solid") if element.get("solid") else None,
        concentration_mol_per_l=concentration,
        molar_mass_g_per_mol=_number(element.get("molecular_weight", "molar_mass")),
        density_g_per_ml=_number(element.get("density")),
        purity=_purity(element.get("purity")),
        keep_at_c=kept.value if kept else None,
    )


def _concentration(text: str | None) -> float | None:
    if not text:
        return None
    for written in (text, f"{text} M"):
        try:
            return parse_quantity(written, Dimension.CONCENTRATION)
        except QuantityError:
            continue
    return None


def _number(text: str | None) -> float | None:
    match = re.match(r"[\d.]+", text or "")
    try:
        return float(match[0]) if match else None
    except ValueError:
        return None


def _purity(text: str | None) -> float | None:
    percent = _number(text)
    return percent / 100 if percent is not None and 0 < percent <= 100 else None

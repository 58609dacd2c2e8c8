"""When solvents boil: a table of the auditor's own, general lab knowledge to a degree or two."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from ncrobot.protocol import Material

_BOILS_C = {
    "water": 100.0,
    "methanol": 64.7,
    "ethanol": 78.3,
    "2-propanol": 82.3,
    "acetonitrile": 81.6,
    "dimethylformamide": 153.0,
    "dimethyl sulfoxide": 189.0,
    "acetone": 56.2,
    "dichloromethane": 39.8,
    "chloroform": 61.2,
    "toluene": 110.6,
    "tetrahydrofuran": 66.0,
    "hexane": 68.7,
    "acetic acid": 117.9,
}
_OTHER_NAMES = {
    "meoh": "methanol",
    "etoh": "ethanol",
    "isopropanol": "2-propanol",
    "propan-2-ol": "2-propanol",
    "acn": "acetonitrile",
    "mecn": "acetonitrile",
    "dmf": "dimethylformamide",
    "n,n-dimethylformamide": "dimethylformamide",
    "dmso": "dimethyl sulfoxide",
    "dimethyl sulphoxide": "dimethyl sulfoxide",
    "dcm": "dichloromethane",
    "methylene chloride": "dichloromethane",
    "thf": "tetrahydrofuran",
    "n-hexane": "hexane",
    "hexanes": "hexane",
}
# Pairs that boil below both of their parts: azeotropes, and liquids that don't mix.
_PAIRS_C = {
    "water": {
        "ethanol": 78.1, "2-propanol": 80.4, "dichloromethane": 38.1, "chloroform": 56.1,
        "toluene": 84.1, "hexane": 61.6, "acetonitrile": 76.0, "tetrahydrofuran": 63.0,
    },
    "methanol": {
        "dichloromethane": 37.8, "chloroform": 53.4, "acetone": 55.5, "hexane": 50.0,
        "toluene": 63.5, "tetrahydrofuran": 59.1, "acetonitrile": 63.5,
    },
    "ethanol": {
        "toluene": 76.7, "hexane": 58.7, "chloroform": 59.4, "acetonitrile": 72.5,
        "tetrahydrofuran": 65.9,
    },
    "2-propanol": {"toluene": 80.6, "hexane": 62.7, "chloroform": 60.8, "acetonitrile": 74.5},
    "hexane": {
        "acetone": 49.8, "chloroform": 60.0, "acetonitrile": 56.0, "tetrahydrofuran": 63.0,
    },
    "toluene": {"acetonitrile": 81.1, "acetic acid": 100.6},
}  # fmt: skip


def boils_at_c(solvents: Sequence[Material]) -> float | None:
    """The lowest boiling point among solvents and pairs of them; None if one isn't known."""
    names = [_name(material) for material in solvents]
    found: list[float] = []
    for name, material in zip(names, solvents, strict=True):
        given = material.boiling_point
        boils_c = given.value if given is not None else _BOILS_C.get(name)
        if boils_c is None:
            return None
        found.append(boils_c)
    for one, other in combinations(names, 2):
        pair_c = _PAIRS_C.get(one, {}).get(other, _PAIRS_C.get(other, {}).get(one))
        if pair_c is not None:
            found.append(pair_c)
    return min(found, default=None)


def _name(material: Material) -> str:
    folded = " ".join(material.name.casefold().replace("_", " ").split())
    return _OTHER_NAMES.get(folded, folded)

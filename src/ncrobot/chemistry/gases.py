"""Gases: the names that they go by, and which of them harm nobody in a ventilated room."""

from __future__ import annotations

_SHORT = {
    "n2": "nitrogen",
    "ar": "argon",
    "he": "helium",
    "co": "carbon monoxide",
    "co2": "carbon dioxide",
    "h2": "hydrogen",
    "o2": "oxygen",
    "ch4": "methane",
}
_HARMLESS = frozenset({"air", "nitrogen", "argon", "helium"})


def gas_name(text: str) -> str:
    """Return the name of a gas for a name or a formula: ``N2`` is nitrogen."""
    plain = " ".join(text.split()).casefold()
    return _SHORT.get(plain, plain)


def is_harmless_gas(text: str) -> bool:
    """Whether a gas may be let over open wells without a word; ventilation is assumed.

    It neither burns nor poisons. In a closed room each of them still suffocates.
    """
    return gas_name(text) in _HARMLESS

"""Which solvent may touch which material, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from ruamel.yaml import YAML

_NOT_IN_TABLE = "not in the table"


class Verdict(StrEnum):
    """``SHORT``: minutes, as in a tip; not as a vessel. ``UNKNOWN``: not in the table."""

    OK = "ok"
    SHORT = "short"
    ATTACKS = "attacks"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Compatibility:
    """The verdict for one pair, with its source."""

    solvent: str
    material: str
    verdict: Verdict
    source: str


@dataclass(frozen=True, slots=True)
class _Table:
    solvents: dict[str, dict[str, str]]
    aliases: dict[str, str]
    source: str


@cache
def _table() -> _Table:
    text = files("ncrobot.chemistry").joinpath("data/compatibility.yaml").read_text("utf-8")
    return _Table(**YAML(typ="safe").load(text))


def _folded(word: str) -> str:
    return " ".join(word.casefold().replace("_", " ").split())


def solvent_key(solvent: str) -> str:
    """The full lower-case name of a solvent, also for its usual short names."""
    folded = _folded(solvent)
    return _table().aliases.get(folded, folded)


def known_solvents() -> tuple[str, ...]:
    """All solvents of the table, by full name."""
    return tuple(_table().solvents)


def known_materials() -> tuple[str, ...]:
    """All materials of the table."""
    return tuple(sorted({name for row in _table().solvents.values() for name in row}))


def compatibility(solvent: str, material: str) -> Compatibility:
    """Look a solvent and a material up, by full or usual short name; unknown pairs say so."""
    table = _table()
    row = table.solvents.get(solvent_key(solvent), {})
    folded = _folded(material)
    word = row.get(table.aliases.get(folded, folded))
    if word is None:
        return Compatibility(solvent, material, Verdict.UNKNOWN, _NOT_IN_TABLE)
    return Compatibility(solvent, material, Verdict(word), table.source)

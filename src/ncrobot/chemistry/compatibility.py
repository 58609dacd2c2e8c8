"""Which solvent may touch which material, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from ruamel.yaml import YAML


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


@cache
def _table() -> tuple[dict[str, dict[str, str]], dict[str, str], str]:
    text = files("ncrobot.chemistry").joinpath("data/compatibility.yaml").read_text("utf-8")
    data = YAML(typ="safe").load(text)
    return data["solvents"], data["aliases"], data["source"]


def compatibility(solvent: str, material: str) -> Compatibility:
    """Look a solvent (by its full name) and a material up; unknown pairs say so."""
    solvents, aliases, source = _table()
    key = aliases.get(solvent.casefold(), solvent.casefold())
    word = solvents.get(key, {}).get(material.casefold().replace(" ", "_"), "unknown")
    return Compatibility(solvent, material, Verdict(word), source)

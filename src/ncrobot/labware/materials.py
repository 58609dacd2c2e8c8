"""How warm labware of a material may get."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML


@dataclass(frozen=True, slots=True)
class MaterialLimit:
    """The highest temperature of a material under load, with its source."""

    material: str
    max_temperature_c: float
    source: str


@cache
def _table() -> dict[str, Any]:
    text = files("ncrobot.labware").joinpath("data/materials.yaml").read_text("utf-8")
    table: dict[str, Any] = YAML(typ="safe").load(text)
    return table


def known_limits() -> tuple[str, ...]:
    """All materials whose limit is known."""
    return tuple(sorted(_table()["materials"]))


def material_limit(material: str) -> MaterialLimit | None:
    """The limit of a material, by full or usual short name; None if nobody knows it."""
    table = _table()
    folded = " ".join(material.casefold().replace("_", " ").split())
    name = table["aliases"].get(folded, folded)
    entry = table["materials"].get(name)
    if entry is None:
        return None
    lower_c = min(float(entry["max_use"]), float(entry["deflection"]))
    assumed = entry.get("assumed")
    return MaterialLimit(name, lower_c, f"assumed: {assumed}" if assumed else table["source"])

"""At what temperature a mixture of solvents begins to boil at 1 atm."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import combinations

from ruamel.yaml import YAML

from ncrobot.chemistry.compatibility import solvent_key

BOILING_MARGIN_C = 5.0
"""Assumed: setpoints within a degree, and a few degrees across a plate on a heater."""
EVAPORATION_MARGIN_C = 15.0
"""Assumed: from here on an open well loses so much that its volume is no longer known."""


@dataclass(frozen=True, slots=True)
class Boiling:
    """The lowest boiling point in a mixture: of one solvent, or of a pair; and its source."""

    temperature_c: float
    of: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class _Table:
    solvents: Mapping[str, Boiling]
    pairs: Mapping[frozenset[str], Boiling]


@cache
def _table() -> _Table:
    text = files("ncrobot.chemistry").joinpath("data/boiling.yaml").read_text("utf-8")
    raw = YAML(typ="safe").load(text)
    sources = raw["sources"]
    solvents = {
        name: Boiling(entry["c"], (name,), sources[entry["source"]])
        for name, entry in raw["solvents"].items()
    }
    pairs = {
        frozenset(entry["of"]): Boiling(entry["c"], tuple(entry["of"]), sources[entry["source"]])
        for entry in raw["pairs"]
    }
    return _Table(solvents, pairs)


def boiling_point(solvent: str) -> Boiling | None:
    """The boiling point of a solvent, by full or usual short name; None if it isn't known."""
    return _table().solvents.get(solvent_key(solvent))


def first_to_boil(
    solvents: Collection[str], stated_c: Mapping[str, float] | None = None
) -> Boiling | None:
    """What boils first in a mixture of solvents; None without solvents.

    ``stated_c`` are boiling points that somebody gave, by the same names; they count before the
    table's. Of pairs the table knows the usual ones only.

    Raises:
        KeyError: the boiling point of a solvent is neither stated nor in the table.
    """
    stated = stated_c or {}
    found: list[Boiling] = []
    for name in solvents:
        known = boiling_point(name)
        if name in stated:
            found.append(Boiling(stated[name], (solvent_key(name),), "as stated"))
        elif known is not None:
            found.append(known)
        else:
            raise KeyError(name)
    keys = sorted({solvent_key(name) for name in solvents})
    pairs = (_table().pairs.get(frozenset(pair)) for pair in combinations(keys, 2))
    found += [pair for pair in pairs if pair is not None]
    return min(found, key=lambda boiling: boiling.temperature_c, default=None)

"""The instances by name: the five of the benchmark, a smoke test, and plates that grow."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.scheduling.instance import Instance
from benchmarks.scheduling.syntheses import Plate, draw

PLATES = {
    plate.name: plate
    for plate in (
        Plate("NC1", 12, 8, 30, 30, 30, "hom"),
        Plate("NC2", 12, 8, 30, 30, 30, "hetk"),
        Plate("NC3", 96, 4, 8, 8, 20, "hetk"),
        Plate("NC4", 96, 8, 8, 8, 20, "hom"),
        Plate("NC5", 96, 8, 20, 20, 20, "hom"),
        Plate("smoke", 96, 8, 8, 8, 20, "hetk"),
        Plate("mixed", 96, 8, 8, 8, 20, "het"),
    )
}
BENCHMARK = ("NC1", "NC2", "NC3", "NC4", "NC5")
TELLS = {
    "NC1": "12 columns, 8 portions every 30 min",
    "NC2": "12 columns, 8 portions, gaps of 5 to 60 min",
    "NC3": "96 wells, 4 portions, gaps of 5 to 60 min",
    "NC4": "96 wells, 8 portions every 30 min, multi-dispense",
    "NC5": "96 wells, 8 portions every 30 min, 20 s each: too much for the arm",
    "smoke": "96 wells, 8 portions, gaps of 5 to 60 min",
    "mixed": "96 wells, 1 to 8 portions, gaps of 5 to 60 min",
}

GROWTH_WELLS = (24, 48, 96, 192, 384)
GROWTH = {
    "dense": replace(PLATES["NC4"], name="dense"),
    "light": Plate("light", 96, 2, 8, 8, 8, "hom"),
}
"""dense: as NC4. light: two portions, and every operation takes 8 s."""


def instance(name: str, seed: int = 1) -> Instance:
    """The instance of a name, drawn with a seed.

    Raises:
        KeyError: there is no such name.
    """
    return draw(PLATES[name], seed)


def grown(kind: str, wells: int, seed: int = 1) -> Instance:
    """A plate of a kind of growth with so many wells."""
    plate = GROWTH[kind]
    return draw(replace(plate, name=f"{kind}-{wells}", jobs=wells), seed)

"""One well of the twin, taken through a synthesis by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ncrobot_sim.chemistry import METAL_SPECIES, Mixture, ParameterSet, Species, Surroundings
from ncrobot_sim.chemistry.mixture import dosed

WELL_UL = 1000.0


@dataclass(frozen=True)
class Recipe:
    """A synthesis of 1 mmol/L metal in one well; ratios are per metal, times in seconds."""

    metal: str = "gold"
    ligand: str = "pmba"
    ligand_per_metal: float = 3.0
    base_with_ligand: float = 2.2
    base_per_metal: float = 2.0
    electrons_per_metal: float = 4.0
    portions: int = 8
    interval_s: float = 1800.0
    complexation_s: float = 900.0
    rest_s: float = 1800.0
    temperature_c: float = 25.0
    speed_rpm: float = 600.0
    acid_before: float = 0.0
    acid_after: float = 0.0


def recipe(**changes: object) -> Recipe:
    return replace(Recipe(), **changes)


def around(made: Recipe, chemistry: ParameterSet) -> Surroundings:
    value = chemistry.value
    share = made.speed_rpm / (made.speed_rpm + value["mixing_half_rpm"])
    rest = value["mixing_at_rest"]
    return Surroundings(made.temperature_c, rest + (1 - rest) * share)


def add(mixture: Mixture, chemistry: ParameterSet, **umol: float) -> None:
    mixture.poured(dosed(chemistry, umol, 1.0))


def made(asked: Recipe, chemistry: ParameterSet, *, after_portion: int | None = None) -> Mixture:
    """The well at the end, or half an hour after one of the portions."""
    place = around(asked, chemistry)
    well = dosed(chemistry, {asked.metal: 1.0 / WELL_UL}, WELL_UL)
    dose = {
        asked.ligand: asked.ligand_per_metal,
        "sodium_hydroxide": asked.ligand_per_metal * asked.base_with_ligand,
    }
    add(well, chemistry, **dose)
    well.wait(asked.complexation_s, chemistry, place)
    add(well, chemistry, sodium_hydroxide=asked.base_per_metal)
    add(well, chemistry, hydrochloric_acid=asked.acid_before)
    well.wait(60.0, chemistry, place)
    for portion in range(asked.portions):
        hydride = asked.electrons_per_metal / 8.0 / asked.portions
        add(well, chemistry, sodium_borohydride=hydride, sodium_hydroxide=2.0 * hydride)
        well.wait(asked.interval_s, chemistry, place)
        if portion + 1 == after_portion:
            return well
    add(well, chemistry, hydrochloric_acid=asked.acid_after)
    well.wait(asked.rest_s, chemistry, place)
    return well


def shares(mixture: Mixture) -> dict[str, float]:
    return {species.name: mixture.share(species) for species in METAL_SPECIES}


def clusters(mixture: Mixture) -> float:
    """The share of the metal in clusters of any size."""
    found = shares(mixture)
    names = ("E2", "E4", "E6", "RAW", "TARGET", "SECOND", "THIRD", "EXCHANGED", "BIG")
    return sum(found[name] for name in names)


def mean_electrons(mixture: Mixture) -> float:
    """Valence electrons of a mean cluster."""
    counts = {Species.E2: 2, Species.E4: 4, Species.E6: 6, Species.RAW: 8, Species.TARGET: 8,
              Species.BIG: 10}  # fmt: skip
    amounts = np.array([mixture.of(species) for species in counts])
    return float(amounts @ np.array(list(counts.values())) / amounts.sum())

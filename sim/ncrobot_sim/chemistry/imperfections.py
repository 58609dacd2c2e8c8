"""What comes between a well and its figures: noise, drift, place on the plate, accidents.

Everything accidental follows from the seed of the set and from where and when it happens, so that
a run that is simulated again gives the same figures.
"""

from __future__ import annotations

import hashlib
import re

import numpy as np
from numpy.typing import NDArray

from ncrobot_sim.chemistry.constants import ParameterSet

_WELL = re.compile(r"/([A-Z])([0-9]+)$")
_ROWS, _COLUMNS = 8, 12


def chance_of(chemistry: ParameterSet, *where: object) -> np.random.Generator:
    """Random numbers that belong to a place, a purpose, a moment."""
    text = "|".join([str(chemistry.seed), *map(str, where)])
    return np.random.default_rng(int.from_bytes(hashlib.blake2b(text.encode()).digest()[:8]))


def place_of(address: str) -> tuple[int, int] | None:
    """Row and column (from 0) of a well's address; None for anything else."""
    found = _WELL.search(address)
    return None if found is None else (ord(found[1]) - ord("A"), int(found[2]) - 1)


def is_at_edge(address: str) -> bool:
    """Whether a well is in the outer ring of a plate of 96."""
    place = place_of(address)
    return place is not None and (place[0] in (0, _ROWS - 1) or place[1] in (0, _COLUMNS - 1))


def activity_of(address: str, chemistry: ParameterSet) -> float:
    """1, or nearly 0 in a well where the synthesis fails for no reason that anybody knows."""
    if place_of(address) is None:
        return 1.0
    is_dud = chance_of(chemistry, "dud", address).random() < chemistry.value["dud_chance"]
    return 0.02 if is_dud else 1.0


def concentrated(address: str, hours: float, chemistry: ParameterSet) -> float:
    """By what a well has become stronger, because water leaves open wells at the edge sooner."""
    return 1.0 + chemistry.value["edge_loss_per_hour"] * hours if is_at_edge(address) else 1.0


def as_read(
    true: NDArray[np.float64],
    wavelengths_nm: NDArray[np.float64],
    address: str,
    time_s: float,
    chemistry: ParameterSet,
) -> NDArray[np.float64]:
    """What the reader says of true absorbances (n) at a time: noise, drift, tilt, saturation."""
    value = chemistry.value
    row = place_of(address)
    tilt = 0.0 if row is None else value["row_gradient"] * (row[0] / (_ROWS - 1) - 0.5)
    drift = value["drift_per_hour"] * time_s / 3600.0
    shown = (true + value["background_au"]) * (1.0 + tilt) + drift
    noise = [
        chance_of(chemistry, "read", address, f"{nm:g}", f"{time_s:.3f}").standard_normal()
        for nm in wavelengths_nm
    ]
    spread = np.hypot(value["noise_au"], value["noise_share"] * shown)
    return np.asarray(np.minimum(shown + spread * np.array(noise), value["most_au"]))

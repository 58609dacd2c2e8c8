"""Three response surfaces with the difficulties of cluster synthesis. Test objects, not chemistry.

Each is a formula of the conditions, without any claim about a real synthesis: factors that depend
on each other, several hills, two objectives that pull apart, wells that give nothing, a temperature
that a whole plate shares.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ncrobot.optimizers import Layout
from ncrobot.optimizers.merits import hypervolume
from ncrobot.searchspace import SearchSpace, Value, read_search_space

Values = Mapping[str, Value]
Figures = dict[str, float]


@dataclass(frozen=True)
class Response:
    """A space, the true figures of conditions (None: nothing to measure), noise, and a score.

    ``score`` judges all true figures so far; larger is better.
    """

    name: str
    title: str
    space: SearchSpace
    layout: Layout
    true: Callable[[Values], Figures | None]
    noise: Mapping[str, float]
    score: Callable[[Sequence[Figures]], float]


def _hill(x: float, centre: float, width: float) -> float:
    return float(np.exp(-(((x - centre) / width) ** 2)))


def _numbers(values: Values, *names: str) -> list[float]:
    return [float(values[name]) for name in names]


def _best_yield(figures: Sequence[Figures]) -> float:
    return max((item["yield"] for item in figures), default=0.0)


RATIOS = """
ncrobot: search/1
name: ratios
parameters:
  ligand_per_metal: {kind: continuous, quantity: ratio, range: [0.5, 12], log: true}
  hydride_per_metal: {kind: continuous, quantity: ratio, range: [0.5, 20], log: true}
  ph: {kind: continuous, quantity: ph, range: [7, 12.5], step: 0.05}
  temperature: {kind: continuous, quantity: temperature, range: [0 °C, 60 °C], step: 1 K}
  portions: {kind: integer, range: [1, 8]}
  ligand: {kind: choice, of: [A, B, C]}
constraints:
  - {kind: sum, of: {ligand_per_metal: 1, hydride_per_metal: 0.5}, at_most: 16}
objectives:
  yield: {aim: maximise, unit: "%"}
"""


def _ratios(values: Values) -> Figures:
    ligand, hydride, ph, heat, portions = _numbers(
        values, "ligand_per_metal", "hydride_per_metal", "ph", "temperature", "portions"
    )
    # The hydride that counts shrinks with acid and warmth, so its best dose moves with both.
    active = hydride / (1 + np.exp(-(ph - 9 - 0.02 * heat) / 0.6))
    best_ratio = {"A": 2.0, "B": 3.5, "C": 5.0}[str(values["ligand"])]
    top = {"A": 62.0, "B": 95.0, "C": 75.0}[str(values["ligand"])]
    width = {"A": 0.9, "B": 0.5, "C": 0.7}[str(values["ligand"])]
    ridge = _hill(np.log(ligand / best_ratio), 0.25 * np.log(active / 4), width)
    reduced = _hill(np.log(active / 4), 0.0, 0.6)
    warm = _hill(heat, 38.0 - 1.5 * (portions - 4), 16.0)
    patience = 1 - 0.06 * abs(portions - 5)
    main = top * ridge * reduced * warm * patience
    # A second, lower and much wider hill far from the first: where one factor at a time ends.
    side = 40.0 * _hill(np.log(ligand / 1.0), 0.0, 0.9) * _hill(heat, 10.0, 25.0)
    side *= _hill(np.log(hydride / 9), 0.0, 0.9)
    return {"yield": main + side * (1 - main / top)}


PURITY = """
ncrobot: search/1
name: purity
parameters:
  v_metal: {kind: continuous, quantity: volume, range: [50 µL, 300 µL], step: 5 µL}
  v_ligand: {kind: continuous, quantity: volume, range: [50 µL, 600 µL], step: 5 µL}
  v_hydride: {kind: continuous, quantity: volume, range: [10 µL, 300 µL], step: 5 µL}
  temperature: {kind: continuous, quantity: temperature, range: [0 °C, 60 °C], step: 1 K}
  ligand: {kind: choice, of: [A, B, C]}
constraints:
  - {kind: sum, of: {v_metal: 1, v_ligand: 1, v_hydride: 1}, at_most: 900 µL}
  - {kind: product, of: {v_ligand: 1, v_metal: -1}, at_least: 1, at_most: 6}
objectives:
  yield: {aim: maximise, unit: "%", range: [0, 100]}
  purity: {aim: maximise, unit: "%", range: [0, 100]}
trade: pareto
"""


def _purity(values: Values) -> Figures:
    metal, ligand, hydride, heat = _numbers(
        values, "v_metal", "v_ligand", "v_hydride", "temperature"
    )
    shift = {"A": 0.0, "B": 0.25, "C": -0.2}[str(values["ligand"])]
    tops = {"A": (80.0, 95.0), "B": (98.0, 75.0), "C": (70.0, 85.0)}[str(values["ligand"])]
    ratio, strength = np.log(ligand / metal / 2.5) - shift, np.log(hydride / metal / 0.6)
    scale = min(metal / 180.0, 1.0)
    gained = tops[0] * _hill(ratio, 0.0, 0.6) * _hill(strength, 0.3, 0.5) * _hill(heat, 45, 22)
    pure = tops[1] * _hill(ratio, 0.5, 0.8) * _hill(strength, -0.4, 0.7) * _hill(heat, 18, 28)
    return {"yield": float(gained * scale), "purity": float(pure)}


def _volume(figures: Sequence[Figures]) -> float:
    """The share of the square 0 to 100 % that is beaten, in per cent."""
    if not figures:
        return 0.0
    merits = np.array([[item["yield"], item["purity"]] for item in figures])
    return hypervolume(merits, np.zeros(2)) / 100


PRECIPITATE = """
ncrobot: search/1
name: precipitate
parameters:
  ligand_per_metal: {kind: continuous, quantity: ratio, range: [0.5, 12], log: true}
  hydride_per_metal: {kind: continuous, quantity: ratio, range: [0.5, 20], log: true}
  ph: {kind: continuous, quantity: ph, range: [7, 12.5], step: 0.05}
  water: {kind: continuous, quantity: fraction, range: [5 %, 95 %], step: 1 %}
  temperature:
    {kind: continuous, quantity: temperature, range: [0 °C, 60 °C], step: 1 K, scope: plate}
  stirring:
    {kind: continuous, quantity: speed, range: [200 rpm, 800 rpm], step: 50 rpm, scope: block}
  ligand: {kind: choice, of: [A, B]}
objectives:
  yield: {aim: maximise, unit: "%"}
"""


def _precipitate(values: Values) -> Figures | None:
    ligand, hydride, ph, water, heat, speed = _numbers(
        values,
        "ligand_per_metal", "hydride_per_metal", "ph", "water", "temperature", "stirring",
    )  # fmt: skip
    # Too little ligand for the hydride, or too dry for the base: nothing stays in solution.
    bare = np.log(hydride / ligand) - (1.1 if values["ligand"] == "B" else 0.8)
    dry = (ph - 8.0) / 4.0 - 1.3 * water
    if bare > 0 or dry > 0.35:
        return None
    # The best wells stand close to where everything falls out.
    edge = _hill(bare, -0.3, 0.7) * _hill(dry, 0.1, 0.5)
    reduced = _hill(np.log(hydride / 7), 0.0, 0.8)
    mixed = 1 - 0.35 * ((speed - 550) / 350) ** 2
    top = 90.0 if values["ligand"] == "B" else 70.0
    return {"yield": float(top * edge * reduced * _hill(heat, 40, 16) * max(mixed, 0.0))}


RESPONSES: tuple[Response, ...] = (
    Response(
        "ratios",
        "best yield, factors that depend on each other",
        read_search_space(RATIOS),
        Layout(),
        _ratios,
        {"yield": 2.0},
        _best_yield,
    ),
    Response(
        "purity",
        "yield and purity together, volumes that must fit",
        read_search_space(PURITY),
        Layout(),
        _purity,
        {"yield": 2.0, "purity": 2.0},
        _volume,
    ),
    Response(
        "precipitate",
        "best yield beside failures, one temperature a plate",
        read_search_space(PRECIPITATE),
        Layout(blocks=4, wells=24),
        _precipitate,
        {"yield": 2.0},
        _best_yield,
    ),
)

"""From figures to one number that is to be large, whatever is wanted and however it is traded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ncrobot.optimizers.grid import Flags, Floats
from ncrobot.optimizers.interface import Result
from ncrobot.searchspace import Aim, Objective, SearchSpace, Trade


def merit_of(objective: Objective, figures: Floats) -> Floats:
    """:meth:`Objective.merit` of an array of figures."""
    if objective.aim is Aim.MAXIMISE:
        return figures
    if objective.aim is Aim.MINIMISE:
        return -figures
    distance = np.abs(figures - float(objective.target or 0.0)) - (objective.tolerance or 0.0)
    return -np.maximum(distance, 0.0)


def complete(space: SearchSpace, results: Sequence[Result]) -> list[Result]:
    """The results in which every objective was measured."""
    return [result for result in results if space.objectives.keys() <= result.measured.keys()]


def merits_of(space: SearchSpace, results: Sequence[Result]) -> Floats:
    """Merits (n, objectives) of complete results."""
    columns = [
        merit_of(objective, np.array([result.measured[name] for result in results]))
        for name, objective in space.objectives.items()
    ]
    return np.stack(columns, axis=1).reshape(len(results), len(space.objectives))


def not_beaten(merits: Floats) -> Flags:
    """Which rows of (n, objectives) no other row beats in one objective without losing another."""
    better: Flags = np.all(merits[None, :, :] >= merits[:, None, :], axis=2)
    strictly: Flags = np.any(merits[None, :, :] > merits[:, None, :], axis=2)
    return np.asarray(~np.any(better & strictly, axis=1))


def hypervolume(merits: Floats, reference: Floats) -> float:
    """Volume between a reference point and the rows (n, objectives) that are better than it.

    By slices along the last objective, as in L. While et al., IEEE Trans. Evol. Comput. 2006, 10,
    29. Meant for some hundred points and up to four objectives.
    """
    points = merits[(merits > reference).all(axis=1)]
    if not len(points):
        return 0.0
    points = np.unique(points[not_beaten(points)], axis=0)
    return _sliced(points, np.asarray(reference, dtype=np.float64))


def _sliced(points: Floats, reference: Floats) -> float:
    if points.shape[1] == 1:
        return float(points.max() - reference[0])
    order = points[np.argsort(-points[:, -1], kind="stable")]
    floors = np.append(order[1:, -1], reference[-1])
    volume = 0.0
    for place, floor in enumerate(floors):
        height = float(order[place, -1] - floor)
        if height > 0:
            slice_points = order[: place + 1, :-1]
            slice_points = slice_points[not_beaten(slice_points)]
            volume += height * _sliced(slice_points, reference[:-1])
    return volume


class Trading:
    """Weighs several merits. Each draw has weights of its own if all compromises are wanted.

    For the latter the utility is the distance to a reference point along a random direction; its
    mean over directions is the hypervolume: D. Golovin and Q. Zhang, Random hypervolume
    scalarizations for provable multi-objective black box optimization, ICML 2020.
    """

    def __init__(
        self, space: SearchSpace, merits: Floats, draws: int, rng: np.random.Generator
    ) -> None:
        self._is_pareto = space.trade is Trade.PARETO and len(space.objectives) > 1
        self._low, self._width = _frame(space, merits, is_pareto=self._is_pareto)
        if self._is_pareto:
            directions = np.abs(rng.standard_normal((draws, len(self._low))))
            self._weights = directions / np.linalg.norm(directions, axis=1, keepdims=True)
        else:
            weights = np.array([item.weight for item in space.objectives.values()])
            self._weights = np.tile(weights / weights.sum(), (draws, 1))

    def utility(self, merits: Sequence[Floats]) -> Floats:
        """Utilities (n, draws) of merits (n, draws) of each objective."""
        scaled = [
            (merit - low) / width
            for merit, low, width in zip(merits, self._low, self._width, strict=True)
        ]
        if self._is_pareto:
            weights = np.maximum(self._weights, 1e-3)
            return np.asarray(
                np.min([item / weights[:, k] for k, item in enumerate(scaled)], axis=0)
            )
        return np.asarray(
            np.sum([item * self._weights[:, k] for k, item in enumerate(scaled)], axis=0)
        )

    def of_measured(self, merits: Floats) -> Floats:
        """Utilities (n, draws) of merits (n, objectives) that are known."""
        draws = len(self._weights)
        return self.utility([np.tile(column[:, None], (1, draws)) for column in merits.T])


def _frame(space: SearchSpace, merits: Floats, *, is_pareto: bool) -> tuple[Floats, Floats]:
    """Where each merit counts zero, and what counts one above it."""
    low, high = merits.min(axis=0), merits.max(axis=0)
    if is_pareto:
        front = merits[not_beaten(merits)]
        nadir, ideal = front.min(axis=0), front.max(axis=0)
        width = np.where(ideal > nadir, ideal - nadir, np.maximum(high - low, 1e-12))
        return nadir - 0.1 * width, width
    for place, objective in enumerate(space.objectives.values()):
        if objective.range is not None:
            ends = [objective.merit(end) for end in objective.range]
            if max(ends) > min(ends):
                low[place], high[place] = min(ends), max(ends)
    return low, np.maximum(high - low, 1e-12)


def weighted_merit(space: SearchSpace, figures: Mapping[str, float]) -> float:
    """The weighted mean of the merits, each as a share of its range where one is given."""
    total, weights = 0.0, 0.0
    for name, objective in space.objectives.items():
        merit = objective.merit(figures[name])
        if objective.range is not None:
            ends = [objective.merit(end) for end in objective.range]
            if max(ends) > min(ends):
                merit = (merit - min(ends)) / (max(ends) - min(ends))
        total += objective.weight * merit
        weights += objective.weight
    return total / weights

"""Ax on the unit cube, without constraints: those make it ten times slower, so we sort out."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ncrobot.optimizers.extras.common import Extra, goals_of
from ncrobot.optimizers.grid import Axis, Floats, Grid, Indices
from ncrobot.optimizers.interface import FailureKind
from ncrobot.optimizers.memory import Task

_SPARE = 1.25
"""So many more are asked for, since some will break constraints."""


class AxClient(Extra):
    """Trials of Ax's default generation strategy."""

    name: ClassVar[str] = "ax"
    package: ClassVar[str] = "ax"

    def _recommended(
        self, task: Task, grid: Grid, count: int, taken: set[bytes], rng: np.random.Generator
    ) -> Indices:
        del taken, rng
        wanted = int(np.ceil(count * (_SPARE if task.space.constraints else 1.0)))
        client, codes = _client(task, grid)
        for values in task.pending:
            client.attach_trial(parameters=codes.told(grid.units_of([values.values])[0]))
        fixed = codes.held(grid)
        trials = client.get_next_trials(
            max_trials=wanted, **({"fixed_parameters": fixed} if fixed else {})
        )
        units = np.array([codes.units(parameters) for parameters in trials.values()])
        return grid.from_units(units.reshape(-1, grid.width))


class _Codes:
    """Between units of the grid and Ax's parameters: numbers in 0 to 1, words as words."""

    def __init__(self, grid: Grid) -> None:
        self._axes = grid.axes

    @property
    def varied(self) -> list[Axis]:
        """The parameters that have more than one level; Ax knows no others."""
        return [axis for axis in self._axes if len(axis.levels) > 1]

    def told(self, units: Floats) -> dict[str, Any]:
        """One point as Ax's parameters."""
        return {
            axis.name: axis.words[int(unit)] if axis.is_choice else float(np.clip(unit, 0.0, 1.0))
            for axis, unit in zip(self._axes, units, strict=True)
            if len(axis.levels) > 1
        }

    def units(self, parameters: dict[str, Any]) -> list[float]:
        """The point in the unit cube, a word as the middle of its share."""
        return [self._unit(axis, parameters.get(axis.name)) for axis in self._axes]

    @staticmethod
    def _unit(axis: Axis, value: Any) -> float:
        if value is None:
            return 0.0
        if axis.is_choice:
            return (axis.words.index(str(value)) + 0.5) / len(axis.words)
        return float(value)

    def held(self, grid: Grid) -> dict[str, Any]:
        """The values that a grid holds fixed."""
        probes = grid.held(np.stack([np.zeros(grid.width, dtype=np.int64), grid.sizes - 1]))
        fixed = probes[0] == probes[1]
        told = self.told(grid.to_units(probes[:1])[0])
        return {
            axis.name: told[axis.name]
            for axis, is_fixed, size in zip(self._axes, fixed, grid.sizes, strict=True)
            if is_fixed and size > 1
        }


def _client(task: Task, grid: Grid) -> tuple[Any, _Codes]:
    """A client that knows all that was told; what was refused is there as failed trials."""
    from ax.api.client import Client
    from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig

    codes = _Codes(grid)
    client = Client(random_seed=int(task.rng(70).integers(2**31)))
    client.configure_experiment(
        parameters=[
            ChoiceParameterConfig(
                name=axis.name, values=list(axis.words), parameter_type="str", is_ordered=False
            )
            if axis.is_choice
            else RangeParameterConfig(name=axis.name, bounds=(0.0, 1.0), parameter_type="float")
            for axis in codes.varied
        ]
    )
    places, merits = goals_of(task)
    names = [f"merit{k}" for k in range(merits.shape[1])]
    client.configure_optimization(objective=", ".join(names))
    for units, row in zip(places, merits, strict=True):
        trial = client.attach_trial(parameters=codes.told(units))
        client.complete_trial(trial, raw_data=dict(zip(names, map(float, row), strict=True)))
    refused = [item for item in task.failures if item.kind is FailureKind.INFEASIBLE]
    for units in task.grid.units_of(item.values for item in refused if item.teaches):
        client.mark_trial_failed(client.attach_trial(parameters=codes.told(units)))
    return client, codes

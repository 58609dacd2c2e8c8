"""What the extras share: a start without a model, seats for shared values, filling up."""

from __future__ import annotations

import importlib.util
from typing import Any, ClassVar

import numpy as np

from ncrobot.errors import Diagnostic, LabError
from ncrobot.optimizers.beliefs import Judge, believed, enough
from ncrobot.optimizers.designs import Restricted, sobol_thought
from ncrobot.optimizers.grid import Floats, Grid, Indices
from ncrobot.optimizers.interface import Abilities, FailureKind, OptimizerState
from ncrobot.optimizers.memory import Remembering, Task, Thought
from ncrobot.optimizers.merits import complete, merits_of
from ncrobot.optimizers.picking import picked, pool_of
from ncrobot.optimizers.sampling import fresh
from ncrobot.optimizers.seating import seated_draws
from ncrobot.optimizers.sharing import seats_for, seats_of_points, shares_values, stacked
from ncrobot.searchspace import Trade


class Extra(Remembering):
    """A library that recommends points; see :meth:`_recommended`."""

    package: ClassVar[str]
    abilities: ClassVar[Abilities] = Abilities(apart=True)
    defaults: ClassVar[dict[str, Any]] = {"start": 0}

    def __init__(self, state: OptimizerState) -> None:
        """Go on from a state.

        Raises:
            LabError: the extra isn't installed, or an option is unknown.
        """
        if importlib.util.find_spec(self.package) is None:
            raise LabError(
                Diagnostic(
                    code="extra-missing",
                    message=f"the optimizer {self.name!r} needs a package that isn't installed",
                    found=f"no {self.package!r}",
                    fix=f"pip install 'ncrobot[{self.name}]', or take the optimizer 'thompson'",
                )
            )
        super().__init__(state)

    def _think(self, task: Task) -> Thought:
        start = int(task.options["start"]) or max(10, 2 * task.grid.width)
        if not enough(task, start):
            return sobol_thought(task)
        judge = believed(task).judge(task.count)
        if not shares_values(task.grid):
            draws = np.arange(task.count, dtype=np.int64)
            points = self._filled(task, task.grid, judge, draws, set(task.taken))
            seats = seats_for(len(points), task.layout, spread=False)
            plates, blocks = seats_of_points(seats)
            return Thought(points, plates, blocks, self.name)
        parts: list[Indices] = []
        places: list[tuple[int, int]] = []
        taken = set(task.taken)
        for seat, setting, draws in seated_draws(task, judge):
            held = Restricted(task.grid, setting)
            points = self._filled(task, held, judge, draws, taken)
            taken |= {task.grid.key(point) for point in points}
            parts.append(points)
            places += [(seat.plate, seat.block)] * len(points)
        found = stacked(parts, task.grid)
        return Thought(found, [p for p, _ in places], [b for _, b in places], self.name)

    def _filled(
        self, task: Task, grid: Grid, judge: Judge, draws: Indices, taken: set[bytes]
    ) -> Indices:
        """What the library recommends and can be made; the rest as the built-in one picks it."""
        rng = task.rng(60, len(taken))
        found = self._recommended(task, grid, len(draws), taken, rng)
        found = fresh(grid, grid.held(found), taken)
        found = found[grid.feasible(found)][: len(draws)]
        used = taken | {grid.key(point) for point in found}
        missing = draws[len(found) :]
        if not len(missing):
            return found
        rest = picked(grid, judge, missing, pool_of(task, grid, rng), used, rng)
        return np.vstack([found, rest])

    def _recommended(
        self, task: Task, grid: Grid, count: int, taken: set[bytes], rng: np.random.Generator
    ) -> Indices:
        """About ``count`` points (n, parameters); what is taken or forbidden is sorted out."""
        raise NotImplementedError


def goals_of(task: Task) -> tuple[Floats, Floats]:
    """What a library learns from: points (n, parameters) in units and merits, larger is better.

    Merits are (n, objectives) if compromises are wanted, else (n, 1) weighted sums. First come the
    complete results, then the wells that failed, with the worst merits of any result: these
    libraries have no model of failure, and would go there again. Y. K. Wakabayashi et al.,
    npj Comput. Mater. 2022, doi:10.1038/s41524-022-00859-8, did so.
    """
    results = complete(task.space, task.results)
    merits = merits_of(task.space, results)
    if task.space.trade is not Trade.PARETO and merits.shape[1] > 1:
        spread = np.maximum(merits.std(axis=0), 1e-12)
        weights = np.array([item.weight for item in task.space.objectives.values()])
        merits = ((merits / spread) @ weights / weights.sum())[:, None]
    failed = [item.values for item in task.failures if item.kind is FailureKind.FAILED]
    worst = np.tile(merits.min(axis=0), (len(failed), 1))
    places = task.grid.units_of([*(item.values for item in results), *failed])
    return places, np.vstack([merits, worst])

"""BayBE over a table of candidates: feasible ones only, half promising, half anywhere."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ncrobot.optimizers.beliefs import believed
from ncrobot.optimizers.extras.common import Extra, goals_of
from ncrobot.optimizers.grid import Floats, Grid, Indices
from ncrobot.optimizers.memory import Task
from ncrobot.optimizers.picking import pool_of
from ncrobot.optimizers.sampling import fresh

_DRAWS = 16
_DIGITS = 2
"""The table has hundredths of each range: its time grows with the different values of a column."""


class BayBETable(Extra):
    """Recommendations of BayBE's botorch recommender."""

    name: ClassVar[str] = "baybe"
    package: ClassVar[str] = "baybe"
    defaults: ClassVar[dict[str, Any]] = {"start": 0, "rows": 600}

    def _recommended(
        self, task: Task, grid: Grid, count: int, taken: set[bytes], rng: np.random.Generator
    ) -> Indices:
        rows = max(int(task.options["rows"]), 2 * count)
        points = _candidates(task, grid, rows, taken, rng)
        places, merits = goals_of(task)
        pending = task.grid.units_of([item.values for item in task.pending])
        chosen = _recommend(grid, (points, places, merits, pending), count)
        return points[chosen]


def _candidates(
    task: Task, grid: Grid, rows: int, taken: set[bytes], rng: np.random.Generator
) -> Indices:
    """Different points, also after rounding: half of them the best by the built-in model."""
    pool = fresh(grid, pool_of(task, grid, rng), taken)
    _, first = np.unique(_coded(grid, grid.to_units(pool)), axis=0, return_index=True)
    pool = pool[np.sort(first)]
    if len(pool) <= rows:
        return pool
    merit = believed(task).judge(_DRAWS)(pool).mean(axis=1)
    order = np.argsort(-merit, kind="stable")
    best, rest = order[: rows // 2], order[rows // 2 :]
    anywhere = rng.choice(rest, rows - len(best), replace=False)
    return np.asarray(pool[np.concatenate([best, anywhere])])


def _coded(grid: Grid, units: Floats) -> Floats:
    """Numbers rounded, words as they are."""
    coded = units.copy()
    coded[:, grid.numeric] = np.clip(units[:, grid.numeric], 0.0, 1.0).round(_DIGITS)
    return coded


def _recommend(grid: Grid, known: tuple[Indices, Floats, Floats, Floats], count: int) -> Indices:
    """Places of the recommended candidates."""
    import pandas as pd
    from baybe import Campaign
    from baybe.objectives import ParetoObjective, SingleTargetObjective
    from baybe.parameters import CategoricalParameter, NumericalDiscreteParameter
    from baybe.searchspace import SearchSpace
    from baybe.targets import NumericalTarget

    points, places, merits, pending = known
    names = [axis.name for axis in grid.axes]

    def frame(units: Floats) -> Any:
        table = pd.DataFrame(_coded(grid, units), columns=names)
        for place in grid.choices:
            words = grid.axes[place].words
            table[names[place]] = [words[int(number)] for number in units[:, place]]
        return table

    table = frame(grid.to_units(points))
    measured, under_way = frame(places), frame(pending)
    parameters = []
    varied = []
    for axis in grid.axes:
        values = sorted({*table[axis.name], *measured[axis.name], *under_way[axis.name]})
        if len(values) < 2:
            continue
        varied.append(axis.name)
        kind = CategoricalParameter if axis.is_choice else NumericalDiscreteParameter
        parameters.append(kind(name=axis.name, values=values))
    targets = [NumericalTarget(name=f"merit{k}") for k in range(merits.shape[1])]
    if len(targets) == 1:
        objective: Any = SingleTargetObjective(targets[0])
    else:
        objective = ParetoObjective(targets)
    space = SearchSpace.from_dataframe(table[varied].drop_duplicates(), parameters=parameters)
    campaign = Campaign(searchspace=space, objective=objective)
    measured = measured[varied].assign(
        **{target.name: merits[:, k] for k, target in enumerate(targets)}
    )
    campaign.add_measurements(measured, numerical_measurements_must_be_within_tolerance=False)
    waiting = under_way[varied] if len(under_way) else None
    count = min(count, len(space.discrete.exp_rep))
    found = campaign.recommend(batch_size=count, pending_experiments=waiting)
    row_of = {tuple(row): place for place, row in enumerate(table[varied].itertuples(index=False))}
    chosen = [row_of[tuple(row)] for row in found[varied].itertuples(index=False)]
    return np.array(chosen, dtype=np.int64)

"""Between the grid and the parameters of the extras, without the extras themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ncrobot.optimizers import Failure, FailureKind, Result
from ncrobot.optimizers.designs import Restricted
from ncrobot.optimizers.extras.ax_client import _Codes
from ncrobot.optimizers.extras.baybe_table import _candidates, _coded
from ncrobot.optimizers.extras.common import goals_of
from ncrobot.optimizers.grid import Grid
from ncrobot.optimizers.interface import Reason
from ncrobot.optimizers.registry import load_kind
from ncrobot.optimizers.sampling import feasible_points, random_draw
from optimizers.optimizer_kit import answer, state, synthesis

SPACE = synthesis(temperature="plate")
GRID = Grid(SPACE)


def some(count: int = 30):
    rng = np.random.default_rng(1)
    return feasible_points(GRID, count, random_draw(GRID.width, rng), rng)


def task_with(count: int, **changes):
    optimizer = load_kind("thompson")(state(SPACE, **changes))
    optimizer.observe(answer(optimizer.suggest(count), *SPACE.objectives))
    return optimizer._task(5)


def test_points_go_to_ax_and_come_back():
    codes = _Codes(GRID)
    for point in some():
        told = codes.told(GRID.to_units(point[None])[0])
        assert set(told) == set(SPACE.parameters)
        assert isinstance(told["ligand"], str)
        assert all(0 <= value <= 1 for value in told.values() if not isinstance(value, str))
        assert (GRID.from_units(np.array([codes.units(told)]))[0] == point).all()


def test_what_a_plate_holds_is_told_as_fixed():
    setting = some(1)[0]
    fixed = _Codes(GRID).held(Restricted(GRID, setting))
    place = list(SPACE.parameters).index("temperature")
    assert fixed == {"temperature": pytest.approx(GRID.axes[place].units[setting[place]])}
    assert _Codes(GRID).held(GRID) == {}


def test_candidates_are_feasible_different_and_new_also_after_rounding():
    task = task_with(40)
    taken = set(task.taken)
    found = _candidates(task, GRID, 200, taken, task.rng(1))
    assert len(found) == 200
    assert GRID.feasible(found).all()
    assert not taken & {GRID.key(point) for point in found}
    coded = _coded(GRID, GRID.to_units(found))
    assert len(np.unique(coded, axis=0)) == 200
    assert all(len(np.unique(coded[:, place])) <= 101 for place in GRID.numeric)


def test_goals_are_merits_in_the_order_of_the_results():
    task = task_with(12)
    places, merits = goals_of(task)
    assert places.shape == (12, GRID.width)
    assert merits[:, 0].tolist() == [item.measured["yield"] for item in task.results]
    assert isinstance(task.results[0], Result)


def test_wells_that_failed_are_told_to_a_library_as_the_worst_and_refused_ones_not_at_all():
    task = task_with(12)
    one, two, *_ = some()
    failed = Failure(id="f", values=GRID.values(one), kind=FailureKind.FAILED)
    refused = Failure(
        id="g",
        values=GRID.values(two),
        kind=FailureKind.INFEASIBLE,
        reason=Reason.UNDELIVERABLE,
    )
    fault = Failure(id="h", values=GRID.values(two), kind=FailureKind.FAULT)
    known, merits = goals_of(task)
    places, after = goals_of(replace(task, failures=(failed, refused, fault)))
    assert (places[:-1] == known).all()
    assert (GRID.from_units(_middles(places[-1:]))[0] == one).all()
    assert after.tolist() == [*merits.tolist(), [merits.min()]]


def _middles(units):
    """Words by the middle of their share, as the grid reads them."""
    found = units.copy()
    for place in GRID.choices:
        found[:, place] = (units[:, place] + 0.5) / len(GRID.axes[place].words)
    return found

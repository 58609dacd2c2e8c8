"""Where failures are likely: some draws dare it, none goes where nothing ever worked."""

from __future__ import annotations

import numpy as np

from ncrobot.optimizers import Failure, Layout, Result
from ncrobot.optimizers.beliefs import believed
from ncrobot.optimizers.designs import Restricted
from ncrobot.optimizers.grid import Grid
from ncrobot.optimizers.picking import pool_of
from ncrobot.optimizers.registry import load_kind
from ncrobot.searchspace import SearchSpace
from optimizers.optimizer_kit import answer, state, synthesis

SLOPE = SearchSpace.model_validate(
    {
        "ncrobot": "search/1",
        "name": "slope",
        "parameters": {
            name: {"kind": "continuous", "quantity": "ratio", "range": [0, 1]}
            for name in ("x", "y")
        },
        "objectives": {"figure": {"aim": "maximise"}},
    }
)
EDGE = 0.7


def told(share_failing: float):
    """The figure grows with x; beyond an edge wells fail, for certain or by chance."""
    optimizer = load_kind("thompson")(state(SLOPE, layout=Layout(wells=96)))
    rng = np.random.default_rng(3)
    results, failures = [], []
    for item in optimizer.suggest(80):
        x = item.values["x"]
        if x > EDGE and rng.random() < share_failing:
            failures.append(Failure(id=item.id, values=item.values, kind="failed"))
        else:
            results.append(
                Result(
                    id=f"m-{item.id}",
                    suggestion=item.id,
                    values=item.values,
                    measured={"figure": x},
                )
            )
    optimizer.observe(results, failed=failures)
    return optimizer


def test_what_surely_fails_is_left_alone_although_the_trend_points_there():
    found = [item.values["x"] for item in told(1.0).suggest(40)]
    assert np.mean([x < EDGE + 0.1 for x in found]) > 0.8
    assert np.median(found) > EDGE - 0.15, "the edge itself is tried"


def test_with_little_boldness_a_batch_keeps_to_what_is_expected_to_be_best():
    space = synthesis()
    hoped = []
    for boldness in (1.0, 0.01):
        optimizer = load_kind("thompson")(state(space, options={"boldness": boldness}))
        optimizer.observe(answer(optimizer.suggest(24), *space.objectives))
        beliefs = believed(optimizer._task(12))
        points = Grid(space).points([item.values for item in optimizer.suggest(12)])
        hoped.append(beliefs.processes[0].expected(beliefs.coding.of_points(points)).mean())
    assert hoped[1] > hoped[0]


def test_what_fails_now_and_then_is_dared():
    found = [item.values["x"] for item in told(0.3).suggest(40)]
    assert np.mean([x > EDGE for x in found]) > 0.5


def test_the_surer_the_failure_the_worse_it_is_judged():
    optimizer = told(1.0)
    task = optimizer._task(8)
    judged = believed(task).judge(8)(
        Grid(SLOPE).points([{"x": 0.2, "y": 0.5}, {"x": 0.95, "y": 0.5}])
    )
    assert (judged[0] > judged[1]).all()
    assert (judged[1] < -100).all()


def test_points_near_the_leaders_keep_the_values_that_a_block_holds():
    space = synthesis(temperature="plate")
    optimizer = load_kind("thompson")(state(space))
    results = [
        Result(id=f"m{k}", values=item.values, measured={"yield": float(k)})
        for k, item in enumerate(optimizer.suggest(30))
    ]
    optimizer.observe(results)
    task = optimizer._task(8)
    setting = task.grid.point(results[0].values)
    pool = pool_of(task, Restricted(task.grid, setting), np.random.default_rng(0), 64)
    place = list(space.parameters).index("temperature")
    assert set(pool[:, place]) == {setting[place]}


def test_three_values_of_a_plate_wide_parameter_are_tried_before_any_model_is_asked():
    space = synthesis(temperature="plate", ligand="plate")
    optimizer = load_kind("thompson")(state(space, options={"start": 5}))
    seen = []
    for number in range(4):
        found = optimizer.suggest(24)
        optimizer.observe(
            [
                Result(
                    id=f"m{number}-{item.id}",
                    suggestion=item.id,
                    values=item.values,
                    measured={"yield": 1.0},
                )
                for item in found
            ]
        )
        seen.append((found[0].values["temperature"], found[0].values["ligand"]))
    assert len(set(seen)) == 4
    temperatures = [at for at, _ in seen]
    assert max(temperatures) - min(temperatures) >= 15

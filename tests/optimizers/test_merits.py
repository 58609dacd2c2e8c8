"""Several objectives: what beats what, the volume that is beaten, and how they are weighed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.optimizers import Result
from ncrobot.optimizers.merits import (
    Trading,
    complete,
    hypervolume,
    merit_of,
    merits_of,
    not_beaten,
    weighted_merit,
)
from ncrobot.searchspace import SearchSpace

POINTS = st.integers(2, 4).flatmap(
    lambda width: st.lists(
        st.lists(st.floats(0, 1), min_size=width, max_size=width), min_size=1, max_size=12
    )
)


def space(trade: str = "pareto", **objectives):
    objectives = objectives or {"a": {"aim": "maximise"}, "b": {"aim": "minimise"}}
    return SearchSpace.model_validate(
        {
            "ncrobot": "search/1",
            "name": "two",
            "parameters": {"x": {"kind": "integer", "range": [0, 9]}},
            "objectives": objectives,
            "trade": trade,
        }
    )


@given(points=POINTS)
def test_the_beaten_are_beaten_by_somebody_who_is_not(points):
    merits = np.array(points)
    front = not_beaten(merits)
    assert front.any()
    for row in merits[~front]:
        better = merits[front]
        assert ((better >= row).all(axis=1) & (better > row).any(axis=1)).any()


@given(points=POINTS)
def test_hypervolume_is_the_share_of_space_that_is_beaten(points):
    merits = np.array(points)
    probes = np.random.default_rng(0).random((4000, merits.shape[1]))
    beaten = (merits[None, :, :] >= probes[:, None, :]).all(axis=2).any(axis=1).mean()
    assert hypervolume(merits, np.zeros(merits.shape[1])) == pytest.approx(beaten, abs=0.04)


@given(points=POINTS, extra=st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_hypervolume_never_shrinks_by_another_point(points, extra):
    merits = np.array(points)
    width = merits.shape[1]
    more = np.vstack([merits, extra[:width]])
    floor = np.zeros(width)
    assert hypervolume(more, floor) >= hypervolume(merits, floor) - 1e-12


def test_points_below_the_reference_count_nothing():
    assert hypervolume(np.array([[0.4, 2.0]]), np.array([0.5, 0.0])) == 0.0


def test_merits_follow_the_aims():
    three = space(
        "weights",
        up={"aim": "maximise"},
        down={"aim": "minimise"},
        at={"aim": "target", "target": 680, "tolerance": 5},
    )
    results = [
        Result(id="1", values={"x": 1}, measured={"up": 2.0, "down": 3.0, "at": 683.0}),
        Result(id="2", values={"x": 2}, measured={"up": 2.0, "down": 3.0, "at": 670.0}),
        Result(id="3", values={"x": 3}, measured={"up": 2.0}),
    ]
    assert [result.id for result in complete(three, results)] == ["1", "2"]
    assert merits_of(three, results[:2]).tolist() == [[2, -3, 0], [2, -3, -5]]
    for name, objective in three.objectives.items():
        figures = np.array([results[0].measured[name], 1.0])
        assert merit_of(objective, figures).tolist() == [objective.merit(f) for f in figures]


def test_fixed_weights_weigh_and_ranges_scale():
    both = space(
        "weights",
        a={"aim": "maximise", "range": [0, 100], "weight": 3},
        b={"aim": "minimise", "range": [0, 1]},
    )
    assert weighted_merit(both, {"a": 100, "b": 1}) == pytest.approx(0.75)
    merits = np.array([[100.0, -1.0], [0.0, 0.0], [50.0, -0.5]])
    trading = Trading(both, merits, 4, np.random.default_rng(0))
    assert trading.of_measured(merits)[:, 0] == pytest.approx([0.75, 0.25, 0.5])


@given(seed=st.integers(0, 50))
def test_with_random_directions_the_best_is_never_a_beaten_point(seed):
    rng = np.random.default_rng(seed)
    merits = rng.random((30, 2))
    utility = Trading(space(), merits, 64, rng).of_measured(merits)
    front = not_beaten(merits)
    best = utility.argmax(axis=0)
    assert front[best].all()
    assert len(set(best.tolist())) > 1 or front.sum() < 3

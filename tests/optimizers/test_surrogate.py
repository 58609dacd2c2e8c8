"""The Gaussian process against what is known of Gaussian processes, and the model of failures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from ncrobot.optimizers.grid import Grid
from ncrobot.optimizers.sampling import feasible_points, random_draw
from ncrobot.optimizers.surrogate import Coding, fitted, learned_success
from ncrobot.optimizers.surrogate.fitting import Data, _Likelihood
from ncrobot.optimizers.surrogate.kernel import (
    frequencies,
    matern,
    matern_slope,
    scaled,
    squared_distances,
)
from optimizers.optimizer_kit import synthesis


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def plain(count: int, width: int, seed: int = 0):
    """Columns of numbers, each its own parameter."""
    return rng(seed).random((count, width)), np.arange(width)


def wave(columns):
    return np.sin(6 * columns[:, 0]) + columns[:, 1] ** 2


def test_two_words_of_a_choice_are_at_distance_one_and_numbers_at_their_difference():
    grid = Grid(synthesis())
    coding = Coding(grid)
    points = feasible_points(grid, 40, random_draw(grid.width, rng()), rng())
    columns = coding.of_points(points)
    square = squared_distances(columns, columns)
    units = grid.to_units(points)
    gap = units[:, None, grid.numeric] - units[None, :, grid.numeric]
    differs = points[:, None, grid.choices] != points[None, :, grid.choices]
    assert square == pytest.approx((gap**2).sum(axis=2) + differs.sum(axis=2), abs=1e-9)


@given(square=st.floats(1e-3, 30))
def test_the_slope_of_the_kernel_is_its_derivative(square):
    step = 1e-6 * square
    low, high = matern(np.array([square - step, square + step]))
    assert -2 * (high - low) / (2 * step) == pytest.approx(matern_slope(np.array(square)), rel=1e-4)


def test_random_features_have_the_kernel_as_their_covariance():
    columns, owners = plain(12, 3)
    lengths = np.array([0.3, 0.7, 2.0])
    waves = frequencies(200_000, lengths, owners, rng(1))
    phases = rng(2).uniform(0, 2 * np.pi, waves.shape[1])
    features = np.sqrt(2 / waves.shape[1]) * np.cos(columns @ waves + phases)
    places = scaled(columns, lengths, owners)
    wanted = matern(squared_distances(places, places))
    assert features @ features.T == pytest.approx(wanted, abs=0.02)


@settings(max_examples=20)
@given(seed=st.integers(0, 1000))
def test_the_gradient_of_the_likelihood_is_right(seed):
    columns, owners = plain(15, 3, seed)
    owners = np.array([0, 1, 1])
    counts = rng(seed).integers(1, 4, 15).astype(float)
    data = Data(
        columns, wave(columns), counts, rng(seed).random(15) / 50, 0.3, int(counts.sum()) - 15
    )
    likelihood = _Likelihood(data, owners, 2)
    theta = likelihood.centre + rng(seed).normal(0, 0.5, len(likelihood.centre))
    numeric = optimize.approx_fprime(theta, lambda t: likelihood(t)[0], 1e-6)
    assert likelihood(theta)[1] == pytest.approx(numeric, rel=2e-3, abs=2e-3)


def test_replicates_as_one_mean_have_the_likelihood_of_the_single_figures():
    columns, owners = plain(6, 2)
    figures = rng(3).normal(size=(6, 3))
    each = Data(np.repeat(columns, 3, axis=0), figures.ravel(), np.ones(18), np.zeros(18), 0.0, 0)
    means = figures.mean(axis=1)
    scatter = float(((figures - means[:, None]) ** 2).sum())
    together = Data(columns, means, np.full(6, 3.0), np.zeros(6), scatter, 12)
    one, two = _Likelihood(each, owners, 2), _Likelihood(together, owners, 2)
    thetas = [one.centre + rng(k).normal(0, 0.4, len(one.centre)) for k in range(5)]
    gaps = [one(theta)[0] - two(theta)[0] for theta in thetas]
    # Not exactly: the jitter that keeps matrices positive is in both, once for each row.
    assert gaps == pytest.approx([gaps[0]] * 5, abs=0.01)


def test_a_smooth_response_is_learnt_and_the_spread_is_honest():
    columns, owners = plain(80, 3)
    noise = 0.05
    figures = wave(columns) + rng(1).normal(0, noise, 80)
    process = fitted(columns, figures, np.zeros(80), owners, rng(2))
    new = rng(5).random((500, 3))
    expected, spread = process.predict(new)
    off = expected - wave(new)
    assert np.sqrt((off**2).mean()) < noise
    assert (np.abs(off) < 2 * spread).mean() > 0.8
    assert process.scales.lengths[2] > 3 * process.scales.lengths[0], "the third does nothing"
    assert np.sqrt(process.scales.noise) * process.spread == pytest.approx(noise, rel=0.4)


def test_figures_of_any_size_and_equal_figures_are_taken():
    columns, owners = plain(10, 2)
    for figures in (np.full(10, 7.0), 1e9 + 1e6 * wave(columns), 1e-9 * wave(columns)):
        expected, spread = fitted(columns, figures, np.zeros(10), owners, rng()).predict(columns)
        assert np.isfinite(expected).all()
        assert np.isfinite(spread).all()
        assert np.abs(expected - figures).max() < 0.5 * max(
            figures.std(), 1e-6 * abs(figures).max()
        )


def test_a_figure_with_a_large_error_counts_less():
    columns, owners = plain(30, 2)
    figures = wave(columns)
    figures[0] += 3
    sems = np.zeros(30)
    trusting = fitted(columns, figures, sems, owners, rng())
    sems[0] = 3.0
    doubting = fitted(columns, figures, sems, owners, rng())
    at = columns[:1]
    assert abs(doubting.predict(at)[0] - wave(at)) < abs(trusting.predict(at)[0] - wave(at)) / 2


def test_drawn_responses_have_mean_and_spread_of_the_prediction():
    columns, owners = plain(25, 2)
    process = fitted(
        columns, wave(columns) + rng(1).normal(0, 0.1, 25), np.zeros(25), owners, rng()
    )
    new = rng(9).random((20, 2))
    drawn = process.paths(4000, rng(3))(new)
    expected, spread = process.predict(new)
    scale = process.spread
    assert drawn.mean(axis=1) == pytest.approx(expected, abs=0.1 * scale)
    assert drawn.std(axis=1) == pytest.approx(spread, rel=0.25, abs=0.03 * scale)


def test_a_response_that_is_drawn_less_boldly_keeps_that_share_of_its_way_off_the_mean():
    columns, owners = plain(15, 2)
    process = fitted(columns, wave(columns), np.zeros(15), owners, rng())
    new = rng(4).random((6, 2)) + 0.5
    expected, _ = process.predict(new)
    fair = process.paths(3, rng(5))(new)
    drawn = process.paths(3, rng(5), np.array([0.0, 0.4, 1.0]))(new)
    assert drawn[:, 0] == pytest.approx(expected)
    assert drawn[:, 1] - expected == pytest.approx(0.4 * (fair[:, 1] - expected))
    assert drawn[:, 2] == pytest.approx(fair[:, 2])


def test_points_under_way_make_sure_of_their_place_and_change_no_expectation():
    columns, owners = plain(15, 2)
    process = fitted(columns, wave(columns), np.zeros(15), owners, rng())
    new = rng(4).random((6, 2)) + 1.0
    before, spread = process.predict(new)
    after, narrower = process.believing(new).predict(new)
    assert after == pytest.approx(before, abs=0.02 * process.spread)
    assert (narrower < spread).all()


def test_failures_are_learnt_where_they_happen():
    columns, owners = plain(200, 2)
    fails = columns[:, 0] + columns[:, 1] > 1.3
    model = learned_success(columns, (~fails).astype(float), owners, rng())
    assert model is not None
    chance = model.probability(np.array([[0.9, 0.9], [0.1, 0.1], [0.2, 0.6]]))
    assert chance[0] < 0.1
    assert (chance[1:] > 0.9).all()
    new = rng(8).random((400, 2))
    told = model.probability(new) > 0.5
    assert (told == (new.sum(axis=1) < 1.3)).mean() > 0.93


def test_chances_are_calibrated_where_failure_is_a_matter_of_luck():
    columns, owners = plain(400, 2)
    successes = (rng(3).random(400) < 0.7).astype(float)
    model = learned_success(columns, successes, owners, rng())
    assert model is not None
    chance = model.probability(rng(8).random((200, 2)))
    assert abs(float(chance.mean()) - successes.mean()) < 0.1


@given(count=st.integers(0, 5))
def test_without_a_failure_there_is_no_risk_to_learn(count):
    columns, owners = plain(count, 2)
    assert learned_success(columns, np.ones(count), owners, rng()) is None


def test_one_failure_alone_is_taken():
    columns, owners = plain(1, 2)
    model = learned_success(columns, np.zeros(1), owners, rng())
    assert model is not None
    near, far = model.probability(np.array([columns[0], columns[0] + 10.0]))
    assert near < far


def test_noise_of_replicates_is_recovered():
    columns, owners = plain(12, 2)
    repeated = np.repeat(columns, 6, axis=0)
    figures = wave(repeated) + rng(6).normal(0, 0.2, len(repeated))
    process = fitted(repeated, figures, np.zeros(len(repeated)), owners, rng())
    found = process.scales.noise * process.spread**2 * 60 / 0.2**2
    low, high = stats.chi2.ppf([0.001, 0.999], 60)
    assert low < found < high


def test_the_expectation_alone_is_that_of_the_whole_prediction():
    columns, owners = plain(20, 2)
    process = fitted(columns, wave(columns), np.zeros(20), owners, rng())
    new = rng(4).random((30, 2))
    assert process.expected(new) == pytest.approx(process.predict(new)[0])

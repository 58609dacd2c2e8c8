"""Length scales, amplitude and noise by the most probable values given the data.

The marginal likelihood of replicates is exact: points that are equal enter as one mean, with the
scatter around it as evidence for the noise. Weak priors keep short data sets sane.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import linalg, optimize

from ncrobot.optimizers.grid import Floats, Indices
from ncrobot.optimizers.surrogate.kernel import matern, matern_slope

_MOST = 256
"""More points cost more time than they add to the length scales."""
_STARTS = 12
_CLIMBS = 2
_SPREAD_OF_LENGTH = 1.0
_SPREAD_OF_SCALE = 1.0
_NOISE, _SPREAD_OF_NOISE = np.log(0.02), 1.5
"""Prior of the noise, as a share of the variance of the data: two per cent, times or over 4.5."""
JITTER = 1e-8


@dataclass(frozen=True, slots=True)
class Data:
    """Means of replicates, standardised: columns (n, c), figures (n), counts, known variances (n).

    ``scatter`` is the sum of squares within replicates, ``spare`` its degrees of freedom.
    """

    columns: Floats
    figures: Floats
    counts: Floats
    known: Floats
    scatter: float
    spare: int


@dataclass(frozen=True, slots=True)
class Scales:
    """What was fitted: a length for each parameter, and variances of signal and noise."""

    lengths: Floats
    signal: float
    noise: float


def fit(data: Data, owners: Indices, count: int, rng: np.random.Generator) -> Scales:
    """The most probable scales for ``count`` parameters, from several starts."""
    likelihood = _Likelihood(_thinned(data, rng), owners, count)
    centre = likelihood.centre
    starts = [centre, *(centre + rng.normal(0.0, 1.0, len(centre)) for _ in range(_STARTS - 1))]
    low, high = np.array(likelihood.bounds).T
    starts = [np.clip(start, low, high) for start in starts]
    ranked = sorted(starts, key=lambda start: likelihood(start)[0])
    best: Any = None
    for start in ranked[:_CLIMBS]:
        found = optimize.minimize(
            likelihood,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=likelihood.bounds,
            options={"maxiter": 60},
        )
        if best is None or found.fun < best.fun:
            best = found
    theta = np.asarray(best.x, dtype=np.float64)
    return Scales(np.exp(theta[:count]), float(np.exp(theta[-2])), float(np.exp(theta[-1])))


class _Likelihood:
    """Minus the log posterior of the logarithms of all scales, with its gradient."""

    def __init__(self, data: Data, owners: Indices, count: int) -> None:
        self._data = data
        self._squares = np.stack(
            [_squares(data.columns[:, owners == place]) for place in range(count)]
        )
        # Distances grow with the root of the number of parameters, and length scales with them.
        length = np.log(0.5 * np.sqrt(count))
        self.centre = np.array([*[length] * count, 0.0, _NOISE])
        self._spreads = np.array([*[_SPREAD_OF_LENGTH] * count, _SPREAD_OF_SCALE, _SPREAD_OF_NOISE])
        self.bounds = [(np.log(0.05), np.log(30.0))] * count
        self.bounds += [(np.log(0.02), np.log(50.0)), (np.log(1e-6), np.log(2.0))]

    def __call__(self, theta: Floats) -> tuple[float, Floats]:
        data, count = self._data, len(self._squares)
        weights, signal, noise = np.exp(-2 * theta[:count]), *np.exp(theta[count:])
        square = np.tensordot(weights, self._squares, axes=1)
        kernel = signal * matern(square)
        noises = noise / data.counts
        total = kernel + np.diag(noises + data.known + JITTER * signal)
        lower = linalg.cholesky(total, lower=True)
        inverse = linalg.cho_solve((lower, True), np.eye(len(total)))
        alpha = inverse @ data.figures
        value = 0.5 * data.figures @ alpha + np.log(np.diag(lower)).sum()
        value += 0.5 * data.spare * np.log(noise) + 0.5 * data.scatter / noise
        pull = np.outer(alpha, alpha) - inverse
        by_length = signal * matern_slope(square) * pull
        slopes = -0.5 * weights * np.tensordot(self._squares, by_length, axes=2)
        by_noise = -0.5 * (np.diag(pull) * noises).sum()
        by_noise += 0.5 * data.spare - 0.5 * data.scatter / noise
        gradient = np.array([*slopes, -0.5 * (pull * kernel).sum(), by_noise])
        off = (theta - self.centre) / self._spreads
        return float(value + 0.5 * off @ off), gradient + off / self._spreads


def _squares(columns: Floats) -> Floats:
    gap = columns[:, None, :] - columns[None, :, :]
    return np.asarray((gap**2).sum(axis=2), dtype=np.float64)


def _thinned(data: Data, rng: np.random.Generator) -> Data:
    """At most 256 points, any of them."""
    if len(data.figures) <= _MOST:
        return data
    keep = np.sort(rng.choice(len(data.figures), _MOST, replace=False))
    return Data(
        data.columns[keep],
        data.figures[keep],
        data.counts[keep],
        data.known[keep],
        data.scatter,
        data.spare,
    )

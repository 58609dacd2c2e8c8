"""How likely a point is to give anything that can be measured, learnt from failures.

Gaussian process classification with the Laplace approximation: Rasmussen and Williams, Gaussian
Processes for Machine Learning, MIT Press 2006, algorithm 3.1 and section 3.4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from ncrobot.optimizers.grid import Floats, Indices
from ncrobot.optimizers.surrogate.kernel import matern, scaled, squared_distances

_SIGNAL = 9.0
"""Variance of the log odds: a failure may be nearly certain in one place and rare in another."""
_LENGTHS = (0.15, 0.3, 0.6, 1.2)
_MOST = 500
_STEPS = 50


@dataclass(frozen=True)
class SuccessModel:
    """The fitted classifier; see :meth:`probability`."""

    owners: Indices
    lengths: Floats
    inputs: Floats
    pull: Floats
    half: Floats
    roots: Floats
    base: float

    def probability(self, columns: Floats) -> Floats:
        """Probability (n) of a measurable product at points (n, c)."""
        cross = _SIGNAL * matern(
            squared_distances(
                scaled(columns, self.lengths, self.owners),
                scaled(self.inputs, self.lengths, self.owners),
            )
        )
        mean = self.base + cross @ self.pull
        inner = linalg.solve_triangular(self.half, self.roots[:, None] * cross.T, lower=True)
        variance = np.maximum(_SIGNAL - (inner**2).sum(axis=0), 0.0)
        # The mean of a logistic over a normal: MacKay, Neural Computation 1992, 4, 720.
        return _logistic(mean / np.sqrt(1.0 + np.pi * variance / 8.0))


def learned_success(
    columns: Floats, successes: Floats, owners: Indices, rng: np.random.Generator
) -> SuccessModel | None:
    """The classifier for points (n, c) and successes (1 or 0); None without any failure."""
    if len(successes) == 0 or successes.min() > 0:
        return None
    if len(successes) > _MOST:
        kept = np.sort(rng.choice(len(successes), _MOST, replace=False))
        columns, successes = columns[kept], successes[kept]
    # Away from all data the odds are those of the whole, with one success and one failure added.
    rate = (successes.sum() + 1.0) / (len(successes) + 2.0)
    base = float(np.log(rate / (1.0 - rate)))
    count = int(owners.max()) + 1
    tries = [
        _laplace(columns, successes, owners, np.full(count, length * np.sqrt(count)), base)
        for length in _LENGTHS
    ]
    return max(tries, key=lambda pair: pair[0])[1]


def _laplace(
    columns: Floats, successes: Floats, owners: Indices, lengths: Floats, base: float
) -> tuple[float, SuccessModel]:
    """Approximate log evidence, and the model with these length scales."""
    places = scaled(columns, lengths, owners)
    kernel = _SIGNAL * matern(squared_distances(places, places))
    latent = np.zeros(len(successes))
    objective = -np.inf
    for _ in range(_STEPS):
        chance = _logistic(base + latent)
        roots = np.sqrt(np.maximum(chance * (1.0 - chance), 1e-12))
        half = linalg.cholesky(np.eye(len(latent)) + np.outer(roots, roots) * kernel, lower=True)
        wanted = roots**2 * latent + successes - chance
        inner = linalg.cho_solve((half, True), roots * (kernel @ wanted))
        pull = wanted - roots * inner
        latent = kernel @ pull
        signs = 2.0 * successes - 1.0
        value = -0.5 * pull @ latent - np.logaddexp(0.0, -signs * (base + latent)).sum()
        if value - objective < 1e-6:
            break
        objective = value
    chance = _logistic(base + latent)
    roots = np.sqrt(np.maximum(chance * (1.0 - chance), 1e-12))
    half = linalg.cholesky(np.eye(len(latent)) + np.outer(roots, roots) * kernel, lower=True)
    evidence = float(value - np.log(np.diag(half)).sum())
    pull = successes - chance
    return evidence, SuccessModel(owners, lengths, columns, pull, half, roots, base)


def _logistic(odds: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(odds, -40.0, 40.0))), dtype=np.float64)

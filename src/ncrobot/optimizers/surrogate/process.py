"""A Gaussian process: what is expected at any point, how sure that is, and possible responses.

Possible responses are drawn as whole functions: a draw of the prior by random features, corrected
by what was measured. J. T. Wilson et al., Efficiently sampling functions from Gaussian process
posteriors, ICML 2020.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import linalg

from ncrobot.optimizers.grid import Floats, Indices
from ncrobot.optimizers.surrogate.fitting import JITTER, Data, Scales, fit
from ncrobot.optimizers.surrogate.kernel import (
    frequencies,
    matern,
    scaled,
    squared_distances,
)

_FEATURES = 1024


@dataclass(frozen=True)
class Process:
    """A fitted process over columns; figures in the unit in which they were measured."""

    owners: Indices
    scales: Scales
    inputs: Floats
    figures: Floats
    noises: Floats
    mean: float
    spread: float

    def predict(self, columns: Floats) -> tuple[Floats, Floats]:
        """Expected figures (n) and their standard deviations (n), without noise of measurement."""
        lower, alpha = self._solved
        cross = self.covariance(columns, self.inputs)
        half = linalg.solve_triangular(lower, cross.T, lower=True)
        variance = np.maximum(self.scales.signal - (half**2).sum(axis=0), 0.0)
        return self.mean + self.spread * (cross @ alpha), self.spread * np.sqrt(variance)

    def expected(self, columns: Floats) -> Floats:
        """Expected figures (n)."""
        _, alpha = self._solved
        return self.mean + self.spread * (self.covariance(columns, self.inputs) @ alpha)

    def believing(self, columns: Floats) -> Process:
        """The process if points under way give what is expected: surer near them, else the same."""
        if not len(columns):
            return self
        expected, _ = self.predict(columns)
        return replace(
            self,
            inputs=np.vstack([self.inputs, columns]),
            figures=np.concatenate([self.figures, (expected - self.mean) / self.spread]),
            noises=np.concatenate([self.noises, np.full(len(columns), self.scales.noise)]),
        )

    def paths(self, count: int, rng: np.random.Generator, boldness: Floats | float = 1.0) -> Paths:
        """``count`` functions that the data allow.

        ``boldness`` (count) is the share of its way off what is expected that each function keeps:
        1 is a fair draw, 0 the expectation itself.
        """
        scales = self.scales
        waves = frequencies(_FEATURES, scales.lengths, self.owners, rng)
        phases = rng.uniform(0.0, 2.0 * np.pi, _FEATURES)
        weights = rng.standard_normal((_FEATURES, count))
        weights *= np.sqrt(2.0 * scales.signal / _FEATURES)
        prior = np.cos(self.inputs @ waves + phases) @ weights
        noise = rng.standard_normal(prior.shape) * np.sqrt(self.noises)[:, None]
        lower, alpha = self._solved
        updates = linalg.cho_solve((lower, True), self.figures[:, None] - prior - noise)
        updates = boldness * updates + (1.0 - boldness) * alpha[:, None]
        return Paths(self, waves, phases, weights * boldness, np.asarray(updates))

    def covariance(self, one: Floats, two: Floats) -> Floats:
        """Prior covariance (n, m) of the standardised response between two sets of columns."""
        lengths = self.scales.lengths
        pair = (scaled(table, lengths, self.owners) for table in (one, two))
        return np.asarray(self.scales.signal * matern(squared_distances(*pair)))

    @cached_property
    def _solved(self) -> tuple[Floats, Floats]:
        total = self.covariance(self.inputs, self.inputs)
        total[np.diag_indices_from(total)] += self.noises + JITTER * self.scales.signal
        lower = linalg.cholesky(total, lower=True)
        return lower, np.asarray(linalg.cho_solve((lower, True), self.figures))


@dataclass(frozen=True)
class Paths:
    """Functions drawn from a process; call them with columns (n, c) for figures (n, count)."""

    process: Process
    waves: Floats
    phases: Floats
    weights: Floats
    updates: Floats

    def __call__(self, columns: Floats) -> Floats:
        """Figures (n, count) at columns (n, c)."""
        prior = np.cos(columns @ self.waves + self.phases) @ self.weights
        change = self.process.covariance(columns, self.process.inputs) @ self.updates
        return np.asarray(self.process.mean + self.process.spread * (prior + change))


def fitted(
    columns: Floats, figures: Floats, sems: Floats, owners: Indices, rng: np.random.Generator
) -> Process:
    """The process fitted to figures (n) with standard errors (n), zero where they are not known."""
    mean, spread = float(figures.mean()), float(figures.std())
    spread = spread if spread > 1e-12 * max(1.0, abs(mean)) else 1.0
    data = _grouped(columns, (figures - mean) / spread, (sems / spread) ** 2)
    count = int(owners.max()) + 1
    scales = fit(data, owners, count, rng)
    noises = scales.noise / data.counts + data.known
    return Process(owners, scales, data.columns, data.figures, noises, mean, spread)


def _grouped(columns: Floats, figures: Floats, known: Floats) -> Data:
    """Equal points as one mean; the scatter of those without a known error tells of the noise."""
    points, group = np.unique(columns.round(9), axis=0, return_inverse=True)
    group = group.ravel()
    counts = np.bincount(group).astype(np.float64)
    means = np.bincount(group, weights=figures) / counts
    errors = np.bincount(group, weights=known) / counts**2
    exact = known == 0.0
    gaps = (figures - means[group])[exact]
    groups_of_exact = len(np.unique(group[exact]))
    is_pure = bool(exact.all())
    # With unequal errors the scatter is no clean sum of squares; the means still tell.
    spare = int(exact.sum()) - groups_of_exact if is_pure else 0
    scatter = float((gaps**2).sum()) if is_pure else 0.0
    return Data(points, means, counts, errors, scatter, spare)

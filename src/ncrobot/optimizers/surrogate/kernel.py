"""The Matérn 5/2 kernel with a length scale for each parameter.

Formula: C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning, MIT Press
2006, equation 4.17. A choice enters by columns of its words, which keeps the kernel positive.
"""

from __future__ import annotations

import numpy as np

from ncrobot.optimizers.grid import Floats, Indices

_ROOT5 = np.sqrt(5.0)


def scaled(columns: Floats, lengths: Floats, owners: Indices) -> Floats:
    """The columns divided by the length scale of their parameter."""
    return np.asarray(columns / lengths[owners], dtype=np.float64)


def squared_distances(one: Floats, two: Floats) -> Floats:
    """Squared distances (n, m) between the rows of two scaled tables."""
    cross = one @ two.T
    square = (one**2).sum(axis=1)[:, None] + (two**2).sum(axis=1)[None, :] - 2.0 * cross
    return np.asarray(np.maximum(square, 0.0))


def matern(square: Floats) -> Floats:
    """Correlation at squared scaled distances."""
    root = _ROOT5 * np.sqrt(square)
    return np.asarray((1.0 + root + 5.0 / 3.0 * square) * np.exp(-root), dtype=np.float64)


def matern_slope(square: Floats) -> Floats:
    """Minus two times the derivative of :func:`matern` by the squared distance."""
    root = _ROOT5 * np.sqrt(square)
    return np.asarray(5.0 / 3.0 * (1.0 + root) * np.exp(-root), dtype=np.float64)


def frequencies(count: int, lengths: Floats, owners: Indices, rng: np.random.Generator) -> Floats:
    """Frequencies (columns, count) of the kernel's spectrum, a Student distribution with 5 degrees.

    A. Rahimi and B. Recht, Random features for large-scale kernel machines, NIPS 2007.
    """
    normal = rng.standard_normal((len(owners), count))
    spread = np.sqrt(5.0 / rng.chisquare(5.0, count))
    return np.asarray(normal * spread / lengths[owners][:, None], dtype=np.float64)

"""Sums of figures that are known where the figures themselves are not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from ncrobot.calibration.fitting import Fit, is_told

_MOST_TERMS = 3


def known_combinations(
    found: Fit, untold: Sequence[int], design: Any, rates: set[int]
) -> list[Any]:
    """As many independent known sums of the ``untold`` terms as the acts determine.

    Plain sums of two or three times come first, then what whole kinds of acts consist of.
    """
    chosen: list[Any] = []
    for candidate in _candidates(found, untold, design, rates):
        if not is_told(found, candidate):
            continue
        stack = np.array([*chosen, candidate]) * found.scale
        stack /= np.linalg.norm(stack, axis=1, keepdims=True)
        if np.linalg.matrix_rank(stack, tol=1e-5) == len(stack):
            chosen.append(candidate)
    return chosen


def _candidates(found: Fit, untold: Sequence[int], design: Any, rates: set[int]) -> Iterator[Any]:
    width = design.shape[1]
    times = [term for term in untold if term not in rates]
    for size in range(2, _MOST_TERMS + 1):
        for terms in combinations(times, size):
            candidate = np.zeros(width)
            candidate[list(terms)] = 1.0
            yield candidate
    # An act's own sum with what is known of it taken off is known as well.
    shapes: dict[tuple[bool, ...], Any] = {}
    mask = np.zeros(width, dtype=bool)
    mask[list(untold)] = True
    for row in design[found.kept]:
        part = np.where(mask, row, 0.0)
        shapes.setdefault(tuple(bool(each) for each in part), part)
    for shape in sorted(shapes, key=sum):
        if any(shape):
            yield shapes[shape]

"""Least squares for the arm's times: no figure below zero, and acts far off set aside.

The fit is `scipy.optimize.lsq_linear` with lower bounds of zero on scaled columns. An act is set
aside if its residual exceeds five robust standard deviations (1.4826 times the median absolute
residual) and a fifth of a second, which is below what a stall or a retry costs; the fit is then
made again without it, until nothing more falls out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

_FAR = 5.0
_FLOOR_S = 0.2
_MOST_ROUNDS = 8
_RANK_TOLERANCE = 1e-6
# The relative value below which a fitted time counts as none: rounding, not knowledge.
_AT_BOUND = 1e-7


@dataclass(frozen=True, slots=True)
class Fit:
    """Numpy arrays: ``x`` (terms), its covariance, a basis of what can't be told (terms × k).

    ``kept`` marks the acts in the fit. ``unknown`` is scaled as ``x / scale``.
    """

    x: Any
    covariance: Any
    unknown: Any
    scale: Any
    kept: Any
    residuals_s: Any
    freedom: int


def fit(design: Any, durations_s: Any) -> Fit:
    """Fit seconds per term to acts; ``design`` is acts × terms, every term in some act."""
    scale = 1.0 / np.sqrt((design**2).mean(axis=0))
    scaled = design * scale
    kept = np.ones(len(durations_s), dtype=bool)
    for _ in range(_MOST_ROUNDS):
        solution = _bounded(scaled[kept], durations_s[kept])
        residuals_s = durations_s - scaled @ solution
        spread_s = 1.4826 * float(np.median(np.abs(residuals_s[kept])))
        nearby = np.abs(residuals_s) <= max(_FAR * spread_s, _FLOOR_S)
        # A term must not lose its last acts: then they are no outliers but all there is.
        nearby |= (design[:, ~((design != 0) & nearby[:, None]).any(axis=0)] != 0).any(axis=1)
        if (nearby == kept).all():
            break
        kept = nearby
    solution = _bounded(scaled[kept], durations_s[kept])
    residuals_s = durations_s - scaled @ solution
    unknown, inverse, rank = _split(scaled[kept])
    freedom = int(kept.sum()) - rank
    variance = float((residuals_s[kept] ** 2).sum()) / freedom if freedom > 0 else float("nan")
    return Fit(
        x=solution * scale,
        covariance=variance * inverse * np.outer(scale, scale),
        unknown=unknown,
        scale=scale,
        kept=kept,
        residuals_s=residuals_s,
        freedom=freedom,
    )


def at_bound(found: Fit, term: int) -> bool:
    """Whether a term came out as nothing: the record shows no time for it."""
    return bool(found.x[term] <= _AT_BOUND * found.scale[term])


def _bounded(scaled: Any, durations_s: Any) -> Any:
    from scipy.optimize import lsq_linear  # noqa: PLC0415 - scipy is slow to import

    return lsq_linear(scaled, durations_s, bounds=(0.0, float("inf")), tol=1e-12).x


def _split(scaled: Any) -> tuple[Any, Any, int]:
    """What the acts can't tell (basis, terms × k), pseudo-inverse of the normal matrix, rank."""
    _, singular, transposed = np.linalg.svd(scaled, full_matrices=True)
    rank = int((singular > _RANK_TOLERANCE * singular[0]).sum())
    seen = transposed[:rank]
    inverse = seen.T @ np.diag(1.0 / singular[:rank] ** 2) @ seen
    return transposed[rank:].T, inverse, rank


def is_told(found: Fit, combination: Any) -> bool:
    """Whether the acts determine this combination of terms (coefficients in terms of ``x``)."""
    scaled = combination * found.scale
    size = float(np.linalg.norm(scaled))
    return bool(np.linalg.norm(scaled @ found.unknown) <= 1e-5 * size)


def margin(found: Fit, combination: Any) -> float | None:
    """Half the width of the 95 % confidence interval of a combination (Student's t)."""
    from scipy.stats import t  # noqa: PLC0415 - scipy is slow to import

    if found.freedom <= 0:
        return None
    variance = float(combination @ found.covariance @ combination)
    return float(t.ppf(0.975, found.freedom)) * float(np.sqrt(max(variance, 0.0)))

"""Which product dominates where: a map over two parameters, with how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from ncrobot.campaigns.document import Campaign
from ncrobot.campaigns.insight.models import Models, plane
from ncrobot.optimizers.grid import Floats, Indices

NOTHING = "nothing"
_SIZE = 80
_LEAST = 0.1
"""A product that fills less of a well isn't there."""


@dataclass(frozen=True)
class PhaseMap:
    """``winner`` (rows of other, columns of one) are places in ``products``; sure is 0.5 to 1."""

    one: str
    other: str
    columns: Indices
    rows: Indices
    products: tuple[str, ...]
    winner: Indices
    sure: Floats


def phase_map(campaign: Campaign, models: Models, one: str, other: str, at: Indices) -> PhaseMap:
    """The map of the declared products over two parameters, the others being ``at`` a point."""
    columns, rows, points = plane(models, one, other, at, _SIZE)
    flat = points.reshape(-1, models.grid.width)
    means, spreads = [np.full(len(flat), _LEAST)], [np.zeros(len(flat))]
    for product in campaign.products.values():
        mean, spread = models.predict(product.figure, flat)
        means.append(mean / product.full)
        spreads.append(spread / product.full)
    fill, doubt = np.stack(means), np.stack(spreads)
    order = np.argsort(fill, axis=0)
    first, second = order[-1], order[-2]
    lanes = np.arange(len(flat))
    gap = fill[first, lanes] - fill[second, lanes]
    width = np.hypot(doubt[first, lanes], doubt[second, lanes])
    shape = (len(rows), len(columns))
    return PhaseMap(
        one,
        other,
        columns,
        rows,
        (NOTHING, *campaign.products),
        first.astype(np.int64).reshape(shape),
        np.asarray(ndtr(gap / np.maximum(width, 1e-12))).reshape(shape),
    )

"""Points as columns of numbers that distances can be measured in."""

from __future__ import annotations

import numpy as np

from ncrobot.optimizers.grid import Floats, Grid, Indices


class Coding:
    """Numbers keep one column between 0 and 1; each word of a choice has a column of its own.

    The columns of a choice are scaled so that two different words are at distance 1.
    """

    def __init__(self, grid: Grid) -> None:
        owners: list[int] = []
        for place, axis in enumerate(grid.axes):
            owners += [place] * (len(axis.words) if axis.is_choice else 1)
        self._grid = grid
        self.owners: Indices = np.array(owners, dtype=np.int64)
        """The parameter of each column."""
        self.count = grid.width
        """The number of parameters, each with a length scale of its own."""

    def columns(self, units: Floats) -> Floats:
        """The columns (n, columns) of points (n, parameters) as of :meth:`Grid.to_units`."""
        parts: list[Floats] = []
        for place, axis in enumerate(self._grid.axes):
            column = units[:, place : place + 1]
            if axis.is_choice:
                numbers = np.arange(len(axis.words), dtype=np.float64)
                parts.append((column == numbers) / np.sqrt(2.0))
            else:
                parts.append(column)
        return np.hstack(parts)

    def of_points(self, points: Indices) -> Floats:
        """The columns of points on levels."""
        return self.columns(self._grid.to_units(points))

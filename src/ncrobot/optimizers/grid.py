"""A search space as arrays: every parameter is a row of levels, a point is a row of level numbers.

Points on levels are exact: they can be compared, counted and kept without rounding again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ncrobot.optimizers.rules import Rule, rules_of
from ncrobot.searchspace import Choice, Continuous, Integer, Scope, SearchSpace, Value

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]

_LEVELS = 500
"""About how many levels a scale without a step is given, if it is not searched by factors."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One parameter: ``levels`` in canonical units, ``units`` the same between 0 and 1.

    For a choice the levels are the numbers of its ``words``.
    """

    name: str
    levels: Floats
    units: Floats
    words: tuple[str, ...] = ()
    is_whole: bool = False
    is_log: bool = False
    scope: Scope = Scope.WELL

    @property
    def is_choice(self) -> bool:
        """Whether the levels are words."""
        return bool(self.words)

    def value(self, level: int) -> Value:
        """The value of a level."""
        if self.words:
            return self.words[level]
        number = float(self.levels[level])
        return int(number) if self.is_whole else number

    def nearest(self, value: Value) -> int:
        """The level nearest to a value; a word must be one of the words."""
        if self.words:
            return self.words.index(str(value))
        return int(np.abs(self.levels - float(value)).argmin())

    def unit_of(self, value: Value) -> float:
        """Where a value stands between 0 and 1; beyond them if it is out of range."""
        if self.words:
            return float(self.words.index(str(value)))
        low, high = float(self.levels[0]), float(self.levels[-1])
        if self.is_log:
            number = max(float(value), 1e-12 * low)
            return math.log(number / low) / math.log(high / low)
        return (float(value) - low) / (high - low) if high > low else 0.0


class Grid:
    """The levels of all parameters of a search space, and which points its constraints allow."""

    def __init__(self, space: SearchSpace) -> None:
        self.space = space
        self.axes = tuple(_axis(name, item) for name, item in space.parameters.items())
        self.sizes: Indices = np.array([len(axis.levels) for axis in self.axes], dtype=np.int64)
        self.count = math.prod(int(size) for size in self.sizes)
        self._rules: tuple[tuple[Rule, ...], ...] = rules_of(space)

    @property
    def width(self) -> int:
        """The number of parameters."""
        return len(self.axes)

    @cached_property
    def numeric(self) -> list[int]:
        """Places of the parameters that are numbers."""
        return [place for place, axis in enumerate(self.axes) if not axis.is_choice]

    @cached_property
    def choices(self) -> list[int]:
        """Places of the parameters that are words."""
        return [place for place, axis in enumerate(self.axes) if axis.is_choice]

    def shared(self, scope: Scope) -> list[int]:
        """Places of the parameters that hold for a whole plate, or a whole block."""
        return [place for place, axis in enumerate(self.axes) if axis.scope is scope]

    def from_units(self, units: Floats) -> Indices:
        """The nearest levels of points in the unit cube; a choice takes equal shares of it."""
        points = np.empty(units.shape, dtype=np.int64)
        for place, axis in enumerate(self.axes):
            column = np.clip(units[:, place], 0.0, 1.0)
            if axis.is_choice:
                share = (column * len(axis.words)).astype(np.int64)
                points[:, place] = np.minimum(share, len(axis.words) - 1)
            else:
                points[:, place] = nearest_in(axis.units, column)
        return points

    def to_units(self, points: Indices) -> Floats:
        """Coordinates between 0 and 1 of the numbers, and the numbers of the words."""
        units = np.empty(points.shape, dtype=np.float64)
        for place, axis in enumerate(self.axes):
            units[:, place] = axis.units[points[:, place]]
        return units

    def units_of(self, rows: Iterable[Mapping[str, Value]]) -> Floats:
        """The same for values that need not stand on levels, such as doses as executed."""
        table = [[axis.unit_of(row[axis.name]) for axis in self.axes] for row in rows]
        return np.array(table, dtype=np.float64).reshape(-1, self.width)

    def values(self, point: Indices) -> dict[str, Value]:
        """The values of a point by name."""
        return {
            axis.name: axis.value(int(level)) for axis, level in zip(self.axes, point, strict=True)
        }

    def point(self, values: Mapping[str, Value]) -> Indices:
        """The levels nearest to some values."""
        return np.array([axis.nearest(values[axis.name]) for axis in self.axes], dtype=np.int64)

    def points(self, rows: Sequence[Mapping[str, Value]]) -> Indices:
        """The levels nearest to several rows of values."""
        table = [self.point(row) for row in rows]
        return np.array(table, dtype=np.int64).reshape(-1, self.width)

    def key(self, point: Indices) -> bytes:
        """What is equal for equal points only."""
        return np.ascontiguousarray(point, dtype=np.int64).tobytes()

    def feasible(self, points: Indices) -> Flags:
        """Which points keep all constraints."""
        allowed: Flags = np.ones(len(points), dtype=np.bool_)
        if self._rules:
            columns = self._columns(points)
            for rules in self._rules:
                allowed &= ~np.logical_and.reduce([rule.holds(columns) for rule in rules])
        return allowed

    def broken(self, values: Mapping[str, Value]) -> list[int]:
        """Numbers (from 0) of the constraints that some values break, on a level or not."""
        columns = {
            axis.name: np.array(
                [axis.words.index(str(values[axis.name]))]
                if axis.is_choice
                else [float(values[axis.name])],
                dtype=np.float64,
            )
            for axis in self.axes
        }
        return [
            number
            for number, rules in enumerate(self._rules)
            if all(rule.holds(columns)[0] for rule in rules)
        ]

    def held(self, points: Indices) -> Indices:
        """The points with the values that this grid holds fixed; here none."""
        return points

    def all_points(self) -> Indices:
        """Every point, allowed or not; only for small spaces."""
        grids = np.meshgrid(*[np.arange(size) for size in self.sizes], indexing="ij")
        return np.stack([grid.ravel() for grid in grids], axis=1).astype(np.int64)

    def _columns(self, points: Indices) -> dict[str, Floats]:
        return {axis.name: axis.levels[points[:, place]] for place, axis in enumerate(self.axes)}


def nearest_in(levels: Floats, wanted: Floats) -> Indices:
    """The place of the nearest of some rising levels, for each wanted figure."""
    right = np.clip(np.searchsorted(levels, wanted), 1, max(len(levels) - 1, 1))
    if len(levels) == 1:
        return np.zeros(len(wanted), dtype=np.int64)
    is_left = wanted - levels[right - 1] <= levels[right] - wanted
    return np.where(is_left, right - 1, right).astype(np.int64)


def _axis(name: str, parameter: Continuous | Integer | Choice) -> Axis:
    if isinstance(parameter, Choice):
        numbers = np.arange(len(parameter.of), dtype=np.float64)
        return Axis(name, numbers, numbers, words=parameter.of, scope=parameter.scope)
    is_log = isinstance(parameter, Continuous) and parameter.log
    levels = _levels(parameter, is_log=is_log)
    scale: Floats = np.asarray(np.log(levels) if is_log else levels, dtype=np.float64)
    units = (scale - scale[0]) / max(float(scale[-1] - scale[0]), 1e-300)
    return Axis(
        name,
        levels,
        units,
        is_whole=isinstance(parameter, Integer),
        is_log=is_log,
        scope=parameter.scope,
    )


def _levels(parameter: Continuous | Integer, *, is_log: bool) -> Floats:
    low, high = parameter.low, parameter.high
    step = float(parameter.step) if isinstance(parameter, Integer) else parameter.step_size
    if step is None and is_log:
        return _log_levels(low, high)
    if step is None:
        step = _round_step((high - low) / _LEVELS)
    count = math.floor((high - low) / step + 1e-9) + 1
    raw = low + step * np.arange(count)
    # Twelve digits take away what the sum of floats left behind: 0.30000000000000004.
    rounded = np.array([float(f"{level:.12g}") for level in raw], dtype=np.float64)
    return np.clip(rounded, low, high)


def _log_levels(low: float, high: float) -> Floats:
    """All numbers of three significant digits in the range, or of as many as make enough levels."""
    inner: set[float] = set()
    digits = 2
    while len(inner) < _LEVELS // 4:
        digits += 1
        for power in range(math.floor(math.log10(low)), math.floor(math.log10(high)) + 1):
            size = 10.0 ** (power - digits + 1)
            first = max(math.ceil(low / size), 10 ** (digits - 1))
            last = min(math.floor(high / size), 10**digits - 1)
            inner |= {float(f"{number * size:.{digits}g}") for number in range(first, last + 1)}
    return np.array(sorted({low, high} | {x for x in inner if low < x < high}), dtype=np.float64)


def _round_step(step: float) -> float:
    """The nearest of 1, 2, 5 times a power of ten that is not larger."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor for factor in (5, 2, 1) if factor * power <= step * (1 + 1e-9)) * power

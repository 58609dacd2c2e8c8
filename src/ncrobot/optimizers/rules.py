"""Constraints as arithmetic on columns of values: one is broken where all its rules hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ncrobot.searchspace import Between, Choice, Never, ProductLimit, SearchSpace, SumLimit

Columns = Mapping[str, NDArray[np.float64]]
_ROUNDING = 1e-9
"""Relative room for sums of floats: 400 + 500 keeps a limit of 900."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition on columns of canonical values (words as their numbers)."""

    holds: Callable[[Columns], NDArray[np.bool_]]


def rules_of(space: SearchSpace) -> tuple[tuple[Rule, ...], ...]:
    """For each constraint the rules that hold together where it is broken."""
    return tuple(
        _never(constraint, space) if isinstance(constraint, Never) else (_limit(constraint, space),)
        for constraint in space.constraints
    )


def _limit(constraint: SumLimit | ProductLimit, space: SearchSpace) -> Rule:
    low = (
        -np.inf if constraint.at_least is None else space.limit_of(constraint, constraint.at_least)
    )
    high = np.inf if constraint.at_most is None else space.limit_of(constraint, constraint.at_most)
    weights = dict(constraint.of)
    is_sum = isinstance(constraint, SumLimit)

    def broken(columns: Columns) -> NDArray[np.bool_]:
        if is_sum:
            terms = [weight * columns[name] for name, weight in weights.items()]
            figure = np.sum(terms, axis=0)
            room = _ROUNDING * np.sum(np.abs(terms), axis=0)
        else:
            figure = np.prod([columns[name] ** power for name, power in weights.items()], axis=0)
            room = _ROUNDING * np.abs(figure)
        found: NDArray[np.bool_] = (figure > high + room) | (figure < low - room)
        return found

    return Rule(broken)


def _never(constraint: Never, space: SearchSpace) -> tuple[Rule, ...]:
    rules = []
    for name, condition in constraint.when.items():
        parameter = space.parameters[name]
        if isinstance(condition, Between):
            above, below = condition.above, condition.below
            low = -np.inf if above is None else space.bound_of(name, above)
            high = np.inf if below is None else space.bound_of(name, below)
            rules.append(_within(name, low, high))
        elif isinstance(parameter, Choice):
            rules.append(_among(name, [parameter.of.index(word) for word in condition]))
    return tuple(rules)


def _within(name: str, low: float, high: float) -> Rule:
    return Rule(lambda columns: (columns[name] > low) & (columns[name] < high))


def _among(name: str, numbers: list[int]) -> Rule:
    return Rule(lambda columns: np.isin(columns[name], numbers))

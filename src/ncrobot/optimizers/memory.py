"""What every built-in optimizer shares: it remembers, and thinks anew from what it remembers.

The state alone decides the next suggestions: the random numbers of a round come from the seed and
the number of the round, and what was told is sorted, so that its order doesn't matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from ncrobot.errors import Diagnostic, LabError, UserError, nearest_word
from ncrobot.optimizers.grid import Grid, Indices
from ncrobot.optimizers.interface import (
    Abilities,
    Failure,
    Layout,
    OptimizerState,
    Result,
    Suggestion,
)
from ncrobot.optimizers.telling import faults_of_told
from ncrobot.optimizers.threads import one_thread
from ncrobot.searchspace import SearchSpace


@dataclass(frozen=True)
class Task:
    """What one round of thinking works on. It thinks of ``count`` points for the layout."""

    grid: Grid
    count: int
    layout: Layout
    results: tuple[Result, ...]
    pending: tuple[Suggestion, ...]
    failures: tuple[Failure, ...]
    seed: int
    number: int
    options: dict[str, Any]

    @property
    def space(self) -> SearchSpace:
        """The search space."""
        return self.grid.space

    def rng(self, *purpose: int) -> np.random.Generator:
        """Random numbers of this round, for a purpose."""
        return np.random.default_rng([self.seed, self.number, *purpose])

    def first_rng(self) -> np.random.Generator:
        """Random numbers that are the same in every round, for sequences that go on."""
        return np.random.default_rng([self.seed])

    @cached_property
    def taken(self) -> frozenset[bytes]:
        """Points that are not worth asking for: measured, under way, or known to fail."""
        rows = [
            *(result.values for result in self.results),
            *(suggestion.values for suggestion in self.pending),
            *(failure.values for failure in self.failures if failure.teaches),
        ]
        return frozenset(self.grid.key(point) for point in self.grid.points(rows))


@dataclass(frozen=True)
class Thought:
    """What a strategy came up with: points, and where each goes (plates and blocks from 1)."""

    points: Indices
    plates: Sequence[int]
    blocks: Sequence[int]
    by: str


class Remembering:
    """An optimizer whose strategy is a pure function of its state: see :meth:`_think`."""

    name: ClassVar[str]
    abilities: ClassVar[Abilities] = Abilities()
    defaults: ClassVar[dict[str, Any]] = {}

    def __init__(self, state: OptimizerState) -> None:
        """Go on from a state.

        Raises:
            LabError: an option is unknown, or of the wrong kind.
        """
        self._options = _checked_options(self.name, self.defaults, state.options)
        self._state = state.model_copy(update={"optimizer": self.name})
        self._grid = Grid(state.space)

    @property
    def state(self) -> OptimizerState:
        """What it knows."""
        return self._state

    def suggest(self, n: int) -> list[Suggestion]:
        """Up to ``n`` new conditions; fewer only if the space has no more.

        Raises:
            UserError: the layout has no room for so many.
        """
        _check_count(n, self._state.layout)
        if n == 0:
            return []
        with one_thread():
            thought = self._think(self._task(n))
        number = self._state.rounds + 1
        suggestions = [
            Suggestion(
                id=f"r{number:02d}-{place:03d}",
                values=self._grid.values(point),
                plate=plate,
                block=block,
                by=thought.by,
            )
            for place, (point, plate, block) in enumerate(
                zip(thought.points, thought.plates, thought.blocks, strict=True), start=1
            )
        ]
        self._state = self._state.model_copy(
            update={"rounds": number, "asked": (*self._state.asked, *suggestions)}
        )
        return suggestions

    def observe(
        self,
        results: Sequence[Result] = (),
        pending: Sequence[Suggestion] = (),
        failed: Sequence[Failure] = (),
    ) -> None:
        """Take in what is known now; a repeated id replaces what was told before.

        Raises:
            UserError: values or figures don't fit the space; nothing was taken in.
        """
        findings = faults_of_told(self._state.space, results, pending, failed)
        if findings:
            raise UserError(findings)
        told = {result.id: result for result in (*self._state.results, *results)}
        failures = {failure.id: failure for failure in (*self._state.failures, *failed)}
        asked = {suggestion.id: suggestion for suggestion in (*self._state.asked, *pending)}
        measured = told.keys() | {result.suggestion for result in told.values()}
        failures = {key: failure for key, failure in failures.items() if key not in measured}
        lost = failures.keys() | {failure.suggestion for failure in failures.values()}
        answered = measured | lost
        self._state = self._state.model_copy(
            update={
                "results": tuple(told[key] for key in sorted(told)),
                "failures": tuple(failures[key] for key in sorted(failures)),
                "asked": tuple(item for key, item in asked.items() if key not in answered),
            }
        )

    def _task(self, count: int) -> Task:
        state = self._state
        return Task(
            grid=self._grid,
            count=count,
            layout=state.layout,
            results=state.results,
            pending=tuple(sorted(state.asked, key=lambda suggestion: suggestion.id)),
            failures=state.failures,
            seed=state.seed,
            number=state.rounds,
            options=self._options,
        )

    def _think(self, task: Task) -> Thought:
        raise NotImplementedError


def fewer(task: Task, count: int) -> Task:
    """The same task for another number of points."""
    return replace(task, count=count)


def _checked_options(
    name: str, defaults: dict[str, Any], options: dict[str, Any]
) -> dict[str, Any]:
    findings = []
    for key, value in options.items():
        if key not in defaults:
            near = nearest_word(key, defaults)
            findings.append(
                Diagnostic(
                    code="unknown-option",
                    message=f"the optimizer {name} has no option {key!r}",
                    found=key,
                    allowed=", ".join(defaults) or "none",
                    fix=f"did you mean {near!r}?" if near else "leave it out",
                )
            )
        elif not _is_like(value, defaults[key]):
            findings.append(
                Diagnostic(
                    code="bad-option",
                    message=f"the option {key!r} of the optimizer {name} is of the wrong kind",
                    found=repr(value),
                    allowed=f"like {defaults[key]!r}",
                )
            )
    if findings:
        raise LabError(findings)
    return defaults | options


def _is_like(value: object, default: object) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    if isinstance(default, int | float):
        return isinstance(value, int | float) and value > 0
    return isinstance(value, type(default))


def _check_count(n: int, layout: Layout) -> None:
    if n < 0 or n > layout.capacity:
        raise UserError(
            Diagnostic(
                code="too-many-suggestions",
                message="the layout has no room for so many suggestions",
                found=str(n),
                allowed=f"0 to {layout.capacity}: {layout.plates} x {layout.blocks} blocks of "
                f"{layout.wells} wells",
                fix="ask for fewer, or give more plates",
            )
        )

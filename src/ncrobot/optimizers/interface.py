"""Ask and tell: what goes to an optimizer and what comes back. All of it can be written as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Literal, Protocol

from pydantic import Field, field_validator

from ncrobot.model import Document
from ncrobot.searchspace import SearchSpace, Value

Options = Mapping[str, Any]


class Layout(Document):
    """Where the suggestions of one round go: plates, blocks of wells that share a device, wells.

    A plate-wide parameter may have as many values as there are plates; a block-wide one as many as
    there are blocks.
    """

    plates: int = Field(1, ge=1, le=100)
    blocks: int = Field(1, ge=1, le=96, description="blocks of a plate")
    wells: int = Field(96, ge=1, le=384, description="wells of a block, for suggestions")

    @property
    def capacity(self) -> int:
        """How many suggestions find a place."""
        return self.plates * self.blocks * self.wells


class Suggestion(Document):
    """Conditions to try: canonical values of every parameter of the space.

    ``plate`` and ``block`` count from 1, and tell which suggestions share plate-wide and block-wide
    values. ``by`` names the strategy that thought of it.
    """

    id: str = Field(min_length=1, max_length=80)
    values: dict[str, Value]
    plate: int = 1
    block: int = 1
    by: str = ""


class Result(Document):
    """What was measured: ``values`` as executed, not as wished.

    ``id`` is unique for each told result (replicates have several); ``suggestion`` is the id of the
    suggestion that it answers, None for earlier data. An objective that is not measured yet is left
    out. ``sem`` is the standard error of a figure, where it is known.
    """

    id: str = Field(min_length=1, max_length=80)
    suggestion: str | None = None
    values: dict[str, Value]
    measured: dict[str, float]
    sem: dict[str, float] = Field(default_factory=dict)

    @field_validator("measured", "sem")
    @classmethod
    def _finite(cls, figures: dict[str, float]) -> dict[str, float]:
        if any(not math.isfinite(figure) for figure in figures.values()):
            raise ValueError("a figure is not finite; leave out what was not measured")
        return figures


class Reason(StrEnum):
    """Why a suggestion was refused before anything was made."""

    UNREADABLE = "unreadable"
    UNKNOWN_NAME = "unknown-name"
    MISSING_VALUE = "missing-value"
    NOT_A_NUMBER = "not-a-number"
    NOT_WHOLE = "not-whole"
    WRONG_UNIT = "wrong-unit"
    UNKNOWN_WORD = "unknown-word"
    OUT_OF_RANGE = "out-of-range"
    FORBIDDEN = "forbidden"
    UNDELIVERABLE = "undeliverable"
    DUPLICATE = "duplicate"
    WRONG_SCOPE = "wrong-scope"
    NO_ROOM = "no-room"
    LATE = "late"


_NO_LESSON = (
    Reason.DUPLICATE,
    Reason.WRONG_SCOPE,
    Reason.NO_ROOM,
    Reason.LATE,
    Reason.OUT_OF_RANGE,
    Reason.NOT_WHOLE,
)
"""These say nothing about conditions of the space: they may be had elsewhere, later, or rounded."""


class FailureKind(StrEnum):
    """Why there is no result, and so what can be learnt from it."""

    INFEASIBLE = "infeasible"
    """Refused before it was made; the reason says why."""
    FAILED = "failed"
    """Made, but nothing could be measured: clogged, precipitated, lost. Learnt as risk."""
    FAULT = "fault"
    """A device failed; the chemistry had no part in it. Nothing is learnt; may be asked again."""
    WITHDRAWN = "withdrawn"
    """A person or a stop rule dropped it. Nothing is learnt; may be asked again."""


class Failure(Document):
    """A suggestion that has no result, and why; never told as a bad result.

    ``id`` is the suggestion's own, or, where one of several replicates failed, an id of its own
    beside the ``suggestion``.
    """

    id: str = Field(min_length=1, max_length=80)
    suggestion: str | None = None
    values: dict[str, Value]
    kind: FailureKind
    reason: Reason | None = None
    why: str = ""

    @property
    def teaches(self) -> bool:
        """Whether it says that these conditions don't work, so that they are not asked for again.

        A fault of a device, a withdrawal, and a refusal for want of time or room don't.
        """
        if self.kind is FailureKind.INFEASIBLE:
            return self.reason not in _NO_LESSON
        return self.kind is FailureKind.FAILED


class Abilities(Document):
    """What an optimizer can do by itself; what it can't is done around it, or refused."""

    choices: bool = True
    constraints: bool = True
    several_objectives: bool = True
    shared_values: bool = Field(True, description="gives blocks and plates one value each")
    learns: bool = True
    apart: bool = Field(False, description="needs minutes: thinks in a process of its own")
    largest_batch: int = 384


class OptimizerState(Document):
    """Everything that an optimizer is: the same state gives the same next suggestions.

    ``asked`` are suggestions without an answer yet, ``rounds`` counts the calls of ``suggest``.
    """

    ncrobot: Literal["optimizer/1"] = "optimizer/1"
    optimizer: str
    space: SearchSpace
    layout: Layout = Layout()
    seed: int = Field(0, ge=0)
    options: dict[str, Any] = Field(default_factory=dict)
    rounds: int = Field(0, ge=0)
    asked: tuple[Suggestion, ...] = ()
    results: tuple[Result, ...] = ()
    failures: tuple[Failure, ...] = ()


class Optimizer(Protocol):
    """What every optimizer offers, built in or not."""

    @property
    def state(self) -> OptimizerState:
        """What it knows; JSON by ``state.model_dump_json()``."""

    def suggest(self, n: int) -> list[Suggestion]:
        """Up to ``n`` new conditions; fewer only if the space has no more.

        They lie in the space, keep its constraints, differ from each other and from those under
        way, and fit the layout. They count as pending until they are told.
        """

    def observe(
        self,
        results: Sequence[Result] = (),
        pending: Sequence[Suggestion] = (),
        failed: Sequence[Failure] = (),
    ) -> None:
        """Take in results and failures, each once by its id; a repeated id replaces the first.

        ``pending`` adds conditions under way that this optimizer did not suggest itself.
        """


class OptimizerKind(Protocol):
    """What an entry point of the group ``ncrobot.optimizers`` names: a class with these."""

    name: str
    abilities: Abilities

    def __call__(self, state: OptimizerState) -> Optimizer:
        """An optimizer that goes on from a state; it refuses options that it doesn't know."""

"""The problem and its answer, in whole ticks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["order", "hold", "portion", "sample", "timing"]


@dataclass(frozen=True, slots=True)
class Task:
    """Something that takes ``duration`` ticks and occupies each of its resources alone.

    ``tails`` are ticks for which a resource stays occupied after the end. Tasks of one ``job`` (a
    well, a column) are placed together. It starts in ``release`` .. ``deadline`` (None: no limit).
    """

    name: str
    duration: int
    resources: tuple[str, ...] = ("arm",)
    job: str | None = None
    release: int = 0
    deadline: int | None = None
    tails: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """``after`` starts low to high ticks after ``before`` starts (either may be negative).

    ``high`` None: no upper bound. ``target`` is what a deviation is measured from.
    """

    before: str
    after: str
    low: int
    high: int | None = None
    target: int | None = None
    kind: Kind = "order"


@dataclass(frozen=True, slots=True)
class Block:
    """Ticks start .. start + length - 1 in which a resource isn't there."""

    resource: str
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Tasks, the windows between them, and when resources aren't there; a tick is ``tick_s``."""

    name: str
    tasks: tuple[Task, ...]
    windows: tuple[Window, ...]
    blocks: tuple[Block, ...] = ()
    tick_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Timetable:
    """Starts by task name, the end of the last task, and what no timetable can beat.

    ``proven`` tells that the makespan equals the least possible (then ``lower_bound`` is it).
    ``method`` names the stage that found it.
    """

    starts: Mapping[str, int]
    makespan: int
    lower_bound: int
    proven: bool
    method: str


class InfeasibleError(Exception):
    """It is proven that no timetable exists."""


class NoTimetableError(Exception):
    """None was found within the effort; there may be one."""

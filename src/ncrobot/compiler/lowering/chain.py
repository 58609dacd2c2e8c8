"""A chain: what has been lowered so far for one group, and the lag that the next operation gets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ncrobot.compiler.grouping import Group
from ncrobot.protocol import Late


@dataclass(frozen=True, slots=True)
class Anchor:
    """A moment that a lag can start from: a point of an operation, plus a planned offset."""

    operation: str
    point: Literal["start", "end"]
    offset_s: float = 0.0


@dataclass(slots=True)
class StepAnchors:
    """The moments of one step in one chain; None where the step does nothing in these wells."""

    start: Anchor | None = None
    end: Anchor | None = None
    portions: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Waiting:
    """A hold that the next operation must respect: at least min_s, perhaps at most max_s."""

    min_s: float = 0.0
    max_s: float | None = None
    held: bool = False
    line: int | None = None
    step: str | None = None
    if_late: Late = "continue"

    def extend(
        self,
        duration_s: float,
        tolerance_s: float | None,
        *,
        line: int | None,
        step: str,
        if_late: Late,
    ) -> None:
        """Add a hold behind those already waiting; one without tolerance lifts the upper bound.

        The last hold decides what happens to a well in which it was broken.
        """
        if tolerance_s is None:
            self.max_s = None
        elif not self.held:
            self.max_s = duration_s + tolerance_s
        elif self.max_s is not None:
            self.max_s += duration_s + tolerance_s
        self.min_s += duration_s
        self.held, self.line, self.step, self.if_late = True, line, step, if_late


@dataclass(slots=True)
class Chain:
    """The state of one group while its steps are lowered in order."""

    group: Group
    last: Anchor | None = None
    waiting: Waiting = field(default_factory=Waiting)
    steps: dict[str, StepAnchors] = field(default_factory=dict)
    volume_ul: dict[str, float] = field(default_factory=dict)
    peak_ul: dict[str, float] = field(default_factory=dict)
    backgrounds_to_end: list[list[str]] = field(default_factory=list)
    backgrounds_to_start: list[list[str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The group's name."""
        return self.group.name

    def now(self) -> Anchor | None:
        """The planned present of this chain: the end of its last operation plus what it waits."""
        if self.last is None:
            return None
        return Anchor(self.last.operation, self.last.point, self.last.offset_s + self.waiting.min_s)

    def pour(self, well: str, volume_ul: float) -> None:
        """Book a volume into (or, negative, out of) a well."""
        level = self.volume_ul.get(well, 0.0) + volume_ul
        self.volume_ul[well] = level
        self.peak_ul[well] = max(self.peak_ul.get(well, 0.0), level)

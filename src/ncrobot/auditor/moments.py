"""Moments and lags: what a protocol's times are counted from, and what they ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ncrobot.protocol import Late

Kind = Literal["hold", "portion", "sample", "timing"]
Bounds = tuple[float, float | None, float | None]
"""Shortest, longest and wished time of a lag in seconds."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A point of an operation, and a planned time after it."""

    operation: str
    point: Literal["start", "end"]
    offset_s: float = 0.0


@dataclass(frozen=True, slots=True)
class AskedLag:
    """A lag that the protocol asks for; ``after`` None: no operation follows that could keep it."""

    kind: Kind
    moment: Moment
    after: str | None
    min_s: float
    max_s: float | None
    target_s: float | None
    step: str
    if_late: Late | None = None


def window(target_s: float, tolerance_s: float | None) -> Bounds:
    """The bounds around a wished time; without a tolerance it is the shortest."""
    if tolerance_s is None:
        return target_s, None, None
    return max(0.0, target_s - tolerance_s), target_s + tolerance_s, target_s

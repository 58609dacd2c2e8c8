"""What a run that is late asks for, and the answer: how far it is, and the rest of its schedule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ncrobot.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is, in seconds of its own clock: what has begun, and what is over."""

    now_s: float
    begun_s: Mapping[str, float]
    over_s: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Damage:
    """Lags that a schedule would break: how many, and how far the worst is beyond its bounds.

    ``worst`` is in seconds and in tolerances (half of the lag's window).
    """

    lags: int
    worst_s: float
    worst_tolerances: float


@dataclass(frozen=True, slots=True)
class Repaired:
    """A schedule in which what has begun is as it was; ``method`` names what found it.

    ``before`` is the damage if the order is kept and all is pushed later, ``after`` with this one.
    """

    schedule: Schedule
    method: str
    before: Damage
    after: Damage
    moved: int


Repairer = Callable[[Schedule, Progress], Repaired | None]
"""None: nothing better than keeping the order is known, or keeping it breaks nothing."""

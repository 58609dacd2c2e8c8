"""How a run and how an operation ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ncrobot.events import ExitStatus


@dataclass(frozen=True)
class RunOutcome:
    """What a run came to; times on the run's clock, ``operations`` counts those carried out."""

    status: ExitStatus
    reason: str
    wells_ok: int
    wells_flagged: int
    duration_s: float
    operations: int


class Result(StrEnum):
    """How an operation or an act ended. ``UNKNOWN``: liquid may have moved, nobody can tell."""

    DONE = "done"
    NOT_DONE = "not_done"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Ended:
    """What an operation reports when it is over; ``data`` goes into its closing event."""

    result: Result
    reason: str = ""
    data: dict[str, Any] = field(default_factory=dict)


DONE = Ended(Result.DONE)


class StoppedError(Exception):
    """The run is ending; raised between two acts, caught where the operation was started."""


class RecordLostError(Exception):
    """The record can't be written, so nothing more may be done."""

"""The facts that a run emits: append-only, numbered, timed; a run's state is what they fold to."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from ncrobot.model import Document


class EventKind(StrEnum):
    """What happened. ``INTENT`` is durable before the act, its outcome follows."""

    RUN_CREATED = "run_created"
    RUN_STARTED = "run_started"
    INTENT = "intent"
    DONE = "done"
    NOT_DONE = "not_done"
    UNKNOWN = "unknown"
    OPERATION_STARTED = "operation_started"
    OPERATION_ENDED = "operation_ended"
    LAG_BROKEN = "lag_broken"
    WELL_FLAGGED = "well_flagged"
    QUESTION = "question"
    ANSWER = "answer"
    MEASURED = "measured"
    CROSS_CHECK = "cross_check"
    SAFE_STATE = "safe_state"
    RUN_ENDED = "run_ended"


class ExitStatus(StrEnum):
    """How a run ended."""

    SUCCEEDED = "succeeded"
    ABORTED = "aborted"
    FAILED = "failed"


class Event(Document):
    """One fact. ``time_s`` is the run's clock (0 = start of the schedule), ``wall`` UTC ISO 8601.

    ``act`` tells which physical act of the operation (``pick_up_tips``, ``aspirate``, ...).
    ``data`` holds the figures of that kind of event, JSON-able.
    """

    run: str
    seq: int = Field(ge=1)
    time_s: float
    wall: str
    kind: EventKind
    operation: str | None = None
    act: str | None = None
    wells: tuple[str, ...] = ()
    simulated: bool
    data: dict[str, Any] = {}

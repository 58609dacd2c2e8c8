"""What goes over the control interface: orders, what became of them, and where a run stands."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from pydantic import Field

from ncrobot.events import Event
from ncrobot.model import Document

BY_HEADER = "x-ncrobot-by"
"""For whom a request over a socket speaks."""
VIA_HEADER = "x-ncrobot-via"
"""From where whoever it speaks for gave the order."""


class OrderKind(StrEnum):
    """What a run may be told.

    ``stop`` finishes the acts that go on; ``halt`` breaks them off.
    """

    PAUSE = "pause"
    CONTINUE = "continue"
    STOP = "stop"
    HALT = "halt"
    ANSWER = "answer"


class Order(Document):
    """One order. ``answer`` and ``question`` (its number) belong to answers only."""

    kind: OrderKind
    reason: str = Field("", max_length=500)
    question: int | None = None
    answer: str | None = Field(None, max_length=100)


class Taken(Document):
    """What became of an order.

    ``seq``: the newest event at the moment when the run took it; what it caused comes later.
    """

    run: str
    accepted: bool
    message: str
    status: str
    seq: int


class NextOperation(Document):
    """An operation that hasn't begun, with its planned start in seconds of the run's clock."""

    operation: str
    start_s: float
    device: str


class Waiting(Document):
    """A question that waits for an answer; ``default`` holds when ``left_s`` is over."""

    number: int
    text: str
    choices: tuple[str, ...]
    default: str
    left_s: float


class PauseCost(Document):
    """A lag that breaks if the run pauses until then; seconds of its clock, and from now."""

    at_s: float
    within_s: float
    operation: str
    after: str
    wells: tuple[str, ...]
    policy: str


class Status(Document):
    """Where a run stands at this moment; ``time_s`` is its clock, ``wall`` UTC ISO 8601."""

    run: str
    status: str
    reason: str = ""
    simulated: bool
    time_s: float
    wall: str
    seq: int
    operations_done: int
    operations: int
    doing: tuple[str, ...] = ()
    next: tuple[NextOperation, ...] = ()
    wells_flagged: int = 0
    questions: tuple[Waiting, ...] = ()
    costs_of_pausing: tuple[PauseCost, ...] = ()


class Page(Document):
    """Events in order; ``is_over``: the run has ended, and these are its last."""

    events: tuple[Event, ...]
    is_over: bool


class TrailEntry(Document):
    """One line of the audit trail: who ordered what, when (UTC ISO 8601), and what became of it.

    ``via`` is how it came: ``socket``, ``network`` or ``loopback``.
    """

    by: str
    via: str
    wall: str
    command: str
    run: str | None = None
    accepted: bool
    details: str = ""


Trail = Callable[[TrailEntry], None]
"""Keeps a line of the audit trail."""

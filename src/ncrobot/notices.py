"""Notices: what somebody should know although nobody is looking.

A notice is about one thing (``about``: an operation, a device, a stock, a planned start). Two
notices of the same kind about the same thing of the same run tell the same story.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from pydantic import Field

from ncrobot.model import Document


class NoticeKind(StrEnum):
    """What a notice tells."""

    RUN_ENDED = "run_ended"
    QUESTION_WAITING = "question_waiting"
    WELLS_FLAGGED = "wells_flagged"
    DEVICE_UNHEALTHY = "device_unhealthy"
    STOCK_EXPIRING = "stock_expiring"
    SAFE_STATE_UNCONFIRMED = "safe_state_unconfirmed"
    START_MISSED = "start_missed"
    START_REFUSED = "start_refused"
    DISK_LOW = "disk_low"
    ROUTINE_FAILED = "routine_failed"
    ROUTINE_MISSED = "routine_missed"
    TEST = "test"


class Urgency(StrEnum):
    """How much it matters: news can wait, a warning wants somebody, an alarm wants him now."""

    NEWS = "news"
    WARNING = "warning"
    ALARM = "alarm"

    def exceeds(self, other: Urgency) -> bool:
        """Whether this is more urgent than another."""
        order = tuple(Urgency)
        return order.index(self) > order.index(other)


URGENCIES: dict[NoticeKind, Urgency] = {
    NoticeKind.RUN_ENDED: Urgency.NEWS,
    NoticeKind.QUESTION_WAITING: Urgency.WARNING,
    NoticeKind.WELLS_FLAGGED: Urgency.WARNING,
    NoticeKind.DEVICE_UNHEALTHY: Urgency.ALARM,
    NoticeKind.STOCK_EXPIRING: Urgency.WARNING,
    NoticeKind.SAFE_STATE_UNCONFIRMED: Urgency.ALARM,
    NoticeKind.START_MISSED: Urgency.WARNING,
    NoticeKind.START_REFUSED: Urgency.WARNING,
    NoticeKind.DISK_LOW: Urgency.WARNING,
    NoticeKind.ROUTINE_FAILED: Urgency.WARNING,
    NoticeKind.ROUTINE_MISSED: Urgency.WARNING,
    NoticeKind.TEST: Urgency.NEWS,
}
"""How urgent a notice of each kind is, unless whoever tells it knows better."""


class Story(Document):
    """What several notices may be about. Handed over alone, it says that this story is over."""

    kind: NoticeKind
    run: str | None = None
    about: str = ""


class Draft(Document):
    """What is to be told, by whoever found it; becomes a notice when it is taken for delivery."""

    kind: NoticeKind
    urgency: Urgency
    text: str = Field(min_length=1)
    about: str = ""
    run: str | None = None
    details: dict[str, Any] = Field(default_factory=dict)

    @property
    def story(self) -> Story:
        """What it belongs to."""
        return Story(kind=self.kind, run=self.run, about=self.about)


class Notice(Draft):
    """A draft with an id and the moment (UTC ISO 8601) at which it was taken."""

    id: str
    wall: str


Tell = Callable[[Draft | Story], None]
"""Takes a notice for delivery, or a story that is over: never waits, never raises."""


def draft(
    kind: NoticeKind,
    text: str,
    *,
    about: str = "",
    run: str | None = None,
    urgency: Urgency | None = None,
    **details: Any,
) -> Draft:
    """A notice to be told; ``urgency`` is that of its kind unless given."""
    return Draft(
        kind=kind,
        urgency=urgency or URGENCIES[kind],
        text=text,
        about=about,
        run=run,
        details=details,
    )

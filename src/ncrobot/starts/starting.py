"""Begins planned starts whose time has come, once, and tells of those that it can't begin."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from ncrobot.errors import UserError
from ncrobot.notices import NoticeKind, Tell, Urgency, draft
from ncrobot.starts.planned import PlannedStart, StartStatus
from ncrobot.starts.record import Starts

log = logging.getLogger(__name__)

Starter = Callable[[PlannedStart], str]
"""Begins the run of a planned start and returns its id as soon as it has begun.

Raises UserError if the run is refused: then nothing has moved.
"""

BY = "service"


class Starting:
    """What the service does with the starts of a record; safe from several threads."""

    def __init__(self, starts: Starts, starter: Starter, tell: Tell, zone: ZoneInfo) -> None:
        self._starts = starts
        self._starter = starter
        self._tell = tell
        self._zone = zone

    def tell_unclear(self) -> None:
        """Whatever is being started by nobody was being started by a service that died."""
        for start in self._starts.all(StartStatus.STARTING):
            reason = "the service died while it was starting the run"
            unclear = self._starts.move(
                start.id, StartStatus.STARTING, StartStatus.UNCLEAR, by=BY, reason=reason
            )
            if unclear is not None:
                what = f"is unclear: {reason}. Look whether a run began; it isn't begun again"
                self._told(unclear, NoticeKind.START_MISSED, what, Urgency.ALARM)

    def fire(self, start: str) -> None:
        """Begin a planned start whose time has come, if it still stands and its files do."""
        planned = self._starts.get(start)
        if self._starts.now() > planned.moment + timedelta(seconds=planned.grace_s):
            self.miss(start)
            return
        claimed = self._starts.move(start, StartStatus.PLANNED, StartStatus.STARTING, by=BY)
        if claimed is None:
            return  # cancelled at the last moment, or somebody else has begun it
        changed = claimed.changed_files()
        if changed:
            self._give_up(claimed, StartStatus.REFUSED, "; ".join(changed))
            return
        try:
            run = self._starter(claimed)
        except UserError as error:
            self._give_up(claimed, StartStatus.REFUSED, str(error))
        except Exception as error:
            log.exception("the start of %s failed", start)
            self._give_up(claimed, StartStatus.FAILED, f"{type(error).__name__}: {error}")
        else:
            self._starts.move(start, StartStatus.STARTING, StartStatus.STARTED, by=BY, run=run)

    def miss(self, start: str) -> None:
        """Write down and tell that a start was missed; it is not begun."""
        noticed = self._starts.now().astimezone(self._zone)
        reason = f"the service wasn't there at that time; noticed at {noticed:%Y-%m-%d %H:%M}"
        missed = self._starts.move(
            start, StartStatus.PLANNED, StartStatus.MISSED, by=BY, reason=reason
        )
        if missed is not None:
            self._told(missed, NoticeKind.START_MISSED, f"was missed: {reason}. Nothing was moved")

    def _give_up(self, start: PlannedStart, status: StartStatus, reason: str) -> None:
        self._starts.move(start.id, StartStatus.STARTING, status, by=BY, reason=reason)
        self._told(start, NoticeKind.START_REFUSED, f"was {status.value}: {reason}")

    def _told(
        self, start: PlannedStart, kind: NoticeKind, what: str, urgency: Urgency | None = None
    ) -> None:
        text = f"The start of {start.told()} {what}."
        self._tell(draft(kind, text, about=start.id, urgency=urgency, deck=start.deck, by=start.by))

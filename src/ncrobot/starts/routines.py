"""Routines: what the service does again and again, every so often or at a time of day."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from ncrobot.errors import InternalError
from ncrobot.notices import NoticeKind, Story, Tell, draft

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Routine:
    """Something to do ``every_s`` seconds, or daily at a time of day; exactly one of the two.

    A daily one that is missed by more than ``grace_s`` is told and not made up for; the others
    have another turn soon.
    """

    name: str
    do: Callable[[], None]
    every_s: float | None = None
    daily_at: time | None = None
    grace_s: float = 3600.0

    def __post_init__(self) -> None:
        if (self.every_s is None) == (self.daily_at is None):
            message = f"routine {self.name!r} needs either every_s or daily_at"
            raise InternalError(message)

    def trigger(self, zone: ZoneInfo) -> BaseTrigger:
        """When its turns are."""
        if self.daily_at is None:
            return IntervalTrigger(seconds=self.every_s, timezone=zone)
        at = self.daily_at
        return CronTrigger(hour=at.hour, minute=at.minute, second=at.second, timezone=zone)


class Turns:
    """Carries out the turns of one routine: never two at once, and a failure is told once.

    A turn that succeeds ends the story of those that failed, also of an earlier service's.
    """

    def __init__(self, routine: Routine, tell: Tell) -> None:
        self.routine = routine
        self._tell = tell
        self._busy = threading.Lock()
        self._well = False

    def take(self) -> None:
        """Take a turn; skipped while the one before isn't over."""
        if not self._busy.acquire(blocking=False):
            log.warning("a turn of %s is skipped: the one before isn't over", self.routine.name)
            return
        try:
            self._take()
        finally:
            self._busy.release()

    def missed(self, planned: datetime, zone: ZoneInfo) -> None:
        """Tell of a turn that nobody could take."""
        name, at = self.routine.name, planned.astimezone(zone)
        self._tell(
            draft(
                NoticeKind.ROUTINE_MISSED,
                f"The routine '{name}' of {at:%a %d %b, %H:%M} was missed: the service wasn't "
                "running. It is not made up for; its next turn comes as planned.",
                about=name,
                planned=planned.isoformat(),
            )
        )

    def _take(self) -> None:
        name = self.routine.name
        try:
            self.routine.do()
        except Exception as error:
            log.exception("the routine %s failed", name)
            self._well = False
            text = f"The routine '{name}' failed: {type(error).__name__}: {error}"
            self._tell(draft(NoticeKind.ROUTINE_FAILED, text, about=name))
            return
        if not self._well:
            self._well = True
            self._tell(Story(kind=NoticeKind.ROUTINE_FAILED, about=name))

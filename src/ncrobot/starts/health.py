"""Watches: each looks at one side of a lab's health and tells what has become worse."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from ncrobot.errors import LabError
from ncrobot.model import Document
from ncrobot.notices import NoticeKind, Story, Tell, Urgency, draft
from ncrobot.plan import Plan
from ncrobot.schedule import Schedule


class DeviceWatch:
    """Tells of devices that don't answer as they should, and when they do again.

    ``check`` gives each device's problem, or None. It takes the workcell while it looks; if a run
    holds it, the engine knows its devices better, and there is nothing to look at.
    """

    def __init__(self, check: Callable[[], Mapping[str, str | None]], tell: Tell) -> None:
        self._check = check
        self._tell = tell
        self._well: set[str] = set()

    def look(self) -> None:
        """Check all devices once."""
        try:
            found = self._check()
        except LabError as error:
            if any(finding.code == "workcell-busy" for finding in error.diagnostics):
                return
            raise
        for device, problem in found.items():
            if problem is not None:
                self._well.discard(device)
                text = f"The device '{device}' isn't well: {problem}"
                told = draft(NoticeKind.DEVICE_UNHEALTHY, text, about=device, problem=problem)
                self._tell(told)
            elif device not in self._well:
                # At the first look too: it may have been ill when the service was last there.
                self._well.add(device)
                self._tell(Story(kind=NoticeKind.DEVICE_UNHEALTHY, about=device))


class Expiry(Document):
    """A lot of a stock: until when it is good, and until when it is needed (UTC ISO 8601)."""

    stock: str
    lot: int
    made: str
    expires: str
    needed: str
    run: str | None = None


def expiries_of(
    plan: Plan, schedule: Schedule, began: datetime, *, run: str | None = None, late_s: float = 0.0
) -> tuple[Expiry, ...]:
    """The lots with a limited life of a run that began at ``began`` and is late by ``late_s``."""
    lives = {use.stock: use.life_s for use in plan.stocks}
    found = []
    for lot in schedule.lots:
        life_s = lives.get(lot.stock)
        if life_s is None:
            continue
        made = began + timedelta(seconds=lot.made_s)
        found.append(
            Expiry(
                stock=lot.stock,
                lot=lot.lot,
                made=made.isoformat(),
                expires=(made + timedelta(seconds=life_s)).isoformat(),
                needed=(began + timedelta(seconds=lot.last_use_s + late_s)).isoformat(),
                run=run,
            )
        )
    return tuple(found)


class StockWatch:
    """Tells of stocks that expire within ``ahead_s`` and are still needed.

    News if the lot lasts as long as it is needed, a warning if it doesn't, an alarm if it has
    expired and is still in use.
    """

    def __init__(
        self,
        expiries: Callable[[], Iterable[Expiry]],
        tell: Tell,
        now: Callable[[], datetime],
        *,
        ahead_s: float = 1800.0,
    ) -> None:
        self._expiries = expiries
        self._tell = tell
        self._now = now
        self._ahead = timedelta(seconds=ahead_s)

    def look(self) -> None:
        """Look at all lots once."""
        now = self._now()
        for lot in self._expiries():
            made, expires, needed = map(datetime.fromisoformat, (lot.made, lot.expires, lot.needed))
            if made <= now < needed and expires - now <= self._ahead:
                self._warn(lot, now, expires, needed)

    def _warn(self, lot: Expiry, now: datetime, expires: datetime, needed: datetime) -> None:
        left_min = (expires - now).total_seconds() / 60
        if left_min <= 0:
            urgency, when = Urgency.ALARM, f"expired {-left_min:.0f} min ago and is still in use"
        elif needed > expires:
            urgency, when = Urgency.WARNING, f"expires in {left_min:.0f} min"
        else:
            urgency, when = Urgency.NEWS, f"expires in {left_min:.0f} min"
        need_min = (needed - now).total_seconds() / 60
        self._tell(
            draft(
                NoticeKind.STOCK_EXPIRING,
                f"Lot {lot.lot} of {lot.stock} {when}; it is needed for {need_min:.0f} min more.",
                about=f"{lot.stock} lot {lot.lot}",
                run=lot.run,
                urgency=urgency,
                expires=lot.expires,
                needed=lot.needed,
            )
        )


class DiskWatch:
    """Tells when the disk of a folder has less than ``limit_bytes`` left, and when it has again."""

    def __init__(
        self,
        folder: Path,
        tell: Tell,
        *,
        limit_bytes: int = 1_000_000_000,
        free_bytes: Callable[[Path], int] | None = None,
    ) -> None:
        self._folder = folder
        self._tell = tell
        self._limit_bytes = limit_bytes
        self._free_bytes = free_bytes or (lambda path: shutil.disk_usage(path).free)
        self._well = False

    def look(self) -> None:
        """Look at the disk once."""
        free_bytes = self._free_bytes(self._folder)
        is_well = free_bytes >= self._limit_bytes
        if not is_well:
            free_mb, limit_mb = free_bytes / 1e6, self._limit_bytes / 1e6
            text = f"The disk of {self._folder} has {free_mb:.0f} MB left (limit {limit_mb:.0f})."
            about = str(self._folder)
            self._tell(draft(NoticeKind.DISK_LOW, text, about=about, free_bytes=free_bytes))
        elif not self._well:
            self._tell(Story(kind=NoticeKind.DISK_LOW, about=str(self._folder)))
        self._well = is_well

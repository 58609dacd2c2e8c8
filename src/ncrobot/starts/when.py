"""Reads when a run is to start, as people say it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import tzlocal

from ncrobot.errors import Diagnostic, LabError

_ALLOWED = "22:00, 2026-08-03 22:00, or 2026-08-03T22:00+02:00"
_CLOCK = re.compile(r"(?:(\d{4}-\d\d-\d\d)[ T])?(\d\d:\d\d)")


def local_zone() -> ZoneInfo:
    """The time zone of this machine."""
    return ZoneInfo(tzlocal.get_localzone_name() or "UTC")


def parse_when(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The moment that a text means, in UTC; a time of day alone is the next one.

    Raises:
        LabError: it is no time, is past, or doesn't exist once and only once in this zone.
    """
    text = text.strip()
    match = _CLOCK.fullmatch(text)
    try:
        if match is None:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                raise _refused(text, "it is no time that is understood")
        else:
            moment = _local(match[1], time.fromisoformat(match[2]), now, zone, text)
    except ValueError as error:
        raise _refused(text, "it is no time that is understood") from error
    if moment <= now:
        raise _refused(text, f"it is past; now it is {now.astimezone(zone):%Y-%m-%d %H:%M}")
    return moment.astimezone(UTC)


def _local(day: str | None, clock: time, now: datetime, zone: ZoneInfo, text: str) -> datetime:
    today = now.astimezone(zone).date()
    moment = datetime.combine(date.fromisoformat(day) if day else today, clock, zone)
    if day is None and moment <= now:
        moment = datetime.combine(today + timedelta(days=1), clock, zone)
    # Summer time: in spring an hour is skipped, in autumn one comes twice.
    if moment.astimezone(UTC).astimezone(zone).time() != clock:
        raise _refused(text, f"the clocks of {zone.key} skip it on {moment:%Y-%m-%d}")
    if moment.utcoffset() != moment.replace(fold=1).utcoffset():
        first, second = (
            moment.isoformat("T", "minutes"),
            moment.replace(fold=1).isoformat("T", "minutes"),
        )
        raise _refused(text, f"it comes twice on that day: write {first} or {second}")
    return moment


def _refused(text: str, why: str) -> LabError:
    return LabError(
        Diagnostic(
            code="bad-time",
            message=f"nothing can start at {text!r}: {why}",
            found=text,
            allowed=_ALLOWED,
            fix="give a time that is still to come",
        )
    )

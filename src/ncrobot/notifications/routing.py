"""Which channels hear of a notice, and when: now, after the quiet hours, or if nobody reacts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ncrobot.notices import Draft, Urgency
from ncrobot.notifications.channels import QuietHours
from ncrobot.notifications.settings import Notifications


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery by one channel at a time; ``step`` 0 is the first, later ones are escalations."""

    channel: str
    step: int
    at: datetime


def deliveries_of(settings: Notifications, notice: Draft, now: datetime) -> tuple[Due, ...]:
    """Every delivery of a notice, in order of time; a channel is told once at one moment."""
    found: dict[tuple[str, datetime], Due] = {}
    for route in settings.routes:
        if not route.covers(notice):
            continue
        steps = [(0.0, route.to), *((step.after_s, step.to) for step in route.escalation)]
        for number, (after_s, names) in enumerate(steps):
            for name in names:
                at = now + timedelta(seconds=after_s)
                quiet = settings.channels[name].quiet
                if quiet is not None and notice.urgency is not Urgency.ALARM:
                    at = after_quiet(quiet, at, ZoneInfo(settings.zone))
                found.setdefault((name, at), Due(name, number, at))
    return tuple(sorted(found.values(), key=lambda due: (due.at, due.step)))


def after_quiet(quiet: QuietHours, at: datetime, zone: ZoneInfo) -> datetime:
    """The same moment, or the end of the quiet hours that it falls into."""
    local = at.astimezone(zone)
    clock = local.time()
    over_midnight = quiet.from_ > quiet.to
    if over_midnight:
        is_quiet = clock >= quiet.from_ or clock < quiet.to
    else:
        is_quiet = quiet.from_ <= clock < quiet.to
    if not is_quiet:
        return at
    day = local.date()
    if over_midnight and clock >= quiet.from_:
        day += timedelta(days=1)
    return max(at, datetime.combine(day, quiet.to, zone).astimezone(at.tzinfo))

"""What people do with planned starts: plan one, see them, call one off."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ncrobot.errors import Diagnostic, LabError
from ncrobot.starts.planned import FileMark, PlannedStart, StartRequest, StartStatus
from ncrobot.starts.record import Starts
from ncrobot.starts.when import local_zone

_OPEN = (StartStatus.PLANNED, StartStatus.STARTING)


def add_start(  # noqa: PLR0913 - what a start consists of
    starts: Starts,
    plan: Path,
    at: datetime,
    *,
    deck: str,
    duration_s: float,
    by: str,
    schedule: Path | None = None,
    real: bool = True,
    grace_s: float = 60.0,
    zone: ZoneInfo | None = None,
    note: str = "",
) -> PlannedStart:
    """Plan a start; a running service sees it within seconds.

    ``at`` has a time zone; ``duration_s`` is the schedule's makespan, ``deck`` the layout's name.
    The files are remembered by their hashes: if one changes, the start is refused at its time.

    Raises:
        LabError: a file can't be read, the time is past, or the deck is taken at that time.
    """
    return starts.add(
        StartRequest(
            plan=FileMark.of(plan),
            schedule=None if schedule is None else FileMark.of(schedule),
            at=at.astimezone(UTC).isoformat(),
            zone=(zone or local_zone()).key,
            deck=deck,
            duration_s=duration_s,
            grace_s=grace_s,
            real=real,
            by=by,
            note=note,
        )
    )


def list_starts(starts: Starts, *, everything: bool = False) -> tuple[PlannedStart, ...]:
    """The starts that are still to come (or all that ever were), in order of their times."""
    return starts.all(*(() if everything else _OPEN))


def cancel_start(starts: Starts, start: str, *, by: str, reason: str = "") -> PlannedStart:
    """Call a planned start off.

    Raises:
        LabError: there is no such start, or it isn't only planned any more.
    """
    cancelled = starts.move(start, StartStatus.PLANNED, StartStatus.CANCELLED, by=by, reason=reason)
    if cancelled is None:
        now = starts.get(start)
        run = f" (run {now.run})" if now.run else ""
        raise LabError(
            Diagnostic(
                code="start-over",
                message=f"the start of {now.told()} can't be cancelled: it is {now.status}{run}",
                found=now.status.value,
                allowed=StartStatus.PLANNED.value,
                fix="stop its run instead" if now.run else None,
            )
        )
    return cancelled

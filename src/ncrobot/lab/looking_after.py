"""The routines of a lab's service, wired with its record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time
from pathlib import Path

from ncrobot.errors import Diagnostic, LabError
from ncrobot.lab.checking import device_check
from ncrobot.lab.records import DIED
from ncrobot.lab.running import Lab
from ncrobot.lab.sampling import Sampling
from ncrobot.notices import Tell
from ncrobot.samples import load_instruments
from ncrobot.starts import Expiry, Routine, expiries_of, usual_routines

BY = "service"
"""Who collects results, in their record."""


def routines_of(
    lab: Lab,
    database: Path,
    tell: Tell,
    *,
    check: Path | None = None,
    instruments: Path | None = None,
) -> tuple[Routine, ...]:
    """Watch the disk and the stocks of real runs under way, and back up every night at 03:00.

    ``check`` is a deck layout whose devices are asked every minute. What the ``instruments``
    wrote is collected every minute too.

    Raises:
        DeckError: the layout is wrong.
        LabError: one of its drivers is missing, or the instruments file is wrong.
    """

    def expiries() -> Iterator[Expiry]:
        for summary in lab.listed():
            if not summary.is_open or summary.simulated or summary.status == DIED:
                continue
            record = lab.load(summary.run)
            began = record.state.started_wall
            if began is not None:
                start = datetime.fromisoformat(began)
                yield from expiries_of(record.plan, record.schedule, start, run=summary.run)

    def back_up() -> None:
        lab.database.backup(database.parent / "backups", datetime.now(UTC))

    asked = None if check is None else device_check(check)
    polls = {} if instruments is None else {"instruments": _poll(database, instruments)}
    usual = usual_routines(tell, database, expiries=expiries, check_devices=asked, polls=polls)
    # The recorder's own backup knows what a whole record is; the usual one only copies a file.
    kept = tuple(routine for routine in usual if routine.name != "backup")
    return (*kept, Routine("backup", back_up, daily_at=time(3)))


def _poll(database: Path, instruments: Path) -> Callable[[], None]:
    load_instruments(instruments)  # a mistake in it is told now, not in the night

    def poll() -> None:
        with Sampling.open(database, instruments) as sampling:
            sampling.collect(BY)
            wrong = sampling.tell_hooks()
        if wrong:
            raise LabError(Diagnostic(code="hook-failed", message="; ".join(wrong)))

    return poll

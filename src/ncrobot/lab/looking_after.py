"""The routines of a lab's service, wired with its record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path

from ncrobot.lab.checking import device_check
from ncrobot.lab.records import DIED
from ncrobot.lab.running import Lab
from ncrobot.notices import Tell
from ncrobot.starts import Expiry, Routine, expiries_of, usual_routines


def routines_of(
    lab: Lab, database: Path, tell: Tell, *, check: Path | None = None
) -> tuple[Routine, ...]:
    """Watch the disk and the stocks of real runs under way, and back up every night at 03:00.

    ``check`` is a deck layout whose devices are asked every minute.

    Raises:
        DeckError: the layout is wrong.
        LabError: one of its drivers is missing.
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
    usual = usual_routines(tell, database, expiries=expiries, check_devices=asked)
    # The recorder's own backup knows what a whole record is; the usual one only copies a file.
    kept = tuple(routine for routine in usual if routine.name != "backup")
    return (*kept, Routine("backup", back_up, daily_at=time(3)))

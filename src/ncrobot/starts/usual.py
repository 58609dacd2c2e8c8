"""The routines that a lab usually wants, wired with what it has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, time
from pathlib import Path

from ncrobot.notices import Tell
from ncrobot.starts.backup import backup_sqlite
from ncrobot.starts.health import DeviceWatch, DiskWatch, Expiry, StockWatch
from ncrobot.starts.record import system_now
from ncrobot.starts.routines import Routine

_MINUTE_S = 60.0


def usual_routines(
    tell: Tell,
    database: Path,
    *,
    check_devices: Callable[[], Mapping[str, str | None]] | None = None,
    expiries: Callable[[], Iterable[Expiry]] | None = None,
    polls: Mapping[str, Callable[[], None]] | None = None,
    now: Callable[[], datetime] = system_now,
) -> tuple[Routine, ...]:
    """Watch disk, devices and stocks, poll instruments each minute, back up at 03:00.

    ``check_devices`` gives each device's problem, or None; ``expiries`` the lots of all runs that
    are under way; ``polls`` has a function for each instrument queue. Backups go beside the
    database, into ``backups``.
    """
    every_minute = {"disk": DiskWatch(database.parent, tell).look}
    if check_devices is not None:
        every_minute["devices"] = DeviceWatch(check_devices, tell).look
    if expiries is not None:
        every_minute["stocks"] = StockWatch(expiries, tell, now).look
    every_minute |= {f"poll {name}": poll for name, poll in (polls or {}).items()}
    routines = [Routine(name, do, every_s=_MINUTE_S) for name, do in every_minute.items()]

    def back_up() -> None:
        backup_sqlite(database, database.parent / "backups", now())

    return (*routines, Routine("backup", back_up, daily_at=time(3)))

"""APScheduler's stores: what is due when. Beside them only the names of starts and routines."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from zoneinfo import ZoneInfo

from apscheduler.jobstores.base import BaseJobStore
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import MetaData

from ncrobot.errors import Diagnostic, LabError
from ncrobot.storage import open_store

STARTS, DAILY, OFTEN = "starts", "daily", "often"


def due(name: str) -> str:
    """What a stored job calls: it says whose turn it is, and the service's listener acts.

    A stored job can only name a function of a module; what is to be done belongs to the service
    that happens to run.
    """
    return name


class Scheduler(BackgroundScheduler):  # type: ignore[misc]
    """Ends between two rounds, and has no further one.

    APScheduler 3 looks for due jobs once more after its shutdown: what is due at that moment would
    be struck off without having been done. And a shutdown in the midst of a round ends its thread
    with an error.
    """

    def __init__(self, record: Path, zone: ZoneInfo) -> None:
        self._round = threading.Lock()
        defaults = {"coalesce": True, "max_instances": 1}
        super().__init__(jobstores=job_stores(record), job_defaults=defaults, timezone=zone)

    def end(self) -> None:
        """Let what is under way finish, and stop."""
        with self._round:
            self.pause()
        self.shutdown()

    def _process_jobs(self) -> float | None:
        with self._round:
            wait_s: float | None = super()._process_jobs() if self.running else None
        return wait_s


def job_stores(record: Path) -> dict[str, BaseJobStore]:
    """The stores beside a record of planned starts: two persistent ones, and one in memory.

    They are a file of their own that only its user may touch: APScheduler pickles its jobs, and
    whoever could write them could have the service run anything.

    Raises:
        LabError: the file can't be used.
    """
    path = record.with_name(record.name + ".jobs")
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
        status = path.stat()
    except OSError as error:
        raise _refused(path, error.strerror or str(error)) from error
    if status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise _refused(path, "others may write to it, or own it")
    engine = open_store(path, MetaData(), "the store of planned jobs")
    return {
        STARTS: SQLAlchemyJobStore(engine=engine, tablename="starts"),
        DAILY: SQLAlchemyJobStore(engine=engine, tablename="daily"),
        OFTEN: MemoryJobStore(),
    }


def _refused(path: Path, why: str) -> LabError:
    return LabError(
        Diagnostic(
            code="job-store",
            message=f"the store of planned jobs can't be used: {why}",
            file=str(path),
            fix="delete it: it is made anew from the record of planned starts",
        )
    )

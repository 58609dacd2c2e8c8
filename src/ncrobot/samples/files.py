"""Which data file belongs to which job, and what became of those that belong to none.

A file is *assigned* to the job whose identity it carries, or *quarantined* with a reason, until
somebody assigns it by hand. Nothing is deleted; the same bytes are taken up once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, delete, insert, select, update

from ncrobot.errors import Diagnostic, LabError
from ncrobot.samples._tables import FILES, RESULTS, SIGHTINGS, change, job_in, note
from ncrobot.samples.jobs import NEXT, Job, JobState
from ncrobot.samples.record import SampleRecord

FileState = Literal["assigned", "quarantined"]
_MEASURABLE = tuple(state for state, ends in NEXT.items() if JobState.MEASURED in ends)
_BY_HAND = (*_MEASURABLE, JobState.QUEUED, JobState.FAILED, JobState.EXPIRED, JobState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file that came: its hash, the name it had, its bytes, and what became of it."""

    sha256: str
    instrument: str
    state: FileState
    name: str
    size: int
    came: str
    reason: str


class DataFiles:
    """The data files of a record."""

    def __init__(self, record: SampleRecord) -> None:
        self._record = record

    def known(self, sha256: str) -> DataFile | None:
        """What became of these bytes if they came before; None: they didn't."""
        with self._record.engine.begin() as connection:
            return _file(connection, sha256)

    def assign(self, file: DataFile, jobs: Iterable[str], measured_at: str, by: str) -> None:
        """Take up a file as the result of these jobs, all in one transaction.

        A job that isn't waited for keeps its state; the file then is quarantined, with the reason.
        """
        with self._record.engine.begin() as connection:
            taken: list[Job] = []
            refused: list[Job] = []
            for name in jobs:
                job = job_in(connection, name)
                done = self._measured(connection, job, file.sha256, measured_at, by, _MEASURABLE)
                (taken if done else refused).append(job)
            state: FileState = "assigned" if taken else "quarantined"
            reason = "" if taken else _why(refused)
            self._put(connection, file, state, reason, by)

    def quarantine(self, file: DataFile, reason: str, by: str) -> None:
        """Take up a file that can't be assigned, and say why."""
        with self._record.engine.begin() as connection:
            self._put(connection, file, "quarantined", reason, by)

    def assign_by_hand(self, sha256: str, job: str, measured_at: str, by: str) -> Job:
        """Make a quarantined file the result of a job, whatever state that is in.

        Raises:
            LabError: there is no such file or job, or the job has a result.
        """
        with self._record.engine.begin() as connection:
            file = _file(connection, sha256)
            if file is None:
                raise _refused("no-file", f"there is no data file {sha256[:12]}")
            wanted = job_in(connection, job)
            moved = self._measured(connection, wanted, file.sha256, measured_at, by, _BY_HAND)
            if moved is None:
                message = f"job {wanted.id} has a result: it is {wanted.state.value}"
                raise _refused("job-has-result", message, "try it again first, as a new job")
            connection.execute(
                update(FILES)
                .where(FILES.c.sha256 == file.sha256)
                .values(state="assigned", reason="by hand")
            )
            note(connection, file.sha256, "assigned", self._record.now(), by, f"to {wanted.id}")
        return moved

    def find(self, start: str) -> DataFile:
        """The file whose hash begins so.

        Raises:
            LabError: there is none, or several.
        """
        with self._record.engine.begin() as connection:
            rows = connection.execute(
                select(FILES).where(FILES.c.sha256.startswith(start.lower(), autoescape=True))
            ).all()
        if len(rows) != 1:
            told = "no data file begins" if not rows else f"{len(rows)} data files begin"
            raise _refused("no-file", f"{told} with {start!r}", "'ncrobot queue files' lists them")
        return _data_file(rows[0])

    def all(self, state: FileState | None = None) -> tuple[DataFile, ...]:
        """All files, or those in a state, in the order in which they came."""
        query = select(FILES).order_by(FILES.c.came, FILES.c.sha256)
        if state is not None:
            query = query.where(FILES.c.state == state)
        with self._record.engine.begin() as connection:
            return tuple(_data_file(row) for row in connection.execute(query))

    def seen(self, path: str, size: int, changed_ns: int) -> tuple[float | None, bool]:
        """Note a file at a path: since when (s of the epoch) it is so, and whether it was taken up.

        None: it is new, or was changed since it was last seen.
        """
        now_s = self._record.now().timestamp()
        with self._record.engine.begin() as connection:
            row = connection.execute(select(SIGHTINGS).where(SIGHTINGS.c.path == path)).first()
            if row is not None and (row.size, row.changed_ns) == (size, changed_ns):
                return float(row.seen_s), row.sha256 is not None
            connection.execute(delete(SIGHTINGS).where(SIGHTINGS.c.path == path))
            connection.execute(
                insert(SIGHTINGS).values(path=path, size=size, changed_ns=changed_ns, seen_s=now_s)
            )
        return None, False

    def taken_up(self, path: str, sha256: str) -> None:
        """Note that what lies at a path is taken up, so that it isn't read again."""
        with self._record.engine.begin() as connection:
            connection.execute(
                update(SIGHTINGS).where(SIGHTINGS.c.path == path).values(sha256=sha256)
            )

    def _measured(
        self,
        connection: Connection,
        job: Job,
        sha256: str,
        measured_at: str,
        by: str,
        before: Iterable[JobState],
    ) -> Job | None:
        changes: dict[str, Any] = {
            "state": JobState.MEASURED, "file": sha256, "measured_at": measured_at,
        }  # fmt: skip
        fact = (self._record.now(), by, f"file {sha256[:12]}")
        moved = change(connection, job, before, fact, changes)
        if moved is not None:
            connection.execute(insert(RESULTS).values(job=job.id, sha256=sha256, by=by))
        return moved

    def _put(
        self, connection: Connection, file: DataFile, state: FileState, reason: str, by: str
    ) -> None:
        values = {
            "instrument": file.instrument, "state": state, "name": file.name, "size": file.size,
            "came": file.came, "reason": reason,
        }  # fmt: skip
        if _file(connection, file.sha256) is None:
            connection.execute(insert(FILES).values(sha256=file.sha256, **values))
        else:
            same = FILES.c.sha256 == file.sha256
            connection.execute(update(FILES).where(same).values(**values))
        note(connection, file.sha256, state, self._record.now(), by, reason)


def date_of(changed_ns: int) -> str:
    """The date of a file's last change, UTC (ISO 8601)."""
    return datetime.fromtimestamp(changed_ns / 1e9, UTC).isoformat()


def _file(connection: Connection, sha256: str) -> DataFile | None:
    row = connection.execute(select(FILES).where(FILES.c.sha256 == sha256)).first()
    return None if row is None else _data_file(row)


def _data_file(row: Any) -> DataFile:
    return DataFile(row.sha256, row.instrument, row.state, row.name, row.size, row.came, row.reason)


def _why(refused: Iterable[Job]) -> str:
    told = [f"job {job.id} is {job.state.value}" for job in refused]
    return "; ".join(told[:5]) or "it names no job"


def _refused(code: str, message: str, fix: str | None = None) -> LabError:
    return LabError(Diagnostic(code=code, message=message, fix=fix))

"""Batches on their way to an instrument: composed, written beside, dropped in one move.

A batch is *composed* when its jobs are set aside for it, *staged* when its worklist lies finished
under a hidden name, and *dropped* when it was renamed. A rename is all or nothing, so after a crash
the hidden file tells what happened: if it is there, the batch wasn't dropped; if the record says
staged and it is gone, it was.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from pydantic import Field
from sqlalchemy import Connection, insert, select, update

from ncrobot.errors import Diagnostic, LabError
from ncrobot.model import Document
from ncrobot.samples._tables import BATCHES, JOBS, change, job_in, jobs_of, note, row_of
from ncrobot.samples.jobs import Job, JobState
from ncrobot.samples.record import SampleRecord


class BatchState(StrEnum):
    """Where a batch stands; ``taken``: the instrument's software took the worklist."""

    COMPOSED = "composed"
    STAGED = "staged"
    DROPPED = "dropped"
    TAKEN = "taken"
    WITHDRAWN = "withdrawn"


class Batch(Document):
    """One worklist. ``jobs`` in the order of its lines; ``path`` is where it is dropped."""

    id: str
    instrument: str
    jobs: tuple[str, ...] = Field(min_length=1)
    path: str = Field("", description="empty: handed to a plug-in")
    state: BatchState = BatchState.COMPOSED
    begins: str
    made: str
    simulated: bool = False

    @property
    def hidden(self) -> Path:
        """Where its worklist lies until it is dropped: in the same folder, to be renamed."""
        place = Path(self.path)
        return place.with_name(f".{place.name}.part")


class Batches:
    """The batches of a record."""

    def __init__(self, record: SampleRecord) -> None:
        self._record = record

    def add(self, batch: Batch, content: bytes, controls: tuple[Job, ...], by: str) -> bool:
        """Set the jobs of a batch aside for it, all or none; False: one isn't queued any more."""
        with self._record.engine.begin() as connection:
            waiting = connection.execute(
                select(JOBS.c.id)
                .where(JOBS.c.id.in_(batch.jobs), JOBS.c.state == JobState.QUEUED.value)
                .where(JOBS.c.batch.is_(None))
            )
            own = {job.id for job in controls}
            if {row.id for row in waiting} != set(batch.jobs) - own:
                return False
            for job in controls:
                connection.execute(insert(JOBS).values(**row_of(job)))
            for line, name in enumerate(batch.jobs, 1):
                self._set_aside(connection, name, batch.id, line)
            connection.execute(
                insert(BATCHES).values(
                    id=batch.id, instrument=batch.instrument, state=batch.state.value,
                    document=batch.model_dump_json(), content=content,
                )
            )  # fmt: skip
            note(connection, batch.id, batch.state.value, self._record.now(), by)
        return True

    @staticmethod
    def _set_aside(connection: Connection, job: str, batch: str, line: int) -> None:
        changed = job_in(connection, job).model_copy(update={"batch": batch, "line": line})
        connection.execute(update(JOBS).where(JOBS.c.id == job).values(**row_of(changed)))

    def get(self, batch: str) -> Batch:
        """One batch.

        Raises:
            LabError: there is none of this name.
        """
        with self._record.engine.begin() as connection:
            return _one(connection, batch)

    def all(self, *states: BatchState, instrument: str | None = None) -> tuple[Batch, ...]:
        """The batches in these states (none given: all), in order of their making."""
        query = select(BATCHES.c.document)
        if states:
            query = query.where(BATCHES.c.state.in_([each.value for each in states]))
        if instrument is not None:
            query = query.where(BATCHES.c.instrument == instrument)
        with self._record.engine.begin() as connection:
            rows = connection.execute(query).scalars().all()
        found = [Batch.model_validate_json(row) for row in rows]
        return tuple(sorted(found, key=lambda each: (each.made, each.id)))

    def content(self, batch: str) -> bytes:
        """The worklist of a batch, byte for byte."""
        query = select(BATCHES.c.content).where(BATCHES.c.id == batch)
        with self._record.engine.begin() as connection:
            found = connection.execute(query).scalar()
        return bytes(found or b"")

    def drop(self, batch: Batch, by: str) -> Batch:
        """Drop a batch into the watched folder, from wherever an earlier attempt stopped.

        Raises:
            LabError: the folder can't be written, or holds another file of this name.
        """
        if batch.state is BatchState.COMPOSED:
            batch = self._stage(batch, by)
        if batch.state is BatchState.STAGED:
            if batch.path and batch.hidden.exists():
                try:
                    batch.hidden.rename(batch.path)
                    _sync_folder(Path(batch.path).parent)
                except OSError as error:
                    raise _cannot_write(batch, error) from error
            batch = self._move(batch, BatchState.DROPPED, by, JobState.SUBMITTED)
        return batch

    def _stage(self, batch: Batch, by: str) -> Batch:
        if batch.path:
            if Path(batch.path).exists():
                raise LabError(
                    Diagnostic(
                        code="worklist-there", message="another worklist of this name lies there",
                        file=batch.path, fix="take it away",
                    )
                )  # fmt: skip
            try:
                _write_durably(batch.hidden, self.content(batch.id))
            except OSError as error:
                raise _cannot_write(batch, error) from error
        return self._move(batch, BatchState.STAGED, by)

    def mark_taken(self, batch: Batch, by: str) -> Batch:
        """Write down that the instrument took a worklist: its jobs are acquiring, or soon."""
        return self._move(batch, BatchState.TAKEN, by, JobState.ACQUIRING)

    def withdraw(self, batch: Batch, by: str, reason: str) -> Batch:
        """Give the jobs of a batch back to the queue; its worklist is taken away if it is there.

        Raises:
            LabError: the instrument has taken it.
        """
        if batch.state is BatchState.TAKEN or (
            batch.state is BatchState.DROPPED and batch.path and not Path(batch.path).exists()
        ):
            raise LabError(
                Diagnostic(
                    code="batch-taken", message=f"batch {batch.id} was taken by the instrument",
                    fix="stop it at the instrument, then fail its jobs",
                )
            )  # fmt: skip
        for path in (Path(batch.path), batch.hidden) if batch.path else ():
            path.unlink(missing_ok=True)
        with self._record.engine.begin() as connection:
            for job in _jobs(connection, batch):
                state = JobState.QUEUED if job.kind == "sample" else JobState.WITHDRAWN
                change(
                    connection, job, [JobState.QUEUED, JobState.SUBMITTED],
                    (self._record.now(), by, reason),
                    {"state": state, "batch": None, "line": None},
                )  # fmt: skip
            return self._written(connection, batch, BatchState.WITHDRAWN, by, reason)

    def _move(
        self, batch: Batch, after: BatchState, by: str, jobs: JobState | None = None
    ) -> Batch:
        """Move a batch and its jobs in one transaction; jobs that went further stay."""
        before = {
            JobState.SUBMITTED: [JobState.QUEUED],
            JobState.ACQUIRING: [JobState.SUBMITTED],
        }
        with self._record.engine.begin() as connection:
            if jobs is not None:
                for job in _jobs(connection, batch):
                    fact = (self._record.now(), by, f"batch {batch.id}")
                    change(connection, job, before[jobs], fact, {"state": jobs})
            return self._written(connection, batch, after, by)

    def _written(
        self, connection: Connection, batch: Batch, after: BatchState, by: str, reason: str = ""
    ) -> Batch:
        moved = batch.model_copy(update={"state": after})
        connection.execute(
            update(BATCHES)
            .where(BATCHES.c.id == batch.id)
            .values(state=after.value, document=moved.model_dump_json())
        )
        note(connection, batch.id, after.value, self._record.now(), by, reason)
        return moved


def stamp(now: datetime) -> str:
    """A date as the names of batches have it."""
    return f"{now.astimezone(UTC):%Y%m%d-%H%M%S}"


def _one(connection: Connection, batch: str) -> Batch:
    query = select(BATCHES.c.document).where(BATCHES.c.id == batch)
    document = connection.execute(query).scalar()
    if document is None:
        raise LabError(Diagnostic(code="no-batch", message=f"there is no batch {batch!r}"))
    return Batch.model_validate_json(document)


def _jobs(connection: Connection, batch: Batch) -> tuple[Job, ...]:
    return jobs_of(connection, select(JOBS.c.document).where(JOBS.c.batch == batch.id))


def _write_durably(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder durable, where the system lets a folder be synced."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass  # a shared folder of another machine has no such thing; the file itself is synced
    finally:
        os.close(handle)


def _cannot_write(batch: Batch, error: OSError) -> LabError:
    return LabError(
        Diagnostic(
            code="worklist-folder",
            message=f"the worklist can't be dropped: {error.strerror or error}",
            file=batch.path,
            fix="see that the watched folder is there and may be written; then submit again",
        )
    )

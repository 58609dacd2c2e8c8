"""The record of samples and jobs: a file beside the run database that all processes share.

A job leaves a state by one conditional update, so that of two processes one gets it; every change
leaves a fact.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, delete, insert, select, update

from ncrobot.errors import Diagnostic, LabError
from ncrobot.samples._tables import (
    FACTS,
    FOUND,
    JOBS,
    SAMPLES,
    TABLES,
    change,
    job_in,
    jobs_of,
    note,
    row_of,
)
from ncrobot.samples.jobs import NEXT, Job, JobState, job_identity
from ncrobot.samples.sample import Sample
from ncrobot.storage import open_store


def system_now() -> datetime:
    """The date and time of this machine, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the record: what became of a job, batch or file, when, by whom and why."""

    wall: str
    about: str
    state: str
    by: str
    reason: str


class SampleRecord:
    """The open record; shared by threads and processes. ``now`` is handed in for simulation."""

    def __init__(self, engine: Engine, path: Path, now: Callable[[], datetime]) -> None:
        self.engine = engine
        self.path = path
        self.now = now

    @classmethod
    def open(cls, path: Path, now: Callable[[], datetime] = system_now) -> SampleRecord:
        """Open or create the record in this SQLite file.

        Raises:
            LabError: no permission, no folder, or no database.
        """
        return cls(open_store(path, TABLES, "the record of samples"), path, now)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def keep(self, samples: Iterable[Sample]) -> int:
        """Keep samples, or what is newly known of them; returns how many are new."""
        new = 0
        with self.engine.begin() as connection:
            for sample in samples:
                values = {"run": sample.run, "document": sample.model_dump_json()}
                found = connection.execute(
                    update(SAMPLES).where(SAMPLES.c.id == sample.id).values(**values)
                )
                if not found.rowcount:
                    connection.execute(insert(SAMPLES).values(id=sample.id, **values))
                    new += 1
        return new

    def sample(self, sample: str) -> Sample:
        """One sample.

        Raises:
            LabError: there is none with this identity.
        """
        query = select(SAMPLES.c.document).where(SAMPLES.c.id == sample.upper())
        with self.engine.begin() as connection:
            document = connection.execute(query).scalar()
        if document is None:
            raise LabError(
                Diagnostic(
                    code="no-sample", message=f"there is no sample {sample!r}",
                    fix="'ncrobot queue list' shows all",
                )
            )  # fmt: skip
        return Sample.model_validate_json(document)

    def samples(self, run: str | None = None) -> tuple[Sample, ...]:
        """All samples, or those of a run, in order of their times."""
        query = select(SAMPLES.c.document)
        if run is not None:
            query = query.where(SAMPLES.c.run == run)
        with self.engine.begin() as connection:
            rows = connection.execute(query).scalars().all()
        found = [Sample.model_validate_json(row) for row in rows]
        return tuple(sorted(found, key=lambda each: (each.run, each.planned_s or 0.0, each.place)))

    def queue(self, jobs: Iterable[Job], by: str) -> tuple[Job, ...]:
        """Queue jobs that aren't known yet; returns those."""
        new = []
        with self.engine.begin() as connection:
            for job in jobs:
                known = connection.execute(select(JOBS.c.id).where(JOBS.c.id == job.id)).first()
                if known is None:
                    connection.execute(insert(JOBS).values(**row_of(job)))
                    note(connection, job.id, job.state.value, self.now(), by, job.note)
                    new.append(job)
        return tuple(new)

    def job(self, job: str) -> Job:
        """One job.

        Raises:
            LabError: there is none with this identity.
        """
        with self.engine.begin() as connection:
            return job_in(connection, job)

    def jobs(
        self,
        *,
        instrument: str | None = None,
        states: Iterable[JobState] | None = None,
        run: str | None = None,
        batch: str | None = None,
        sample: str | None = None,
    ) -> tuple[Job, ...]:
        """The jobs that fit all that is given, by instrument, batch and line."""
        query: Any = select(JOBS.c.document)
        for column, value in (
            (JOBS.c.instrument, instrument), (JOBS.c.run, run), (JOBS.c.batch, batch),
            (JOBS.c.sample, sample),
        ):  # fmt: skip
            if value is not None:
                query = query.where(column == value)
        if states is not None:
            query = query.where(JOBS.c.state.in_([each.value for each in states]))
        with self.engine.begin() as connection:
            found = jobs_of(connection, query)
        return tuple(
            sorted(
                found,
                key=lambda each: (
                    each.instrument, each.batch or "~", each.line or 0, each.taken_at or "",
                    each.place, each.id,
                ),
            )
        )  # fmt: skip

    def move(
        self,
        job: str,
        after: JobState,
        *,
        by: str,
        reason: str = "",
        before: Iterable[JobState] | None = None,
    ) -> Job | None:
        """Move a job to a state; None if it isn't in one from which it goes there.

        A job that goes back into the queue leaves its batch.

        Raises:
            LabError: there is no such job.
        """
        allowed = [state for state, ends in NEXT.items() if after in ends]
        states = allowed if before is None else [each for each in before if each in allowed]
        changes: dict[str, Any] = {"state": after, "note": reason}
        if after is JobState.QUEUED:
            changes |= {"batch": None, "line": None}
        with self.engine.begin() as connection:
            now = self.now()
            return change(connection, job_in(connection, job), states, (now, by, reason), changes)

    def expire(self, by: str, *, simulated: bool) -> tuple[Job, ...]:
        """End all queued jobs whose samples are too old by now."""
        now = self.now()
        queued = [
            job
            for job in self.jobs(states=[JobState.QUEUED])
            if job.due is not None and job.due < now and job.simulated is simulated
        ]
        reason = "its sample got too old before it was its turn"
        moved = (self.move(job.id, JobState.EXPIRED, by=by, reason=reason) for job in queued)
        return tuple(job for job in moved if job is not None)

    def retry(self, job: str, by: str) -> Job:
        """Queue the measurement of a sample's job that failed once more, as the next attempt.

        Raises:
            LabError: there is no such job, or it didn't fail.
        """
        old = self.job(job)
        if old.state is not JobState.FAILED or old.sample is None:
            raise LabError(
                Diagnostic(
                    code="job-not-failed", message=f"job {old.id} can't be tried again",
                    found=f"{old.kind}, {old.state.value}", allowed="a sample's job that failed",
                )
            )  # fmt: skip
        attempt = old.attempt + 1
        again = old.model_copy(
            update={
                "id": job_identity(old.sample, old.instrument, attempt), "attempt": attempt,
                "state": JobState.QUEUED, "batch": None, "line": None, "note": "",
            }
        )  # fmt: skip
        self.queue([again], by)
        return self.job(again.id)

    def keep_found(self, found: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Keep what the newest analysis found of each sample, in place of what one found before."""
        now = self.now().astimezone(UTC).isoformat()
        with self.engine.begin() as connection:
            for sample, figures in found.items():
                connection.execute(delete(FOUND).where(FOUND.c.sample == sample))
                connection.execute(
                    insert(FOUND).values(sample=sample, at=now, document=json.dumps(list(figures)))
                )

    def found(self, sample: str) -> tuple[Mapping[str, Any], ...]:
        """What the newest analysis found of a sample: its figures; nothing if there was none."""
        query = select(FOUND.c.document).where(FOUND.c.sample == sample)
        with self.engine.begin() as connection:
            document = connection.execute(query).scalar()
        return () if document is None else tuple(json.loads(document))

    def facts(self, about: str) -> tuple[Fact, ...]:
        """The record of one job, batch or file, in order."""
        query = select(FACTS).where(FACTS.c.about == about).order_by(FACTS.c.number)
        with self.engine.begin() as connection:
            rows: Sequence[Any] = connection.execute(query).all()
        return tuple(Fact(row.wall, row.about, row.state, row.by, row.reason) for row in rows)

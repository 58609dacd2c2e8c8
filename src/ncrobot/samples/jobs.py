"""Jobs: one measurement each, of a sample or of a control, and the states they go through.

::

    queued ──▶ submitted ──▶ acquiring ──▶ measured ──▶ analysed
      │  ▲         │             │            │
      │  └─────────┤ (given back)│            │
      ▼            ▼             ▼            ▼
    expired      failed        failed       failed
    withdrawn

A measurement that failed is tried again as a new job with the next attempt; the old one stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from ncrobot.model import Document
from ncrobot.samples.identities import identity
from ncrobot.samples.sample import Sample

JobKind = Literal["sample", "blank", "reference", "wash"]


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    SUBMITTED = "submitted"
    ACQUIRING = "acquiring"
    MEASURED = "measured"
    ANALYSED = "analysed"
    FAILED = "failed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


NEXT: Mapping[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.SUBMITTED, JobState.EXPIRED, JobState.WITHDRAWN}),
    JobState.SUBMITTED: frozenset(
        {JobState.ACQUIRING, JobState.MEASURED, JobState.FAILED, JobState.QUEUED}
    ),
    JobState.ACQUIRING: frozenset({JobState.MEASURED, JobState.FAILED}),
    JobState.MEASURED: frozenset({JobState.ANALYSED, JobState.FAILED}),
    JobState.ANALYSED: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.EXPIRED: frozenset(),
    JobState.WITHDRAWN: frozenset({JobState.QUEUED}),
}
"""From which state to which a job goes by itself; a file assigned by hand makes any measured."""

WAITING = frozenset({JobState.SUBMITTED, JobState.ACQUIRING})
"""In these states a data file is expected."""
OPEN = frozenset({JobState.QUEUED, *WAITING, JobState.MEASURED})
"""In these states something is still to be done."""


class Job(Document):
    """One measurement. ``taken_at`` and ``due_at`` are dates in UTC (ISO 8601).

    ``due_at`` is when the sample is too old. ``file`` is the SHA-256 of its result.
    """

    id: str
    instrument: str
    kind: JobKind
    sample: str | None = None
    run: str | None = None
    well: str = ""
    step: str = ""
    place: str = ""
    attempt: int = Field(1, ge=1)
    state: JobState = JobState.QUEUED
    priority: int = 0
    taken_at: str | None = None
    due_at: str | None = None
    simulated: bool = False
    batch: str | None = None
    line: int | None = Field(None, ge=1, description="place in its batch")
    measured_at: str | None = None
    file: str | None = None
    note: str = ""

    @property
    def due(self) -> datetime | None:
        """When its sample is too old."""
        return None if self.due_at is None else datetime.fromisoformat(self.due_at)

    @property
    def is_late(self) -> bool:
        """Whether it was measured after its sample was too old."""
        if self.measured_at is None or self.due is None:
            return False
        return datetime.fromisoformat(self.measured_at) > self.due

    @property
    def label(self) -> str:
        """What people call it."""
        return f"{self.run} {self.well} {self.step}" if self.sample else self.kind


def job_identity(sample: str, instrument: str, attempt: int) -> str:
    """The name of an attempt to measure a sample on an instrument."""
    return identity("job", sample, instrument, str(attempt))


def job_of(sample: Sample, instrument: str, due_at: str | None, attempt: int = 1) -> Job:
    """The job that measures a sample on an instrument; always the same for the same three."""
    return Job(
        id=job_identity(sample.id, instrument, attempt),
        instrument=instrument,
        kind="sample",
        sample=sample.id,
        run=sample.run,
        well=sample.well,
        step=f"{sample.step}-{sample.number}",
        place=sample.place,
        attempt=attempt,
        priority=sample.priority,
        taken_at=sample.taken_at,
        due_at=due_at,
        simulated=sample.simulated,
    )


def control_of(kind: JobKind, batch: str, instrument: str, line: int, *, simulated: bool) -> Job:
    """The job of a blank, reference or wash at a line of a batch."""
    return Job(
        id=identity("control", batch, str(line)),
        instrument=instrument,
        kind=kind,
        simulated=simulated,
    )

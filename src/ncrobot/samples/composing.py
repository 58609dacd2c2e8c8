"""Batches: which samples come in which order, and the blanks, references and washes between them.

Of the samples that wait, the one of highest priority comes first, then the one that is too old
first, then the one taken first. One that would be too old when its turn comes isn't put in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ncrobot.samples.instruments import Batching, InstrumentSettings
from ncrobot.samples.jobs import Job, JobKind


@dataclass(frozen=True, slots=True)
class Slot:
    """One line of a batch: a control, or a sample's job; when it begins as planned."""

    kind: JobKind
    job: Job | None
    begins: datetime


@dataclass(frozen=True, slots=True)
class Composed:
    """A batch in order, and the jobs that would be too old if they came into it."""

    slots: tuple[Slot, ...]
    too_late: tuple[Job, ...]
    ends: datetime

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The samples' jobs in order."""
        return tuple(slot.job for slot in self.slots if slot.job is not None)


def in_order(jobs: Iterable[Job]) -> list[Job]:
    """Jobs in the order in which they should be measured."""
    never = "9999"
    return sorted(
        jobs,
        key=lambda job: (
            -job.priority,
            job.due_at or never,
            job.taken_at or never,
            job.place,
            job.id,
        ),
    )


def arrives(job: Job, settings: InstrumentSettings) -> datetime:
    """When the instrument can have a job's sample; the year 1 if that isn't known."""
    if job.taken_at is None:
        return datetime.min.replace(tzinfo=UTC)
    return datetime.fromisoformat(job.taken_at) + timedelta(seconds=settings.carry_s)


def ready(jobs: Sequence[Job], settings: InstrumentSettings) -> dict[str, datetime]:
    """When each job can begin, by its id: when its sample arrives; of a plate, when the last does.

    Where a sample of a plate would be too old by then, its plate doesn't wait for the others.
    """
    there = {job.id: arrives(job, settings) for job in jobs}
    if settings.results.per != "plate":
        return there
    plates: dict[tuple[str | None, str], list[Job]] = defaultdict(list)
    for job in jobs:
        plates[_plate_of(job)].append(job)
    setup = timedelta(seconds=settings.setup_s)
    for members in plates.values():
        last = max(there[job.id] for job in members)
        if all(job.due is None or last + setup <= job.due for job in members):
            there.update((job.id, last) for job in members)
    return there


def compose(
    jobs: Sequence[Job], settings: InstrumentSettings, begins: datetime, most: int | None = None
) -> Composed:
    """Put jobs into one batch that begins at a moment; at most ``most`` samples."""
    most = settings.batch.most if most is None else most
    if settings.results.per == "plate":
        return _plate(jobs, settings, begins, most)
    there = ready(jobs, settings)
    making = _Making(settings, begins + timedelta(seconds=settings.setup_s))
    too_late: list[Job] = []
    if settings.batch.reference_first_and_last:
        making.put("reference")
    for job in in_order(jobs):
        if making.samples == most:
            break
        starts = making.begin_of_next()
        if there[job.id] > starts:
            continue
        if job.due is not None and starts > job.due:
            too_late.append(job)
            continue
        making.put_sample(job)
    if not making.samples:
        return Composed((), tuple(too_late), begins)
    if settings.batch.reference_first_and_last:
        making.put("reference")
    return Composed(tuple(making.slots), tuple(too_late), making.now)


class _Making:
    """A batch that grows line by line, and the time at which its next line begins."""

    def __init__(self, settings: InstrumentSettings, now: datetime) -> None:
        self.now = now
        self.slots: list[Slot] = []
        self.samples = 0
        self._batch: Batching = settings.batch
        self._run = timedelta(seconds=settings.run_s)
        self._since_blank = settings.batch.blank_every

    @property
    def _wants_blank(self) -> bool:
        return 0 < self._batch.blank_every <= self._since_blank

    def begin_of_next(self) -> datetime:
        """When the next sample would begin, after a blank if it is time for one."""
        return self.now + (self._run if self._wants_blank else timedelta())

    def put(self, kind: JobKind, job: Job | None = None) -> None:
        """Add a line."""
        self.slots.append(Slot(kind, job, self.now))
        self.now += self._run

    def put_sample(self, job: Job) -> None:
        """Add a sample with the controls that belong to it."""
        if self._wants_blank:
            self.put("blank")
            self._since_blank = 0
        self.put("sample", job)
        self.samples += 1
        self._since_blank += 1
        if job.step.rpartition("-")[0] in self._batch.wash_after:
            self.put("wash")


def _plate(
    jobs: Sequence[Job], settings: InstrumentSettings, begins: datetime, most: int
) -> Composed:
    """A plate is read as a whole, once all its samples are there: they begin together."""
    starts = begins + timedelta(seconds=settings.setup_s)
    ends = starts + timedelta(seconds=settings.run_s)
    when = ready(jobs, settings)
    there = [job for job in jobs if when[job.id] <= starts]
    late = tuple(job for job in there if job.due is not None and starts > job.due)
    too_old = {job.id for job in late}
    fitting = [job for job in in_order(there) if job.id not in too_old]
    if not fitting:
        return Composed((), late, begins)
    wells: dict[str, Job] = {}
    for job in fitting:
        if _plate_of(job) == _plate_of(fitting[0]):
            wells.setdefault(job.place, job)
    slots = tuple(Slot("sample", job, starts) for job in list(wells.values())[:most])
    return Composed(slots, late, ends)


def _plate_of(job: Job) -> tuple[str | None, str]:
    return job.run, job.place.partition("/")[0]

"""Whether an instrument can measure all that waits before it is too old, and what to leave out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import Field

from ncrobot.model import Document
from ncrobot.samples.composing import compose, ready
from ncrobot.samples.instruments import InstrumentSettings
from ncrobot.samples.jobs import Job

_MOST_BATCHES = 1000


class Forecast(Document):
    """What waits for one instrument, how long it takes, and which samples would be too old.

    ``take_every`` n: with every n-th sample of each step, all would be in time; None: no share
    would.
    """

    instrument: str
    samples: int
    controls: int
    needed_s: float
    begins: str
    ends: str
    too_late: tuple[str, ...] = Field((), description="jobs")
    take_every: int | None = 1

    def told(self) -> str:
        """The forecast as a sentence."""
        text = f"{self.instrument}: {self.samples} samples need {hours(self.needed_s)}"
        if self.controls:
            text += f" with {self.controls} blanks, references and washes"
        if not self.too_late:
            return f"{text}; all would be measured in time."
        text += f"; {len(self.too_late)} would be too old."
        if self.take_every is None:
            return f"{text} No share of them would be measured in time."
        return f"{text} Every {_ordinal(self.take_every)} sample of each step would be in time."


def forecast(
    instrument: str, settings: InstrumentSettings, jobs: Sequence[Job], begins: datetime
) -> Forecast:
    """What becomes of jobs if the instrument begins at a moment and takes batch after batch."""
    late, ends, controls = _through(settings, jobs, begins)
    everything = [job.model_copy(update={"due_at": None}) for job in jobs]
    _, all_end, all_controls = _through(settings, everything, begins)
    return Forecast(
        instrument=instrument,
        samples=len(jobs),
        controls=all_controls if late else controls,
        needed_s=(all_end - begins).total_seconds(),
        begins=begins.isoformat(),
        ends=ends.isoformat(),
        too_late=tuple(late),
        take_every=_take_every(settings, jobs, begins) if late else 1,
    )


def every_nth(jobs: Sequence[Job], every: int) -> list[Job]:
    """Every n-th sample of each step of each run, by their wells; the first always."""
    groups: dict[tuple[str | None, str], list[Job]] = defaultdict(list)
    for job in jobs:
        groups[job.run, job.step].append(job)
    return [
        job
        for group in groups.values()
        for job in sorted(group, key=lambda each: _well_key(each.well))[::every]
    ]


def hours(seconds: float) -> str:
    """A duration as people say it."""
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 36000 else f"{seconds / 3600:.0f} h"


def _through(
    settings: InstrumentSettings, jobs: Sequence[Job], begins: datetime
) -> tuple[list[str], datetime, int]:
    """Jobs that come too late, the end, and the number of controls, over all batches."""
    left, now, controls = list(jobs), begins, 0
    for _ in range(_MOST_BATCHES):
        batch = compose(left, settings, now)
        if not batch.slots:
            later = [at for at in ready(left, settings).values() if at > now]
            if not later:
                break
            now = min(later)
            continue
        done = {job.id for job in batch.jobs}
        left = [job for job in left if job.id not in done]
        controls += sum(slot.job is None for slot in batch.slots)
        now = max(batch.ends, now + timedelta(seconds=1))
    return [job.id for job in left], now, controls


def _take_every(settings: InstrumentSettings, jobs: Sequence[Job], begins: datetime) -> int | None:
    groups: dict[tuple[str | None, str], int] = defaultdict(int)
    for job in jobs:
        groups[job.run, job.step] += 1
    for every in range(2, max(groups.values(), default=1) + 1):
        if not _through(settings, every_nth(jobs, every), begins)[0]:
            return every
    return None


def _well_key(well: str) -> tuple[int, str]:
    return (int(well[1:]), well[0]) if well[1:].isdigit() else (999, well)


def _ordinal(number: int) -> str:
    ends = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if 10 <= number % 100 <= 20 else ends.get(number % 10, 'th')}"

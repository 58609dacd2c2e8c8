"""Jobs of samples: when they are due, which are measured, and what was found of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ncrobot.errors import Diagnostic, LabError
from ncrobot.labware import definition
from ncrobot.plan import Plan
from ncrobot.samples import (
    Forecast,
    Instruments,
    InstrumentSettings,
    Job,
    JobState,
    Sample,
    every_nth,
    forecast,
    job_of,
)


@dataclass(frozen=True, slots=True)
class Taken:
    """The samples of a run: all of them, the jobs that are new, and kinds that nobody serves."""

    samples: tuple[Sample, ...]
    jobs: tuple[Job, ...]
    unserved: tuple[str, ...]


def jobs_of(
    samples: Sequence[Sample], instruments: Instruments
) -> tuple[list[Job], tuple[str, ...]]:
    """A job for each sample on each instrument that takes it; and kinds that nobody serves."""
    jobs: list[Job] = []
    unserved: dict[str, None] = {}
    for sample in samples:
        names = instruments.serving(sample.serves)
        if not names:
            unserved[sample.serves] = None
        for name in names:
            due = due_at(sample, instruments.named(name))
            jobs.append(job_of(sample, name, due))
    return jobs, tuple(unserved)


def forecasts(
    jobs: Sequence[Job], instruments: Instruments, begins: datetime
) -> tuple[Forecast, ...]:
    """What becomes of jobs that wait, instrument by instrument."""
    found = []
    for name, settings in instruments.instruments.items():
        own = [job for job in jobs if job.instrument == name]
        if own:
            found.append(forecast(name, settings, own, begins))
    return tuple(found)


def check_trays(plan: Plan, instruments: Instruments) -> None:
    """Check that samplers that count places count those of the labware that stands in their trays.

    Raises:
        LabError: with each tray of another shape: its numbers would mean other wells.
    """
    shapes = {
        each.name: definition(each.definition)
        for each in plan.deck.labware
        if each.role not in ("tips", "stocks")
    }
    wrong = [
        _other_shape(instrument, name, shape, (found.rows, found.columns))
        for instrument, settings in instruments.instruments.items()
        if settings.positions is not None and settings.positions.counts
        for name, found in shapes.items()
        if (shape := settings.positions.shape(name)) is not None
        and shape != (found.rows, found.columns)
    ]
    if wrong:
        raise LabError(wrong)


def _other_shape(
    instrument: str, labware: str, tray: tuple[int, int], wells: tuple[int, int]
) -> Diagnostic:
    return Diagnostic(
        code="tray-shape",
        message=f"instrument {instrument!r} would count the places of {labware!r} wrongly",
        found=f"a tray of {tray[0]} rows and {tray[1]} columns",
        allowed=f"{wells[0]} rows and {wells[1]} columns, as the labware has",
        fix=f"under positions, trays: {labware}: {{name: ..., rows: {wells[0]}, "
        f"columns: {wells[1]}}}",
    )


def shared_out(jobs: Sequence[Job], every: Mapping[str, int]) -> list[Job]:
    """The same jobs; on instruments with a share, those that aren't measured are withdrawn."""
    left_out: dict[str, int] = {}
    for name, number in every.items():
        own = [job for job in jobs if job.instrument == name]
        kept = {job.id for job in every_nth(own, number)}
        left_out |= {job.id: number for job in own if job.id not in kept}
    return [
        job.model_copy(
            update={
                "state": JobState.WITHDRAWN,
                "note": f"one of {left_out[job.id]} samples of its step is measured",
            }
        )
        if job.id in left_out
        else job
        for job in jobs
    ]


def due_at(sample: Sample, settings: InstrumentSettings) -> str | None:
    """When a sample is too old for an instrument: by its step, or by the instrument's settings."""
    lives_s = [each for each in (sample.stable_for_s, settings.stable_for_s) if each is not None]
    if not lives_s or sample.taken_at is None:
        return None
    taken = datetime.fromisoformat(sample.taken_at)
    return (taken + timedelta(seconds=min(lives_s))).isoformat()


def later(now: datetime, seconds: float | None) -> str:
    """A date some seconds later, in UTC (ISO 8601)."""
    return (now + timedelta(seconds=seconds or 0.0)).astimezone(UTC).isoformat()

"""Jobs of samples: when they are due, which are measured, and what was found of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ncrobot.samples import InstrumentSettings, Job, JobState, Sample, every_nth


@dataclass(frozen=True, slots=True)
class Taken:
    """The samples of a run: all of them, the jobs that are new, and kinds that nobody serves."""

    samples: tuple[Sample, ...]
    jobs: tuple[Job, ...]
    unserved: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Traced:
    """A sample, its measurements, and the figures that the newest analysis found of it."""

    sample: Sample
    jobs: tuple[Job, ...]
    found: tuple[Mapping[str, Any], ...]


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

"""Measures the simulated samples of a run on simulated instruments, in virtual time.

The same queue, worklists, files and collection as with real ones; only the instruments, the clock
and the folders are others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from ncrobot.errors import Diagnostic, LabError
from ncrobot.lab.sampling import Sampling
from ncrobot.plugins import load
from ncrobot.samples import (
    Collected,
    Collector,
    InstrumentSettings,
    Job,
    JobState,
    Sample,
    Submitter,
    load_factory,
)

RESPONSES = "ncrobot.responses"
_IDLE = timedelta(minutes=1)
_TICK = timedelta(milliseconds=1)
_MOST_STEPS = 100_000


@dataclass(slots=True)
class Acquired:
    """What a simulated acquisition came to, over all instruments, and how long it took."""

    measured: int = 0
    expired: list[str] = field(default_factory=list)
    collected: dict[str, Collected] = field(default_factory=dict)
    begins: datetime | None = None
    ends: datetime | None = None


def load_response(name: str, world: Path | None = None) -> Callable[[tuple[Sample, ...]], Any]:
    """What answers for samples in simulation, by its entry point in ``ncrobot.responses``.

    ``world`` is the log of the simulated world of their run, for one that follows it.

    Raises:
        LabError: there is none of this name.
    """
    loaded: Callable[..., Any] = load(RESPONSES, name, "response")
    if not getattr(loaded, "follows_world", False):
        return loaded
    return partial(loaded, world=world)


class _Station:
    """One simulated instrument with its queue."""

    def __init__(
        self,
        sampling: Sampling,
        named: tuple[str, InstrumentSettings],
        response: Any,
        folder: Path,
    ) -> None:
        name, settings = named
        folder = folder / name
        self.name = name
        self.settings = simulated_folders(settings, folder)
        self._record = sampling.record
        self._submitter = Submitter(self._record, name, self.settings, simulated=True)
        self.collector = Collector(self._record, sampling.store, name, self.settings)
        self._instrument = self._made(response)

    def _made(self, response: Any) -> Any:
        if self.settings.simulated_by is None:
            raise LabError(
                Diagnostic(
                    code="no-simulator",
                    message=f"instrument {self.name!r} has no simulated stand-in",
                    fix="name one in its settings, such as simulated_by: sim.hplc_ms",
                )
            )
        factory = load_factory(self.settings.simulated_by)
        common = {"results": self.settings.results.folder, "run_s": self.settings.run_s}
        if self.settings.worklist is None:
            return factory(respond=response.optical, **common)
        return factory(
            respond=response.injection,
            watched=self.settings.worklist.folder,
            software=self.settings.worklist.software,
            **common,
        )

    def send(self, by: str) -> list[str]:
        """Send the next batch if nothing is in hand; returns the jobs that expired."""
        open_jobs = self._record.jobs(
            instrument=self.name, states=[JobState.SUBMITTED, JobState.ACQUIRING]
        )
        if any(job.simulated for job in open_jobs):
            return []
        sent = self._submitter.submit(by)
        if self.settings.worklist is None:
            for batch in sent.batches:
                jobs = self._record.jobs(batch=batch.id)
                self._instrument.load(batch.id, [job.place for job in jobs], self._record.now())
        return [job.id for job in sent.expired]

    def work(self) -> datetime | None:
        """Let the instrument do what is over by now; returns when it is done with the next."""
        ends: datetime | None = self._instrument.work(self._record.now())
        return ends

    def waiting(self) -> list[Job]:
        """The simulated jobs that still wait to be sent."""
        queued = self._record.jobs(instrument=self.name, states=[JobState.QUEUED])
        return [job for job in queued if job.simulated]


def acquire(
    sampling: Sampling,
    run: str,
    response: Callable[[tuple[Sample, ...]], Any],
    by: str,
    *,
    folder: Path | None = None,
) -> Acquired:
    """Measure all queued samples of simulated runs, from the first sample of a run on.

    ``response`` gets the samples of the run and returns what answers for them: its ``optical``
    gives absorbance at a place, its ``injection`` what a line of a worklist shows. ``folder`` is
    where the instruments keep their files; default: one for all runs.

    Raises:
        LabError: the run isn't simulated, or an instrument has no stand-in.
    """
    samples = sampling.record.samples(run)
    taken = [datetime.fromisoformat(each.taken_at) for each in samples if each.taken_at]
    if not taken or not all(each.simulated for each in samples):
        raise LabError(
            Diagnostic(
                code="not-simulated",
                message=f"run {run} has no simulated samples",
                fix="simulated instruments measure samples of simulated runs only",
            )
        )
    answers = response(samples)
    folder = folder or sampling.records.folder / "simulated"
    stations = [
        _Station(sampling, (name, settings), answers, folder)
        for name, settings in sampling.instruments.instruments.items()
        if any(job.instrument == name for job in sampling.record.jobs(run=run))
    ]
    now = sampling.record.now
    clock = [min(taken)]
    sampling.record.now = lambda: clock[0]
    try:
        return _through(sampling, run, stations, clock, by)
    finally:
        sampling.record.now = now


def _through(
    sampling: Sampling, run: str, stations: list[_Station], clock: list[datetime], by: str
) -> Acquired:
    """From end to end of measurements until nothing is queued or in hand."""
    done = Acquired(begins=clock[0])
    for _ in range(_MOST_STEPS):
        ends: list[datetime] = []
        for station in stations:
            done.expired += station.send(by)
            end = station.work()
            _add(
                done.collected.setdefault(station.name, Collected()), station.collector.collect(by)
            )
            if end is not None:
                ends.append(end)
        waiting = [job for station in stations for job in station.waiting()]
        if not ends and not waiting:
            break
        clock[0] = max(min(ends) if ends else _next_arrival(waiting, clock[0]), clock[0] + _TICK)
    done.ends = clock[0]
    done.measured = len(sampling.record.jobs(run=run, states=[JobState.MEASURED]))
    return done


def _next_arrival(waiting: list[Job], now: datetime) -> datetime:
    later = [
        datetime.fromisoformat(job.taken_at)
        for job in waiting
        if job.taken_at is not None and datetime.fromisoformat(job.taken_at) > now
    ]
    return min(later, default=now + _IDLE)


def _add(total: Collected, more: Collected) -> None:
    total.assigned += more.assigned
    total.quarantined += more.quarantined
    total.duplicates += more.duplicates


def simulated_folders(settings: InstrumentSettings, folder: Path) -> InstrumentSettings:
    """The same instrument with folders of its own, so that nothing simulated meets a real one."""
    results = settings.results.model_copy(update={"folder": folder / "results", "quiet_s": 0.0})
    changes: dict[str, Any] = {"results": results, "plugin": None}
    if settings.worklist is not None:
        changes["worklist"] = settings.worklist.model_copy(update={"folder": folder / "worklists"})
    for name in ("results", "worklists"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return settings.model_copy(update=changes)

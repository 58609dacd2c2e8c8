"""Samples of a lab's runs: queued for its instruments, sent, collected, traced, and simulated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ncrobot.errors import Diagnostic, LabError
from ncrobot.lab.records import Records
from ncrobot.lab.sample_jobs import Taken, Traced, due_at, later, shared_out
from ncrobot.plan import Plan
from ncrobot.samples import (
    Batch,
    Batches,
    Collected,
    Collector,
    Conversions,
    DataFiles,
    Forecast,
    Instruments,
    InstrumentSettings,
    Job,
    JobState,
    Lineage,
    Measuring,
    RawStore,
    Sample,
    SampleFate,
    SampleRecord,
    Submitted,
    Submitter,
    forecast,
    job_of,
    lineage_of,
    link_to,
    load_instruments,
    planned_samples,
    samples_of,
    tell_hooks,
)
from ncrobot.schedule import Schedule

SAMPLES = "samples.sqlite"
RAW = "raw"


class Sampling:
    """The samples of a lab: a record and raw data beside its run database.

    ``instruments`` is None without settings: then samples can be looked at, but not sent.
    """

    def __init__(
        self, records: Records, record: SampleRecord, instruments: Instruments | None
    ) -> None:
        self.records = records
        self.record = record
        self.store = RawStore(records.folder / RAW)
        self.files = DataFiles(record)
        self.conversions = Conversions(record, self.store)
        self.batches = Batches(record)
        self._instruments = instruments

    @classmethod
    def open(cls, database: Path, instruments: Path | None = None) -> Self:
        """Open the samples of the lab whose runs are kept in this database file.

        Raises:
            LabError: the database or the record can't be opened, or the settings are wrong.
        """
        settings = load_instruments(instruments) if instruments is not None else None
        record = SampleRecord.open(database.parent / SAMPLES)
        return cls(Records.open(database), record, settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.record.close()
        self.records.database.close()

    @property
    def has_instruments(self) -> bool:
        """Whether instruments are told."""
        return self._instruments is not None

    @property
    def instruments(self) -> Instruments:
        """The settings.

        Raises:
            LabError: none were given.
        """
        if self._instruments is None:
            raise LabError(
                Diagnostic(
                    code="no-instruments",
                    message="no instruments are told",
                    fix="give their file with --instruments, or in NCROBOT_INSTRUMENTS",
                )
            )
        return self._instruments

    def take(self, run: str, by: str, every: Mapping[str, int] | None = None) -> Taken:
        """Keep the samples of a run and queue those that were taken; may be done again.

        ``every`` n for an instrument: all but every n-th sample of each step are withdrawn from its
        queue, of those that are queued now for the first time.

        Raises:
            LabError: there is no such run, or no instruments are told.
        """
        loaded = self.records.load(run)
        samples = samples_of(loaded.plan, loaded.schedule, loaded.state)
        self.record.keep(samples)
        jobs, unserved = self._jobs([each for each in samples if each.fate is SampleFate.TAKEN])
        known = {job.id for job in self.record.jobs(run=run)}
        fresh = [job for job in jobs if job.id not in known]
        new = self.record.queue(shared_out(fresh, every or {}), by)
        return Taken(samples, new, unserved)

    def forecast_queue(self, *, simulated: bool = False) -> tuple[Forecast, ...]:
        """What becomes of all that is queued now, instrument by instrument."""
        queued = self.record.jobs(states=[JobState.QUEUED])
        waiting = [job for job in queued if job.simulated is simulated and job.batch is None]
        return self._forecasts(waiting, self.record.now())

    def forecast_plan(self, plan: Plan, schedule: Schedule) -> tuple[Forecast, ...]:
        """What would become of a plan's samples if its run began now, after all that is queued."""
        now = self.record.now()
        planned = [
            each.model_copy(update={"taken_at": later(now, each.planned_s)})
            for each in planned_samples(plan, schedule)
        ]
        jobs, _ = self._jobs(planned)
        queued = self.record.jobs(states=[JobState.QUEUED])
        return self._forecasts([*jobs, *(job for job in queued if not job.simulated)], now)

    def submit(
        self, by: str, instrument: str | None = None, most: int | None = None
    ) -> dict[str, Submitted]:
        """Send what waits to one instrument, or to all; simulated samples are never sent.

        Raises:
            LabError: a template is wrong, or a folder can't be written.
        """
        names = self.instruments.instruments if instrument is None else [instrument]
        found = {}
        for name in names:
            settings = self.instruments.named(name)
            found[name] = Submitter(self.record, name, settings).submit(by, most)
        return found

    def collect(
        self, by: str, instrument: str | None = None, *, again: bool = False
    ) -> dict[str, Collected]:
        """Take up the data files of one instrument, or of all.

        ``again``: look once more at what is in quarantine, instead.

        Raises:
            LabError: a folder can't be read, or raw data can't be kept.
        """
        found = {}
        for name in self.instruments.instruments if instrument is None else [instrument]:
            collector = Collector(self.record, self.store, name, self.instruments.named(name))
            found[name] = collector.again(by) if again else collector.collect(by)
        return found

    def measure(self, instrument: str, say: Callable[[str], None]) -> int:
        """Let an instrument that measures in this process work through what was sent to it.

        Raises:
            LabError: it isn't such an instrument, or something went wrong on it.
        """
        link = link_to(instrument, self.instruments.named(instrument))
        if not isinstance(link, Measuring):
            raise LabError(
                Diagnostic(
                    code="measures-itself",
                    message=f"instrument {instrument!r} measures by its own software",
                    fix="'ncrobot queue submit' sends samples to it",
                )
            )
        return link.measure(say)

    def tell_hooks(self) -> tuple[str, ...]:
        """Tell the hooks what happened; returns what went wrong, in words."""
        return tell_hooks(self.record, self.instruments.hooks)

    def withdraw(self, batch: str, by: str, reason: str) -> Batch:
        """Give the jobs of a batch back to the queue.

        Raises:
            LabError: there is no such batch, or the instrument has taken it.
        """
        return self.batches.withdraw(self.batches.get(batch), by, reason)

    def lineage(self, sample: str) -> Lineage:
        """All that went into a sample.

        Raises:
            LabError: there is no such sample, or its run is gone.
        """
        found = self.record.sample(sample)
        loaded = self.records.load(found.run)
        return lineage_of(found, loaded.plan, loaded.state)

    def traced(
        self, stock: str, lot: int | None = None, run: str | None = None
    ) -> tuple[Traced, ...]:
        """What became of a stock, or of one lot of it: samples, their measurements and figures.

        Over all runs that are kept, or over one.

        Raises:
            LabError: there is no such run.
        """
        kept = {each.run for each in self.records.listed()}
        known = sorted({each.run for each in self.record.samples()} & kept)
        runs = [run] if run else known
        return tuple(
            Traced(each, self.record.jobs(sample=each.id), self.record.found(each.id))
            for one in runs
            for each in self.samples_with(one, stock, lot)
        )

    def samples_with(self, run: str, stock: str, lot: int | None = None) -> tuple[Sample, ...]:
        """The samples of a run that hold something of a stock, or of one lot of it.

        Raises:
            LabError: there is no such run.
        """
        loaded = self.records.load(run)
        state = loaded.state
        samples = samples_of(loaded.plan, loaded.schedule, state)
        return tuple(
            each
            for each in samples
            if any(
                name == stock and lot in (None, number)
                for name, number in lineage_of(each, loaded.plan, state).lots()
            )
        )

    def _jobs(self, samples: Sequence[Sample]) -> tuple[list[Job], tuple[str, ...]]:
        """A job for each sample on each instrument that takes it."""
        jobs: list[Job] = []
        unserved: dict[str, None] = {}
        for sample in samples:
            names = self.instruments.serving(sample.serves)
            if not names:
                unserved[sample.serves] = None
            for name in names:
                due = due_at(sample, self.instruments.named(name))
                jobs.append(job_of(sample, name, due))
        return jobs, tuple(unserved)

    def _forecasts(self, jobs: Sequence[Job], begins: datetime) -> tuple[Forecast, ...]:
        found = []
        for name, settings in self.instruments.instruments.items():
            own = [job for job in jobs if job.instrument == name]
            if own:
                found.append(forecast(name, settings, own, begins))
        return tuple(found)


def simulated_folders(settings: InstrumentSettings, folder: Path) -> InstrumentSettings:
    """The same instrument with folders of its own, so that nothing simulated meets a real one."""
    results = settings.results.model_copy(update={"folder": folder / "results", "quiet_s": 0.0})
    changes: dict[str, Any] = {"results": results, "plugin": None}
    if settings.worklist is not None:
        changes["worklist"] = settings.worklist.model_copy(update={"folder": folder / "worklists"})
    for name in ("results", "worklists"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return settings.model_copy(update=changes)

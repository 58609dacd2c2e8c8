"""Samples of a lab's runs: queued for its instruments, sent, collected, traced, and simulated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from ncrobot.errors import Diagnostic, LabError
from ncrobot.lab.records import Records
from ncrobot.lab.sample_jobs import Taken, check_trays, forecasts, jobs_of, later, shared_out
from ncrobot.lab.tracing import Traced, lineage, samples_with, traced
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
    JobState,
    Lineage,
    Measuring,
    RawStore,
    Sample,
    SampleFate,
    SampleRecord,
    Submitted,
    Submitter,
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
            LabError: there is no such run, no instruments are told, or a tray counts its places
                otherwise than the labware of the deck has wells.
        """
        loaded = self.records.load(run)
        check_trays(loaded.plan, self.instruments)
        samples = samples_of(loaded.plan, loaded.schedule, loaded.state)
        self.record.keep(samples)
        taken = [each for each in samples if each.fate is SampleFate.TAKEN]
        jobs, unserved = jobs_of(taken, self.instruments)
        known = {job.id for job in self.record.jobs(run=run)}
        fresh = [job for job in jobs if job.id not in known]
        new = self.record.queue(shared_out(fresh, every or {}), by)
        return Taken(samples, new, unserved)

    def forecast_queue(self, *, simulated: bool = False) -> tuple[Forecast, ...]:
        """What becomes of all that is queued now, instrument by instrument."""
        queued = self.record.jobs(states=[JobState.QUEUED])
        waiting = [job for job in queued if job.simulated is simulated and job.batch is None]
        return forecasts(waiting, self.instruments, self.record.now())

    def forecast_plan(self, plan: Plan, schedule: Schedule) -> tuple[Forecast, ...]:
        """What would become of a plan's samples if its run began now, after all that is queued.

        Raises:
            LabError: no instruments are told, or a tray counts its places otherwise than the
                labware of the deck has wells.
        """
        check_trays(plan, self.instruments)
        now = self.record.now()
        planned = [
            each.model_copy(update={"taken_at": later(now, each.planned_s)})
            for each in planned_samples(plan, schedule)
        ]
        jobs, _ = jobs_of(planned, self.instruments)
        queued = self.record.jobs(states=[JobState.QUEUED])
        waiting = [*jobs, *(job for job in queued if not job.simulated)]
        return forecasts(waiting, self.instruments, now)

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
        return lineage(self.records, self.record, sample)

    def traced(
        self, stock: str, lot: int | None = None, run: str | None = None
    ) -> tuple[Traced, ...]:
        """What became of a stock, or of one lot of it: samples, their measurements and figures.

        Over all runs that are kept, or over one.

        Raises:
            LabError: there is no such run.
        """
        return traced(self.records, self.record, stock, lot, run)

    def samples_with(self, run: str, stock: str, lot: int | None = None) -> tuple[Sample, ...]:
        """The samples of a run that hold something of a stock, or of one lot of it.

        Raises:
            LabError: there is no such run.
        """
        return samples_with(self.records, run, stock, lot)

"""Analyses what the instruments and the reader on the deck measured of a run."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ncrobot.analysis.chromatography import Chromatogram, chromatogram_of
from ncrobot.assays import (
    About,
    AnalysisSettings,
    BlankRun,
    Measured,
    ReferenceRun,
    Results,
    analyse,
)
from ncrobot.errors import LabError
from ncrobot.lab.readings import on_deck
from ncrobot.lab.sampling import Sampling
from ncrobot.plan import Plan
from ncrobot.recorder import RunRecord
from ncrobot.samples import Job, JobState, Parsed, Sample, parse
from ncrobot.samples.instruments import Results as ResultSettings
from ncrobot.state import RunState

_HAS_DATA = (JobState.MEASURED, JobState.ANALYSED)


@dataclass(frozen=True, slots=True, eq=False)
class Analysed:
    """What an analysis was made from, and what it came to."""

    run: RunRecord
    samples: tuple[Sample, ...]
    jobs: tuple[Job, ...]
    measured: tuple[Measured, ...]
    results: Results


def analyse_run(
    sampling: Sampling,
    run: str,
    settings: AnalysisSettings,
    by: str,
    given: Path | None = None,
) -> Analysed:
    """Analyse everything that is measured of a run; its jobs become analysed.

    ``given`` is a CSV of figures that were measured elsewhere.

    Raises:
        LabError: there is no such run, no instruments are told, or raw data are missing.
    """
    record = sampling.records.load(run)
    state = record.state
    samples = {each.id: each for each in sampling.record.samples(run)}
    jobs = sampling.record.jobs(run=run)
    parsed = _Files(sampling)
    measured = [
        found
        for job in jobs
        if job.state in _HAS_DATA and job.sample in samples
        for found in _of_job(job, samples[job.sample], parsed)
    ]
    measured += on_deck(record.plan, state, samples.values())
    wells = _wells(record.plan, state)
    references, blanks = _controls(sampling, jobs, parsed)
    results = analyse(measured, wells, settings, references, blanks, given)
    sampling.record.keep_found(_by_sample(results, samples))
    for job in jobs:
        if job.state is JobState.MEASURED:
            sampling.record.move(job.id, JobState.ANALYSED, by=by)
    return Analysed(
        record, tuple(samples.values()), sampling.record.jobs(run=run), tuple(measured), results
    )


def _by_sample(results: Results, samples: Container[str]) -> dict[str, list[dict[str, object]]]:
    """The figures of each sample, for its lineage."""
    found: dict[str, list[dict[str, object]]] = {}
    for each in results.figures:
        if each.sample in samples:
            told = each.model_dump(include={"quantity", "value", "error", "unit", "doubt"})
            found.setdefault(each.sample, []).append(told)
    return found


class _Files:
    """Data files parsed once each, since one plate's file is many samples' result."""

    def __init__(self, sampling: Sampling) -> None:
        self._sampling = sampling
        self._known: dict[str, Parsed] = {}

    def of(self, job: Job) -> Parsed:
        """What the file of a job holds.

        Raises:
            LabError: it is missing, or was changed.
        """
        if job.file is None:
            return Parsed()
        if job.file not in self._known:
            made = self._sampling.conversions.of(job.file)
            data = self._sampling.store.get((made.made if made else None) or job.file)
            self._known[job.file] = parse(data, job.file[:12], self.settings_of(job))
        return self._known[job.file]

    def settings_of(self, job: Job) -> ResultSettings:
        """What the results of a job's instrument are."""
        return self._sampling.instruments.named(job.instrument).results


def _of_job(job: Job, sample: Sample, files: _Files) -> Iterator[Measured]:
    """What one job measured: nothing if its well isn't in the file after all."""
    found = files.of(job)
    about = _about(job, sample)
    if found.optical is not None:
        own = found.optical.of_well(sample.position) or found.optical.spectra[:1]
        is_plate = files.settings_of(job).per == "plate"
        if is_plate and not found.optical.of_well(sample.position):
            return
        yield Measured(about, spectrum=own[-1].spectrum if own else None)
    elif found.chromatogram is not None:
        chromatogram = found.chromatogram.chromatogram
        yield Measured(about, chromatogram=chromatogram, array=found.chromatogram.array)
    elif found.mass is not None:
        yield Measured(about, chromatogram=_absorption(found), mass=found.mass.spectra)


def _absorption(parsed: Parsed) -> Chromatogram | None:
    """The absorption trace of an mzML file, if it has one."""
    traces = parsed.mass.traces if parsed.mass is not None else ()
    for trace in traces:
        if trace.kind == "absorption":
            try:
                return chromatogram_of(trace)
            except ValueError:
                return None
    return None


def _about(job: Job, sample: Sample) -> About:
    volume_ul = (sample.taken_ul or sample.planned_ul) + sample.diluent_ul
    return About(
        sample=sample.id,
        well=sample.well,
        name=sample.name,
        kind=sample.kind,
        group=sample.replicate_of or sample.name,
        step=sample.step,
        number=sample.number,
        instrument=job.instrument,
        file=job.file or "",
        since_s=sample.since_s,
        dilution=sample.dilution,
        volume_ul=volume_ul,
        is_late=job.is_late,
        well_status=sample.well_status,
    )


def _wells(plan: Plan, state: RunState) -> dict[str, About]:
    """Every well of the plate, whatever was measured of it."""
    found = {}
    for each in plan.wells:
        status = state.wells.get(each.well)
        found[each.well] = About(
            sample="", well=each.well, name=each.name, kind=each.kind,
            group=each.replicate_of or each.name, step="", number=0, instrument="", file="",
            well_status=status.status if status is not None else "ok",
        )  # fmt: skip
    return found


def _controls(
    sampling: Sampling, jobs: Sequence[Job], files: _Files
) -> tuple[list[ReferenceRun], list[BlankRun]]:
    """References, and blanks right after a sample, of all batches that hold samples of this run."""
    references: list[ReferenceRun] = []
    blanks: list[BlankRun] = []
    for batch in dict.fromkeys(job.batch for job in jobs if job.batch is not None):
        before: str | None = None
        for job in sampling.record.jobs(batch=batch):
            trace = _control_trace(job, files)
            if trace is not None and job.kind == "reference":
                references.append(ReferenceRun(batch, trace))
            elif trace is not None and job.kind == "blank" and before is not None:
                blanks.append(BlankRun(before, trace))
            before = job.sample
    return references, blanks


def _control_trace(job: Job, files: _Files) -> Chromatogram | None:
    """The chromatogram of a control; None if it has none, or its file is lost."""
    if job.kind == "sample" or job.state not in _HAS_DATA:
        return None
    try:
        return _trace_of(files.of(job))
    except LabError:
        return None


def _trace_of(parsed: Parsed) -> Chromatogram | None:
    if parsed.chromatogram is not None:
        return parsed.chromatogram.chromatogram
    return _absorption(parsed)

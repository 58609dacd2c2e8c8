"""Measures the plate of a campaign: by the reader on the deck, or by instruments beside it.

Beside the deck means the usual way of samples: queue, worklists, data files, analysis. Simulated
samples are measured at once on simulated instruments; real ones take their time, and a campaign
that is called again takes up what has come meanwhile.
"""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ncrobot.assays import ObjectiveValue, Results, Wanted, load_analysis
from ncrobot.campaigns import Analyse, Campaign, Judged, Loaded, Round, broken_limit
from ncrobot.lab.acquiring import acquire, load_response
from ncrobot.lab.analysing import analyse_run
from ncrobot.lab.asked_wells import spectra_of
from ncrobot.lab.objectives import settings_for
from ncrobot.lab.records import Records
from ncrobot.lab.sampling import SAMPLES, Sampling
from ncrobot.recorder import RunRecord
from ncrobot.samples import OPEN, JobState, SampleRecord, load_instruments
from ncrobot.users import user_name

TWIN = "sim.twin"
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Measured:
    """What each well came to, or what is waited for; ``notes`` are measurements that were lost."""

    judged: dict[str, Judged] = field(default_factory=dict)
    waiting: str = ""
    notes: tuple[str, ...] = ()


def measured_on_deck(
    campaign: Campaign, at: Round, record: RunRecord, analyse: Analyse
) -> Measured:
    """What the reader on the deck saw, by the figures that the campaign declares."""
    blanks = at.plated.of_kind(campaign.blank) if at.plated and campaign.blank else []
    return Measured(analyse(campaign, spectra_of(record.state, record.plan), blanks))


def measured_beside(loaded: Loaded, records: Records, record: RunRecord) -> Measured:
    """What the instruments beside the deck say by now.

    Raises:
        LabError: a file is wrong, or an instrument or its simulated stand-in is missing.
    """
    told, path = loaded.campaign.measuring, loaded.instruments
    if told is None or path is None:
        return Measured()
    run, by = record.summary.run, user_name()
    samples = SampleRecord.open(records.folder / SAMPLES)
    try:
        sampling = Sampling(records, samples, load_instruments(path))
        sampling.take(run, by, told.every)
        if record.summary.simulated:
            _acquire(sampling, run, by)
        else:
            sampling.submit(by)
            sampling.collect(by)
            if waiting := _waiting(sampling, run):
                return Measured(waiting=waiting)
        own = load_analysis(loaded.analysis) if loaded.analysis is not None else None
        done = analyse_run(sampling, run, settings_for(sampling, run, own), by)
    finally:
        samples.close()
    if record.summary.simulated:
        shutil.rmtree(_folder(records, run), ignore_errors=True)
    return Measured(judged_of(loaded.campaign, done.results), notes=_notes(done.results))


def figures_told(loaded: Loaded, wanted: Mapping[str, Wanted]) -> dict[str, Wanted]:
    """The figures that the analysis finds: those that a protocol wants, and those of its file.

    Raises:
        LabError: the analysis file is wrong.
    """
    own = load_analysis(loaded.analysis).objectives if loaded.analysis is not None else {}
    return {**wanted, **own}


def judged_of(campaign: Campaign, results: Results) -> dict[str, Judged]:
    """What an analysis says of each well."""
    by_well: dict[str, list[ObjectiveValue]] = defaultdict(list)
    for each in results.objectives:
        by_well[each.well].append(each)
    return {well: _judged(campaign, values) for well, values in by_well.items()}


def _judged(campaign: Campaign, values: Sequence[ObjectiveValue]) -> Judged:
    figures = {each.objective: _cut(each.value) for each in values if each.value is not None}
    errors = {
        each.objective: _cut(each.error)
        for each in values
        if each.value is not None and each.error is not None and each.error > 0.0
    }
    broken = broken_limit(campaign, figures)
    wanted = [each for each in values if each.objective in campaign.search.objectives]
    if broken or any(each.value is not None for each in wanted):
        return Judged(figures=figures, errors=errors, failed=broken)
    seen = [f"{each.objective}: {each.doubt}" for each in wanted if each.sample is not None]
    if seen:
        return Judged(figures=figures, errors=errors, failed="; ".join(seen))
    return Judged(figures=figures, errors=errors, missing="it was not measured")


def _cut(figure: float) -> float:
    """Without the last digits, which differ between equal runs."""
    return float(f"{figure:.{_DIGITS}g}")


def _acquire(sampling: Sampling, run: str, by: str) -> None:
    """Measure simulated samples, or go on with it; each run has instruments of its own."""
    left = sampling.record.jobs(run=run, states=OPEN)
    if all(job.state is JobState.MEASURED for job in left):
        return
    world = sampling.records.folder / f"{run}.world"
    response = load_response(TWIN, world)
    acquire(sampling, run, response, by, folder=_folder(sampling.records, run))


def _folder(records: Records, run: str) -> Path:
    return records.folder / "simulated" / run


def _waiting(sampling: Sampling, run: str) -> str:
    """What isn't measured yet, in words; empty if all is."""
    jobs = [job for job in sampling.record.jobs(run=run) if job.state in OPEN]
    left = Counter(job.instrument for job in jobs if job.state is not JobState.MEASURED)
    return ", ".join(f"{number} measurements of {name}" for name, number in left.items())


def _notes(results: Results) -> tuple[str, ...]:
    return tuple(f"{sample}: {why}" for sample, why in results.problems)

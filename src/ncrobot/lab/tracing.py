"""Where samples come from, and what became of a stock: over the runs that are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ncrobot.errors import Diagnostic, LabError, nearest_word
from ncrobot.lab.records import Records
from ncrobot.samples import Job, Lineage, Sample, SampleRecord, lineage_of, samples_of


@dataclass(frozen=True, slots=True)
class Traced:
    """A sample, its measurements, and the figures that the newest analysis found of it."""

    sample: Sample
    jobs: tuple[Job, ...]
    found: tuple[Mapping[str, Any], ...]


def lineage(records: Records, record: SampleRecord, sample: str) -> Lineage:
    """All that went into a sample.

    Raises:
        LabError: there is no such sample, or its run is gone.
    """
    found = record.sample(sample)
    loaded = records.load(found.run)
    return lineage_of(found, loaded.plan, loaded.state)


def traced(
    records: Records, record: SampleRecord, stock: str, lot: int | None, run: str | None
) -> tuple[Traced, ...]:
    """What became of a stock, or of one lot of it, in one run or in all that are kept.

    Raises:
        LabError: there is no such run, or no run has such a stock.
    """
    kept = {each.run for each in records.listed()}
    known = sorted({each.run for each in record.samples()} & kept)
    runs = [run] if run else known
    found = tuple(
        Traced(each, record.jobs(sample=each.id), record.found(each.id))
        for one in runs
        for each in samples_with(records, one, stock, lot)
    )
    if not found:
        names = {use.stock for one in runs for use in records.load(one).plan.stocks}
        if names and stock not in names:
            raise LabError(_unknown(stock, names))
    return found


def _unknown(stock: str, known: set[str]) -> Diagnostic:
    nearest = nearest_word(stock, known)
    return Diagnostic(
        code="unknown-stock",
        message=f"no run with samples has a stock {stock!r}",
        found=stock,
        allowed=", ".join(sorted(known)),
        fix=f"did you mean {nearest!r}?" if nearest else None,
    )


def samples_with(
    records: Records, run: str, stock: str, lot: int | None = None
) -> tuple[Sample, ...]:
    """The samples of a run that hold something of a stock, or of one lot of it.

    Raises:
        LabError: there is no such run.
    """
    loaded = records.load(run)
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

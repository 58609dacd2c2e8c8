"""A sample's lineage as lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the lab takes a second to import; --help shouldn't wait for it
    from ncrobot.lab.tracing import Traced
    from ncrobot.samples import Contribution, Fact, Job, Lineage


def lineage_lines(
    lineage: Lineage,
    jobs: Sequence[Job],
    facts: Sequence[Fact],
    found: Sequence[Mapping[str, Any]] = (),
) -> Sequence[str]:
    """What went into a sample, what it is, what was measured of it, and what that came to."""
    return [*_head(lineage), *_contents(lineage), *_measured(jobs, facts), *_figures(found)]


def traced_lines(traced: Sequence[Traced]) -> Sequence[str]:
    """The samples that hold something of a stock, each with its files and figures."""
    lines = []
    for each in traced:
        sample = each.sample
        lines.append(
            f"{sample.id}  {sample.run} {sample.well} {sample.step}-{sample.number} "
            f"({sample.name}): {sample.fate.value}"
        )
        lines += [
            f"  {job.id} on {job.instrument}: {job.state.value}"
            + (f", file {job.file[:12]}" if job.file else "")
            for job in each.jobs
        ]
        lines += _figures(each.found)
    return lines


def _head(lineage: Lineage) -> Iterator[str]:
    sample = lineage.sample
    yield f"sample {sample.id}: well {sample.well} ({sample.name}) of run {sample.run}"
    yield f"  step {sample.step}, number {sample.number}, in {sample.place}: {sample.fate.value}"
    if sample.since_s is not None:
        wished = f", asked for {sample.wished_since_s:.0f} s" if sample.wished_since_s else ""
        yield f"  taken {sample.since_s:.0f} s after what it counts from{wished}"
    volume_ul = sample.taken_ul or sample.planned_ul
    thinned = f" in {sample.diluent_ul:g} µL of {sample.diluent}" if sample.diluent else ""
    yield f"  {volume_ul:g} µL{thinned}, {sample.dilution:.4g}-fold"
    if sample.well_status != "ok":
        yield f"  its well is {sample.well_status}"


def _contents(lineage: Lineage) -> Iterator[str]:
    yield "  went into the well before:"
    for each in lineage.contributions:
        yield f"    {_contribution(each)}"
    if lineage.removed_before_ul:
        yield f"    taken out before: {lineage.removed_before_ul:g} µL"
    for each in lineage.thinned_with:
        yield f"  thinned with {_contribution(each)}"


def _contribution(each: Contribution) -> str:
    lot = f" lot {each.lot}" if each.lot is not None else ""
    of = f" (diluted from {each.working_of})" if each.working_of else ""
    age = f", {each.age_s / 60:.0f} min old" if each.age_s is not None else ""
    return f"{each.volume_ul:g} µL of {each.stock}{lot}{of} at {each.delivered_s:.0f} s{age}"


def _measured(jobs: Sequence[Job], facts: Sequence[Fact]) -> Iterator[str]:
    for job in jobs:
        file = f", file {job.file[:12]}" if job.file else ""
        yield f"  measurement {job.id} on {job.instrument}: {job.state.value}{file}"
        for fact in facts:
            if fact.about == job.id:
                reason = f" ({fact.reason})" if fact.reason else ""
                yield f"    {fact.wall[:19]} {fact.state} by {fact.by}{reason}"


def _figures(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for each in found:
        value, error = each["value"], each["error"]
        told = "not told" if value is None else f"{value:.4g}"
        told += "" if value is None or error is None else f" ± {error:.2g}"
        doubt = f" ({each['doubt']})" if each["doubt"] else ""
        yield f"  {each['quantity']}: {told} {each['unit']}".rstrip() + doubt

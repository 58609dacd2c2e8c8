"""From the wells of a round to what the optimizer is told: executed values, figures, errors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import stdev

from ncrobot.campaigns.document import Campaign
from ncrobot.campaigns.executed import Given, executed_values
from ncrobot.campaigns.figures import Judged
from ncrobot.campaigns.plating import Plated, Seated
from ncrobot.campaigns.progress import WellRecord
from ncrobot.model import Document
from ncrobot.optimizers import Failure, FailureKind, Result, Suggestion

_LEAST_REFERENCES = 3
MEASURED, LATE, FAILED, LOST = "measured", "late", "failed", "lost"


class WellRun(Document):
    """What a run tells of a well: what it got, and whether it was flagged or abandoned."""

    given: tuple[Given, ...] = ()
    flags: tuple[str, ...] = ()
    abandoned: bool = False


def records(
    campaign: Campaign,
    plated: Plated,
    suggestions: Sequence[Suggestion],
    runs: Mapping[str, WellRun],
    judged: Mapping[str, Judged],
) -> tuple[WellRecord, ...]:
    """One record for each well that holds something."""
    by_id = {item.id: item for item in suggestions}
    return tuple(
        _record(campaign, seat, by_id, runs.get(seat.well, WellRun()), judged.get(seat.well))
        for seat in plated.seats
    )


def _record(
    campaign: Campaign,
    seat: Seated,
    suggestions: Mapping[str, Suggestion],
    run: WellRun,
    judged: Judged | None,
) -> WellRecord:
    values = {}
    if seat.suggestion is not None:
        values = executed_values(
            suggestions[seat.suggestion], run.given, campaign.executed, campaign.search
        )
    why = "; ".join(run.flags)
    if run.abandoned or judged is None or judged.missing:
        status = LOST
        why = why or (judged.missing if judged else "") or "it was not measured"
    elif judged.failed:
        status, why = FAILED, judged.failed
    else:
        status = LATE if run.flags else MEASURED
    return WellRecord(
        well=seat.well,
        suggestion=seat.suggestion,
        kind=seat.kind,
        status=status,
        why=why,
        values=values,
        figures={} if judged is None else judged.figures,
        errors={} if judged is None else judged.errors,
    )


def spread_of_reference(wells: Sequence[WellRecord]) -> dict[str, float]:
    """Standard deviation of each figure over the reference wells; empty if there are too few."""
    figures = [item.figures for item in wells if item.kind == "reference" and item.figures]
    if len(figures) < _LEAST_REFERENCES:
        return {}
    shared = set.intersection(*(set(item) for item in figures))
    return {name: stdev(item[name] for item in figures) for name in sorted(shared)}


def told(
    campaign: Campaign, number: int, wells: Sequence[WellRecord]
) -> tuple[list[Result], list[Failure]]:
    """What is told of a round: one result or failure for each well of a suggestion.

    A late well is told by what it got; a lost one teaches nothing of its chemistry. The error is
    that of the analysis; where it tells none, what the reference wells scatter.
    """
    spread = spread_of_reference(wells)
    names = campaign.search.objectives
    results: list[Result] = []
    failures: list[Failure] = []
    for item in wells:
        if item.suggestion is None:
            continue
        name = f"r{number:02d}-{item.well}"
        if item.status in (MEASURED, LATE):
            measured = {key: item.figures[key] for key in names if key in item.figures}
            told_errors = {**spread, **item.errors}
            errors = {key: sem for key in measured if (sem := told_errors.get(key, 0.0)) > 0}
            results.append(
                Result(id=name, suggestion=item.suggestion, values=item.values, measured=measured,
                       sem={key: sem for key, sem in errors.items() if math.isfinite(sem)})
            )  # fmt: skip
        else:
            kind = FailureKind.FAILED if item.status == FAILED else FailureKind.FAULT
            failures.append(
                Failure(id=name, suggestion=item.suggestion, values=item.values, kind=kind,
                        why=item.why[:200])
            )  # fmt: skip
    return results, failures

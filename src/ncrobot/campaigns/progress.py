"""What the entries of a ledger fold to: the rounds, what was told, and what the optimizer knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field

from ncrobot.campaigns.document import Campaign
from ncrobot.campaigns.ledger import Entry, Step
from ncrobot.campaigns.plating import Plated
from ncrobot.model import Document
from ncrobot.optimizers import Failure, OptimizerState, Result, Suggestion
from ncrobot.optimizers.merits import complete, weighted_merit


class WellRecord(Document):
    """What became of one well: ``measured``, ``late`` (measured too), ``failed`` or ``lost``.

    ``values`` are as executed; ``why`` tells of lateness, failure or loss.
    """

    well: str
    suggestion: str | None = None
    kind: str = "synthesis"
    status: str
    why: str = ""
    values: dict[str, float | int | str] = Field(default_factory=dict)
    figures: dict[str, float] = Field(default_factory=dict)
    errors: dict[str, float] = Field(default_factory=dict)


@dataclass(slots=True)
class Round:
    """One plate, as far as it has come."""

    number: int
    step: Step = Step.ASKED
    suggestions: tuple[Suggestion, ...] = ()
    notes: tuple[str, ...] = ()
    refused: int = 0
    infeasible: tuple[Failure, ...] = ()
    calls: int = 0
    plated: Plated | None = None
    drawn_ul: dict[str, float] = field(default_factory=dict)
    plan_sha256: str = ""
    run: str = ""
    attempt: int = 0
    run_status: str = ""
    wells: tuple[WellRecord, ...] = ()
    results: tuple[Result, ...] = ()
    failures: tuple[Failure, ...] = ()

    def count(self, status: str) -> int:
        """How many wells of suggestions ended like this."""
        return sum(item.status == status for item in self.wells if item.suggestion is not None)


@dataclass(slots=True)
class Progress:
    """All that a ledger tells."""

    campaign_sha256: str = ""
    protocol_sha256: str = ""
    chemistry: str = ""
    chemistry_seed: int = 0
    rounds: list[Round] = field(default_factory=list)
    observed: list[tuple[tuple[Result, ...], tuple[Failure, ...]]] = field(default_factory=list)
    stopped: str = ""

    @property
    def current(self) -> Round | None:
        """The newest round."""
        return self.rounds[-1] if self.rounds else None

    @property
    def is_open(self) -> bool:
        """Whether the newest round isn't told yet."""
        return self.current is not None and self.current.step is not Step.TOLD

    def results(self, upto: int | None = None) -> list[Result]:
        """What was told, by rounds up to a number (default: all), and by others."""
        found = [
            item
            for each in self.rounds
            if upto is None or each.number <= upto
            for item in each.results
        ]
        if upto is None:
            found += [item for results, _ in self.observed for item in results]
        return found

    def failures(self) -> list[Failure]:
        """What was told as failed."""
        found = [item for each in self.rounds for item in each.failures]
        return found + [item for _, failed in self.observed for item in failed]

    def suggestion(self, name: str) -> Suggestion | None:
        """A suggestion by its id."""
        for each in self.rounds:
            for item in each.suggestions:
                if item.id == name:
                    return item
        return None


def fold(entries: Iterable[Entry]) -> Progress:
    """The progress that entries tell."""
    found = Progress()
    for entry in entries:
        if entry.step is Step.OPENED:
            found.campaign_sha256 = entry.data["campaign_sha256"]
            found.protocol_sha256 = entry.data.get("protocol_sha256", "")
            found.chemistry = entry.data["chemistry"]
            found.chemistry_seed = entry.data["chemistry_seed"]
        elif entry.step is Step.STOPPED:
            found.stopped = entry.data["reason"]
        elif entry.step is Step.OBSERVED:
            found.observed.append(_told(entry.data))
        else:
            _in_round(found, entry)
    return found


def _in_round(found: Progress, entry: Entry) -> None:
    data = entry.data
    if entry.step is Step.ASKED:
        found.rounds.append(
            Round(
                entry.round,
                suggestions=tuple(Suggestion.model_validate(x) for x in data["suggestions"]),
                notes=tuple(data["notes"]),
                refused=data["refused"],
                infeasible=tuple(Failure.model_validate(x) for x in data.get("infeasible", ())),
                calls=data["calls"],
            )
        )
        return
    at = found.rounds[entry.round - 1]
    at.step = entry.step
    if entry.step is Step.PLANNED:
        at.plated = Plated.model_validate(data["plated"])
        at.drawn_ul, at.plan_sha256 = data["drawn_ul"], data["plan_sha256"]
    elif entry.step is Step.RUNNING:
        at.run, at.attempt = data["run"], entry.attempt
    elif entry.step is Step.RAN:
        at.run_status = data["status"]
    elif entry.step is Step.MEASURED:
        at.wells = tuple(WellRecord.model_validate(item) for item in data["wells"])
    elif entry.step is Step.TOLD:
        at.results, at.failures = _told(data)


def _told(data: dict[str, Any]) -> tuple[tuple[Result, ...], tuple[Failure, ...]]:
    return (
        tuple(Result.model_validate(item) for item in data["results"]),
        tuple(Failure.model_validate(item) for item in data["failures"]),
    )


def optimizer_state(campaign: Campaign, progress: Progress) -> OptimizerState:
    """What the optimizer knows: made anew from the ledger, so nothing can be told twice."""
    results = {item.id: item for item in progress.results()}
    failures = {item.id: item for item in progress.failures() if item.id not in results}
    answered = {item.suggestion for item in results.values()}
    answered |= {item.suggestion or item.id for item in failures.values()}
    failures |= {item.id: item for each in progress.rounds for item in each.infeasible}
    choice = campaign.optimizer
    return OptimizerState(
        optimizer=choice.name,
        space=campaign.search,
        layout=campaign.layout,
        seed=choice.seed,
        options=choice.options,
        rounds=progress.current.calls if progress.current else 0,
        asked=tuple(
            item for each in progress.rounds for item in each.suggestions if item.id not in answered
        ),
        results=tuple(results[key] for key in sorted(results)),
        failures=tuple(failures[key] for key in sorted(failures)),
    )


def best_by_round(campaign: Campaign, progress: Progress) -> list[float | None]:
    """The best weighted merit after each round, as measured; None before any result."""
    found: list[float | None] = []
    for each in progress.rounds:
        told = complete(campaign.search, progress.results(each.number))
        means = by_suggestion(told)
        merits = [weighted_merit(campaign.search, figures) for figures in means.values()]
        found.append(max(merits) if merits else None)
    return found


def by_suggestion(results: Iterable[Result]) -> dict[str, dict[str, float]]:
    """The mean figures of each suggestion: one lucky replicate is no best result."""
    sums: dict[str, dict[str, list[float]]] = {}
    for item in results:
        for name, figure in item.measured.items():
            sums.setdefault(item.suggestion or item.id, {}).setdefault(name, []).append(figure)
    return {
        name: {objective: sum(figures) / len(figures) for objective, figures in each.items()}
        for name, each in sums.items()
    }

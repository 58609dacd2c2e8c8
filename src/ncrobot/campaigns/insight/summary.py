"""What a campaign came to so far: for machines as a mapping, for people in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ncrobot.campaigns.document import Campaign
from ncrobot.campaigns.ledger import Step
from ncrobot.campaigns.progress import Progress, Round, best_by_round, by_suggestion
from ncrobot.campaigns.telling import spread_of_reference
from ncrobot.optimizers.merits import complete, weighted_merit
from ncrobot.searchspace import Value

_STATUSES = ("measured", "late", "failed", "lost")
_MOST_TOLD = 3
_STANDS = {
    Step.ASKED: "is asked for",
    Step.PLANNED: "is planned",
    Step.RUNNING: "was running when somebody last wrote",
    Step.RAN: "has run, and isn't all measured yet",
    Step.MEASURED: "is measured, and not told yet",
}


def summary(campaign: Campaign, progress: Progress) -> dict[str, Any]:
    """Rounds, wells, best so far, and ``lines`` to print. Equal ledgers give equal summaries."""
    best = best_by_round(campaign, progress)
    told = [item.id for item in progress.results()] + [item.id for item in progress.failures()]
    rounds = [_round(each, merit) for each, merit in zip(progress.rounds, best, strict=True)]
    return {
        "campaign": campaign.name,
        "optimizer": campaign.optimizer.name,
        "chemistry": progress.chemistry,
        "rounds": rounds,
        "wells": sum(each["wells"] for each in rounds),
        "told": len(told),
        "told_once": len(told) == len(set(told)),
        "best": _best(campaign, progress),
        "stopped": progress.stopped,
        "lines": list(_lines(campaign, progress, best)),
    }


def _round(each: Round, merit: float | None) -> dict[str, Any]:
    return {
        "round": each.number,
        "step": each.step.value,
        "wells": len(each.plated.seats) if each.plated else 0,
        "suggestions": len(each.suggestions),
        "by": sorted({item.by or "others" for item in each.suggestions}),
        "run_status": each.run_status,
        "plan_sha256": each.plan_sha256,
        **{status: each.count(status) for status in _STATUSES},
        "told": len(each.results) + len(each.failures),
        "best_merit": merit,
        "reference_spread": {
            name: round(spread, 6) for name, spread in spread_of_reference(each.wells).items()
        },
    }


_MERIT = (
    "  (the mean of all objectives, each as a share of its range if it has one: 1 is its best end)"
)


def _best(campaign: Campaign, progress: Progress) -> dict[str, Any] | None:
    told = complete(campaign.search, progress.results())
    if not told:
        return None
    means = by_suggestion(told)
    name = max(means, key=lambda key: weighted_merit(campaign.search, means[key]))
    wells = [item for item in told if (item.suggestion or item.id) == name]
    return {
        "suggestion": name,
        "figures": {key: round(figure, 6) for key, figure in means[name].items()},
        "values": wells[0].values,
        "wells": len(wells),
    }


def _lines(campaign: Campaign, progress: Progress, best: list[float | None]) -> Iterator[str]:
    rounds = progress.rounds
    if not rounds:
        yield f"campaign {campaign.name}: no round yet"
        return
    wells = sum(len(each.plated.seats) for each in rounds if each.plated)
    yield f"campaign {campaign.name}: {_many(len(rounds), 'round')}, {_many(wells, 'well')}"
    for each, merit in zip(rounds, best, strict=True):
        yield _round_line(each, merit)
    told = [merit for each, merit in zip(rounds, best, strict=True) if each.step is Step.TOLD]
    yield from _trend(told)
    if any(merit is not None for merit in told):
        yield _MERIT
    found = _best(campaign, progress)
    if found is not None:
        wells_of_it = _many(found["wells"], "well")
        yield f"best so far: {_figures(campaign, found['figures'])} ({wells_of_it}), with"
        yield f"  {_told(campaign, found['values'])}"
    if progress.stopped:
        yield f"stopped: {progress.stopped}"
    elif progress.is_open:
        yield f"round {rounds[-1].number} {_STANDS[rounds[-1].step]}; 'campaign run' goes on"


def _round_line(each: Round, merit: float | None) -> str:
    parts = [f"{each.count(status)} {status}" for status in _STATUSES if each.count(status)]
    parts = parts or [_STANDS.get(each.step, each.step.value)]
    after = "" if merit is None else f"; best so far {merit:.4g}"
    why = sorted({item.why for item in each.wells if item.why and item.suggestion})[:_MOST_TOLD]
    return f"round {each.number}: {', '.join(parts)}{after}" + "".join(f"; {x}" for x in why)


def _trend(best: list[float | None]) -> Iterator[str]:
    known = [merit for merit in best if merit is not None]
    if len(known) > 1 and known[0] != 0:
        last = next(
            (
                number
                for number in range(len(known) - 1, 0, -1)
                if known[number] > known[number - 1]
            ),
            0,
        )
        gain = known[-1] - known[0]
        since = len(known) - 1 - last
        yield (
            f"since round 1 the best has gained {gain:.4g}"
            + (f"; nothing better for {_many(since, 'round')}" if since else "")
        )


def _many(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")


def _figures(campaign: Campaign, figures: dict[str, float]) -> str:
    units = {name: item.unit for name, item in campaign.search.objectives.items()}
    return ", ".join(
        f"{name} {figure:.4g} {units.get(name, '')}".strip() for name, figure in figures.items()
    )


def _told(campaign: Campaign, values: dict[str, Value]) -> str:
    parameters = campaign.search.parameters
    return ", ".join(f"{name} {parameters[name].told(value)}" for name, value in values.items())

"""When a campaign ends."""

from __future__ import annotations

from collections.abc import Mapping

from ncrobot.campaigns.document import Campaign
from ncrobot.campaigns.progress import Progress, best_by_round, by_suggestion
from ncrobot.searchspace import Aim
from ncrobot.statuses import RunStatus

_BETTER = 1e-9


def reason_to_stop(campaign: Campaign, progress: Progress) -> str:
    """Why no further round is begun; empty if one is."""
    rules, done = campaign.stop, len(progress.rounds)
    at = progress.current
    if at is not None and at.run_status not in ("", RunStatus.SUCCEEDED):
        return f"the run of round {at.number} ended as {at.run_status}"
    if done >= rules.rounds:
        return f"{done} of {rules.rounds} rounds are done"
    wells = sum(len(each.plated.seats) for each in progress.rounds if each.plated)
    if rules.wells is not None and wells >= rules.wells:
        return f"{wells} of {rules.wells} wells are used"
    for stock, most_ul in rules.stock_ul.items():
        used = [each.drawn_ul.get(stock, 0.0) for each in progress.rounds]
        if used and sum(used) + max(used) > most_ul:
            left = most_ul - sum(used)
            return f"{left:.0f} µL of {stock} are left, a round draws up to {max(used):.0f} µL"
    if rules.good_enough and any(
        _is_good(campaign, figures) for figures in by_suggestion(progress.results()).values()
    ):
        return "a result is good enough"
    return _stalled(campaign, progress)


def _is_good(campaign: Campaign, figures: Mapping[str, float]) -> bool:
    return all(
        name in figures and _reaches(campaign, name, figures[name], wanted)
        for name, wanted in campaign.stop.good_enough.items()
    )


def _reaches(campaign: Campaign, name: str, figure: float, wanted: float) -> bool:
    objective = campaign.search.objectives[name]
    if objective.aim is Aim.MINIMISE:
        return figure <= wanted
    if objective.aim is Aim.TARGET:
        return abs(figure - float(objective.target or 0.0)) <= wanted
    return figure >= wanted


def _stalled(campaign: Campaign, progress: Progress) -> str:
    patience = campaign.stop.no_improvement_for
    best = best_by_round(campaign, progress)
    if patience is None or len(best) <= patience:
        return ""
    before, since = best[-patience - 1], [merit for merit in best[-patience:] if merit is not None]
    if before is None or (since and max(since) > before + _BETTER):
        return ""
    return f"nothing better in {patience} rounds"

"""What was learnt, in sentences that a chemist can check against the plots."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ncrobot.campaigns.document import Campaign
from ncrobot.campaigns.insight.models import Effect, Models, effects, fit
from ncrobot.campaigns.progress import Progress
from ncrobot.searchspace import Aim

_MOST = 3
_LEAST_SHARE = 0.05
_CLEAR = 2.0


def learnt_lines(campaign: Campaign, progress: Progress) -> list[str]:
    """Which parameters matter, where each is best, and how sure that is."""
    names = list(campaign.search.objectives)
    models = fit(campaign, progress, names)
    if models is None:
        return ["too few conditions were measured to tell what matters"]
    return [line for name in names for line in _of_figure(campaign, models, name)]


def _of_figure(campaign: Campaign, models: Models, figure: str) -> Iterator[str]:
    if figure not in models.processes:
        yield f"{figure}: too few wells were measured to tell what matters"
        return
    found = effects(models, figure)
    telling = [effect for effect in found if effect.share >= _LEAST_SHARE][:_MOST]
    if not telling:
        yield f"{figure}: no parameter matters by itself; what matters is how they go together"
        return
    for effect in telling:
        yield f"{figure}: {_sentence(campaign, effect, figure)}"
    rest = [effect.parameter for effect in found if effect.share < _LEAST_SHARE]
    if rest:
        yield f"{figure}: little by itself: {', '.join(rest)}"


def _sentence(campaign: Campaign, effect: Effect, figure: str) -> str:
    parameter = campaign.search.parameters[effect.parameter]
    aim = campaign.search.objectives[figure].aim
    merit = -effect.mean if aim is Aim.MINIMISE else effect.mean
    place = int(np.argmax(merit))
    worst = int(np.argmin(merit))
    best = parameter.told(effect.levels[place])
    share = f"{100 * effect.share:.0f} % of what varies follows from {effect.parameter} alone"
    gap = abs(effect.mean[place] - effect.mean[worst])
    sure = gap > _CLEAR * max(effect.spread[place], effect.spread[worst])
    trend = "best at" if 0 < place < len(effect.levels) - 1 else "best at the end of its range,"
    doubt = "" if sure else "; that is not sure yet"
    return f"{share}; {trend} {best}, worst at {parameter.told(effect.levels[worst])}{doubt}"

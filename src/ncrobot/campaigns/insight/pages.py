"""A page of a campaign: what happened, what was learnt, and how sure that is. Self-contained."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from ncrobot.campaigns.document import Campaign
from ncrobot.campaigns.insight.drawing import (
    draw_effects,
    draw_phases,
    draw_surface,
    draw_wells,
)
from ncrobot.campaigns.insight.models import Models, effects, fit
from ncrobot.campaigns.insight.phases import phase_map
from ncrobot.campaigns.insight.sentences import learnt_lines
from ncrobot.campaigns.insight.summary import summary
from ncrobot.campaigns.progress import Progress

_STYLE = """
body { font: 15px/1.5 sans-serif; color: #1f2933; max-width: 60rem; margin: 2rem auto }
body { padding: 0 1rem } h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
svg { max-width: 100%; height: auto }
pre { background: #f4f6f7; padding: .8rem; white-space: pre-wrap } .note { color: #667380 }
"""


def page(campaign: Campaign, progress: Progress) -> str:
    """The whole page as HTML."""
    told = summary(campaign, progress)
    title = campaign.title or campaign.name
    simulated = (
        f'<p class="note">Simulated with the chemistry {escape(progress.chemistry)}: a test '
        "object, no prediction.</p>"
        if progress.chemistry
        else ""
    )
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        '<meta name=viewport content="width=device-width">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style><h1>{escape(title)}</h1>",
        simulated,
        f"<pre>{escape(chr(10).join(told['lines']))}</pre>",
        *_learnt(campaign, progress),
    ]
    return "\n".join(parts) + "\n"


def _learnt(campaign: Campaign, progress: Progress) -> Iterator[str]:
    wells = [each.wells for each in progress.rounds if each.wells]
    for name, objective in campaign.search.objectives.items():
        if wells:
            yield f"<h2>{escape(name)} by round</h2>"
            yield "<p class=note>A dot a well; the line is the best mean of a suggestion.</p>"
            yield draw_wells(wells, name, objective)
    lines = learnt_lines(campaign, progress)
    yield f"<h2>What was learnt</h2><pre>{escape(chr(10).join(lines))}</pre>"
    names = [*campaign.search.objectives, *(item.figure for item in campaign.products.values())]
    models = fit(campaign, progress, list(dict.fromkeys(names)))
    if models is not None:
        yield from _plots(campaign, progress, models)


def _plots(campaign: Campaign, progress: Progress, models: Models) -> Iterator[str]:
    best = summary(campaign, progress)["best"]
    if best is None:
        return
    at = models.grid.point(best["values"])
    drawn: set[tuple[str, str]] = set()
    mapped = all(item.figure in models.processes for item in campaign.products.values())
    for name in (each for each in campaign.search.objectives if each in models.processes):
        found = effects(models, name)
        yield f"<h2>What each parameter does to {escape(name)}</h2>"
        yield (
            "<p class=note>The mean over all other parameters, with two standard deviations of the "
            "model; the figure at the top is the share of the variance.</p>"
        )
        yield draw_effects(models, found, name)
        numbers = [item.parameter for item in found if not isinstance(item.levels[0], str)]
        if len(numbers) < 2:
            continue
        yield f"<h2>{escape(name)} over {escape(numbers[0])} and {escape(numbers[1])}</h2>"
        yield "<p class=note>The other parameters are those of the best result (the ring).</p>"
        yield draw_surface(models, name, numbers[0], numbers[1], at)
        pair = (numbers[0], numbers[1])
        if campaign.products and mapped and pair not in drawn:
            drawn.add(pair)
            found_map = phase_map(campaign, models, *pair, at)
            yield "<h2>Which product dominates where</h2>"
            yield "<p class=note>Pale: less sure than four in five.</p>"
            yield draw_phases(models, found_map, at)

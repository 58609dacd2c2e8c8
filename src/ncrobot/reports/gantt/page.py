"""Puts the page of a Gantt chart together."""

from __future__ import annotations

import json

from markupsafe import Markup

from ncrobot.plan import Plan, Shake
from ncrobot.reports._index import Index
from ncrobot.reports._pages import page
from ncrobot.reports.gantt import facts
from ncrobot.reports.gantt.chart import draw, names_svg, times_svg
from ncrobot.reports.gantt.scale import Scale
from ncrobot.reports.run.timeline import kind_colours
from ncrobot.schedule import Schedule


def gantt_html(plan: Plan, schedule: Schedule) -> str:
    """A schedule as one page that fetches nothing; it is whole without scripts."""
    index = Index.of(plan, schedule)
    colours = kind_colours(index)
    classes = {kind: f"k{number}" for number, kind in enumerate(colours)}
    scale = Scale.of(schedule, _busy(index))
    chart = draw(index, scale, classes)
    return page(
        "gantt.html.j2",
        plan=plan,
        schedule=schedule,
        tiles=facts.tiles(index),
        legend=list(colours.items()),
        classes=[(classes[kind], colour) for kind, colour in colours.items()],
        has_shaker=any(isinstance(op, Shake) for op in index.operations.values()),
        has_cuts=bool(scale.cuts),
        has_lots=bool(schedule.lots),
        names=names_svg(chart),
        times=times_svg(chart, index),
        links=_script_data(facts.links(index)),
        rows=_script_data({str(number): round(y, 1) for number, y in chart.ys.items()}),
        tight=facts.tight_lags(index),
        minutes=facts.minutes,
        people=facts.person_times(index),
    )


def _busy(index: Index) -> list[tuple[float, float]]:
    """Times that are never cut short: operations but the shaker's, and making of lots."""
    busy = [
        (entry.start_s, entry.end_s)
        for entry in index.schedule.entries
        if not isinstance(index.operations.get(entry.operation), Shake)
    ]
    return busy + [(lot.made_s, lot.made_s) for lot in index.schedule.lots]


def _script_data(data: object) -> Markup:
    """JSON that can stand in a script element whatever names it holds."""
    told = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    for sign in "<>&":
        told = told.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(told)  # noqa: S704 - no sign that ends a script is left

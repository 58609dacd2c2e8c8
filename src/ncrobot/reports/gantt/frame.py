"""What stands around the rows of a Gantt chart: grid, cuts, ends and their texts."""

from __future__ import annotations

from markupsafe import Markup

from ncrobot.reports._index import Index
from ncrobot.reports._svg import element, line, number, text
from ncrobot.reports._text import clock, span
from ncrobot.reports.gantt.scale import Scale

HEAD = 52.0
"""Where the rows begin."""


def level(scale: Scale, y: float) -> Markup:
    """The line under a heading."""
    return line(0, y, scale.width, y, "level")


def grid(scale: Scale, bottom: float) -> Markup:
    """Vertical lines at round times, and bands over what was cut short."""
    ticks = "".join(f"M{number(scale.x(t))} {number(HEAD)}V{number(bottom)}" for t in scale.ticks())
    bands = [
        element(
            "rect", element("title", f"{span(cut.end_s - cut.start_s)} without an operation"),
            x=scale.x(cut.start_s), y=HEAD, width=scale.x(cut.end_s) - scale.x(cut.start_s),
            height=bottom - HEAD, class_="cut",
        )
        for cut in scale.cuts
    ]  # fmt: skip
    return element("g", element("path", d=ticks, class_="grid"), *bands)


def ends(index: Index, scale: Scale, bottom: float) -> list[Markup]:
    """Lines at the makespan and at its lower bound."""
    made, bound = scale.x(index.schedule.makespan_s), scale.x(index.schedule.lower_bound_s)
    return [
        line(bound, HEAD - 16, bound, bottom, "bound"),
        line(made, HEAD - 16, made, bottom, "makespan"),
    ]


def labels(index: Index, scale: Scale, bottom: float) -> list[Markup]:
    """Texts, which keep their shape when the chart is stretched: ``data-x`` tells where."""
    schedule = index.schedule
    found = []
    for y in (HEAD - 5, bottom + 14):
        found += [_text(scale.x(t), y, _hours(t), "soft middle") for t in scale.ticks()]
    for cut in scale.cuts:
        middle = (scale.x(cut.start_s) + scale.x(cut.end_s)) / 2
        told = span(cut.end_s - cut.start_s)
        found.append(_text(middle, HEAD - 22, told, "soft middle cut-label"))
    found.append(
        _text(scale.x(schedule.makespan_s), HEAD - 38, f"end {clock(schedule.makespan_s)}", "end")
    )
    gap_px = scale.x(schedule.makespan_s) - scale.x(schedule.lower_bound_s)
    if gap_px > 2:
        y = HEAD - 38 if gap_px > 130 else HEAD - 22
        bound = f"lower bound {clock(schedule.lower_bound_s)}"
        found.append(_text(scale.x(schedule.lower_bound_s) - 4, y, bound, "soft end"))
    return found


def _text(x: float, y: float, words: str, kind: str) -> Markup:
    return text(x, y, words, kind, data_x=number(x))


def _hours(time_s: float) -> str:
    minutes = round(abs(time_s) / 60)
    return f"{'−' if time_s < 0 and minutes else ''}{minutes // 60}:{minutes % 60:02d} h"

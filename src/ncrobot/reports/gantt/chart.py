"""Draws the rows of a Gantt chart: names in one drawing, times in a wide one that scrolls."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from ncrobot.reports._index import Index
from ncrobot.reports._svg import Piece, element, line, number, text
from ncrobot.reports._text import clock, exact_clock
from ncrobot.reports.gantt import frame
from ncrobot.reports.gantt import rows as rows_of
from ncrobot.reports.gantt.rows import NO_BOUND_S, Bar, LotLife, Row
from ncrobot.reports.gantt.scale import Scale
from ncrobot.reports.run.lanes import Shaking, shakers

NAMES_WIDTH = 170.0
_FOOT = 22.0
_DEVICE, _LOT, _WELLS, _MANY_WELLS = 26.0, 20.0, 20.0, 13.0
_TITLE = 26.0
_LONGEST_WHISKER_S = 1800.0
# Blocks from this width on have an edge, so that neighbours of a kind can be told apart.
_WIDE = 12.0


@dataclass(slots=True)
class Chart:
    """The two drawings as they grow downwards; ``ys`` tells the middle of each operation's row."""

    scale: Scale
    classes: Mapping[str, str]
    names: list[Markup] = field(default_factory=list)
    times: list[Markup] = field(default_factory=list)
    ys: dict[int, float] = field(default_factory=dict)
    y: float = frame.HEAD

    def title(self, words: str) -> None:
        """A heading for the rows that follow."""
        self.y += _TITLE
        self.names.append(text(0, self.y - 8, words, "strong"))
        self.times.append(frame.level(self.scale, self.y - 2))

    def name(self, words: str, height: float) -> None:
        """The name of the row that begins here."""
        shown = words if len(words) <= 26 else words[:25] + "…"
        mark: tuple[Piece, ...] = (shown,) if shown == words else (shown, element("title", words))
        y = self.y + height / 2 + 4
        self.names.append(element("text", *mark, x=NAMES_WIDTH - 10, y=y, class_="end"))


def draw(index: Index, scale: Scale, classes: Mapping[str, str]) -> Chart:
    """Draw a schedule; ``classes`` names the style of each kind of operation."""
    chart = Chart(scale, classes)
    found = rows_of.bars(index)
    wells = rows_of.well_rows(index, found)
    below = {bar.number for row in wells for bar in row.bars}
    chart.title("Devices")
    for row in rows_of.device_rows(found):
        _bars(chart, row, _DEVICE, told_below=below)
    for device in shakers(index):
        _shaking(chart, device, rows_of.shaking(index, device))
    if lives := rows_of.lots(index):
        chart.title("Lots of stocks")
        for stock, each in lives.items():
            _lots(chart, stock, each)
    chart.title("Wells")
    height = _WELLS if len(wells) <= 30 else _MANY_WELLS
    for row in wells:
        _lags(chart, index, row, height)
        _bars(chart, row, height)
    return chart


def names_svg(chart: Chart) -> Markup:
    """The names of all rows."""
    return _svg(NAMES_WIDTH, chart.y + _FOOT, chart.names, "names", "Names of the rows")


def times_svg(chart: Chart, index: Index) -> Markup:
    """All rows over time, with the makespan and its lower bound."""
    scale, bottom = chart.scale, chart.y
    stretched = [frame.grid(scale, bottom), *chart.times, *frame.ends(index, scale, bottom)]
    inside = [
        element("g", *stretched, class_="stretch"),
        *frame.labels(index, scale, bottom),
        element("g", class_="links"),
    ]
    return _svg(scale.width + 60, bottom + _FOOT, inside, "times", "Operations over time")


def _svg(width: float, height: float, parts: Sequence[Markup], kind: str, label: str) -> Markup:
    return element(
        "svg", parts, width=width, height=height, class_=kind, role="img", aria_label=label
    )


def _bars(chart: Chart, row: Row, height: float, told_below: Collection[int] = ()) -> None:
    """A row of operations; those that are told further down have no words and slack here."""
    chart.name(row.name, height)
    top, tall = chart.y + 3, height - 6
    whiskers = []
    for bar in row.bars:
        x, titled = chart.scale.x(bar.entry.start_s), bar.number not in told_below
        told = [element("title", bar.told)] if titled else []
        width = _width(chart.scale, bar)
        kind = chart.classes[bar.kind] + " wide" * (width > _WIDE)
        chart.times.append(
            element(
                "rect", *told, data_i=str(bar.number), x=x, y=top, width=width,
                height=tall, class_=kind,
            )
        )  # fmt: skip
        if titled:
            chart.ys[bar.number] = top + tall / 2
            whiskers.append(_whisker(chart.scale, bar, top + tall / 2))
    if path := "".join(whiskers):
        chart.times.append(element("path", d=path, class_="slack"))
    chart.y += height


def _width(scale: Scale, bar: Bar) -> float:
    return max(scale.x(bar.entry.end_s) - scale.x(bar.entry.start_s), 1.0)


def _whisker(scale: Scale, bar: Bar, y: float) -> str:
    """How late the operation may become: a line behind it; none if nothing bounds it."""
    slack_s = bar.entry.slack_s
    if not 0 < slack_s < NO_BOUND_S:
        return ""
    x = scale.x(bar.entry.end_s)
    length = scale.x(bar.entry.end_s + min(slack_s, _LONGEST_WHISKER_S)) - x
    return f"M{number(x)} {number(y)}h{number(length)}" if length > 0 else ""


def _lags(chart: Chart, index: Index, row: Row, height: float) -> None:
    """Thin lines where bounded lags run within a row, under its operations."""
    here = {bar.entry.operation: bar.entry for bar in row.bars}
    y = chart.y + height - 1.5
    spans = {
        (here[lag.before].end_s, here[lag.after].start_s)
        for lag in index.schedule.lags
        if lag.before in here and lag.after in here
    }
    parts = [
        f"M{number(chart.scale.x(begin))} {number(y)}H{number(chart.scale.x(end))}"
        for begin, end in _merged(spans)
    ]
    if parts:
        chart.times.append(element("path", d="".join(parts), class_="lag"))


def _merged(spans: set[tuple[float, float]]) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def _shaking(chart: Chart, device: str, runs: Sequence[Shaking]) -> None:
    chart.name(device, _DEVICE)
    for run in runs:
        x = chart.scale.x(run.start_s)
        width = max(chart.scale.x(run.end_s) - x, 0.5)
        told = element("title", rows_of.speed_told(run))
        chart.times.append(
            element(
                "rect", told, x=x, y=chart.y + 3, width=width, height=_DEVICE - 6, class_="shaking"
            )
        )
    chart.y += _DEVICE


def _lots(chart: Chart, stock: str, lives: Sequence[LotLife]) -> None:
    """Each lot's life pale, its use in full: from when it was made to the last draw."""
    chart.name(stock, _LOT)
    kind = chart.classes.get(stock, "")
    for life in lives:
        lot, top = life.lot, chart.y + 4
        told = f"lot {lot.lot}: made {exact_clock(lot.made_s)}, last use {clock(lot.last_use_s)}"
        ends_s = None if life.life_s is None else lot.made_s + life.life_s
        told += f", good until {clock(ends_s)}" if ends_s is not None else ", no life stated"
        begin, used = chart.scale.x(lot.made_s), chart.scale.x(lot.last_use_s)
        parts: list[Markup] = [element("title", told)]
        for end, tall, faded in ((ends_s, _LOT - 8, True), (None, _LOT - 14, False)):
            width = (used if not faded else chart.scale.x(ends_s or lot.last_use_s)) - begin
            if faded and end is None:
                continue
            parts.append(
                element(
                    "rect", x=begin, y=top + (_LOT - 8 - tall) / 2, width=max(width, 1),
                    height=tall, class_=f"{kind} life" if faded else kind,
                )
            )  # fmt: skip
        parts.append(line(begin, top - 2, begin, top + _LOT - 6, "made"))
        chart.times.append(element("g", *parts))
    chart.y += _LOT

"""The picture of a schedule: whole, sound, small, and true to the schedule."""

from __future__ import annotations

import json
import re
from functools import cache
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.plan import Plan, Shake
from ncrobot.reports import gantt_html
from ncrobot.reports._index import Index
from ncrobot.reports.gantt import facts
from ncrobot.reports.gantt.rows import bars, lots, shaking, well_rows
from ncrobot.reports.gantt.scale import Scale
from ncrobot.schedule import Entry, LagFigure, Lot, Schedule
from reports.report_kit import make_plan, transfer

VOID = {"meta", "wbr", "br", "hr", "img", "input", "link"}


class Sound(HTMLParser):
    """Fails at a tag that is closed wrongly; keeps what a page would fetch and its rects."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.rects: list[dict[str, str | None]] = []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.fetched += [v for k, v in found.items() if k in ("src", "href") and v[:1] != "#"]
        if tag == "rect":
            self.rects.append(found)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        if tag == "rect":
            self.rects.append(dict(attrs))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def read(page: str) -> Sound:
    parser = Sound()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser


def scheduled(plan: Plan, starts_s: dict[str, float], **fields: object) -> Schedule:
    """A schedule by hand: 20 s for each operation, shaking between the arm's visits."""
    lengths = {op.id: getattr(op, "takes_s", 20.0) for op in plan.operations}
    entries = [
        Entry(operation=name, start_s=start_s, duration_s=lengths[name], device="arm",
              resources=("arm",), slack_s=10.0)
        for name, start_s in starts_s.items()
    ]  # fmt: skip
    auxiliary = [
        Shake(id=f"shake-{n}", step="s", device="shaker", labware="plate", speed_rpm=rpm)
        for n, rpm in enumerate((600.0, 0.0))
    ]
    entries += [
        Entry(operation=f"shake-{n}", start_s=100.0 + 300 * n, duration_s=3, device="shaker",
              resources=("shaker",), slack_s=1e12)
        for n in range(2)
    ]  # fmt: skip
    entries.sort(key=lambda entry: entry.start_s)
    end_s = max(entry.end_s for entry in entries)
    data = {
        "plan_sha256": plan.sha256, "entries": tuple(entries), "auxiliary": tuple(auxiliary),
        "makespan_s": end_s, "lower_bound_s": 0.9 * end_s, "method": "by hand",
        "summary": "a summary", **fields,
    }  # fmt: skip
    return Schedule(**data)


@cache
def small() -> tuple[Plan, Schedule]:
    plan = make_plan()
    starts_s = {op.id: 50.0 * n for n, op in enumerate(plan.operations)}
    lags = tuple(
        LagFigure(before=lag.before, after=lag.after, value_s=1790.0 if lag.kind == "portion" else 200.0, min_s=lag.min_s,
                  max_s=lag.max_s, target_s=lag.target_s, slack_s=20.0)
        for lag in plan.lags
    )  # fmt: skip
    lives = (Lot(stock="hydride", lot=1, made_s=-60.0, last_use_s=400.0, drawn_ul=80.0),)
    return plan, scheduled(plan, starts_s, lags=lags, lots=lives)


def large(wells: int = 96, portions: int = 16) -> tuple[Plan, Schedule]:
    names = [f"{row}{column}" for column in range(1, 13) for row in "ABCDEFGH"][:wells]
    operations = []
    for well in names:
        for portion in range(1, portions + 1):
            one = transfer(f"reduce-{well}-p{portion}", "hydride", 1, 20.0, portion=portion)
            operations.append({**one, "wells": [well], "group": well})
    lags = [
        {
            "before": f"reduce-{well}-p{n}", "point": "start", "after": f"reduce-{well}-p{n + 1}",
            "min_s": 1770, "max_s": 1830, "target_s": 1800, "kind": "portion",
        }
        for well in names for n in range(1, portions)
    ]  # fmt: skip
    plan = make_plan(operations=operations, lags=lags)
    starts_s = {op["id"]: 25.0 * n for n, op in enumerate(operations)}
    figures = tuple(
        LagFigure(before=lag["before"], after=lag["after"], value_s=1800, min_s=1770, max_s=1830,
                  target_s=1800, slack_s=30)
        for lag in lags
    )  # fmt: skip
    return plan, scheduled(plan, starts_s, lags=figures)


def test_the_page_is_sound_fetches_nothing_and_shows_every_operation():
    plan, schedule = small()
    page = gantt_html(plan, schedule)
    parser = read(page)
    assert parser.fetched == []
    drawn = {int(rect["data-i"]) for rect in parser.rects if "data-i" in rect}
    names = {schedule.entries[number].operation for number in drawn}
    assert names == {op.id for op in plan.operations}
    for operation in plan.operations:
        assert f"<title>{operation.id}: " in page
    for words in ("a summary", "lower bound", "Centrifuge the plate.", "lot 1: made", "by hand"):
        assert words in page
    for well_group in ("A1–B1", "A2–B2"):
        assert well_group in page


def test_blocks_stand_where_the_schedule_says():
    plan, schedule = small()
    index = Index.of(plan, schedule)
    found = bars(index)
    scale = Scale.of(schedule, [(b.entry.start_s, b.entry.end_s) for b in found])
    page = read(gantt_html(plan, schedule))
    by_number = {bar.number: bar.entry for bar in found}
    for rect in page.rects:
        if "data-i" in rect:
            entry = by_number[int(rect["data-i"])]
            assert float(rect["x"]) == pytest.approx(scale.x(entry.start_s), abs=0.01)
            width = max(scale.x(entry.end_s) - scale.x(entry.start_s), 1.0)
            assert float(rect["width"]) == pytest.approx(width, abs=0.01)


def test_1600_operations_over_ten_hours_stay_below_a_megabyte():
    plan, schedule = large()
    assert len(schedule.entries) > 1500
    page = gantt_html(plan, schedule)
    assert len(page.encode()) < 1_000_000
    parser = read(page)
    drawn = [rect["data-i"] for rect in parser.rects if "data-i" in rect]
    assert len(set(drawn)) == len(plan.operations)


def test_the_scripts_data_is_json_that_no_name_can_leave():
    plan, schedule = small()
    page = gantt_html(plan, schedule)
    links = json.loads(re.search(r"var links = (\[.*?\]), ys = ", page)[1])
    assert len(links) == len(schedule.lags)
    for before, after, at_start, words in links:
        lag = next(
            lag for lag in plan.lags
            if (lag.before, lag.after)
            == (schedule.entries[before].operation, schedule.entries[after].operation)
        )  # fmt: skip
        assert at_start == (lag.point == "start")
        assert lag.kind in words
    assert "allowed 29.5 min to 30.5 min" in page


def test_hostile_words_are_escaped():
    plan, schedule = small()
    evil = "</script><script>alert(1)</script>"
    page = gantt_html(
        plan.model_copy(update={"title": evil}), schedule.model_copy(update={"summary": evil})
    )
    assert "<script>alert" not in page
    assert unescape(page).count(evil) >= 2
    read(page)


def test_a_schedule_of_nothing_is_still_a_page():
    plan = make_plan(operations=[], lags=[])
    blank = Schedule(
        plan_sha256=plan.sha256, entries=(), makespan_s=0, lower_bound_s=0, method="by hand"
    )
    page = gantt_html(plan, blank)
    read(page)
    assert "No lag of this plan has an upper bound" in page
    assert "Not between start and end" in page


def test_rows_shakers_lots_and_figures_follow_the_schedule():
    plan, schedule = small()
    index = Index.of(plan, schedule)
    rows = {
        row.name: [bar.entry.operation for bar in row.bars] for row in well_rows(index, bars(index))
    }
    assert list(rows) == ["A1–B1", "A2–B2", "whole plate"]
    assert rows["whole plate"] == ["spin"]
    assert [(run.start_s, run.end_s, run.speed_rpm) for run in shaking(index, "shaker")] == [
        (103.0, 400.0, 600.0)
    ]
    assert [life.life_s for life in lots(index)["hydride"]] == [1200.0]
    assert ("10.0 s", "largest deviation of a portion") in facts.tiles(index)
    assert ("40.0 s", "least room of 4 lags with an upper bound") in facts.tiles(index)
    assert [each.task for each in facts.person_times(index)] == ["Centrifuge the plate."]
    room_s = [each.lag.max_s - each.lag.value_s for each in facts.tight_lags(index)]
    assert room_s == sorted(room_s)


@given(
    st.lists(
        st.tuples(st.floats(0, 140_000), st.floats(1, 4000)).map(lambda t: (t[0], t[0] + t[1])),
        min_size=1, max_size=30,
    )
)  # fmt: skip
def test_any_scale_is_ordered_and_never_cuts_what_is_busy(busy):
    end_s = max(end for _, end in busy)
    plan_less = Schedule(
        plan_sha256="", entries=(), makespan_s=end_s, lower_bound_s=end_s, method="by hand"
    )
    scale = Scale.of(plan_less, busy)
    times = sorted({t for pair in busy for t in pair})
    xs = [scale.x(t) for t in times]
    assert xs == sorted(xs)
    assert xs[-1] == pytest.approx(scale.width)
    for cut in scale.cuts:
        assert cut.start_s < cut.end_s
        assert not any(begin < cut.end_s and cut.start_s < end for begin, end in busy)
    ticks = scale.ticks()
    assert ticks == sorted(ticks)
    assert all(b - a >= 60 for a, b in pairwise(ticks))

"""Prep sheets: the figures of plan and schedule, in text of 80 columns and on a page to print."""

from __future__ import annotations

import re
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.plan import AskPerson, Refill
from ncrobot.reports import prep_sheet_html, prep_sheet_text
from ncrobot.reports._glossary import Glossary
from ncrobot.reports._text import exact_clock, mass, volume
from ncrobot.reports.prep.lots import lots_to_make
from reports.report_kit import SHIPPED, Page, make_plan, make_schedule, shipped

PLAN = make_plan()
SCHEDULE = make_schedule(PLAN)


def flat(text: str) -> str:
    return " ".join(text.split())


def both(plan, schedule) -> list[str]:
    """The text sheet and the text of the page, each in one line."""
    return [flat(prep_sheet_text(plan, schedule)), Page(prep_sheet_html(plan, schedule)).text]


def lots_of(plan, schedule):
    return lots_to_make(plan, schedule, Glossary.of(plan))


@pytest.mark.parametrize("told", both(PLAN, SCHEDULE))
@pytest.mark.parametrize(
    "expected",
    [
        "By hand", "bench: A bench", PLAN.sha256, "1 h 17 min",
        "hydride, lot 1", "4.54 mg borohydride", "48 mg base", "100 mM borohydride",
        "82 µL drawn + 1 mL dead volume + 118 µL overage",
        "hydride, lot 2", "4.124 mg borohydride", "43.6 mg base", "1.09 mL into hydride/A1",
        "82 µL drawn + 1 mL dead volume + 8 µL overage",
        "402 µL drawn + 5 mL dead volume + 98 µL overage",
        "at 4 °C, in the dark", "20 min", "from T+0:23 h on, in its place by T+0:28 h",
        "Centrifuge the plate.", "T+1:06:40 h", "after 2 h: the run stops",
        "the rotor must be balanced", "T+0:23:20 h",
        "hydrogen", "394 µL", "1.57 mL", "corrosive; eats aluminium",
        "something is odd (line 7, well A1)", "stock strength: nobody printed it",
        "deck: tips, water: a guess", "site 0 of tip_carrier", "any time before the start",
    ],
)  # fmt: skip
def test_the_sheet_tells(told, expected):
    assert expected in told


def test_masses_and_volumes_of_a_refill_are_in_proportion():
    first, second = (lot for lot in lots_of(PLAN, SCHEDULE) if lot.stock == "hydride")
    assert second.volume_ul == 1090.0
    for one, other in zip(first.weighed, second.weighed, strict=True):
        assert other.mass_mg / second.volume_ul == pytest.approx(one.mass_mg / first.volume_ul)
    assert second.measured_ul == {"water": pytest.approx(1090.0)}
    assert [w.is_light for w in first.weighed] == [True, False]


def test_a_stock_without_lots_is_made_once():
    water = next(lot for lot in lots_of(PLAN, SCHEDULE) if lot.stock == "water")
    assert (water.volume_ul, water.drawn_ul, water.dead_ul) == (5500.0, 402.0, 5000.0)
    assert water.title == "water"
    assert not water.during_run


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_plates_tell_every_mass_volume_and_tip(name):
    plan, schedule = shipped(name)
    lots = lots_of(plan, schedule)
    text, page = both(plan, schedule)
    for lot in lots:
        use = next(use for use in plan.stocks if use.stock == lot.stock)
        share = lot.volume_ul / sum(use.positions_ul.values())
        assert lot.drawn_ul + lot.dead_ul <= lot.volume_ul + 1e-6
        for weighed, mg in zip(lot.weighed, use.weigh_mg.values(), strict=True):
            assert weighed.mass_mg == pytest.approx(mg * share)
            assert f"{mass(weighed.mass_mg)} {weighed.name}" in text
            assert f"{mass(weighed.mass_mg)} {weighed.name}" in page
        for place, ul in lot.places_ul.items():
            assert f"{volume(ul)} into {place}" in text
            assert f"{volume(ul)} into {place}" in page
    drawn = {use.stock: use.drawn_ul for use in plan.stocks if use.working_of is None}
    for stock, drawn_ul in drawn.items():
        total = sum(lot.drawn_ul for lot in lots if lot.stock == stock)
        assert total == pytest.approx(drawn_ul)
    rows = Page(prep_sheet_html(plan, schedule)).rows
    for rack, used in plan.tips_used.items():
        taken = next(row for row in rows if row and row[0] == rack)
        assert int(taken[2]) == used
        assert int(taken[3]) - used == int(taken[4])


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_plates_tell_every_place_person_hazard_and_assumption(name):
    plan, schedule = shipped(name)
    starts = {entry.operation: entry.start_s for entry in schedule.entries}
    people = [
        op
        for op in chain(plan.operations, schedule.auxiliary)
        if isinstance(op, AskPerson | Refill)
    ]
    for told in both(plan, schedule):
        for placed in plan.deck.labware:
            assert placed.name in told
            assert placed.definition in told or f"{placed.name} (" in told
        for operation in people:
            assert exact_clock(starts[operation.id]) in told
        assert ("Nobody is needed" in told) == (not people)
        for hazard in plan.hazards:
            assert flat(hazard.partition(": ")[2]) in told
        for warned in plan.warnings:
            assert flat(warned.message) in told
        for assumption in plan.assumptions:
            for part in assumption.split(": "):
                assert flat(part) in told


def test_a_label_of_the_text_stands_apart_from_what_it_labels():
    text = prep_sheet_text(PLAN, SCHEDULE)
    for label, content in (("no answer", "after 2 h: the run stops"), ("make", "any time before")):
        assert re.search(rf"^    {label} +{content}", text, re.MULTILINE)


@pytest.mark.parametrize("name", SHIPPED)
def test_no_line_of_the_text_is_longer_than_80_columns(name):
    assert max(len(line) for line in prep_sheet_text(*shipped(name)).splitlines()) <= 80


@settings(max_examples=20)
@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=200))
def test_no_title_makes_a_line_too_long(title):
    plan = PLAN.model_copy(update={"title": title}).sealed()
    assert max(len(line) for line in prep_sheet_text(plan, SCHEDULE).splitlines()) <= 80


def test_a_dilution_is_told_and_not_weighed():
    working = {
        "stock": "hydride_10x", "positions_ul": {"samples/H12": 0.0}, "drawn_ul": 300.0,
        "dead_volume_ul": 0.0, "umol_per_ul": {"borohydride": 0.01}, "solvent_fraction": {"water": 1.0},
        "working_of": "hydride", "dilution_factor": 10.0,
    }  # fmt: skip
    data = [use.model_dump() for use in PLAN.stocks]
    plan = make_plan(stocks=[*data, working])
    assert "hydride_10x" not in {lot.stock for lot in lots_of(plan, SCHEDULE)}
    for told in both(plan, make_schedule(plan)):
        assert "hydride_10x" in told
        assert "10-fold" in told
        assert "10 mM borohydride" in told
        assert "samples/H12" in told


def test_what_is_not_there_is_told_in_words():
    bare = make_plan(
        warnings=[], assumptions=[], hazards=[], operations=[], lags=[], tips_used={},
        wells=[w.model_copy(update={"hydrogen_ul": 0.0}) for w in PLAN.wells],
    )  # fmt: skip
    empty = make_schedule(bare, entries=[], auxiliary=[], lots=[])
    page = Page(prep_sheet_html(bare, empty)).text
    for words in (
        "Nobody is needed",
        "marks nothing as assumed",
        "names none",
        "every dose is drawn from its stock",
    ):
        assert words in page
    assert prep_sheet_text(bare, empty).count("None.") == 4


def test_the_page_fetches_nothing_and_escapes_names():
    nasty = "<script>alert(1)</script>&\"'"
    plan = make_plan(title=nasty, hazards=[nasty], assumptions=[nasty])
    html = prep_sheet_html(plan, make_schedule(plan))
    page = Page(html)
    assert list(page.fetches()) == []
    assert nasty in page.text
    assert not re.search(r"<script", html)
    assert "url(" not in html
    assert "@import" not in html


@pytest.mark.parametrize("name", SHIPPED)
def test_the_deck_map_shows_every_piece_in_its_place(name):
    plan, schedule = shipped(name)
    page = Page(prep_sheet_html(plan, schedule))
    (drawing,) = page.drawings
    told = {title.split(":")[0]: title for title in page.titles()}
    assert set(told) == {placed.name for placed in plan.deck.labware}
    for rack, used in plan.tips_used.items():
        assert told[rack].endswith(f"{used} of 96")
    left, top, width, height = (float(each) for each in drawing.get("viewBox").split())
    for box in drawing.iter("rect"):
        assert left <= float(box.get("x")) <= left + width - float(box.get("width")) + 0.1
        assert top <= float(box.get("y")) <= top + height - float(box.get("height")) + 0.1

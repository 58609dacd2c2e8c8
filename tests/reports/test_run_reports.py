"""Run reports: one offline page whose figures are those of the documents, for every kind of run."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.events import EventKind
from ncrobot.reports import run_report_html
from ncrobot.reports.run.plate_maps import varied
from ncrobot.state import RunState
from reports.report_kit import (
    SHIPPED,
    WELLS,
    Page,
    Story,
    make_plan,
    make_schedule,
    run_as_planned,
    shipped,
)

PLAN = make_plan()
SCHEDULE = make_schedule(PLAN)
NASTY = "<script>alert(1)</script>&\"'"


def report(story: Story | RunState, plan=PLAN, schedule=SCHEDULE) -> Page:
    state = story if isinstance(story, RunState) else story.state()
    return Page(run_report_html(plan, schedule, state))


def unlucky() -> Story:
    """A late portion, two flagged wells, one abandoned, a question, a difference, a stuck shaker."""
    story = run_as_planned(
        PLAN, SCHEDULE, late_s=lambda op: 90.0 if op == "reduce-c1-p2" else 0.0,
        end={"status": "aborted", "reason": "the arm stalled"},
    )  # fmt: skip
    lag = {
        "before": "reduce-c1-p1",
        "after": "reduce-c1-p2",
        "value_s": 1890.0,
        "min_s": 1770.0,
        "max_s": 1830.0,
        "by_s": 60.0,
        "cause": "the arm took long",
    }
    story.tell(EventKind.LAG_BROKEN, 2090, operation="reduce-c1-p2", wells=("A1", "B1"), data=lag)
    story.tell(EventKind.WELL_FLAGGED, wells=("A1", "B1"), data={"reason": "60.0 s late"})
    story.tell(EventKind.WELL_FLAGGED, wells=("B2",), data={"reason": "a clot", "abandoned": True})
    story.tell(
        EventKind.QUESTION, 4000, operation="spin", data={"text": "Centrifuge.", "default": "stop"}
    )
    story.tell(EventKind.ANSWER, 4300, operation="spin", data={"answer": "stop", "answered": False})
    story.tell(
        EventKind.CROSS_CHECK,
        data={"differences": [{"address": "plate/A1", "ledger_ul": 140.0, "tracker_ul": 139.5}]},
    )
    story.tell(EventKind.INTENT, operation="uvvis-c2", act="dispense")
    story.tell(
        EventKind.OPERATION_ENDED,
        4600,
        operation="spin",
        data={"result": "not_done", "reason": "stopped"},
    )
    return story.tell(EventKind.SAFE_STATE, data={"confirmed": {"arm": True, "shaker": False}})


def test_a_run_as_planned_is_told_as_such():
    page = report(run_as_planned(PLAN, SCHEDULE))
    for words in (
        "succeeded", "SIMULATED: no liquid was moved", "By hand", "r1", "4 of 4 wells without a flag",
        "13 of 13 operations done", "0 lags broken", "Of 16 planned doses and samples, 16 were delivered.",
        "The run ended at the scheduled time.", "2026-03-01 08:00:00 UTC", "None is recorded.",
        "Nobody was asked anything.", "No difference is recorded.", "Nothing was measured",
        PLAN.sha256, "as sealed", "chemist", SCHEDULE.content_hash(),
    ):  # fmt: skip
        assert words in page.text
    assert page.row("arm") == ["arm", "channels up, at rest", "confirmed"]


def test_a_real_run_never_calls_itself_simulated():
    page = report(run_as_planned(PLAN, SCHEDULE, simulated=False))
    assert "REAL: run on devices" in page.text
    assert "SIMULATED" not in page.text


def test_everything_that_went_wrong_is_told():
    page = report(unlucky())
    for words in (
        "aborted", "1 of 4 wells without a flag", "2 wells flagged", "1 wells abandoned",
        "1 lags broken", "12 of 13 operations done", "dispense of uvvis-c2",
        "Portions were at most 90.0 s off their intervals (reduce-c1-p2).",
    ):  # fmt: skip
        assert words in page.text
    assert page.row("reduce-c1-p1") == [
        "reduce-c1-p1", "reduce-c1-p2", "A1–B1", "1890 s", "1770 s to 1830 s", "60.0 s", "the arm took long",
    ]  # fmt: skip
    assert page.row("A1–B1") == ["A1–B1", "flagged", "60.0 s late"]
    assert page.row("B2") == ["B2", "abandoned", "a clot"]
    assert page.row("spin") == ["spin", "not done", "the whole plate", "stopped"]
    assert page.row("T+1:06:40 h") == [
        "T+1:06:40 h",
        "Centrifuge.",
        "stop",
        "nobody: the default",
        "T+1:11:40 h",
    ]
    assert page.row("the end") == ["the end", "plate/A1", "140 µL", "139.5 µL"]
    assert page.row("shaker") == [
        "shaker",
        "stopped and homed",
        "NOT confirmed: look at the device",
    ]
    assert "A1 w0: flagged (60.0 s late)" in page.titles()
    assert "B2 w3: abandoned (a clot)" in page.titles()


def test_the_table_of_lags_has_their_figures():
    page = report(unlucky())
    assert page.row("reduce") == [
        "reduce",
        "portion",
        "2",
        "−30.0 s to +30.0 s off the target",
        "45.0 s",
        "85.5 s",
        "90.0 s",
        "1",
    ]
    assert page.row("rest") == [
        "rest",
        "hold",
        "2",
        "60 s to 10 min",
        "0.0 s",
        "0.0 s",
        "0.0 s",
        "0",
    ]


def test_stocks_are_told_with_volumes_ages_and_modelled_activity():
    story = run_as_planned(PLAN, SCHEDULE, end={"ledger": {"hydride/A1": {"volume_ul": 1008.0}}})
    page = report(story)
    assert page.row("hydride") == [
        "hydride", "164 µL", "164 µL", "8", "1.008 mL", "1: made at T+0:00:00 h; 2: made at T+0:28:20 h",
        "20 min", "6 min (30.8 %)", "99 % (modelled)",
    ]  # fmt: skip
    assert page.row("water")[-4:] == [
        "one, no life stated",
        "none stated",
        "not followed",
        "not modelled",
    ]


def test_there_is_a_map_of_each_varied_parameter_with_every_well():
    assert varied(PLAN.wells) == ["ratio"]
    page = report(run_as_planned(PLAN, SCHEDULE))
    maps = [
        d
        for d in page.drawings
        if d.get("aria-label") in ("Fate of the wells", "Volume delivered", "Kind", "ratio")
    ]
    assert len(maps) == 4
    for drawing in maps:
        assert sorted(g.get("data-w") for g in drawing.iter("g") if g.get("data-w")) == sorted(
            WELLS
        )
    assert "A1 w0: 140 µL delivered, 140 µL planned" in page.titles()
    assert "B2 w3: ratio 3" in page.titles()
    assert "B2 w3: synthesis" in page.titles()
    assert not any("speed" in title for title in page.titles())


def test_readings_become_maps():
    story = run_as_planned(PLAN, SCHEDULE)
    measured = {
        "labware": "samples",
        "wavelengths_nm": [680],
        "absorbance": {"A1": [0.5], "B1": [0.125]},
    }
    story.tell(EventKind.MEASURED, 2500, operation="read", data=measured)
    page = report(story)
    assert "A1: 0.5000 AU at 680 nm" in page.titles()
    assert "Nothing was measured" not in page.text


def test_the_shaker_s_pauses_are_told_and_drawn():
    page = report(run_as_planned(PLAN, SCHEDULE))
    assert "shaker paused 1 time, 110 s in all" not in page.text
    assert "shaker paused 1 time, 2 min in all, 2 min at the longest." in page.text
    runs = [title for title in page.titles() if title.startswith("600 rpm")]
    assert runs == ["600 rpm, T+0:02:05 h to T+0:03:10 h", "600 rpm, T+0:05:25 h to T+1:16:40 h"]


def test_other_documents_than_those_of_the_run_are_told():
    other = make_schedule(PLAN, plan_sha256="0" * 64)
    changed = PLAN.model_copy(update={"title": "Changed"})
    told = report(run_as_planned(PLAN, SCHEDULE), changed, other).text
    assert "does not match its hash" in told
    assert "made for another plan" in told


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_plates_give_small_offline_pages(name):
    plan, schedule = shipped(name)
    html = run_report_html(plan, schedule, run_as_planned(plan, schedule).state())
    page = Page(html)
    assert len(html.encode()) < 400_000
    assert list(page.fetches()) == []
    assert not any(banned in html for banned in ("url(", "@import", "http://", "https://"))
    assert "96 of 96 wells without a flag" in page.text
    names = {drawing.get("aria-label") for drawing in page.drawings}
    assert set(varied(plan.wells)) <= names
    for assumption in plan.assumptions:
        for part in assumption.split(": "):
            assert " ".join(part.split()) in page.text


def test_hostile_names_stay_text():
    wells = [well.model_copy(update={"name": NASTY, "kind": NASTY}) for well in PLAN.wells]
    plan = make_plan(title=NASTY, wells=wells, assumptions=[NASTY], protocol=NASTY)
    story = run_as_planned(plan, make_schedule(plan), end={"reason": NASTY})
    story.tell(EventKind.WELL_FLAGGED, wells=("A1",), data={"reason": NASTY})
    story.tell(EventKind.QUESTION, data={"text": NASTY})
    html = run_report_html(plan, make_schedule(plan), story.state())
    assert html.count("<script>") == 1
    assert "alert(1)</script>" not in html
    page = Page(html)
    assert page.text.count(NASTY) >= 5
    assert f"A1 {NASTY}: flagged ({NASTY})" in page.titles()


EVENTS = unlucky().events


@settings(max_examples=25, deadline=None)
@given(st.integers(0, len(EVENTS)))
def test_a_run_that_stopped_anywhere_has_a_report(number):
    story = Story()
    story.events = EVENTS[:number]
    state = story.state()
    page = report(state)
    done = sum(op.result == "done" for op in state.operations.values())
    assert f"{done} of 13 operations done" in page.text
    assert page.text.count("SIMULATED") == 1
    word = {"queued": "not started", "running": "running, not ended"}.get(
        state.status, state.status
    )
    assert word in page.text


def test_a_run_that_never_began_has_a_report():
    page = report(RunState())
    for words in (
        "not started",
        "no run id",
        "nothing to compare",
        "holds no confirmation",
        "begun not recorded",
        "no flag yet 4",
    ):
        assert words in page.text

"""Calibrated times in a layout's text: they and nothing else change."""

from __future__ import annotations

import difflib

import pytest

from calibration.calibration_kit import LAYOUT, LAYOUT_FILE, ROOT, TRUE, rich_acts, told
from ncrobot.calibration import calibrate, layout_with_times
from ncrobot.deck import read_deck
from ncrobot.errors import DeckError

TEXT = LAYOUT_FILE.read_text(encoding="utf-8")
FOUND = calibrate(told(rich_acts()), LAYOUT)


def changed_lines(before: str, after: str) -> list[str]:
    diff = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line[1:].strip() for line in diff if line.startswith("+") and line[1:2] != "+"]


@pytest.mark.parametrize("name", ["starlet_96", "starlet_96_glass", "ot2_96"])
def test_only_the_times_and_their_origin_change_in_shipped_layouts(name):
    text = (ROOT / "deck_layouts" / f"{name}.yaml").read_text(encoding="utf-8")
    written = layout_with_times(text, FOUND)
    names = {line.split(":")[0] for line in changed_lines(text, written)}
    assert names <= {*TRUE, "assumed"}
    before, after = read_deck(text), read_deck(written)
    for figure, value in TRUE.items():
        assert getattr(after.arm.times, figure) == pytest.approx(value, rel=1e-3)
    assert after.arm.times.assumed.startswith(
        f"calibrated from run r1, {FOUND.observations} observations, median error"
    )
    same = before.arm.times
    assert after.model_copy(update={"arm": after.arm.model_copy(update={"times": same})}) == before


def test_comments_stay_and_missing_entries_are_added():
    reason = TEXT[TEXT.index('    assumed: "order of') : TEXT.index("\n\ndevices:")]
    text = TEXT.replace(reason, "    # that is all")
    for figure in ("travel_s: 1.5", "pick_up_tips_s: 6"):
        text = text.replace(figure, f"{figure}  # by eye")
    assert read_deck(text).arm.times.assumed is None
    written = layout_with_times(text, FOUND)
    assert "travel_s: 2.3  # by eye" in written
    assert "pick_up_tips_s: 8.2  # by eye" in written
    assert "    # that is all" in written
    assert "run r1" in read_deck(written).arm.times.assumed


def test_times_on_one_line_are_found_too():
    begin, end = TEXT.index("  times:\n"), TEXT.index("\n\ndevices:")
    flow = (
        "  times: {pick_up_tips_s: 6, drop_tips_s: 5, travel_s: 1.5, touch_down_s: 2,\n"
        "          aspirate_ul_per_s: 100, dispense_ul_per_s: 200, move_plate_s: 25} # short"
    )
    written = layout_with_times(TEXT[:begin] + flow + TEXT[end:], FOUND)
    times = read_deck(written).arm.times
    assert times.move_plate_s == 31
    assert "run r1" in times.assumed
    assert "# short" in written


def test_a_folded_reason_is_replaced_as_a_whole():
    text = TEXT.replace(
        '    assumed: "order of magnitude of an eight-channel arm seen at work; time a dry run to calibrate"',
        "    assumed: >\n      seen\n      at work",
    )
    assert "at work" in read_deck(text).arm.times.assumed
    written = layout_with_times(text, FOUND)
    assert "seen" not in read_deck(written).arm.times.assumed
    assert written.endswith(TEXT[TEXT.index("\n\ndevices:") :])


def test_what_was_not_observed_stays_with_its_reason():
    acts = [act for act in rich_acts() if act[1] != "move_labware"]
    times = read_deck(layout_with_times(TEXT, calibrate(told(acts), LAYOUT))).arm.times
    assert times.move_plate_s == 25
    assert "move_plate_s: as before (order of magnitude" in times.assumed


def test_simulated_times_are_marked_in_the_layout():
    found = calibrate(told(rich_acts(), simulated=True), LAYOUT)
    assert "the simulator's times" in read_deck(layout_with_times(TEXT, found)).arm.times.assumed


def test_an_unsound_layout_is_refused():
    with pytest.raises(DeckError):
        layout_with_times(TEXT.replace("travel_s: 1.5", "travel_s: -1"), FOUND)

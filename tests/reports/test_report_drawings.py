"""The pieces of the drawings: colours, axes, ticks, blocks, words."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.reports._colours import by_kind, ink_on, paler, ramp
from ncrobot.reports._svg import element, ticks, time_ticks
from ncrobot.reports._text import clock, exact_clock, listed, significant, span, wells_in_short
from ncrobot.reports.run.axis import LEFT, RIGHT, WIDTH, Axis
from ncrobot.reports.run.lanes import Block, together
from ncrobot.reports.run.plates import Shape

WELL_NAMES = [f"{row}{column}" for column in range(1, 13) for row in "ABCDEFGH"]
STRETCHES = st.lists(
    st.tuples(st.floats(0, 1e5), st.floats(0, 1e4)).map(lambda t: (t[0], t[0] + t[1])), max_size=12
)


def lightness(colour: str) -> float:
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_ramp_gets_lighter_all_the_way():
    shades = [lightness(ramp(step / 32)) for step in range(33)]
    assert all(after > before for before, after in pairwise(shades))
    assert shades[0] < 0.05
    assert shades[-1] > 0.7


@given(st.floats(-10, 10))
def test_the_ramp_knows_every_share(share):
    assert re.fullmatch("#[0-9A-F]{6}", ramp(share))


def test_kinds_have_colours_of_their_own():
    names = [f"kind {number}" for number in range(14)]
    colours = by_kind(names)
    assert len(set(colours.values())) == 14
    assert by_kind(["a", "b", "a"]) == by_kind(["a", "b"])


@pytest.mark.parametrize("colour", [*by_kind("abcdefg").values(), "#000000", "#FFFFFF"])
def test_ink_is_readable_on_every_colour(colour):
    dark, light = sorted((lightness(colour), lightness(ink_on(colour))))
    assert (light + 0.05) / (dark + 0.05) >= 3


def test_paler_ends_in_white():
    assert paler("#0072B2", 0) == "#0072B2"
    assert paler("#0072B2", 1) == "#FFFFFF"


@given(st.floats(-1e9, 1e9), st.floats(1e-3, 1e9))
def test_ticks_are_evenly_spaced_within_their_bounds(low, reach):
    high = low + reach
    found = ticks(low, high)
    step = reach * 1e-6 + abs(low) * 1e-9
    assert all(low - step <= tick <= high + step for tick in found)
    assert len(found) <= 8


@given(st.floats(1, 1e8))
def test_time_ticks_begin_at_zero_and_are_few(duration_s):
    found = time_ticks(duration_s)
    assert found[0] == 0
    assert found[-1] <= duration_s + 1
    assert len(found) <= 10


@given(st.floats(1, 2e5), STRETCHES, st.lists(st.floats(0, 2e5), min_size=2, max_size=20))
def test_an_axis_keeps_the_order_of_times(duration_s, busy, times):
    axis = Axis.over(duration_s, [(a, b) for a, b in busy if b <= duration_s])
    places = [axis.x(time_s) for time_s in sorted(times)]
    assert all(after >= before - 1e-6 for before, after in pairwise(places))
    assert axis.x(0) == pytest.approx(LEFT)
    assert axis.x(duration_s) == pytest.approx(WIDTH - RIGHT)


@given(st.floats(1, 2e5), STRETCHES)
def test_only_idle_time_is_cut(duration_s, busy):
    busy = [(a, b) for a, b in busy if b <= duration_s]
    for cut in Axis.over(duration_s, busy).cuts:
        assert not any(a < cut.end_s and b > cut.start_s for a, b in busy)


def test_a_night_of_ageing_is_cut_short():
    axis = Axis.over(100_000, [(0, 3000), (95_000, 100_000)])
    assert len(axis.cuts) == 1
    assert axis.x(3000) > LEFT + 0.3 * (WIDTH - LEFT - RIGHT)


@given(STRETCHES, st.floats(0, 100))
def test_blocks_drawn_together_hold_every_operation_in_order(stretches, nearest_s):
    blocks = [
        Block(start, end, f"kind {number % 2}", (f"op {number}",))
        for number, (start, end) in enumerate(stretches)
    ]
    found = together(blocks, nearest_s)
    assert sorted(op for block in found for op in block.operations) == sorted(
        op for block in blocks for op in block.operations
    )
    assert all(before.start_s <= after.start_s for before, after in pairwise(found))
    for before, after in pairwise(found):
        assert before.kind != after.kind or after.start_s - before.end_s >= nearest_s


@given(st.sets(st.sampled_from(WELL_NAMES)))
def test_wells_in_short_name_each_well_once(wells):
    found = []
    for part in filter(None, wells_in_short(sorted(wells)).split(", ")):
        first, _, last = part.partition("–")
        rows = range(ord(first[0]), ord((last or first)[0]) + 1)
        found += [f"{chr(row)}{first[1:]}" for row in rows]
    assert sorted(found) == sorted(wells)


@pytest.mark.parametrize(
    ("value_s", "minutes", "seconds"),
    [
        (0, "T+0:00 h", "T+0:00:00 h"),
        (2100, "T+0:35 h", "T+0:35:00 h"),
        (-600, "T−0:10 h", "T−0:10:00 h"),
        (-0.2, "T+0:00 h", "T+0:00:00 h"),
        (90061, "T+25:01 h", "T+25:01:01 h"),
    ],
)
def test_clock_times(value_s, minutes, seconds):
    assert (clock(value_s), exact_clock(value_s)) == (minutes, seconds)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (50.27658, "50.28"), (0.00502251, "0.005023"), (1234567, "1235000"), (-2.5, "-2.5")],
)
def test_four_significant_digits(value, text):
    assert significant(value) == text


@given(st.floats(1e-6, 1e9))
def test_rounding_stays_within_half_a_unit_of_the_fourth_digit(value):
    assert float(significant(value)) == pytest.approx(value, rel=5.1e-4)


@pytest.mark.parametrize(
    ("value_s", "text"),
    [(0, "0 s"), (12.34, "12.3 s"), (720, "12 min"), (3600, "1 h"), (15978, "4 h 26 min")],
)
def test_spans(value_s, text):
    assert span(value_s) == text


@pytest.mark.parametrize(
    ("words", "text"), [([], ""), (["a"], "a"), (["a", "b", "c"], "a, b and c")]
)
def test_lists_in_a_sentence(words, text):
    assert listed(words) == text


@pytest.mark.parametrize(
    ("wells", "shape"),
    [(["D6"], (4, 6)), (["A7"], (8, 12)), (["H12"], (8, 12)), (["P24"], (16, 24)), ([], (4, 6))],
)
def test_a_plate_is_the_smallest_usual_one(wells, shape):
    found = Shape.of(wells)
    assert (found.rows, found.columns) == shape


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))))
def test_no_text_leaves_its_element(content):
    told = str(element("text", content, title=content))
    assert told.count("<") == (1 if not content else 2)
    assert "<text" in told

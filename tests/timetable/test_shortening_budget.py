"""What a search may spend: its time is bounded, however long the plates take."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ncrobot.timetable.shortening import LONG, PLACEMENTS, placements


@given(st.integers(1, 5000), st.integers(0, 10_000_000), st.floats(0.0, 1.0))
def test_ticks_that_are_looked_at_are_bounded(jobs, ticks, effort):
    allowed = placements(jobs, ticks, effort)
    assert allowed <= PLACEMENTS
    assert allowed * ticks <= PLACEMENTS * LONG
    assert placements(jobs, 2 * ticks, effort) <= allowed


@given(st.integers(1, 5000), st.floats(0.0, 1.0))
def test_plates_of_a_day_are_searched_in_full(jobs, effort):
    assert placements(jobs, LONG, effort) == placements(jobs, 1, effort)

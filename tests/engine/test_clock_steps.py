"""Somebody sets the computer's date in the middle of a run: it is told, and no time changes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.engine_cases import assert_books_match_world, assert_declared_end, two_doses
from engine.engine_kit import in_a_row, make_bench, simulate
from ncrobot.clock import VirtualClock, run_virtual
from ncrobot.engine import recall
from ncrobot.events import EventKind, ExitStatus
from ncrobot.state import fold


def run_with_steps(steps):
    """A run in which the date is set, by so many seconds at each of these times."""
    plan = two_doses()

    class Stepping(VirtualClock):
        def wall_step_s(self) -> float:
            return sum((by_s for at_s, by_s in steps if self.now_s() >= at_s), 0.0)

    async def main(clock: VirtualClock):
        bench = make_bench(plan, in_a_row(plan), clock)
        clock.__class__ = Stepping
        return await bench.engine.run(), bench

    return run_virtual(main)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(5, 75), st.sampled_from([-86_400.0, -3600.0, -1.5, 2.0, 7200.0])),
        max_size=3,
        unique_by=lambda step: round(step[0]),
    )
)
def test_no_time_of_a_run_depends_on_the_date(steps):
    outcome, bench = run_with_steps(steps)
    plain, other = simulate(two_doses(), in_a_row(two_doses()))
    assert outcome.status is plain.status is ExitStatus.SUCCEEDED
    assert_declared_end(outcome, bench)
    assert_books_match_world(bench)

    def facts(found):
        return [
            (e.kind, e.operation, e.act, pytest.approx(e.time_s))
            for e in found.record.events
            if e.kind is not EventKind.CLOCK_STEPPED
        ]

    assert facts(bench) == facts(other)
    told = bench.record.of(EventKind.CLOCK_STEPPED)
    assert sum(e.data["by_s"] for e in told) == pytest.approx(sum(by for _, by in steps), abs=1.0)


def test_a_run_that_died_after_it_counts_its_absence_in_the_new_date():
    _, bench = run_with_steps([(30.0, 3600.0)])
    events = bench.record.events
    began = recall(events[:10], bench.schedule).start_wall
    assert recall(events, bench.schedule).start_wall == began + timedelta(seconds=3600)
    kinds = [each.kind for each in fold(events).incidents]
    assert EventKind.CLOCK_STEPPED in kinds


def test_a_clock_that_is_only_kept_in_step_is_no_news():
    _, bench = run_with_steps([(20.0, 0.4), (40.0, 0.4)])
    assert not bench.record.of(EventKind.CLOCK_STEPPED)

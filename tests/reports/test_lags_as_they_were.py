"""Lags as they were: values, deviations, percentiles, what is broken."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.reports.lags import deviations, executed_lags, percentile, summaries
from ncrobot.state import RunState
from reports.report_kit import make_plan, make_schedule, run_as_planned

PLAN = make_plan()
SCHEDULE = make_schedule(PLAN)
SHIFTS = st.fixed_dictionaries({op.id: st.floats(0, 500) for op in PLAN.operations})


def run(late_s) -> RunState:
    return run_as_planned(PLAN, SCHEDULE, late_s=lambda op: late_s.get(op, 0.0)).state()


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.floats(0, 1))
def test_percentiles_are_numpys(values, share):
    assert percentile(values, share) == pytest.approx(np.quantile(values, share), abs=1e-6)


def test_no_values_have_no_percentile():
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


@given(SHIFTS)
def test_a_deviation_is_the_difference_of_the_two_shifts(late_s):
    for lag in executed_lags(PLAN, SCHEDULE, run(late_s)):
        shift = late_s[lag.lag.after] - late_s[lag.lag.before]
        assert lag.deviation_s == pytest.approx(shift, abs=1e-6)
        assert lag.value_s == pytest.approx(lag.wished_s + shift, abs=1e-6)
        inside = lag.lag.min_s <= lag.value_s <= lag.lag.max_s
        assert (lag.by_s == 0) == inside


@given(SHIFTS)
def test_summaries_count_every_lag_once_and_bound_its_deviation(late_s):
    lags = executed_lags(PLAN, SCHEDULE, run(late_s))
    found = summaries(lags, [("reduce-c1-p1", "reduce-c1-p2")])
    assert sum(len(each.lags) for each in found) == len(lags) == 4
    assert [each.kind for each in found] == ["portion", "hold"]
    for each in found:
        sizes = [abs(lag.deviation_s) for lag in each.lags]
        assert each.median_s <= each.p95_s <= each.most_s == max(sizes)
    assert [lag.lag.after for lag in found[0].broken] == ["reduce-c1-p2"]
    assert found[1].broken == ()


def test_portions_have_a_tolerance_and_holds_an_interval():
    portion, hold = summaries(executed_lags(PLAN, SCHEDULE, run({})), [])
    assert (portion.tolerance_s, portion.allowed_s) == ((-30.0, 30.0), None)
    assert (hold.tolerance_s, hold.allowed_s) == (None, (60.0, 600.0))


def test_of_several_lags_the_one_that_deviates_most_is_told():
    lags = executed_lags(PLAN, SCHEDULE, run({"reduce-c1-p1": 100.0}))
    told = deviations(lags)
    assert told["reduce-c1-p2"].deviation_s == -100.0
    assert told["reduce-c1-p1"].deviation_s == 100.0
    assert "fill-c1" not in told


def test_lags_whose_ends_did_not_happen_are_left_out():
    state = run({})
    del state.operations["reduce-c1-p1"]
    state.operations["reduce-c2-p2"].result = "skipped"
    assert [lag.lag.after for lag in executed_lags(PLAN, SCHEDULE, state)] == ["reduce-c2-p1"]
    assert executed_lags(PLAN, SCHEDULE, RunState()) == []

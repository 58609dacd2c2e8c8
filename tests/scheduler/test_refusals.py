"""What can't be scheduled is explained: wells, lags, the device that binds, figures and fixes."""

from __future__ import annotations

import pytest

from ncrobot.errors import ScheduleError
from ncrobot.plan import Lag
from ncrobot.scheduler import schedule_plan
from scheduler.scheduler_kit import comb, layout, plan_of, portions, read, stock, transfer, wells


def refusal(plan):
    with pytest.raises(ScheduleError) as caught:
        schedule_plan(plan)
    return caught.value.diagnostics


def test_lags_that_contradict_are_named_with_their_lines():
    ops = [transfer(f"x{i}", "B2") for i in range(3)]
    lags = [
        Lag(before="x0", after="x1", min_s=600, kind="hold", line=12, step="hold_1"),
        Lag(before="x1", after="x2", min_s=600, kind="hold", line=13, step="hold_2"),
        Lag(before="x0", after="x2", min_s=0, max_s=900, kind="timing", line=14, step="late"),
    ]
    (found,) = refusal(plan_of(ops, lags))
    assert (found.code, found.file, found.line, found.well) == (
        "lags-contradict",
        "by_hand.yaml",
        14,
        "B2",
    )
    assert "hold_1 (line 12): at least 10 min" in found.message
    assert "hold_2 (line 13): at least 10 min" in found.message
    assert "late (line 14): at least 0 s, at most 15 min" in found.message
    # 600 + 600 s, and the work of x1 in between, against 900 s.
    assert found.found == "5.333 min"
    assert found.fix


def test_the_same_contradiction_of_many_wells_is_told_once():
    ops, lags = [], []
    for group in wells(12):
        names = [f"x{i}-{group}" for i in range(2)]
        ops += [transfer(name, group) for name in names]
        lags += portions(group, names, 600, 10)
        lags.append(
            Lag(before=names[0], after=names[1], min_s=700, kind="hold", line=9, step="hold")
        )
    (found,) = refusal(plan_of(ops, lags))
    assert found.well == "A1, B1, C1, D1, E1, F1, G1, H1 and 4 more"


def test_a_deadline_that_the_arm_cannot_keep_names_the_arm_and_what_fits():
    """Twelve wells of 22 s that all have to follow one operation within a minute."""
    ops = [transfer("first", None), *(transfer(f"x-{w}", w, 22, step="quench") for w in wells(12))]
    lags = [Lag(before="first", after=f"x-{w}", max_s=60, line=9, step="quench") for w in wells(12)]
    (found,) = refusal(plan_of(ops, lags))
    assert (found.code, found.line) == ("no-time", 9)
    assert (
        "'arm' can't do 12 operations of 'quench' that all have to begin within 1 min"
        in found.message
    )
    assert "about 3 of 12 fit" in found.message
    assert found.found == "12 x 22 s = 4.4 min"
    assert found.well.startswith("A1, B1")
    assert "a window of at least 4.033 min" in found.fix


def test_what_fits_by_that_figure_is_scheduled():
    for count in (3, 4):
        ops = [transfer("first", None), *(transfer(f"x-{w}", w, 22) for w in wells(count))]
        lags = [Lag(before="first", after=f"x-{w}", max_s=60, step="quench") for w in wells(count)]
        plan = plan_of(ops, lags)
        if count == 3:
            schedule_plan(plan)
        else:
            refusal(plan)


def test_wells_that_wait_for_one_measurement_are_refused_with_the_lag_that_ties_them():
    ops, lags = [], []
    for group in wells(96):
        more, bounds = comb(group, 2, takes_s=8)
        ops += more
        lags += [
            *bounds,
            Lag(
                before=f"p2-{group}",
                after="measure",
                min_s=1800,
                max_s=2400,
                kind="hold",
                line=50,
                step="hold",
            ),
        ]
    ops.append(read("measure"))
    (found,) = refusal(plan_of(ops, lags))
    assert found.line == 50
    assert "about 76 of 96 fit" in found.message
    assert "hold (line 50): at least 30 min, at most 40 min" in found.allowed


def test_too_many_combs_for_a_stock_that_keeps_for_hours_name_the_full_interval():
    """96 portions of 20 s don't fit into half an hour, so a second wave outlives the stock."""
    ops, lags = [], []
    for group in wells(96):
        more, bounds = comb(group, 8)
        ops += more
        lags += bounds
    short = stock("hydride", life_s=6 * 3600.0)
    (found,) = refusal(plan_of(ops, lags, stocks=[short], deck=layout(simultaneous=1)))
    assert found.code == "overloaded"
    assert "'arm' is overloaded" in found.message
    assert "each interval of 30 min" in found.message
    assert "'hydride' keeps for 6 h and nobody re-makes it" in found.message
    assert "an interval of at least 32 min" in found.fix
    assert "one wave late costs 4 h" in found.fix
    assert "a column of eight wells at once" in found.fix
    assert found.allowed == "at most 30 min"


def test_a_refill_that_is_longer_than_an_interval_is_named():
    ops, lags = comb("A1", 8, interval_s=300, tolerance_s=10)
    long = stock("hydride", life_s=1200.0, remake="person", remake_takes_s=600.0)
    (found,) = refusal(plan_of(ops, lags, stocks=[long]))
    assert found.code == "no-time"
    assert "hydride is re-made for 10 min every 20 min" in found.message
    assert found.well == "A1"

"""A schedule that is late is repaired: what has begun stays, what can be kept is kept."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.engine.order import Order
from ncrobot.plan import Lag
from ncrobot.repairs import TOLERANCES_A_LAG, Progress
from ncrobot.scheduler import make_repairer, operation_duration_s, schedule_plan
from scheduler.scheduler_kit import plan_of, stock, transfer, wells


def combs(number, *, portions=3, interval_s=200, tolerance_s=20, wait_s=3600, takes_s=20):
    """Wells with a base and portions at an interval, each transfer 20 s on one arm."""
    operations, lags = [], []
    for well in wells(number):
        names = [f"base-{well}", *(f"p{k}-{well}" for k in range(1, portions + 1))]
        operations += [transfer(name, well, takes_s, step=name.split("-")[0]) for name in names]
        lags.append(Lag(before=names[0], after=names[1], min_s=60, max_s=wait_s))
        for k, name in enumerate(names[2:], start=1):
            at = k * interval_s
            lags.append(
                Lag(
                    before=names[1],
                    point="start",
                    after=name,
                    min_s=at - tolerance_s,
                    max_s=at + tolerance_s,
                    target_s=at,
                    kind="portion",
                    step="reduce",
                )
            )
    return operations, lags


def stalled(schedule, number, stall_s):
    """How far a run is right after its n-th operation took so much longer."""
    entries = list(schedule.entries)
    last = entries[number]
    now_s = last.end_s + stall_s
    begun = {e.operation: e.start_s for e in entries[: number + 1]}
    over = {e.operation: e.end_s for e in entries[:number]} | {last.operation: now_s}
    return Progress(now_s, begun, over)


def broken(plan, schedule, progress):
    """Lags into what hadn't begun that a schedule breaks, by its own times."""
    start = {e.operation: e.start_s for e in schedule.entries}
    end = {e.operation: e.end_s for e in schedule.entries}
    found = []
    for lag in plan.lags:
        if lag.after in progress.begun_s:
            continue
        value = start[lag.after] - (end if lag.point == "end" else start)[lag.before]
        if value < lag.min_s - 1e-6 or (lag.max_s is not None and value > lag.max_s + 1e-6):
            found.append((lag, value))
    return found


def carried_out(plan, schedule, progress):
    """What a schedule costs if it is carried out: in its order, not before its times.

    In tolerances, as repairs count: few broken lags before little lateness. An operation takes what
    it takes, which is less than a schedule in whole seconds gives it.
    """
    operations = {op.id: op for op in plan.operations}
    start, end, free_s = dict(progress.begun_s), dict(progress.over_s), progress.now_s
    for entry in schedule.entries:
        name = entry.operation
        if name in start:
            continue
        at_s = max(free_s, entry.start_s)
        for lag in plan.lags:
            if lag.after == name:
                at_s = max(at_s, (end if lag.point == "end" else start)[lag.before] + lag.min_s)
        start[name] = at_s
        end[name] = free_s = at_s + operation_duration_s(operations[name], plan.deck)
    late = [
        (start[lag.after] - (end if lag.point == "end" else start)[lag.before] - lag.max_s) / half_s
        for lag in plan.lags
        if lag.max_s is not None and lag.after not in progress.begun_s
        for half_s in [(lag.max_s - lag.min_s) / 2]
    ]
    broken_by = [by for by in late if by > 1e-6]
    return TOLERANCES_A_LAG * len(broken_by) + max(broken_by, default=0.0)


def overlaps(schedule):
    arm = sorted((e.start_s, e.end_s) for e in schedule.entries if "arm" in e.resources)
    return [(a, b) for a, b in pairwise(arm) if a[1] > b[0] + 1e-6]


def test_nothing_is_changed_if_keeping_the_order_breaks_nothing():
    plan = plan_of(*combs(2))
    schedule = schedule_plan(plan)
    assert make_repairer(plan)(schedule, stalled(schedule, 0, 5.0)) is None


def test_portions_go_before_what_can_wait():
    """Bases of other wells give way, so that no portion is late after a stall."""
    plan = plan_of(*combs(8, interval_s=400, tolerance_s=30))
    schedule = schedule_plan(plan)
    first_portion = next(n for n, e in enumerate(schedule.entries) if e.operation.startswith("p1"))
    progress = stalled(schedule, first_portion, 380.0)
    repaired = make_repairer(plan)(schedule, progress)
    assert repaired is not None
    assert repaired.before.lags > 0
    assert repaired.after.cost < repaired.before.cost
    assert overlaps(repaired.schedule) == []
    assert len(broken(plan, repaired.schedule, progress)) == repaired.after.lags


@settings(max_examples=40, deadline=None)
@given(
    st.integers(2, 12),
    st.integers(2, 4),
    st.integers(0, 100),
    st.floats(1, 600),
    st.integers(0, 3),
)
def test_a_repair_keeps_what_has_begun_and_is_never_worse(number, portions, at, stall_s, seed):
    plan = plan_of(*combs(number, portions=portions))
    schedule = schedule_plan(plan)
    progress = stalled(schedule, at % (len(schedule.entries) - 1), stall_s)
    repaired = make_repairer(plan, seed=seed)(schedule, progress)
    if repaired is None:
        return
    new = {e.operation: e for e in repaired.schedule.entries}
    assert {e.operation for e in schedule.entries} == set(new)
    for name, begun_s in progress.begun_s.items():
        assert new[name].start_s == begun_s
    assert all(e.start_s >= progress.now_s for n, e in new.items() if n not in progress.begun_s)
    assert overlaps(repaired.schedule) == []
    assert repaired.after.cost < repaired.before.cost
    late = broken(plan, repaired.schedule, progress)
    assert not [value for lag, value in late if value < lag.min_s - 1e-6]
    assert len(late) == repaired.after.lags
    again = make_repairer(plan, seed=seed)(schedule, progress)
    assert again == repaired


@settings(max_examples=30, deadline=None)
@given(
    st.integers(6, 14),
    st.sampled_from([8.1, 15.2, 20.3]),
    st.integers(0, 100),
    st.floats(20, 300),
)
def test_a_repair_that_is_carried_out_is_never_worse_than_the_order_kept(
    number, takes_s, at, stall_s
):
    """The ways are compared by what comes of them, not by times that were rounded up."""
    interval_s = int(number * takes_s) + 20
    operations, lags = combs(number, interval_s=interval_s, takes_s=takes_s)
    plan = plan_of(operations, lags)
    schedule = schedule_plan(plan)
    progress = stalled(schedule, at % (len(schedule.entries) - 1), float(int(stall_s)))
    kept = carried_out(plan, schedule, progress)
    repaired = make_repairer(plan)(schedule, progress)
    if repaired is None:
        return
    assert repaired.before.cost == pytest.approx(kept, abs=0.01)
    assert carried_out(plan, repaired.schedule, progress) == pytest.approx(
        repaired.after.cost, abs=0.01
    )
    assert repaired.after.cost < kept


@settings(max_examples=100, deadline=None)
@given(st.integers(4, 8), st.integers(0, 20), st.floats(60, 600), st.data())
def test_what_was_dropped_never_lets_a_run_wait_for_ever(number, at, stall_s, data):
    """An operation of several wells is late; what follows it in a lost well keeps its place."""
    operations, lags = combs(number, wait_s=400)
    shared = wells(number)[: number // 2]
    both = transfer("together", None, wells=tuple(shared))
    lags += [Lag(before=f"base-{well}", after="together", min_s=0) for well in shared]
    lags += [Lag(before="together", after=f"p1-{well}", min_s=0) for well in shared]
    plan = plan_of([both, *operations], lags)
    schedule = schedule_plan(plan)
    progress = stalled(schedule, at % (len(schedule.entries) - 1), stall_s)
    lost = data.draw(st.sets(st.sampled_from(shared), min_size=1, max_size=len(shared) - 1))
    left = [op.id for op in operations if op.id not in progress.begun_s]
    dropped = tuple(name for name in left if name.rpartition("-")[2] in lost)
    repaired = make_repairer(plan)(schedule, replace(progress, dropped=dropped))
    if repaired is not None:
        Order.of(plan, repaired.schedule)


def test_draws_stay_with_their_lot_when_a_refill_is_late():
    operations, lags = combs(6, interval_s=600)
    drawn = [
        op.model_copy(update={"stock": "hydride"}) if op.id.startswith("p") else op
        for op in operations
    ]
    hydride = stock("hydride", life_s=900.0, remake="person", remake_takes_s=60.0)
    plan = plan_of(drawn, lags, stocks=[hydride])
    schedule = schedule_plan(plan)
    progress = stalled(schedule, 3, 300.0)
    repaired = make_repairer(plan)(schedule, progress)
    times = {e.operation: e for e in (repaired.schedule if repaired else schedule).entries}
    refills = sorted(
        (times[op.id] for op in schedule.auxiliary if op.kind == "refill"),
        key=lambda entry: entry.start_s,
    )
    before = {e.operation: e.start_s for e in schedule.entries}
    for operation in drawn:
        if operation.stock == "hydride":
            lot = sum(before[r.operation] <= before[operation.id] for r in refills)
            now = sum(r.end_s <= times[operation.id].start_s for r in refills)
            assert now == lot

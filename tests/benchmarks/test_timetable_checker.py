"""The checker of the benchmark: it agrees with trying every tick, and catches what is broken."""

from __future__ import annotations

import random

import pytest
from benchmarks.scheduling.catalogue import instance
from benchmarks.scheduling.checker import deviations, faults, makespan, percentile, verdict
from benchmarks.scheduling.instance import Instance
from benchmarks.scheduling.peers import cp_sat, cp_sat_model
from benchmarks.scheduling.small import random_problem, safe_horizon
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from ncrobot.timetable import Block, Problem, Task, Window


def holds(problem, starts):
    """Tick by tick: who is on each resource."""
    on = {}
    for block in problem.blocks:
        for tick in range(block.start, block.start + block.length):
            on[block.resource, tick] = "block"
    for task in problem.tasks:
        at = starts[task.name]
        if at < task.release or (task.deadline is not None and at > task.deadline):
            return False
        for i, resource in enumerate(task.resources):
            tail = task.tails[i] if task.tails else 0
            for tick in range(at, at + task.duration + tail if task.duration else at):
                if (resource, tick) in on:
                    return False
                on[resource, tick] = task.name
    return all(
        starts[w.before] + w.low <= starts[w.after]
        and (w.high is None or starts[w.after] <= starts[w.before] + w.high)
        for w in problem.windows
    )


def any_timetable(problem, seed=1):
    model, starts, _ = cp_sat_model(problem, safe_horizon(problem))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    if solver.solve(model) == cp_model.INFEASIBLE:
        return None
    return {name: solver.value(start) for name, start in starts.items()}


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_the_checker_agrees_with_trying_every_tick(seed, shaken):
    problem = random_problem(seed)
    starts = any_timetable(problem)
    if starts is None:
        return
    assert faults(problem, starts) == []
    assert holds(problem, starts)
    rng = random.Random(shaken)
    for _ in range(10):
        moved = dict(starts)
        for name in rng.sample(sorted(moved), rng.randint(1, len(moved))):
            moved[name] = max(moved[name] + rng.randint(-6, 6), 0)
        assert (faults(problem, moved) == []) == holds(problem, moved)


@pytest.fixture(scope="module")
def solved():
    drawn = instance("NC1")
    attempt = cp_sat(drawn, 1, 30)
    assert attempt.proven
    return drawn, dict(attempt.starts)


def test_plain_cp_sat_proves_nine_hours_and_two_minutes_for_columns(solved):
    drawn, starts = solved
    assert verdict(drawn, starts) == []
    assert makespan(drawn.problem, starts) == 32520


def broken(solved, change):
    drawn, starts = solved
    starts = dict(starts)
    change(starts)
    return "; ".join(verdict(drawn, starts))


def test_each_way_to_break_a_timetable_is_told(solved):
    assert "c003.quench has no start" in broken(solved, lambda s: s.pop("c003.quench"))
    assert "c099.base isn't a task" in broken(solved, lambda s: s.update({"c099.base": 5}))
    assert "before its release 0" in broken(solved, lambda s: s.update({"c001.solvent": -1}))
    late = broken(solved, lambda s: s.update({"c001.quench": s["c001.quench"] + 600}))
    assert "c001.quench starts" in late
    assert "outside 30 to 600" in late
    same = broken(solved, lambda s: s.update({"c001.metal": s["c002.metal"]}))
    assert "arm: c001.metal and c002.metal overlap" in same
    assert "block 1 and c004.solvent overlap" in broken(
        solved, lambda s: s.update({"c004.solvent": 59})
    )
    far = broken(solved, lambda s: s.update({name: at + 900 * 40 for name, at in s.items()}))
    assert "after the horizon 54420" in far
    assert "outside" not in far


def test_tails_count_and_tasks_of_no_length_take_no_time():
    tasks = (Task("a", 5, tails=(3,)), Task("b", 2), Task("c", 0))
    problem = Problem("three", tasks, (), (Block("arm", 20, 5),))
    assert faults(problem, {"a": 0, "b": 8, "c": 2}) == []
    assert faults(problem, {"a": 0, "b": 7, "c": 0}) == ["arm: a and b overlap"]
    assert faults(problem, {"a": 13, "b": 0, "c": 0}) == ["arm: a and block 1 overlap"]
    assert faults(problem, {"a": 12, "b": 0, "c": 22}) == []
    assert makespan(problem, {"a": 12, "b": 0, "c": 22}) == 22


def test_a_task_named_like_a_block_is_a_task():
    problem = Problem("named", (Task("block 1", 5), Task("block 2", 5)), ())
    assert faults(problem, {"block 1": 0, "block 2": 3}) == ["arm: block 1 and block 2 overlap"]


def test_deadlines_are_latest_starts():
    problem = Problem("due", (Task("a", 5, deadline=7),), ())
    assert faults(problem, {"a": 7}) == []
    assert faults(problem, {"a": 8}) == ["a starts at 8, after its deadline 7"]


def test_deviations_are_measured_in_seconds_by_kind():
    tasks = tuple(Task(f"t{i}", 1) for i in range(4))
    windows = (
        Window("t0", "t1", 5, 15, 10, "portion"),
        Window("t0", "t2", 10, 30, 20, "portion"),
        Window("t0", "t3", 0, 90, 40, "sample"),
        Window("t2", "t3", 0, 90, kind="sample"),
    )
    problem = Problem("off", tasks, windows, tick_s=0.5)
    starts = {"t0": 100, "t1": 107, "t2": 121, "t3": 150}
    portions = deviations(problem, starts, "portion")
    assert (portions.count, portions.max_s, portions.mean_s) == (2, 1.5, 1.0)
    assert deviations(problem, starts, "sample").max_s == 5.0
    assert deviations(problem, starts, "timing").count == 0


@given(st.lists(st.integers(0, 100), min_size=1), st.floats(0.01, 1.0))
def test_a_percentile_is_the_least_value_that_enough_values_do_not_exceed(values, share):
    ordered = sorted(values)
    found = percentile(ordered, share)
    assert sum(value <= found for value in ordered) >= share * len(ordered) - 1e-9
    assert sum(value < found for value in ordered) < share * len(ordered) + 1e-9


def test_an_instance_is_named_by_its_seed():
    assert Instance(3, Problem("NC9", (), ()), 10).name == "NC9-s3"

"""Timetables are valid, no shorter than their bound, the same each time, and never refused wrongly."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.timetable import (
    Block,
    InfeasibleError,
    Problem,
    Task,
    Window,
    improve,
    solve,
)
from ncrobot.timetable.proving import Effort, prove
from timetable.timetable_kit import combs, faults, small_problem


def exact_answer(problem):
    """The least makespan by CP-SAT alone, or None if there is no timetable."""
    try:
        proof = prove(problem, exact=False, horizon=400, hint=None, effort=Effort(10))
    except InfeasibleError:
        return None
    assert proof.final
    if proof.starts is None:
        return None
    return max(proof.starts[task.name] + task.duration for task in problem.tasks)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["exact", "tolerant"]))
def test_small_problems_have_the_answer_of_an_exact_solver(seed, portions):
    problem = small_problem(seed)
    least = exact_answer(problem)
    try:
        found = solve(problem, portions=portions)
    except InfeasibleError:
        assert least is None
        return
    assert least is not None
    assert faults(problem, found.starts) == []
    assert found.makespan == max(found.starts[t.name] + t.duration for t in problem.tasks)
    assert found.lower_bound <= least <= found.makespan
    if portions == "tolerant":
        assert found.makespan == least
        assert found.proven


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 24), st.integers(1, 5), st.sampled_from([60, 100, 130]), st.integers(0, 9))
def test_plates_of_combs_keep_their_windows_and_exact_portions(wells, portions, interval, seed):
    problem = combs(wells, portions=portions, interval=interval)
    found = solve(problem, seed=seed, effort=0.05)
    assert faults(problem, found.starts) == []
    assert found.lower_bound <= found.makespan
    for window in problem.windows:
        if window.kind == "portion":
            assert found.starts[window.after] - found.starts[window.before] == window.target


def test_negotiation_is_shorter_than_insertion_where_combs_are_dense():
    heard = []
    problem = combs(70, portions=4, interval=300, tooth=10)
    found = solve(problem, effort=0.3, progress=heard.append)
    assert heard[0].method == "insertion"
    assert found.method == "negotiation"
    assert found.makespan < 0.95 * heard[0].makespan
    assert faults(problem, found.starts) == []
    assert [each.makespan for each in heard] == sorted((e.makespan for e in heard), reverse=True)


def test_the_same_seed_gives_the_same_timetable_and_another_one_may_not():
    problem = combs(60, interval=300)
    one, again = (solve(problem, seed=3, effort=0.1) for _ in range(2))
    assert one == again


def test_portions_use_their_tolerance_only_if_they_cannot_be_exact():
    """Two teeth of 10 at an interval of 15 can't both be exact beside a block in every interval."""
    tasks = tuple(Task(f"p{k}", 10, ("arm",), "well") for k in range(3))
    windows = tuple(
        Window("p0", f"p{k}", 15 * k - 4, 15 * k + 4, 15 * k, "portion") for k in (1, 2)
    )
    blocks = tuple(Block("arm", 11 + 29 * k, 2) for k in range(9))
    found = solve(Problem("blocked", tasks, windows, blocks))
    assert faults(Problem("blocked", tasks, windows, blocks), found.starts) == []


def test_windows_that_contradict_each_other_are_infeasible():
    tasks = (Task("a", 1), Task("b", 1))
    windows = (Window("a", "b", 5, 9), Window("b", "a", 0, 9))
    with pytest.raises(InfeasibleError):
        solve(Problem("circle", tasks, windows))


def test_more_work_than_a_window_holds_is_proven_infeasible():
    tasks = (Task("first", 0, ()), *(Task(f"t{i}", 10) for i in range(4)))
    windows = tuple(Window("first", f"t{i}", 0, 25) for i in range(4))
    with pytest.raises(InfeasibleError, match="proven"):
        solve(Problem("crowd", tasks, windows))


def test_improving_never_lengthens_and_keeps_the_order_of_alike_jobs():
    problem = combs(50, interval=300)
    far = solve(problem, effort=0.0)
    near = improve(problem, far.starts, effort=0.2)
    assert near.makespan <= far.makespan
    assert faults(problem, near.starts) == []
    was = sorted(range(50), key=lambda well: (far.starts[f"well {well} metal"], well))
    now = sorted(range(50), key=lambda well: near.starts[f"well {well} p0"])
    assert was == now


def test_ties_between_jobs_hold():
    """A plate is read once all wells are done, and cooled before any begins."""
    wells = combs(12, interval=200)
    plate = (Task("cool", 50, ("block",)), Task("read", 30, ("reader",)))
    ties = [Window("cool", f"well {k} metal", 50) for k in range(12)]
    ties += [Window(f"well {k} sample", "read", 10, 4000) for k in range(12)]
    problem = Problem("plate", wells.tasks + plate, wells.windows + tuple(ties), wells.blocks)
    found = solve(problem, effort=0.1)
    assert faults(problem, found.starts) == []

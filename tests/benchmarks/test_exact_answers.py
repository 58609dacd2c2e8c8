"""Small problems with known answers: never an invalid timetable, never a false verdict."""

from __future__ import annotations

import itertools

import pytest
from benchmarks.scheduling import exact, overloads
from benchmarks.scheduling.checker import faults, makespan
from benchmarks.scheduling.exact import Asked, Outcome, shortest
from benchmarks.scheduling.small import random_problem, safe_horizon
from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.deck import load_deck
from ncrobot.timetable import Block, InfeasibleError, Problem, Task, Timetable, Window, solve


def tried(problem, horizon):
    """The shortest makespan by trying all starts."""
    ends = [
        makespan(problem, starts)
        for choice in itertools.product(range(horizon), repeat=len(problem.tasks))
        if not faults(
            problem, starts := dict(zip((t.name for t in problem.tasks), choice, strict=True))
        )
    ]
    return min(ends, default=None)


@st.composite
def tiny_problems(draw):
    names = [f"t{i}" for i in range(draw(st.integers(1, 3)))]
    tasks = tuple(
        Task(
            name, draw(st.integers(0, 3)), draw(st.sampled_from([("arm",), ("reader", "arm")])),
            draw(st.sampled_from([None, "job"])), draw(st.integers(0, 2)),
            draw(st.sampled_from([None, 3, 6])),
        )
        for name in names
    )  # fmt: skip
    windows = []
    for before, after in itertools.permutations(names, 2):
        if draw(st.integers(0, 2)) == 0:
            low = draw(st.integers(-4, 4))
            high = draw(st.sampled_from([None, low, low + 2]))
            windows.append(Window(before, after, low, high))
    blocks = tuple(
        Block(draw(st.sampled_from(["arm", "reader"])), draw(st.integers(0, 5)), 2)
        for _ in range(draw(st.integers(0, 2)))
    )
    return Problem("tiny", tasks, tuple(windows), blocks)


@settings(max_examples=60, deadline=None)
@given(tiny_problems())
def test_the_exact_solver_agrees_with_trying_everything(problem):
    horizon = safe_horizon(problem)
    found = shortest(problem)
    assert found is None or found <= horizon
    assert found == tried(problem, min(horizon, 14) + 1) or (found or 0) > 14


@pytest.mark.parametrize(
    "asked", [Asked(), Asked(search_alone=True), Asked(portions="exact")], ids=str
)
def test_small_problems_are_answered_rightly(asked):
    figures, wrong = exact.run(100, asked, first=20_001)
    assert wrong == []
    assert figures["shortest"] + figures["longer"] > 40
    assert figures["infeasible_proven"] > 10
    if not asked.search_alone:
        assert figures["not_found"] == figures["infeasible_not_proven"] == 0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9))
def test_any_small_problem_is_answered_rightly(seed):
    outcome = exact.compare(random_problem(seed), seed=seed)
    assert outcome.wrong is None, outcome


def answers(monkeypatch, starts, end, *, bound=0, proven=False):
    def answer(problem, **options):
        if starts is None:
            raise InfeasibleError("never")
        return Timetable(starts, end, bound, proven, "made up")

    monkeypatch.setattr(exact, "solve", answer)


PAIR = Problem("pair", (Task("a", 3), Task("b", 2)), ())


@pytest.mark.parametrize(
    ("starts", "end", "claims", "verdict"),
    [
        ({"a": 0, "b": 3}, 5, {}, "shortest"),
        ({"a": 0, "b": 4}, 6, {}, "longer"),
        ({"a": 0, "b": 4}, 6, {"proven": True}, "wrong proof"),
        ({"a": 0, "b": 4}, 6, {"bound": 6}, "wrong bound"),
        ({"a": 0, "b": 2}, 4, {}, "invalid"),
        ({"a": 0, "b": 3}, 4, {}, "invalid"),
        ({"a": 0}, 3, {}, "invalid"),
        (None, 0, {}, "false infeasible"),
    ],
)
def test_wrong_answers_are_told(monkeypatch, starts, end, claims, verdict):
    answers(monkeypatch, starts, end, **claims)
    outcome = exact.compare(PAIR)
    assert outcome.verdict == verdict
    assert (outcome.wrong is None) == (verdict in {"shortest", "longer"})


def test_an_impossible_problem_is_proven_impossible():
    problem = Problem("late", (Task("a", 3, deadline=1), Task("b", 3, deadline=2)), ())
    assert exact.compare(problem) == Outcome("infeasible, proven")
    with pytest.raises(InfeasibleError):
        solve(problem)


def test_verdicts_of_overload_are_right_on_random_plates():
    figures, wrong = overloads.run(60, first=5001)
    assert wrong == []
    refused = figures["verdicts"].get("refused as overloaded, impossible", 0)
    assert refused > 3
    assert figures["verdicts"].get("scheduled, possible", 0) > 10


def test_a_wrong_verdict_of_overload_would_be_told(monkeypatch):
    deck = load_deck(overloads.ONE_CHANNEL)
    verdicts = {seed: overloads.compare(seed, deck)[0] for seed in range(1, 12)}
    refused = next(s for s, verdict in verdicts.items() if verdict.startswith("refused"))
    planned = next(s for s, verdict in verdicts.items() if verdict.startswith("scheduled"))
    monkeypatch.setattr(overloads, "possible_within", lambda *_: True)
    assert "refused, but possible" in overloads.compare(refused, deck)[1]
    monkeypatch.setattr(overloads, "possible_within", lambda *_: False)
    assert overloads.compare(planned, deck)[1] == "CP-SAT says impossible"

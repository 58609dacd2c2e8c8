"""Proving: CP-SAT, where a problem is small enough for it to find the least makespan or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ortools.sat.python import cp_model

from ncrobot.timetable.exact import exact_solver
from ncrobot.timetable.forest import FAR, bounds_of
from ncrobot.timetable.problem import Problem
from ncrobot.timetable.reach import Reach


@dataclass(frozen=True, slots=True)
class Proof:
    """Starts by task if any were found, the bound, and whether the answer is final."""

    starts: dict[str, int] | None
    bound: int
    final: bool


@dataclass(frozen=True, slots=True)
class Effort:
    """``seconds`` are CP-SAT's deterministic ones: about one of a core each."""

    seconds: float
    seed: int = 0


def prove(
    problem: Problem, *, exact: bool, horizon: int, hint: Mapping[str, int] | None, effort: Effort
) -> Proof:
    """Look for the least makespan up to ``horizon``; one worker, so it is reproducible.

    Raises:
        InfeasibleError: the windows alone contradict each other.
    """
    reach = Reach(problem, exact=exact)
    model = cp_model.CpModel()
    starts = {}
    ends = []
    for number, task in enumerate(problem.tasks):
        last = min(int(reach.latest[number]), horizon - int(reach.tails[number]))
        first = int(reach.heads[number])
        if last < first:
            return Proof(None, horizon + 1, final=True)
        starts[task.name] = model.new_int_var(first, last, task.name)
        ends.append(starts[task.name] + task.duration)
    for window in problem.windows:
        low, high = bounds_of(window, exact=exact)
        gap = starts[window.after] - starts[window.before]
        model.add(gap >= low)
        if high < FAR:
            model.add(gap <= high)
    _never_at_once(model, problem, starts)
    makespan = model.new_int_var(reach.chain, horizon, "makespan")
    model.add_max_equality(makespan, ends)
    model.minimize(makespan)
    for name, start in (hint or {}).items():
        model.add_hint(starts[name], start)
    solver = exact_solver(effort.seconds, effort.seed)
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return Proof(None, horizon + 1, final=True)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Proof(None, reach.chain, final=False)
    found = {name: solver.value(start) for name, start in starts.items()}
    return Proof(found, round(solver.best_objective_bound), final=status == cp_model.OPTIMAL)


def _never_at_once(
    model: cp_model.CpModel, problem: Problem, starts: Mapping[str, cp_model.IntVar]
) -> None:
    """One thing at a time on every resource, and nothing while it isn't there."""
    intervals: dict[str, list[cp_model.IntervalVar]] = {}
    for task in problem.tasks:
        tails = task.tails or (0,) * len(task.resources)
        for resource, tail in zip(task.resources, tails, strict=True):
            if task.duration > 0:
                intervals.setdefault(resource, []).append(
                    model.new_fixed_size_interval_var(
                        starts[task.name], task.duration + tail, f"{task.name} {resource}"
                    )
                )
    spans: dict[str, list[tuple[int, int]]] = {}
    for block in sorted(problem.blocks, key=lambda block: (block.resource, block.start)):
        if block.length > 0:
            of = spans.setdefault(block.resource, [])
            end = block.start + block.length
            if of and block.start <= of[-1][1]:
                of[-1] = (of[-1][0], max(of[-1][1], end))
            else:
                of.append((block.start, end))
    for resource, used in intervals.items():
        gone = [
            model.new_fixed_size_interval_var(begin, end - begin, f"{resource} is away")
            for begin, end in spans.get(resource, ())
        ]
        model.add_no_overlap([*used, *gone])

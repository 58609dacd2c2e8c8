"""Peers: plain CP-SAT and PyJobShop, on the same problem and the same two cores."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ortools.sat.python import cp_model
from pyjobshop import Model
from pyjobshop.solvers.ortools import CPModel

from benchmarks.scheduling.attempt import Attempt, Stopwatch
from benchmarks.scheduling.instance import Instance
from ncrobot.timetable import Problem

WORKERS = 2
LIMIT_S = 20.0
"""What a peer gets after its model is built: twice our aim for the largest instances."""

Peer = Callable[[Instance, int, float], Attempt]


def cp_sat(instance: Instance, seed: int, limit_s: float = LIMIT_S) -> Attempt:
    """CP-SAT with one start variable per task, from nothing."""
    watch = Stopwatch()
    model, starts, _ = cp_sat_model(instance.problem, instance.horizon)
    return _search("CP-SAT", instance, seed, limit_s, model, starts, watch)


def cp_sat_hinted(
    instance: Instance, hint: Mapping[str, int], seed: int, limit_s: float = LIMIT_S
) -> Attempt:
    """CP-SAT that begins with a timetable, whose own time isn't counted."""
    watch = Stopwatch()
    model, starts, end = cp_sat_model(instance.problem, instance.horizon)
    for task in instance.problem.tasks:
        model.add_hint(starts[task.name], hint[task.name])
    model.add_hint(end, max(hint[task.name] + task.duration for task in instance.problem.tasks))
    return _search("CP-SAT hinted", instance, seed, limit_s, model, starts, watch)


def py_job_shop(instance: Instance, seed: int, limit_s: float = LIMIT_S) -> Attempt:
    """PyJobShop on OR-Tools: machines with breaks, windows as start-before-start pairs."""
    watch = Stopwatch()
    problem = instance.problem
    if any(any(task.tails) for task in problem.tasks):
        raise NotImplementedError("PyJobShop's machines have no tails after a task")
    shop = Model()
    ends: dict[str, list[tuple[int, int]]] = {}
    for block in problem.blocks:
        ends.setdefault(block.resource, []).append((block.start, block.start + block.length))
    names = dict.fromkeys(name for task in problem.tasks for name in task.resources)
    machines = {name: shop.add_machine(breaks=ends.get(name), name=name) for name in names}
    tasks = {}
    for task in problem.tasks:
        last = instance.horizon - task.duration
        tasks[task.name] = shop.add_task(
            earliest_start=task.release,
            latest_start=last if task.deadline is None else min(last, task.deadline),
            latest_end=instance.horizon,
        )
        used = [machines[name] for name in task.resources]
        shop.add_mode(tasks[task.name], used, task.duration)
    for window in problem.windows:
        before, after = tasks[window.before], tasks[window.after]
        shop.add_start_before_start(before, after, window.low)
        if window.high is not None:
            shop.add_start_before_start(after, before, -window.high)
    shop.set_objective(weight_makespan=1)
    inner = CPModel(shop.data())
    order = [task.name for task in problem.tasks]
    starts = {name: var.start for name, var in zip(order, inner.variables.task_vars, strict=True)}
    return _search("PyJobShop", instance, seed, limit_s, inner.model, starts, watch)


def cp_sat_model(
    problem: Problem, horizon: int
) -> tuple[cp_model.CpModel, dict[str, Any], cp_model.IntVar]:
    """The model with its start variables and its makespan, which is to be least."""
    model = cp_model.CpModel()
    starts: dict[str, Any] = {}
    intervals: dict[str, list[cp_model.IntervalVar]] = {}
    end = model.new_int_var(0, horizon, "end")
    for task in problem.tasks:
        last = horizon - task.duration
        last = last if task.deadline is None else min(last, task.deadline)
        if last < task.release:
            model.add(end < 0)  # no room at all
            last = task.release
        start = starts[task.name] = model.new_int_var(task.release, last, task.name)
        model.add(end >= start + task.duration)
        tails = task.tails or (0,) * len(task.resources)
        for resource, tail in zip(task.resources, tails, strict=True):
            if task.duration > 0:
                interval = model.new_fixed_size_interval_var(start, task.duration + tail, "")
                intervals.setdefault(resource, []).append(interval)
    for window in problem.windows:
        gap = starts[window.after] - starts[window.before]
        high = cp_model.INT32_MAX if window.high is None else window.high
        model.add_linear_constraint(gap, window.low, high)
    for resource, busy in intervals.items():
        gone = sorted(
            (b.start, b.start + b.length) for b in problem.blocks if b.resource == resource
        )
        busy += [
            model.new_fixed_size_interval_var(begin, till - begin, "")
            for begin, till in joined(gone)
        ]
        model.add_no_overlap(busy)
    model.minimize(end)
    return model, starts, end


def joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sorted spans with those that touch or overlap made one; empty ones left out."""
    found: list[tuple[int, int]] = []
    for begin, end in spans:
        if end <= begin:
            continue
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


class _Marks(cp_model.CpSolverSolutionCallback):  # type: ignore[misc]
    def __init__(self, watch: Stopwatch) -> None:
        super().__init__()
        self._watch = watch

    def on_solution_callback(self) -> None:
        self._watch.mark(round(self.objective_value))


def _search(
    method: str,
    instance: Instance,
    seed: int,
    limit_s: float,
    model: cp_model.CpModel,
    starts: Mapping[str, Any],
    watch: Stopwatch,
) -> Attempt:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = limit_s
    solver.parameters.num_workers = WORKERS
    solver.parameters.random_seed = seed
    status = solver.solve(model, _Marks(watch))
    solve_s = watch.read_s()
    found = status in {cp_model.OPTIMAL, cp_model.FEASIBLE}
    stated = solver.best_objective_bound
    within = status != cp_model.INFEASIBLE and 0 <= stated <= instance.horizon
    return Attempt(
        method=method,
        seed=seed,
        starts={name: solver.value(start) for name, start in starts.items()} if found else None,
        makespan=round(solver.objective_value) if found else 0,
        bound=round(stated) if within else 0,
        proven=status == cp_model.OPTIMAL,
        trace=tuple(watch.trace),
        solve_s=solve_s,
        stage=solver.status_name(status).lower(),
    )

"""What no timetable can beat: chains of windows, work on each resource, and the flow of many jobs.

The flow bound takes jobs that are alike as one stream: how many have begun each task by each time.
Windows tie the curves of two tasks to each other, and the work that they bring can't exceed what
the resource can do. That is a linear programme; a makespan for which it has no solution is out of
reach. It sees what the preemptive bound doesn't: that the portions of one job keep coming back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from ncrobot.timetable.forest import FAR, Forest, Job, same_jobs
from ncrobot.timetable.problem import Block, Problem
from ncrobot.timetable.reach import Reach, domains

# The flow bound is worth its time if few kinds of jobs make up a problem of many.
MOST_CLASSES, FEWEST_JOBS = 3, 8
# Steps of time of the flow bound, and how near it is told (share of the makespan).
STEPS, NEARNESS = 140, 0.002


def simple_bound(problem: Problem, reach: Reach) -> int:
    """The longest chain, and Jackson's preemptive schedule (1955) of each resource's work."""
    best = reach.chain
    resources = dict.fromkeys(r for task in problem.tasks for r in task.resources)
    for resource in resources:
        jobs = [
            (int(reach.heads[i]), task.duration, int(reach.tails[i]) - task.duration)
            for i, task in enumerate(problem.tasks)
            if resource in task.resources and task.duration > 0
        ]
        best = max(best, _preemptive(sorted(jobs), _gone(problem.blocks, resource)))
    return best


def _gone(blocks: Sequence[Block], resource: str) -> list[tuple[int, int]]:
    """When a resource isn't there: separate spans in order."""
    spans: list[tuple[int, int]] = []
    for begin, end in sorted(
        (max(b.start, 0), b.start + b.length) for b in blocks if b.resource == resource
    ):
        if spans and begin <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        elif end > begin:
            spans.append((begin, end))
    return spans


def _preemptive(jobs: Sequence[tuple[int, int, int]], gone: Sequence[tuple[int, int]]) -> int:
    """Makespan of (head, work, tail) jobs if they could be interrupted: the longest tail first."""
    waiting: list[tuple[int, int]] = []
    now = best = number = hole = 0
    while waiting or number < len(jobs):
        if not waiting:
            now = max(now, jobs[number][0])
        while hole < len(gone) and gone[hole][1] <= now:
            hole += 1
        if hole < len(gone) and gone[hole][0] <= now:
            now = gone[hole][1]
            hole += 1
        while number < len(jobs) and jobs[number][0] <= now:
            _, work, tail = jobs[number]
            heappush(waiting, (-tail, work))
            number += 1
        if not waiting:
            continue
        minus_tail, work = heappop(waiting)
        until = jobs[number][0] if number < len(jobs) else now + work
        if hole < len(gone):
            until = min(until, gone[hole][0])
        done = min(work, until - now)
        now += done
        if done < work:
            heappush(waiting, (minus_tail, work - done))
        else:
            best = max(best, now - minus_tail)
    return best


def flow_bound(forest: Forest, reach: Reach, least: int, most: int) -> int:
    """The makespan up to which the flow of alike jobs proves that there is no timetable.

    ``least`` is known to be a bound, and ``most`` to be reachable. Returns ``least`` if nothing
    better is proven.
    """
    classes = same_jobs(forest)
    if len(classes) > MOST_CLASSES or len(forest.jobs) < FEWEST_JOBS or forest.ties:
        return least
    near = max(int(most * NEARNESS), 1)
    low, high = least, most
    guess = least
    while high - low > near:
        if _flows(forest, reach, classes, guess):
            high = guess
        else:
            low = guess + 1
        guess = (low + high) // 2
    return low


class _Programme:
    """Rows of a linear programme: terms (column, factor) that add up to at most a limit."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.columns: list[int] = []
        self.factors: list[float] = []
        self.limits: list[float] = []

    def add(self, terms: Sequence[tuple[int, float]], limit: float) -> None:
        """One row."""
        for column, factor in terms:
            self.rows.append(len(self.limits))
            self.columns.append(column)
            self.factors.append(factor)
        self.limits.append(limit)


def _flows(forest: Forest, reach: Reach, classes: Sequence[Sequence[int]], makespan: int) -> bool:
    """Whether the flow has a solution if all ends by ``makespan``.

    Column (block, k) is how many of a class have begun the block before tick k * step; a column of
    work by resource and k is what the resource has done by then.
    """
    step = max(-(-makespan // STEPS), 1)
    steps = -(-makespan // step)
    limits = domains(forest, reach, makespan)
    columns = 0
    programme = _Programme()
    lowest: list[float] = []
    highest: list[float] = []
    uses: dict[int, list[tuple[int, int, int]]] = {}
    for of in classes:
        job, number = forest.jobs[of[0]], len(of)
        for block, (first, last) in enumerate(limits[of[0]]):
            if last < first:
                return False
            begun = [k * step > last for k in range(steps + 1)]
            could = [k * step > first for k in range(steps + 1)]
            lowest += [float(number) if yes else 0.0 for yes in begun]
            highest += [float(number) if yes else 0.0 for yes in could]
            base = columns + block * (steps + 1)
            for k in range(steps):
                programme.add([(base + k, 1.0), (base + k + 1, -1.0)], 0.0)
            for use in job.nodes[block].uses:
                uses.setdefault(use.resource, []).append((base, use.offset, use.length))
        _add_windows(programme, job, columns, step, steps)
        columns += len(job.nodes) * (steps + 1)
    for resource, used in uses.items():
        gone = _gone(forest.problem.blocks, forest.resources[resource])
        _add_work(programme, used, gone, columns, (step, steps))
        total = sum(length for base, _, length in used for _ in range(int(highest[base + steps])))
        lowest += [0.0] * (steps + 1)
        highest += [0.0] + [float(total)] * steps
        columns += steps + 1
    matrix = coo_array(
        (programme.factors, (programme.rows, programme.columns)),
        shape=(len(programme.limits), columns),
    ).tocsr()
    result = linprog(
        np.zeros(columns),
        A_ub=matrix,
        b_ub=np.array(programme.limits) + 1e-6,
        bounds=np.column_stack([lowest, highest]),
        method="highs",
    )
    return bool(result.status != 2)  # only a proof of infeasibility counts


def _add_windows(programme: _Programme, job: Job, base: int, step: int, steps: int) -> None:
    for arc in job.above:
        if arc is None:
            continue
        child, parent = base + arc.child * (steps + 1), base + arc.parent * (steps + 1)
        for k in range(steps + 1):
            # Who began the child by now began the parent a low ago; rounded to allow more.
            late = -(-(k * step - arc.low) // step)
            if arc.low > -FAR and late <= steps:
                terms = [(child + k, 1.0)] + ([(parent + late, -1.0)] if late >= 0 else [])
                programme.add(terms, 0.0)
            early = (k * step - arc.high) // step
            if arc.high < FAR and 0 <= early <= steps:
                programme.add([(parent + early, 1.0), (child + k, -1.0)], 0.0)


def _add_work(
    programme: _Programme,
    used: Sequence[tuple[int, int, int]],
    gone: Sequence[tuple[int, int]],
    work: int,
    grid: tuple[int, int],
) -> None:
    """Work is done after its task began and before it is over, at one tick a tick."""
    step, steps = grid
    for k, free in enumerate(_free(gone, step, steps)):
        programme.add([(work + k + 1, 1.0), (work + k, -1.0)], free)
        programme.add([(work + k, 1.0), (work + k + 1, -1.0)], 0.0)
    for k in range(steps + 1):
        begun: list[tuple[int, float]] = [(work + k, 1.0)]
        over: list[tuple[int, float]] = [(work + k, -1.0)]
        for base, offset, length in used:
            first = -(-(k * step - offset) // step)
            if first >= 0:
                begun.append((base + min(first, steps), -float(length)))
            done = (k * step - offset - length) // step
            if done >= 0:
                over.append((base + min(done, steps), float(length)))
        programme.add(begun, 0.0)
        programme.add(over, 0.0)


def _free(gone: Sequence[tuple[int, int]], step: int, steps: int) -> Iterator[float]:
    """Ticks of each step at which the resource is there."""
    for k in range(steps):
        begin, end = k * step, (k + 1) * step
        taken = sum(max(min(e, end) - max(b, begin), 0) for b, e in gone)
        yield float(step - taken)

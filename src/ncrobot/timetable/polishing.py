"""Polishing: the same makespan, and every block as near to its target as the others let it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ncrobot.timetable.board import Board, make_rooms, tie_limits
from ncrobot.timetable.forest import Forest, Job
from ncrobot.timetable.inserting import TAKEN
from ncrobot.timetable.negotiating import resources_of, ties_by_job
from ncrobot.timetable.placing import Costs, place
from ncrobot.timetable.reach import Reach

PASSES = 4
# What a whole tolerance of deviation costs: far below a tick that is taken.
WEIGHT = 100.0

Wishes = dict[int, tuple[int, float]]
"""By block: the wished gap to its parent's start, and the cost of each tick beside it."""


def polish(board: Board, reach: Reach, makespan: int) -> None:
    """Move blocks towards their targets, job by job, until nothing gets nearer; in place."""
    rooms = make_rooms(board, reach, makespan)
    if rooms is None:
        return
    wishes = wishes_of(board.forest)
    ties = ties_by_job(board.forest)
    for _ in range(PASSES):
        moved = False
        for number, job in enumerate(board.forest.jobs):
            now = board.blocks[number]
            if now is None or not wishes[number] or _cost(job, now, wishes[number]) <= 0:
                continue
            board.lift(number)
            prices = {r: _taken(board, r) for r in resources_of(board.forest, number)}
            limits = tie_limits(board, rooms[number], number, ties[number])
            limits |= {b: (now[b], now[b]) for b, arc in enumerate(job.above) if arc is None}
            found = place(job, rooms[number], prices, limits, wishes[number])
            nearer = (
                found is not None
                and found[1] < TAKEN / 2
                and _cost(job, found[0], wishes[number]) < _cost(job, now, wishes[number])
            )
            board.put(number, found[0] if found is not None and nearer else now)
            moved |= nearer
        if not moved:
            break


def wishes_of(forest: Forest) -> list[Wishes]:
    """The targets of every job that lie along its tree."""
    number = {task.name: i for i, task in enumerate(forest.problem.tasks)}
    found: list[Wishes] = [{} for _ in forest.jobs]
    for window in forest.problem.windows:
        if window.target is None:
            continue
        job, first, first_offset = forest.place[number[window.before]]
        other, second, second_offset = forest.place[number[window.after]]
        if job != other or first == second:
            continue
        width = max((window.high or window.low) - window.low, 2)
        gap, weight = window.target + first_offset - second_offset, 2 * WEIGHT / width
        for parent, child, wished in ((first, second, gap), (second, first, -gap)):
            arc = forest.jobs[job].above[child]
            if arc is not None and arc.parent == parent:
                found[job][child] = (wished, weight)
    return found


def _cost(job: Job, starts: Sequence[int], wishes: Wishes) -> float:
    total = 0.0
    for block, (gap, weight) in wishes.items():
        arc = job.above[block]
        if arc is not None:
            total += (abs(starts[block] - starts[arc.parent] - gap) * weight) ** 2
    return total


def _taken(board: Board, resource: int) -> Costs:
    running = np.zeros(board.horizon + 1)
    np.cumsum(board.used[resource] * TAKEN, out=running[1:])
    return running

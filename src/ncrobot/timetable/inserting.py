"""Insertion: one job after the other at its earliest, beside those that are there already."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ncrobot.timetable.board import Board, make_rooms, tie_limits
from ncrobot.timetable.forest import Forest
from ncrobot.timetable.negotiating import resources_of, ties_by_job
from ncrobot.timetable.placing import Costs, place
from ncrobot.timetable.reach import Reach

# A tick that is taken costs this much: more than any sum of prices of free ones.
TAKEN = 1e6
# The horizon grows by this factor until everything finds its time, so many times.
GROWTH, GROWTHS = 2.0, 4


def insert_all(forest: Forest, reach: Reach, bound: int) -> Board | None:
    """A board without conflicts, the jobs with the longest chains first; None if one won't fit."""
    horizon = _first_horizon(forest, bound)
    for _ in range(GROWTHS):
        board = Board(forest, horizon + 1)
        if _insert(board, reach, horizon, _longest_first(forest, reach)):
            return board
        horizon = int(horizon * GROWTH)
    return None


def _first_horizon(forest: Forest, bound: int) -> int:
    """Long enough for the work of the busiest resource twice over, beside the chain."""
    work = [0] * len(forest.resources)
    for job in forest.jobs:
        for node in job.nodes:
            for use in node.uses:
                work[use.resource] += use.length
    return bound + max(work, default=0) + 1


def _longest_first(forest: Forest, reach: Reach) -> list[int]:
    length = [
        max(int(reach.heads[t] + reach.tails[t]) for node in job.nodes for t, _ in node.tasks)
        for job in forest.jobs
    ]
    waits = _depth(forest)
    return sorted(range(len(forest.jobs)), key=lambda job: (waits[job], -length[job], job))


def _depth(forest: Forest) -> list[int]:
    """How many jobs have to come before each, along the ties that point forward in time."""
    before: list[set[int]] = [set() for _ in forest.jobs]
    for tie in forest.ties:
        if tie.low >= 0:
            before[forest.place[tie.after][0]].add(forest.place[tie.before][0])
    depth = [0] * len(forest.jobs)
    for _ in range(len(forest.jobs)):
        old = list(depth)
        for job, others in enumerate(before):
            depth[job] = max([depth[job], *(depth[o] + 1 for o in others if o != job)])
            depth[job] = min(depth[job], len(depth))
        if old == depth:
            break
    return depth


def _insert(board: Board, reach: Reach, horizon: int, order: Sequence[int]) -> bool:
    rooms = make_rooms(board, reach, horizon)
    if rooms is None:
        return False
    forest, ties = board.forest, ties_by_job(board.forest)
    for job in order:
        prices = {resource: _taken(board, resource) for resource in resources_of(forest, job)}
        limits = tie_limits(board, rooms[job], job, ties[job]) if ties[job] else {}
        found = place(forest.jobs[job], rooms[job], prices, limits)
        if found is None or found[1] >= TAKEN / 2:
            return False
        board.put(job, found[0])
    return True


def _taken(board: Board, resource: int) -> Costs:
    """Running sums of the taken ticks of a resource."""
    running = np.zeros(board.horizon + 1)
    np.cumsum(board.used[resource] * TAKEN, out=running[1:])
    return running

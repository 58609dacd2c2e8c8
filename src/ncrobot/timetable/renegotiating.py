"""Renegotiating: from starts that no longer hold to some that do, moving as few jobs as needed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ncrobot.timetable.board import Board
from ncrobot.timetable.forest import Forest, grow
from ncrobot.timetable.negotiating import Budget, Negotiation
from ncrobot.timetable.problem import Problem
from ncrobot.timetable.reach import Reach


def renegotiate(
    problem: Problem,
    starts: Mapping[str, int],
    makespan: int,
    *,
    exact: bool,
    placements: int,
    rng: np.random.Generator,
) -> dict[str, int] | None:
    """Starts that keep all windows and end by ``makespan``, or None if none were found.

    ``starts`` may break windows and overlap; jobs that keep to theirs stay there if they can.

    Raises:
        InfeasibleError: the windows alone can't hold.
    """
    forest = grow(problem, exact=exact)
    reach = Reach(problem, exact=exact)
    board = Board(forest, makespan + 1)
    for number in range(len(forest.jobs)):
        blocks = _standing(forest, number, starts)
        if blocks is not None and all(0 <= at <= makespan for at in blocks):
            board.put(number, blocks)
    for number in _broken(board):
        board.lift(number)
    if not Negotiation(board, reach, rng).run(makespan, Budget(placements)):
        return None
    found = board.starts()
    if found is None or _broken(board):
        return None
    return {task.name: at for task, at in zip(problem.tasks, found, strict=True)}


def _standing(forest: Forest, number: int, starts: Mapping[str, int]) -> list[int] | None:
    """The starts of a job's blocks, or None if they don't keep its windows."""
    tasks, job = forest.problem.tasks, forest.jobs[number]
    blocks = []
    for node in job.nodes:
        found = {starts[tasks[task].name] - offset for task, offset in node.tasks}
        if len(found) > 1:
            return None
        blocks.append(found.pop())
    arcs = [*(arc for arc in job.above if arc is not None), *job.chords]
    kept = all(arc.low <= blocks[arc.child] - blocks[arc.parent] <= arc.high for arc in arcs)
    return blocks if kept else None


def _broken(board: Board) -> set[int]:
    """Jobs whose ties to others don't hold."""
    forest = board.forest
    found: set[int] = set()
    for tie in forest.ties:
        ends = []
        for task in (tie.before, tie.after):
            job, block, offset = forest.place[task]
            blocks = board.blocks[job]
            ends.append(None if blocks is None else blocks[block] + offset)
        before, after = ends
        if before is not None and after is not None and not tie.low <= after - before <= tie.high:
            found.update((forest.place[tie.before][0], forest.place[tie.after][0]))
    return found

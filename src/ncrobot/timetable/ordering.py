"""Order: which of several alike jobs goes first is free, so it can be the one that is asked for.

If the starts of one block are sorted over all alike jobs, and those of every other block too, all
windows still hold: the least gap and the largest one of a sorted matching are never worse than
those of any other. So no job overtakes another, and none waits longer than it has to.
"""

from __future__ import annotations

from collections.abc import Mapping

from ncrobot.timetable.board import Board
from ncrobot.timetable.forest import same_jobs


def in_order(board: Board, starts: Mapping[str, int]) -> None:
    """Let jobs that are alike swap their starts, so that they come in the order of these starts.

    ``starts`` are by task; the earliest of a job counts.
    """
    forest = board.forest
    first = [
        min(starts[forest.problem.tasks[task].name] for node in job.nodes for task, _ in node.tasks)
        for job in forest.jobs
    ]
    for alike in same_jobs(forest):
        there = [blocks for job in alike if (blocks := board.blocks[job]) is not None]
        if len(alike) < 2 or len(there) < len(alike):
            continue
        of_block = [sorted(column) for column in zip(*there, strict=True)]
        for job in alike:
            board.lift(job)
        for place, job in enumerate(sorted(alike, key=lambda j: (first[j], j))):
            board.put(job, [column[place] for column in of_block])

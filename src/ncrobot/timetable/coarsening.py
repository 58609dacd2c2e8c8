"""Coarser ticks: what all durations are multiples of, so that starts fall on a common grid.

Windows are rounded inwards and blocks outwards, so a timetable on the coarse grid is one on the
fine grid. It is not only quicker: starts on one grid leave no splinters between them.
"""

from __future__ import annotations

from dataclasses import replace
from math import gcd

from ncrobot.timetable.problem import Block, Problem, Task, Window


def common_tick(problem: Problem) -> int:
    """The greatest tick that divides all durations and the targets of all portions."""
    figures = [task.duration for task in problem.tasks]
    figures += [tail for task in problem.tasks for tail in task.tails]
    figures += [w.target for w in problem.windows if w.kind == "portion" and w.target is not None]
    return max(gcd(*figures), 1) if figures else 1


def coarsen(problem: Problem, tick: int) -> Problem | None:
    """The problem in ticks of ``tick``, or None if a window has no whole one."""
    if tick == 1:
        return problem
    windows = [_window(window, tick) for window in problem.windows]
    whole = [window for window in windows if window is not None]
    if len(whole) < len(windows):
        return None
    return Problem(
        problem.name,
        tuple(_task(task, tick) for task in problem.tasks),
        tuple(whole),
        tuple(_block(block, tick) for block in problem.blocks),
        problem.tick_s * tick,
    )


def _task(task: Task, tick: int) -> Task:
    return replace(
        task,
        duration=-(-task.duration // tick),
        tails=tuple(-(-tail // tick) for tail in task.tails),
        release=-(-task.release // tick),
        deadline=None if task.deadline is None else task.deadline // tick,
    )


def _window(window: Window, tick: int) -> Window | None:
    low = -(-window.low // tick)
    high = None if window.high is None else window.high // tick
    if high is not None and high < low:
        return None
    target = window.target
    if target is not None:
        target = round(target / tick)
        if window.kind == "portion" and target * tick != window.target:
            return None
    return replace(window, low=low, high=high, target=target)


def _block(block: Block, tick: int) -> Block:
    begin = block.start // tick
    return Block(block.resource, begin, -(-(block.start + block.length) // tick) - begin)

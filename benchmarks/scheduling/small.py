"""Small random problems: several resources, blocks, all kinds of windows, negative lows, jobs."""

from __future__ import annotations

import random
from collections.abc import Sequence

from ncrobot.timetable import Block, Problem, Task, Window
from ncrobot.timetable.problem import Kind

RESOURCES = ("arm", "gripper", "reader")
MOST_TASKS = 8


def random_problem(seed: int) -> Problem:
    """The problem of a seed; about a third of them have no timetable at all."""
    rng = random.Random(seed)
    resources = RESOURCES[: rng.choice((1, 1, 2, 3))]
    tasks: list[Task] = []
    windows: list[Window] = []
    count = rng.randint(2, MOST_TASKS)
    while len(tasks) < count:
        job = f"job_{len(tasks)}" if rng.random() < 0.8 else None
        size = min(rng.randint(1, 4), count - len(tasks)) if job else 1
        mine = [_task(rng, f"t{len(tasks) + i}", job, resources) for i in range(size)]
        for i, task in enumerate(mine[1:], start=1):
            windows.append(_window(rng, mine[rng.randrange(i)].name, task.name))
        if size > 2 and rng.random() < 0.3:
            windows.append(_across(rng, mine))
        tasks += mine
    windows += [_across(rng, tasks) for _ in range(rng.choice((0, 0, 0, 0, 1, 2)))]
    blocks = tuple(
        Block(rng.choice(resources), rng.randint(0, 40), rng.randint(1, 8))
        for _ in range(rng.choice((0, 1, 2, 4)))
    )
    return Problem(f"small-{seed}", tuple(tasks), tuple(windows), blocks)


def _task(rng: random.Random, name: str, job: str | None, resources: Sequence[str]) -> Task:
    used = tuple(rng.sample(resources, rng.randint(1, len(resources))))
    duration = rng.choice((0, 1, 2, 3, 5, 8)) if rng.random() < 0.9 else 12
    release = rng.randint(1, 15) if rng.random() < 0.15 else 0
    deadline = release + rng.randint(5, 80) if rng.random() < 0.1 else None
    tails = tuple(rng.randint(0, 3) for _ in used) if rng.random() < 0.15 else ()
    return Task(name, duration, used, job, release, deadline, tails)


def _window(rng: random.Random, before: str, after: str) -> Window:
    """A window as a chain has them: mostly after its parent, sometimes before it, often narrow."""
    low = rng.randint(-15, 20) if rng.random() < 0.3 else rng.randint(0, 20)
    if rng.random() < 0.2:
        return Window(before, after, low)
    high = low + rng.choice((0, 0, 1, 2, 4, 10, 25))
    if rng.random() < 0.4:
        kind: Kind = rng.choice(("portion", "sample"))
        return Window(before, after, low, high, rng.randint(low, high), kind)
    return Window(before, after, low, high, kind="hold")


def _across(rng: random.Random, tasks: Sequence[Task]) -> Window:
    """A window between any two tasks, which may contradict the others."""
    before, after = rng.sample(list(tasks), 2)
    low = rng.randint(-30, 30)
    high = None if rng.random() < 0.3 else low + rng.randint(0, 30)
    return Window(before.name, after.name, low, high, kind="timing")


def safe_horizon(problem: Problem) -> int:
    """An end by which some shortest timetable is done, if there is any timetable.

    In a timetable that is shifted as early as it goes, every start is the length of a path of
    lows, highs and durations from a release or the end of a block, and no task is on it twice.
    """
    far = {task.name: task.duration + max(task.tails, default=0) for task in problem.tasks}
    longest = dict(far)
    for window in problem.windows:
        longest[window.before] = max(longest[window.before], window.low)
        if window.high is not None:
            longest[window.after] = max(longest[window.after], -window.high)
    first = max((task.release for task in problem.tasks), default=0)
    last_block = max((block.start + block.length for block in problem.blocks), default=0)
    return max(first, last_block) + sum(longest.values()) + max(far.values(), default=0)

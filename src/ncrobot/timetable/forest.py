"""Jobs as forests: what lies at a fixed distance moves as one block, and windows join the blocks.

The windows of a job are closed first (every pair gets the tightest window that follows from all
others), and the narrowest ones make up a tree. What the tree doesn't imply is kept as a chord, and
windows between jobs as ties.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ncrobot.timetable.problem import InfeasibleError, Problem, Window

FAR = 10**9
"""More ticks than any run has: an open end."""


@dataclass(frozen=True, slots=True)
class Use:
    """What a block occupies: ``resource`` (a number) for ``length`` ticks from ``offset`` on."""

    resource: int
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Arc:
    """Block ``child`` starts low to high ticks after block ``parent`` (numbers within the job)."""

    parent: int
    child: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Node:
    """One block: tasks (number, offset) that move together, what they occupy, their limits."""

    tasks: tuple[tuple[int, int], ...]
    uses: tuple[Use, ...]
    release: int
    deadline: int


@dataclass(frozen=True, slots=True)
class Job:
    """Blocks, parents before children in ``order``; ``above`` is the arc to each one's parent.

    ``touching`` are pairs of blocks that the windows alone don't keep from overlapping.
    """

    name: str
    nodes: tuple[Node, ...]
    order: tuple[int, ...]
    above: tuple[Arc | None, ...]
    chords: tuple[Arc, ...]
    touching: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Tie:
    """Task ``after`` starts low to high ticks after task ``before``, which is in another job."""

    before: int
    after: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Forest:
    """A problem made ready: ``place`` tells job, block and offset of every task by its number."""

    problem: Problem
    resources: tuple[str, ...]
    jobs: tuple[Job, ...]
    place: tuple[tuple[int, int, int], ...]
    ties: tuple[Tie, ...]

    def starts(self, blocks: Sequence[Sequence[int]]) -> list[int]:
        """Starts of all tasks from the starts of all blocks, by job."""
        return [blocks[job][block] + offset for job, block, offset in self.place]


def grow(problem: Problem, *, exact: bool) -> Forest:
    """The forest of a problem; ``exact`` holds portions at their target.

    Raises:
        InfeasibleError: the windows of a job contradict each other.
    """
    number = {task.name: i for i, task in enumerate(problem.tasks)}
    resources = tuple(dict.fromkeys(r for task in problem.tasks for r in task.resources))
    members: dict[str, list[int]] = {}
    for i, task in enumerate(problem.tasks):
        members.setdefault(task.job or f"task {task.name}", []).append(i)
    owner = {i: name for name, tasks in members.items() for i in tasks}
    inside: dict[str, list[tuple[int, int, int, int]]] = {name: [] for name in members}
    ties = []
    for window in problem.windows:
        before, after = number[window.before], number[window.after]
        low, high = bounds_of(window, exact=exact)
        if owner[before] == owner[after]:
            inside[owner[before]].append((before, after, low, high))
        else:
            ties.append(Tie(before, after, low, high))
    place: list[tuple[int, int, int]] = [(0, 0, 0)] * len(problem.tasks)
    jobs: list[Job] = []
    for name, tasks in members.items():
        job = _grow_job(problem, resources, name, tasks, inside[name])
        for block, node in enumerate(job.nodes):
            for member, offset in node.tasks:
                place[member] = (len(jobs), block, offset)
        jobs.append(job)
    return Forest(problem, resources, tuple(jobs), tuple(place), tuple(ties))


def bounds_of(window: Window, *, exact: bool) -> tuple[int, int]:
    """Low and high of a window; portions are held at their target if that is asked for."""
    if exact and window.kind == "portion" and window.target is not None:
        return window.target, window.target
    return window.low, FAR if window.high is None else window.high


def _grow_job(
    problem: Problem,
    resources: Sequence[str],
    name: str,
    tasks: Sequence[int],
    windows: Sequence[tuple[int, int, int, int]],
) -> Job:
    local = {task: i for i, task in enumerate(tasks)}
    least = _closure(name, len(tasks), [(local[a], local[b], lo, hi) for a, b, lo, hi in windows])
    groups = _blocks(least)
    nodes = tuple(_node(problem, resources, tasks, group, least) for group in groups)
    if any(_overlaps_itself(node) for node in nodes):
        raise InfeasibleError(f"tasks of {name!r} at a fixed distance need the same resource")
    heads = [group[0] for group in groups]
    apart = least[np.ix_(heads, heads)]
    joined = {
        (min(a, b), max(a, b))
        for a, b in ((_index(groups, local[x]), _index(groups, local[y])) for x, y, _, _ in windows)
        if a != b
    }
    order, above = _tree(len(groups), apart, joined)
    implied = _implied(order, above, len(groups))
    chords = tuple(
        Arc(a, b, int(apart[a, b]), -int(apart[b, a]))
        for a, b in sorted(joined)
        if apart[a, b] > implied[a, b] or apart[b, a] > implied[b, a]
    )
    touching = tuple(
        (a, b)
        for a in range(len(nodes))
        for b in range(a + 1, len(nodes))
        if _may_touch(nodes[a], nodes[b], int(apart[a, b]), int(apart[b, a]))
    )
    return Job(name, nodes, tuple(order), tuple(above), chords, touching)


def _closure(
    name: str, size: int, windows: Sequence[tuple[int, int, int, int]]
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """``least[a, b]``: b is at least so many ticks after a, by all windows together (Floyd)."""
    least = np.full((size, size), -FAR, dtype=np.int64)
    np.fill_diagonal(least, 0)
    for a, b, low, high in windows:
        least[a, b] = max(least[a, b], low)
        if high < FAR:
            least[b, a] = max(least[b, a], -high)
    for k in range(size):
        np.maximum(least, least[:, k : k + 1] + least[k : k + 1, :], out=least)
    least[least < -FAR // 2] = -FAR
    if (np.diagonal(least) > 0).any():
        raise InfeasibleError(f"the windows of {name!r} contradict each other")
    return least


def _blocks(least: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> list[list[int]]:
    """Tasks at a fixed distance from each other, the earliest first."""
    found: list[list[int]] = []
    seen: set[int] = set()
    for a in range(len(least)):
        if a not in seen:
            fixed = [b for b in range(len(least)) if least[a, b] == -least[b, a] > -FAR]
            fixed.sort(key=lambda b: (least[a, b], b))
            found.append(fixed)
            seen.update(fixed)
    return found


def _index(groups: Sequence[Sequence[int]], task: int) -> int:
    return next(i for i, group in enumerate(groups) if task in group)


def _node(
    problem: Problem,
    resources: Sequence[str],
    tasks: Sequence[int],
    group: Sequence[int],
    least: np.ndarray[tuple[int, int], np.dtype[np.int64]],
) -> Node:
    placed = [(tasks[i], int(least[group[0], i])) for i in group]
    uses = []
    release, deadline = 0, FAR
    for number, offset in placed:
        task = problem.tasks[number]
        tails = task.tails or (0,) * len(task.resources)
        release = max(release, task.release - offset)
        if task.deadline is not None:
            deadline = min(deadline, task.deadline - offset)
        if task.duration > 0:
            uses += [
                Use(resources.index(resource), offset, task.duration + tail)
                for resource, tail in zip(task.resources, tails, strict=True)
            ]
    return Node(tuple(placed), tuple(uses), release, deadline)


def _overlaps_itself(node: Node) -> bool:
    uses = sorted(node.uses, key=lambda use: (use.resource, use.offset))
    return any(
        a.resource == b.resource and b.offset < a.offset + a.length for a, b in pairwise(uses)
    )


def _tree(
    size: int,
    apart: np.ndarray[tuple[int, int], np.dtype[np.int64]],
    joined: set[tuple[int, int]],
) -> tuple[list[int], list[Arc | None]]:
    """The narrowest windows that join all blocks without a circle (Kruskal), rooted at block 0."""
    part = list(range(size))

    def root(a: int) -> int:
        while part[a] != a:
            a = part[a]
        return a

    near: list[list[int]] = [[] for _ in range(size)]
    for a, b in sorted(joined, key=lambda ab: (-apart[ab] - apart[ab[1], ab[0]], ab)):
        if root(a) != root(b):
            part[root(b)] = root(a)
            near[a].append(b)
            near[b].append(a)
    order: list[int] = []
    above: list[Arc | None] = [None] * size
    seen: set[int] = set()
    for first in range(size):
        open_ = [] if first in seen else [first]
        seen.add(first)
        while open_:
            a = open_.pop()
            order.append(a)
            for b in near[a]:
                if b not in seen:
                    seen.add(b)
                    above[b] = Arc(a, b, int(apart[a, b]), -int(apart[b, a]))
                    open_.append(b)
    return order, above


def _implied(
    order: Sequence[int], above: Sequence[Arc | None], size: int
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """What the tree alone says of every pair: sums along its paths."""
    least = np.full((size, size), -FAR, dtype=np.int64)
    np.fill_diagonal(least, 0)
    done: list[int] = []
    for block in order:
        arc = above[block]
        if arc is not None:
            least[done, block] = least[done, arc.parent] + arc.low
            least[block, done] = -arc.high + least[arc.parent, done]
        done.append(block)
    least[least < -FAR // 2] = -FAR
    return least


def _may_touch(first: Node, second: Node, gap: int, back: int) -> bool:
    """Whether two blocks may overlap: second is at least ``gap`` after first, first ``back``."""
    return any(
        a.resource == b.resource
        and gap + b.offset < a.offset + a.length
        and back + a.offset < b.offset + b.length
        for a in first.uses
        for b in second.uses
    )


def same_jobs(forest: Forest) -> list[list[int]]:
    """Numbers of jobs that differ in nothing but their names, class by class."""
    classes: dict[object, list[int]] = {}
    tied: Mapping[int, None] = dict.fromkeys(
        forest.place[task][0] for tie in forest.ties for task in (tie.before, tie.after)
    )
    for number, job in enumerate(forest.jobs):
        shape = tuple(
            (node.uses, node.release, node.deadline, len(node.tasks)) for node in job.nodes
        )
        key = (number,) if number in tied else (shape, job.above, job.chords)
        classes.setdefault(key, []).append(number)
    return list(classes.values())

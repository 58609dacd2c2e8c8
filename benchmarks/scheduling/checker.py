"""Checks a timetable against its problem and measures it; shares no code with any solver."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.scheduling.instance import Instance
from ncrobot.timetable import Problem


@dataclass(frozen=True, slots=True)
class Deviations:
    """How far windows of a kind are from their targets, in seconds."""

    count: int
    max_s: float
    p95_s: float
    mean_s: float


def faults(problem: Problem, starts: Mapping[str, int], horizon: int | None = None) -> list[str]:
    """Every rule that a timetable breaks, as a sentence; an empty list means that it is valid."""
    missing = [task.name for task in problem.tasks if task.name not in starts]
    if missing:
        return [f"{name} has no start" for name in missing]
    names = {task.name for task in problem.tasks}
    found = [f"{name} isn't a task" for name in starts if name not in names]
    for task in problem.tasks:
        at = starts[task.name]
        if at < max(task.release, 0):
            found.append(f"{task.name} starts at {at}, before its release {max(task.release, 0)}")
        if task.deadline is not None and at > task.deadline:
            found.append(f"{task.name} starts at {at}, after its deadline {task.deadline}")
    for window in problem.windows:
        gap = starts[window.after] - starts[window.before]
        if gap < window.low or (window.high is not None and gap > window.high):
            found.append(
                f"{window.after} starts {gap} after {window.before}, "
                f"outside {window.low} to {'any' if window.high is None else window.high}"
            )
    for resource, spans in occupied(problem, starts).items():
        found += [f"{resource}: {a} and {b} overlap" for a, b in _overlaps(spans)]
    end = makespan(problem, starts)
    if horizon is not None and end > horizon:
        found.append(f"ends at {end}, after the horizon {horizon}")
    return found


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From when to when a task or a block takes a resource."""

    begin: int
    end: int
    name: str
    is_block: bool = False


def occupied(problem: Problem, starts: Mapping[str, int]) -> dict[str, list[Span]]:
    """What takes each resource when; a task of no length takes none."""
    spans: dict[str, list[Span]] = {}
    for task in problem.tasks:
        tails = task.tails or (0,) * len(task.resources)
        begin = starts[task.name]
        for resource, tail in zip(task.resources, tails, strict=True):
            if task.duration > 0:
                span = Span(begin, begin + task.duration + tail, task.name)
                spans.setdefault(resource, []).append(span)
    for number, block in enumerate(problem.blocks, start=1):
        span = Span(block.start, block.start + block.length, f"block {number}", is_block=True)
        spans.setdefault(block.resource, []).append(span)
    return spans


def _overlaps(spans: Iterable[Span]) -> list[tuple[str, str]]:
    """Pairs that overlap, each span with the one before it that lasts longest.

    Blocks may overlap each other.
    """
    found = []
    longest: Span | None = None
    longest_task: Span | None = None
    for span in sorted(spans):
        before = longest_task if span.is_block else longest
        if before is not None and span.begin < before.end:
            found.append((before.name, span.name))
        if longest is None or span.end > longest.end:
            longest = span
        if not span.is_block and (longest_task is None or span.end > longest_task.end):
            longest_task = span
    return found


def makespan(problem: Problem, starts: Mapping[str, int]) -> int:
    """The end of the last task, in ticks."""
    return max((starts[task.name] + task.duration for task in problem.tasks), default=0)


def deviations(problem: Problem, starts: Mapping[str, int], kind: str) -> Deviations:
    """Distances from the targets of all windows of a kind; p95 by the nearest rank."""
    off = sorted(
        abs(starts[w.after] - starts[w.before] - w.target) * problem.tick_s
        for w in problem.windows
        if w.kind == kind and w.target is not None
    )
    if not off:
        return Deviations(0, 0.0, 0.0, 0.0)
    return Deviations(len(off), off[-1], percentile(off, 0.95), sum(off) / len(off))


def percentile(ordered: Sequence[float], share: float) -> float:
    """The least value that at least this share of the ordered values doesn't exceed."""
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def verdict(instance: Instance, starts: Mapping[str, int]) -> list[str]:
    """All faults of a timetable of an instance, its horizon included."""
    return faults(instance.problem, starts, instance.horizon)

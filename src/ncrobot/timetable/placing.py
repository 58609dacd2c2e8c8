"""Placing one job at the least cost: exact over its tree of windows, in one pass up and one down.

Every start of a block costs what its resources cost while it uses them, plus the least that its
children cost within their windows. A window's least is a sliding minimum, so a job of n blocks
costs n sliding minima, whatever the widths.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ncrobot.timetable.forest import Arc, Job

Costs = npt.NDArray[np.float64]

NEVER = 1e12
"""What an impossible start costs."""


@dataclass(frozen=True, slots=True)
class Room:
    """Where the blocks of one job may start: first and last tick, and what forbids ticks between.

    ``forbidden`` has one array a block: NEVER where a resource isn't there, else 0.
    """

    limits: tuple[tuple[int, int], ...]
    forbidden: tuple[Costs, ...]


def place(
    job: Job,
    room: Room,
    prices: Mapping[int, Costs],
    limits: Mapping[int, tuple[int, int]] | None = None,
    wishes: Mapping[int, tuple[int, float]] | None = None,
) -> tuple[list[int], float] | None:
    """The starts of a job's blocks at the least cost and that cost, or None if there are none.

    ``prices`` are running sums of each resource's price per tick. ``limits`` narrow the starts of
    some blocks. ``wishes`` (block: (gap, weight)) make each tick costly by which a block is off
    its parent's start plus gap; they decide on the way down only.
    """
    narrowed = dict(limits or {})
    for _ in range(len(job.chords) + len(job.touching) + 1):
        found = _place_tree(job, room, prices, narrowed, wishes or {})
        if found is None:
            return None
        starts, cost = found
        broken = next((arc for arc in job.chords if not _holds(arc, starts)), None)
        if broken is not None:
            _narrow(narrowed, starts, broken)
            continue
        pair = next((pair for pair in job.touching if _overlap(job, starts, *pair)), None)
        if pair is None:
            return starts, cost
        first, second = pair
        gap = _gap_after(job, first, second)
        _narrow(narrowed, starts, Arc(first, second, gap, 10**9))
    return None


def _holds(arc: Arc, starts: Sequence[int]) -> bool:
    return arc.low <= starts[arc.child] - starts[arc.parent] <= arc.high


def _narrow(limits: dict[int, tuple[int, int]], starts: Sequence[int], arc: Arc) -> None:
    """Hold one end of an arc where it is, and the other within the arc."""
    at = starts[arc.parent]
    limits[arc.parent] = (at, at)
    low, high = limits.get(arc.child, (0, 10**9))
    limits[arc.child] = (max(low, at + arc.low), min(high, at + arc.high))


def _overlap(job: Job, starts: Sequence[int], first: int, second: int) -> bool:
    return any(
        a.resource == b.resource
        and starts[first] + a.offset < starts[second] + b.offset + b.length
        and starts[second] + b.offset < starts[first] + a.offset + a.length
        for a in job.nodes[first].uses
        for b in job.nodes[second].uses
    )


def _gap_after(job: Job, first: int, second: int) -> int:
    """How long after the start of ``first`` the other can start if it has to come after it."""
    return max(
        a.offset + a.length - b.offset
        for a in job.nodes[first].uses
        for b in job.nodes[second].uses
        if a.resource == b.resource
    )


def _place_tree(
    job: Job,
    room: Room,
    prices: Mapping[int, Costs],
    limits: Mapping[int, tuple[int, int]],
    wishes: Mapping[int, tuple[int, float]],
) -> tuple[list[int], float] | None:
    size = len(job.nodes)
    first = [0] * size
    costs: list[Costs] = []
    for block, node in enumerate(job.nodes):
        low, high = room.limits[block]
        cost = room.forbidden[block]
        if block in limits:
            skip = max(limits[block][0] - low, 0)
            high = min(high, limits[block][1])
            cost = cost[skip : skip + max(high - low - skip + 1, 0)]
            low += skip
        if high < low:
            return None
        cost = cost.copy()
        for use in node.uses:
            price, begin = prices[use.resource], low + use.offset
            end = begin + use.length
            cost += price[end : end + high - low + 1]
            cost -= price[begin : begin + high - low + 1]
        first[block] = low
        costs.append(cost)
    for block in reversed(job.order):
        arc = job.above[block]
        if arc is not None:
            above = costs[arc.parent]
            above += _least_within(costs[block], first[block], arc, first[arc.parent], len(above))
    return _descend(job, first, costs, wishes)


def _descend(
    job: Job,
    first: Sequence[int],
    costs: Sequence[Costs],
    wishes: Mapping[int, tuple[int, float]],
) -> tuple[list[int], float] | None:
    starts = [0] * len(job.nodes)
    total = 0.0
    for block in job.order:
        arc, cost, base = job.above[block], costs[block], first[block]
        if arc is None:
            at = int(cost.argmin())
            total += float(cost[at])
            if cost[at] >= NEVER:
                return None
            starts[block] = base + at
            continue
        parent = starts[arc.parent]
        begin = max(parent + arc.low - base, 0)
        window = cost[begin : max(parent + arc.high - base + 1, 0)]
        if block in wishes:
            gap, weight = wishes[block]
            off = np.arange(begin, begin + len(window)) - (parent + gap - base)
            window = window + np.abs(off) * weight
        starts[block] = base + begin + int(window.argmin())
    return starts, total


def _least_within(child: Costs, first: int, arc: Arc, above: int, size: int) -> Costs:
    """For each of ``size`` starts of the parent from ``above`` on, the least cost of the child."""
    count = len(child)
    low = above + arc.low - first
    high = above + arc.high - first
    if high >= count - 1:
        tail = np.minimum.accumulate(child[::-1])[::-1]
        return _shifted(tail, low, size, before=tail[0], after=NEVER)
    if low + size - 1 <= 0:
        head = np.minimum.accumulate(child)
        return _shifted(head, high, size, before=NEVER, after=head[-1])
    width = high - low + 1
    padded = np.full(size - 1 + width, NEVER)
    begin, end = max(low, 0), min(low + size - 1 + width, count)
    if begin < end:
        padded[begin - low : end - low] = child[begin:end]
    return _sliding_least(padded, width)


def _sliding_least(values: Costs, width: int) -> Costs:
    """The least of every ``width`` neighbours, by doubling."""
    have = 1
    while 2 * have <= width:
        values = np.minimum(values[:-have], values[have:])
        have *= 2
    if have < width:
        values = np.minimum(values[: len(values) - (width - have)], values[width - have :])
    return values


def _shifted(values: Costs, low: int, size: int, *, before: float, after: float) -> Costs:
    """values[low .. low + size - 1], with what stands for those before and after."""
    found = np.empty(size)
    begin, end = min(max(-low, 0), size), min(max(len(values) - low, 0), size)
    found[:begin] = before
    found[end:] = after
    if begin < end:
        found[begin:end] = values[low + begin : low + end]
    return found

"""What no schedule can beat: chains of lags, work on each device, and combs in one interval."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from ncrobot.plan import Transfer
from ncrobot.scheduler.network import FOREVER, Network
from ncrobot.scheduler.rhythm import Rhythm


def heads_of(network: Network) -> dict[str, int]:
    """Earliest start of every operation by lags alone; the lags must not contradict each other."""
    return _longest(
        network,
        dict.fromkeys(network.nodes, 0),
        [(e.before, e.after, e.low) for e in network.edges]
        + [(e.after, e.before, -e.high) for e in network.edges if e.high < FOREVER],
    )


def tails_of(network: Network) -> dict[str, int]:
    """Least time from every operation's start to the end of all that lags make come after it."""
    return _longest(
        network,
        {name: node.duration for name, node in network.nodes.items()},
        [(e.after, e.before, e.low) for e in network.edges]
        + [(e.before, e.after, -e.high) for e in network.edges if e.high < FOREVER],
    )


def _longest(
    network: Network, values: dict[str, int], arrows: Sequence[tuple[str, str, int]]
) -> dict[str, int]:
    out: dict[str, list[tuple[str, int]]] = {name: [] for name in network.nodes}
    for a, b, gap in arrows:
        out[a].append((b, gap))
    pending = deque(network.nodes)
    waiting = set(pending)
    while pending:
        a = pending.popleft()
        waiting.discard(a)
        for b, gap in out[a]:
            if values[a] + gap > values[b]:
                values[b] = values[a] + gap
                if b not in waiting:
                    waiting.add(b)
                    pending.append(b)
    return values


@dataclass(frozen=True, slots=True)
class Bound:
    """Ticks that no schedule can beat, and what sets them: a device, or None for a chain."""

    ticks: int
    resource: str | None


def lower_bound(network: Network, heads: Mapping[str, int]) -> Bound:
    """The largest of several proven bounds on the makespan.

    The longest chain of lags; and for each device Jackson's preemptive schedule (1955) of its work,
    each operation with its earliest start and the least time that has to follow it. That is the
    shortest time if operations could be interrupted. Refills are not counted.
    """
    tails = tails_of(network)
    chain = max((heads[name] + tails[name] for name in network.nodes), default=0)
    best = Bound(chain, None)
    by_resource: dict[str, list[tuple[int, int, int]]] = {}
    for name, node in network.nodes.items():
        if node.duration > 0:
            job = (heads[name], node.duration, tails[name] - node.duration)
            for resource in node.resources:
                by_resource.setdefault(resource, []).append(job)
    for resource, jobs in by_resource.items():
        ticks = _preemptive(sorted(jobs))
        if ticks > best.ticks:
            best = Bound(ticks, resource)
    return best


def _preemptive(jobs: Sequence[tuple[int, int, int]]) -> int:
    """Makespan of (head, work, tail) jobs, sorted, on one device: the longest tail goes first."""
    waiting: list[tuple[int, int]] = []
    now, best, number = 0, 0, 0
    while waiting or number < len(jobs):
        if not waiting:
            now = max(now, jobs[number][0])
        while number < len(jobs) and jobs[number][0] <= now:
            _, work, tail = jobs[number]
            heappush(waiting, (-tail, work))
            number += 1
        minus_tail, work = heappop(waiting)
        until = jobs[number][0] if number < len(jobs) else now + work
        done = min(work, until - now)
        now += done
        if done < work:
            heappush(waiting, (minus_tail, work - done))
        else:
            best = max(best, now - minus_tail)
    return best


@dataclass(frozen=True, slots=True)
class Combs:
    """The portions of one step: so many combs of teeth, one tooth an interval, on one arm.

    ``blocked`` is what refills take of one interval. ``capacity`` is how many combs can be in
    their portion phase at once: two combs with the same interval collide unless their teeth are
    apart by one tooth's length within the interval.
    """

    step: str
    line: int | None
    groups: tuple[str, ...]
    wells: tuple[str, ...]
    portions: int
    interval: int
    tooth: int
    blocked: int

    @property
    def capacity(self) -> int:
        """Whole teeth that fit into what the refills leave of the interval."""
        return max((self.interval - self.blocked) // self.tooth, 0) if self.tooth else FOREVER

    @property
    def waves(self) -> int:
        """How many times the portion phase has to be gone through, if all intervals are filled."""
        return -(-len(self.groups) // self.capacity) if self.capacity else FOREVER


def find_combs(network: Network, rhythms: Sequence[Rhythm]) -> list[Combs]:
    """Every step that is done in portions at one common interval by several groups."""
    targets: dict[str, dict[str, list[int]]] = {}
    lines: dict[str, int | None] = {}
    for edge in network.edges:
        step, group = edge.lag.step, network.nodes[edge.before].operation.group
        if edge.lag.kind == "portion" and edge.wish is not None and step and group:
            targets.setdefault(step, {}).setdefault(group, []).append(edge.wish)
            lines[step] = edge.lag.line
    found = []
    for step, by_group in targets.items():
        interval = min(min(wishes) for wishes in by_group.values())
        teeth = [
            node
            for node in network.nodes.values()
            if isinstance(node.operation, Transfer)
            and node.operation.step == step
            and node.operation.group in by_group
        ]
        if interval <= 0 or any(w % interval for wishes in by_group.values() for w in wishes):
            continue
        found.append(
            Combs(
                step=step,
                line=lines[step],
                groups=tuple(by_group),
                wells=tuple(dict.fromkeys(w for node in teeth for w in node.operation.wells)),
                portions=1 + max(len(wishes) for wishes in by_group.values()),
                interval=interval,
                tooth=max((node.duration for node in teeth), default=0),
                blocked=_blocked(rhythms, interval),
            )
        )
    return found


def _blocked(rhythms: Sequence[Rhythm], interval: int) -> int:
    """What the refills take of each interval on average, rounded up."""
    return sum(-(-rhythm.takes * interval // rhythm.period) for rhythm in rhythms)

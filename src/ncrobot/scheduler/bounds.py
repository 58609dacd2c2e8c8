"""What no schedule can beat: chains of lags, and the work on each device, refills included."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import NamedTuple

from ncrobot.plan import Plan
from ncrobot.scheduler.network import FOREVER, Network
from ncrobot.scheduler.remaking import Necessary, necessary_refills
from ncrobot.scheduler.supplies import refill_claims


def heads_of(network: Network) -> dict[str, int]:
    """Earliest start of every operation by lags alone; the lags must not contradict each other."""
    return _longest(network, dict.fromkeys(network.nodes, 0), {})


def heads_if_possible(network: Network) -> dict[str, int] | None:
    """Earliest starts by lags alone; None: the lags seem to contradict each other."""
    try:
        return _longest(network, dict.fromkeys(network.nodes, 0), {}, most=_most(network))
    except _EndlessError:
        return None


def tails_of(network: Network) -> dict[str, int]:
    """Least time from every operation's start to the end of all that lags make come after it."""
    return _longest(network, _durations(network), {}, back=True)


def _durations(network: Network) -> dict[str, int]:
    return {name: node.duration for name, node in network.nodes.items()}


def _most(network: Network) -> int:
    """Raises of values after which lags are taken to contradict each other."""
    return 40 * len(network.edges) + len(network.nodes)


class _EndlessError(Exception):
    """Arrows that can't all hold."""


Gaps = Mapping[str, Sequence[tuple[str, int]]]
"""Further arrows by operation: to which others, and the gap."""


def _longest(
    network: Network,
    values: dict[str, int],
    more: Gaps,
    *,
    back: bool = False,
    most: int | None = None,
) -> dict[str, int]:
    """Least values by all lags and ``more``, from operation to operation, or ``back``.

    At most ``most`` raises of values, if given.
    """
    names = list(network.nodes)
    pending = deque(reversed(names) if back else names)
    waiting = set(pending)
    raised = 0
    while pending:
        a = pending.popleft()
        waiting.discard(a)
        at, into, out = values[a], network.incoming[a], network.outgoing[a]
        if back:
            after = [(e.before, at + e.low) for e in into]
            after += [(e.after, at - e.high) for e in out if e.high < FOREVER]
        else:
            after = [(e.after, at + e.low) for e in out]
            after += [(e.before, at - e.high) for e in into if e.high < FOREVER]
        if a in more:
            after += [(b, at + gap) for b, gap in more[a]]
        for b, least in after:
            if least > values[b]:
                raised += 1
                if most is not None and raised > most:
                    raise _EndlessError
                values[b] = least
                if b not in waiting:
                    waiting.add(b)
                    pending.append(b)
    return values


class Job(NamedTuple):
    """Work on a device: not before ``head`` ticks, and with ``tail`` ticks to follow at least."""

    head: int
    work: int
    tail: int
    operation: str | None
    """None: a refill that can't be done without."""


@dataclass(frozen=True, slots=True)
class Bound:
    """Ticks that no schedule can beat, and what sets them: a device, or None for a chain."""

    ticks: int
    resource: str | None


@dataclass(frozen=True, slots=True)
class Work:
    """All work by device (and the person), with the refills that no schedule can do without.

    ``heads`` and ``tails`` of the operations count what the refills between them take.
    """

    heads: Mapping[str, int]
    tails: Mapping[str, int]
    jobs: Mapping[str, Sequence[Job]]


def work_of(
    plan: Plan,
    network: Network,
    heads: Mapping[str, int],
    tails: Mapping[str, int] | None = None,
) -> Work:
    """The work of a plan; ``heads`` by lags alone, and ``tails`` if they are known."""
    chains = necessary_refills(plan, network, heads)
    if any(chain for of_stock in chains for chain in of_stock):
        heads, tails = _around_refills(network, heads, chains)
    tails = tails_of(network) if tails is None else tails
    jobs: dict[str, list[Job]] = {}
    for name, node in network.nodes.items():
        if node.duration > 0:
            job = Job(heads[name], node.duration, tails[name] - node.duration, name)
            for resource in node.resources:
                jobs.setdefault(resource, []).append(job)
    for of_stock in chains:
        # Wells share their refills, so only those of one well are work of their own.
        for refill in max(of_stock, key=len, default=[]):
            job = Job(refill.head, refill.takes, tails[refill.before], None)
            for claim in refill_claims(plan.deck.arm.name):
                jobs.setdefault(claim.resource, []).append(job)
    return Work(heads, tails, jobs)


def _around_refills(
    network: Network, heads: Mapping[str, int], chains: Sequence[Sequence[Sequence[Necessary]]]
) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Heads and tails if a refill keeps the arm off the deck between two draws that it parts."""
    first = dict(heads)
    apart: dict[str, list[tuple[str, int]]] = {}
    back: dict[str, list[tuple[str, int]]] = {}
    for refill in (refill for of_stock in chains for chain in of_stock for refill in chain):
        if refill.after is None:
            first[refill.before] = max(first[refill.before], refill.takes)
        else:
            gap = network.nodes[refill.after].duration + refill.takes
            apart.setdefault(refill.after, []).append((refill.before, gap))
            back.setdefault(refill.before, []).append((refill.after, gap))
    most = _most(network)
    try:
        raised = _longest(network, first, apart, most=most)
        tails = _longest(network, _durations(network), back, back=True, most=most)
    except _EndlessError:
        return heads, tails_of(network)
    return raised, tails


def lower_bound(
    plan: Plan, network: Network, heads: Mapping[str, int], work: Work | None = None
) -> Bound:
    """The largest of several proven bounds on the makespan.

    The longest chain of lags; and for each device Jackson's preemptive schedule (1955) of its work,
    each operation with its earliest start and the least time that has to follow it. That is the
    shortest time if operations could be interrupted. Refills that nothing can do
    without count as well. ``work`` is that of the plan, if it is known.
    """
    work = work_of(plan, network, heads) if work is None else work
    chain = max((work.heads[name] + work.tails[name] for name in network.nodes), default=0)
    best = Bound(chain, None)
    for resource, jobs in work.jobs.items():
        ticks = _preemptive(sorted((job.head, job.work, job.tail) for job in jobs))
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

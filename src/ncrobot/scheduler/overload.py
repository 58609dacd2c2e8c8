"""Overload: more work than time, found before any search; each verdict is a proof.

Every operation has an earliest start by the lags alone, and a latest end where something forbids to
wait: an asked end of the run, or the life of a stock that nobody re-makes. If the work on one
device that has to lie within a window is longer than the window, no schedule exists. Combs of
portions that all have to run at once are counted within their interval as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ncrobot.plan import Plan
from ncrobot.schedule import ScheduleOptions
from ncrobot.scheduler.bounds import Job, Work, work_of
from ncrobot.scheduler.combs import Combs, find_combs
from ncrobot.scheduler.network import FOREVER, Network
from ncrobot.scheduler.presence import absences
from ncrobot.scheduler.rhythm import draws_of

# Windows are tried from so many earliest starts at most; the verdict stays a proof.
MOST_STARTS = 150


@dataclass(frozen=True, slots=True)
class Overload:
    """Work that has to lie within a window of a device and doesn't fit.

    ``operations`` are those of the window, ``beyond`` the groups that would have to go so that the
    rest fits (the last ones of the plan). ``combs`` if an interval of portions is too full.
    """

    resource: str
    begin: int
    end: int
    work: int
    free: int
    operations: tuple[str, ...]
    beyond: tuple[str, ...]
    fits: int
    combs: Combs | None = None


def deadlines(plan: Plan, network: Network, finish: int) -> dict[str, int]:
    """Latest start of every operation by the asked end and by stocks that nobody re-makes."""
    last = {name: finish - node.duration for name, node in network.nodes.items()}
    uses = {use.stock: use for use in plan.stocks}
    for stock, operations in draws_of(plan).items():
        use = uses.get(stock)
        parent = uses.get(use.working_of or "", use) if use is not None else None
        if parent is None or parent.life_s is None or parent.remake == "person":
            continue
        for operation in operations:
            life = network.grid.down(parent.life_s) - network.nodes[operation.id].duration
            last[operation.id] = min(last[operation.id], life)
    pending = list(network.nodes) if min(last.values(), default=FOREVER) < FOREVER // 2 else []
    while pending:
        b = pending.pop()
        at = last[b]
        for edge in network.incoming[b]:
            if at - edge.low < last[edge.before]:
                last[edge.before] = at - edge.low
                pending.append(edge.before)
        for edge in network.outgoing[b]:
            if edge.high < FOREVER and at + edge.high < last[edge.after]:
                last[edge.after] = at + edge.high
                pending.append(edge.after)
    return last


def find_overload(
    plan: Plan,
    network: Network,
    heads: Mapping[str, int],
    options: ScheduleOptions,
    work: Work | None = None,
    last: Mapping[str, int] | None = None,
) -> Overload | None:
    """The worst overload of any window, or None: nothing was proven.

    ``work`` and ``last`` (deadlines) are those of the plan, if they are known.
    """
    asked = options.finish_within_s
    finish = FOREVER if asked is None else network.grid.down(asked)
    last = deadlines(plan, network, finish) if last is None else last
    if all(at > FOREVER // 2 for at in last.values()):
        return None
    if any(heads[name] > last[name] for name in network.nodes):
        return None  # too late by the lags alone, which is no device's fault
    full = _full_interval(network, heads, last)
    if full is not None:
        return full
    absent = absences(options, network.grid, finish) if finish < FOREVER else []
    worst: Overload | None = None
    work = work_of(plan, network, heads) if work is None else work
    for resource, jobs in work.jobs.items():
        timed = [_due(job, network, last, finish) for job in jobs]
        away = absent if resource == "person" else []
        found = _worst_window(network, resource, timed, away)
        if found is not None and (
            worst is None or found.work - found.free > worst.work - worst.free
        ):
            worst = found
    return worst


class _Timed(NamedTuple):
    """A job with its latest end."""

    job: Job
    due: int


def _due(job: Job, network: Network, last: Mapping[str, int], finish: int) -> _Timed:
    if job.operation is None:
        return _Timed(job, finish - job.tail)
    return _Timed(job, last[job.operation] + network.nodes[job.operation].duration)


def _worst_window(
    network: Network, resource: str, timed: Sequence[_Timed], away: Sequence[tuple[int, int]]
) -> Overload | None:
    by_due = sorted((t for t in timed if t.due < FOREVER // 2), key=lambda t: t.due)
    begins = sorted({t.job.head for t in by_due})
    if len(begins) > MOST_STARTS:
        begins = begins[:: -(-len(begins) // MOST_STARTS)]
    if not begins:
        return None
    heads = np.array([t.job.head for t in by_due])
    dues = np.array([t.due for t in by_due])
    first = np.array(begins)[:, None]
    inside = heads >= first
    work = np.where(inside, [t.job.work for t in by_due], 0).cumsum(axis=1)
    gone = sum((np.minimum(dues, till) - np.maximum(first, since)).clip(0) for since, till in away)
    free = dues - first - gone
    over = np.where(inside, work - free, 0)
    row, column = divmod(int(over.argmax()), len(by_due))
    if over[row, column] <= 0:
        return None
    begin, end = begins[row], by_due[column].due
    there = [t for t in by_due if t.job.head >= begin and t.due <= end]
    return _overload(network, resource, there, (begin, end, int(free[row, column])))


def _overload(
    network: Network, resource: str, inside: Sequence[_Timed], window: tuple[int, int, int]
) -> Overload:
    begin, end, free = window
    by_group: dict[str, int] = {}
    for each in inside:
        name = each.job.operation
        group = network.nodes[name].operation.group if name is not None else None
        if group is not None:
            by_group[group] = by_group.get(group, 0) + each.job.work
    excess = sum(each.job.work for each in inside) - free
    beyond: list[str] = []
    for group in reversed(by_group):
        if excess <= 0:
            break
        excess -= by_group[group]
        beyond.append(group)
    return Overload(
        resource, begin, end, sum(each.job.work for each in inside), free,
        tuple(each.job.operation for each in inside if each.job.operation is not None),
        tuple(reversed(beyond)), len(by_group) - len(beyond),
    )  # fmt: skip


def _full_interval(
    network: Network, heads: Mapping[str, int], last: Mapping[str, int]
) -> Overload | None:
    """Combs that all have to run at once and don't fit into one interval."""
    for combs in find_combs(network, ()):
        teeth = _teeth(network, combs)
        firsts = [names[0] for names in teeth.values()]
        if len(teeth) < 2 or any(last[name] > FOREVER // 2 for name in firsts):
            continue
        spread = max(last[n] for n in firsts) - min(heads[n] for n in firsts)
        at_least = min(len(names) for names in teeth.values())
        work = min(network.nodes[n].duration for names in teeth.values() for n in names)
        fits = capacity_at_once(combs.interval, work, _tolerance(network, combs), at_least, spread)
        if fits is not None and len(teeth) > fits:
            groups = sorted(teeth, key=lambda g: network.nodes[teeth[g][0]].order)
            begin = max(heads[n] for n in firsts)
            return Overload(
                network.nodes[firsts[0]].resources[0], begin, begin + combs.interval,
                len(teeth) * work, combs.interval,
                tuple(n for names in teeth.values() for n in names),
                tuple(groups[fits:]), fits, combs,
            )  # fmt: skip
    return None


def capacity_at_once(
    interval: int, tooth: int, tolerance: int, teeth: int, spread: int
) -> int | None:
    """Combs that fit at most if all begin within ``spread``; None if they needn't run at once.

    Exact intervals: all begin within (teeth - 2) intervals, so every two of them meet both ways
    round, and their places within the interval are a tooth apart on a circle. With a tolerance
    each comb has M teeth at nominal times within M intervals, which lie, moved by the
    tolerance at both ends, in M intervals + 2 tolerances + one tooth.
    """
    if tooth <= 0:
        return None
    if tolerance == 0 and spread <= (teeth - 2) * interval:
        return interval // tooth
    room = (teeth - 1) * interval - spread
    if room < 0:
        return None
    whole = room // interval + 1
    return (whole * interval + 2 * tolerance + tooth - 1) // (whole * tooth)


def _teeth(network: Network, combs: Combs) -> dict[str, list[str]]:
    """The portions of each comb, first to last: those that a lag ties to the first."""
    found: dict[str, list[str]] = {}
    for edge in network.edges:
        group = network.nodes[edge.before].operation.group
        if edge.lag.kind == "portion" and edge.lag.step == combs.step and group is not None:
            found.setdefault(group, [edge.before]).append(edge.after)
    return {
        group: names
        for group, names in found.items()
        if group in combs.groups and _is_regular(network, combs, names)
    }


def _is_regular(network: Network, combs: Combs, names: Sequence[str]) -> bool:
    """Whether the portions follow each other at the interval, all counted from the first."""
    wishes = [
        edge.wish
        for edge in network.outgoing[names[0]]
        if edge.lag.kind == "portion" and edge.after in names
    ]
    return wishes == [combs.interval * k for k in range(1, len(names))]


def _tolerance(network: Network, combs: Combs) -> int:
    return max(
        (
            max(edge.high - edge.wish, edge.wish - edge.low)
            for edge in network.edges
            if edge.lag.kind == "portion" and edge.lag.step == combs.step and edge.wish is not None
        ),
        default=0,
    )

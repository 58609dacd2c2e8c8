"""Scheduling: clusters are inserted one after the other at their earliest, then dressed up.

A list scheduler: groups with the longest chains go first, each of their clusters at the earliest
time at which every member finds its devices free within its lags. Portions are planned at
their exact interval; their tolerance stays in reserve for the run.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from ncrobot.errors import ScheduleError
from ncrobot.plan import Plan
from ncrobot.schedule import Schedule
from ncrobot.scheduler.assembling import assemble
from ncrobot.scheduler.calendar import Calendar
from ncrobot.scheduler.explaining import cannot_place, contradiction, too_old
from ncrobot.scheduler.insertion import ContradictionError, Windows, place, windows_of
from ncrobot.scheduler.network import (
    FOREVER,
    Cluster,
    Network,
    build_network,
    make_clusters,
    topological,
)
from ncrobot.scheduler.refills import Rhythm, block, draws_of, earliest_use, rhythms

# The horizon grows by half until everything fits; a year is longer than any plate.
GROWTH = 1.5
LONGEST_S = 366 * 86_400


def schedule_plan(plan: Plan, *, seed: int = 0) -> Schedule:
    """Give every operation of the plan a start; the same plan and seed give the same schedule.

    Raises:
        ScheduleError: lags contradict each other, a stock gets too old, or a set of lags that has
            to hold together finds no time on a device; names steps, wells and what binds.
    """
    network = build_network(plan)
    clusters = make_clusters(network)
    windows = _windows(plan, clusters)
    heads = _heads(network)
    found = rhythms(plan, heads)
    ordered = _ordered(network, clusters, heads, seed)
    horizon = _first_horizon(network, heads, found)
    starts: dict[str, int] | None = None
    stuck = ordered[0] if ordered else Cluster([])
    while starts is None:
        starts, failed = _insert_with_lots(plan, network, ordered, windows, found, horizon)
        stuck = failed or stuck
        horizon = int(horizon * GROWTH)
        if starts is None and horizon > _limit(network, heads, found):
            raise cannot_place(plan, network, stuck)
    schedule = assemble(plan, network, starts, found, heads, seed)
    findings = too_old(plan, network, schedule)
    if findings:
        raise ScheduleError(findings)
    return schedule


def _windows(plan: Plan, clusters: Sequence[Cluster]) -> list[tuple[Windows, Windows]]:
    """Exact and tolerant windows of every cluster."""
    found = []
    for cluster in clusters:
        try:
            tolerant = windows_of(cluster, exact=False)
        except ContradictionError as error:
            raise contradiction(plan, cluster, error.edges) from error
        try:
            exact = windows_of(cluster, exact=True)
        except ContradictionError:
            exact = tolerant
        found.append((exact, tolerant))
    return found


def _heads(network: Network) -> dict[str, int]:
    """Earliest start of every operation by lags alone."""
    order = topological(network, list(network.nodes)) or list(network.nodes)
    heads: dict[str, int] = {}
    for name in order:
        heads[name] = max(
            (heads.get(e.before, 0) + e.low for e in network.incoming[name]),
            default=network.nodes[name].lead,
        )
    return heads


def _first_horizon(network: Network, heads: Mapping[str, int], found: Sequence[Rhythm]) -> int:
    longest = max((heads[n] + node.duration for n, node in network.nodes.items()), default=0)
    load = sum(node.duration + node.lead for node in network.nodes.values() if node.resources)
    takes = sum(rhythm.takes for rhythm in found)
    return int(1.2 * longest + load + takes + 3600)


def _limit(network: Network, heads: Mapping[str, int], found: Sequence[Rhythm]) -> int:
    """A horizon at which everything could stand one after the other, several times over."""
    return min(4 * _first_horizon(network, heads, found) + 7 * 86_400, LONGEST_S)


def _ordered(
    network: Network, clusters: Sequence[Cluster], heads: Mapping[str, int], seed: int
) -> list[Cluster]:
    """Clusters in an order in which they can be placed: predecessors first, long groups first."""
    owner = {name: i for i, cluster in enumerate(clusters) for name in cluster.members}
    before: list[set[int]] = [set() for _ in clusters]
    for edge in network.edges:
        if owner[edge.before] != owner[edge.after]:
            before[owner[edge.after]].add(owner[edge.before])
    length: dict[str, int] = {}
    for name, node in network.nodes.items():
        group = node.operation.group or ""
        length[group] = max(length.get(group, 0), heads[name] + node.duration)
    jitter = random.Random(seed)  # noqa: S311 - breaks ties reproducibly, no secret
    names = sorted(length)
    rank = {
        # What belongs to no group (cooling, dilutions) is waited for by all groups.
        g: (-length[g] if g else -FOREVER, jitter.random() if seed else i)
        for i, g in enumerate(names)
    }
    keys = [
        (
            *rank[network.nodes[cluster.members[0]].operation.group or ""],
            min(network.nodes[m].order for m in cluster.members),
        )
        for cluster in clusters
    ]
    left = [len(b) for b in before]
    after: list[list[int]] = [[] for _ in clusters]
    for i, predecessors in enumerate(before):
        for p in predecessors:
            after[p].append(i)
    ready = sorted((i for i, n in enumerate(left) if n == 0), key=lambda i: keys[i])
    done: list[int] = []
    while ready:
        i = ready.pop(0)
        done.append(i)
        for j in after[i]:
            left[j] -= 1
            if left[j] == 0:
                ready.append(j)
        ready.sort(key=lambda i: keys[i])
    return [clusters[i] for i in done]


def _insert_with_lots(
    plan: Plan,
    network: Network,
    ordered: Sequence[Cluster],
    windows: Sequence[tuple[Windows, Windows]],
    found: Sequence[Rhythm],
    horizon: int,
) -> tuple[dict[str, int] | None, Cluster | None]:
    """Insert everything with as few lots of each re-made stock as will do."""
    starts, failed = None, None
    most = max((horizon // rhythm.period for rhythm in found), default=0) + 1
    count = 1
    while starts is None and count <= most:
        starts, failed = _insert_all(plan, network, ordered, windows, found, (horizon, count))
        count += 1 + count // 8
    return starts, failed


def _insert_all(
    plan: Plan,
    network: Network,
    ordered: Sequence[Cluster],
    windows: Sequence[tuple[Windows, Windows]],
    found: Sequence[Rhythm],
    limits: tuple[int, int],
) -> tuple[dict[str, int] | None, Cluster | None]:
    """One attempt within ``limits``: a horizon in seconds, and a number of refills."""
    horizon, count = limits
    by_member = {w[1].members[0]: w for w in windows}
    calendar = Calendar(horizon)
    block(calendar, found, plan.deck.arm.name, count)
    ready = earliest_use(found)
    gone = {rhythm.use.stock: rhythm.lasts_until(count) for rhythm in found}
    usable = {
        operation.id: (ready[stock], gone[stock])
        for stock, operations in draws_of(plan).items()
        if stock in ready
        for operation in operations
    }
    starts: dict[str, int] = {}
    for cluster in ordered:
        allowed = _allowed(network, cluster, starts, usable)
        exact, tolerant = by_member[cluster.members[0]]
        placed = place(exact, network, calendar, allowed)
        if placed is None and exact is not tolerant:
            placed = place(tolerant, network, calendar, allowed)
        if placed is None:
            return None, cluster
        for name, start in placed.items():
            node = network.nodes[name]
            calendar.occupy(node.resources, start - node.lead, node.duration + node.lead)
            starts[name] = start
    return starts, None


def _allowed(
    network: Network,
    cluster: Cluster,
    starts: Mapping[str, int],
    usable: Mapping[str, tuple[int, int]],
) -> dict[str, tuple[int, int]]:
    """First and last second for each member: by what is placed, and by the lots of its stock."""
    inside = set(cluster.members)
    allowed = {}
    for name in cluster.members:
        ready, gone = usable.get(name, (0, FOREVER))
        after = [starts[e.before] + e.low for e in network.incoming[name] if e.before not in inside]
        allowed[name] = (max([ready, *after]), gone - network.nodes[name].duration)
    return allowed

"""Scheduling: clusters are inserted one after the other at their earliest, then dressed up.

A list scheduler: groups with the longest chains go first, each of their clusters at the earliest
time at which every member finds its devices free within its lags. What a schedule can't be without
(the life of a stock) may end this early; then the group that found no time goes first, and at last
small plans are searched through.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from ncrobot.errors import ScheduleError
from ncrobot.plan import Plan
from ncrobot.schedule import Schedule
from ncrobot.scheduler.assembling import assemble
from ncrobot.scheduler.bounds import heads_of
from ncrobot.scheduler.calendar import Calendar
from ncrobot.scheduler.components import Cluster, make_clusters
from ncrobot.scheduler.explaining import Failure, contradictions, crowded, explain
from ncrobot.scheduler.insertion import Form, Placing
from ncrobot.scheduler.lattice import ContradictionError
from ncrobot.scheduler.network import Network, build_network
from ncrobot.scheduler.ordering import order_clusters, rank_groups
from ncrobot.scheduler.rhythm import Rhythm, find_rhythms
from ncrobot.scheduler.settling import settle
from ncrobot.scheduler.supplies import Supplies

# Orders of groups that are tried before giving up (the first one succeeds unless stocks get old).
ORDERS = 12
# How often four times as many refills are foreseen, in case that they were too few.
EXTENSIONS = 1
# Plans of at most this many operations are searched through before they are called impossible.
SMALL = 60


@dataclass(frozen=True, slots=True)
class _Case:
    """What stays the same over all attempts."""

    plan: Plan
    network: Network
    heads: Mapping[str, int]
    forms: Mapping[str, Form]
    clusters: Sequence[Cluster]


@dataclass(frozen=True, slots=True)
class _Placed:
    """An attempt that went well."""

    starts: dict[str, int]
    supplies: Supplies
    calendar: Calendar


def schedule_plan(plan: Plan, *, seed: int = 0) -> Schedule:
    """Give every operation of the plan a start; the same plan and seed give the same schedule.

    Raises:
        ScheduleError: lags contradict each other, a stock gets too old, or a set of lags that has
            to hold together finds no time on a device; names steps, wells, what binds, and fixes.
    """
    network = build_network(plan)
    clusters = make_clusters(network)
    forms = _forms(plan, network, clusters)
    case = _Case(plan, network, heads_of(network), forms, clusters)
    failed = _hopeless(case)
    for choice in count() if failed is None else ():
        rhythms = find_rhythms(plan, network, case.heads, choice=choice)
        if rhythms is None:
            break
        placed, stuck = _best_of_orders(case, rhythms, seed, thorough=choice == 0)
        if placed is not None:
            settle(network, placed.supplies, placed.calendar, placed.starts)
            return assemble(plan, network, placed.starts, rhythms, case.heads, seed)
        failed = failed or stuck
    raise _refusal(case, failed or clusters[0], seed)


def _hopeless(case: _Case) -> Cluster | None:
    """What its lags alone bring after the life of a stock that nobody re-makes."""
    rhythms = find_rhythms(case.plan, case.network, case.heads) or []
    supplies = _supplies(case, rhythms, _refills_foreseen(case, rhythms))
    for cluster in case.clusters:
        if any(case.heads[name] > supplies.latest(name) for name in cluster.members):
            return cluster
    return None


def _forms(plan: Plan, network: Network, clusters: Sequence[Cluster]) -> dict[str, Form]:
    """The forms of all clusters by their first member."""
    forms: dict[str, Form] = {}
    broken: list[ContradictionError] = []
    for cluster in clusters:
        try:
            forms[cluster.members[0]] = Form.of(cluster)
        except ContradictionError as error:
            broken.append(error)
    findings = contradictions(plan, network, broken) or crowded(plan, network, clusters)
    if findings:
        raise ScheduleError(findings)
    return forms


def _best_of_orders(
    case: _Case, rhythms: Sequence[Rhythm], seed: int, *, thorough: bool
) -> tuple[_Placed | None, Cluster | None]:
    """The first order of groups in which everything finds its time, or what found none.

    A calendar has no end. So what finds no time where nothing limits how late it may be finds none
    in another order either.
    """
    groups = rank_groups(case.network, case.heads, seed)
    jitter = random.Random(seed)  # noqa: S311 - reproducible, no secret
    counts = _refills_foreseen(case, rhythms)
    first: Cluster | None = None
    for number in range(ORDERS):
        supplies = _supplies(case, rhythms, counts)
        placed, failed = _attempt(case, groups, supplies, thorough=thorough and number == 0)
        if failed is None:
            return _with_fewer_refills(case, rhythms, groups, placed), None
        first = first or failed
        if any(supplies.is_remade(name) for name in failed.members) and number < EXTENSIONS:
            counts = {stock: 4 * count for stock, count in counts.items()}
        elif not any(supplies.gets_old(name) for name in failed.members):
            break
        _promote(groups, _group_of(case.network, failed), jitter)
    if len(case.network.nodes) <= SMALL:
        return _search_through(case, _supplies(case, rhythms, counts)), first
    return None, first


def _promote(groups: list[str], group: str | None, jitter: random.Random) -> None:
    """The group that found no time goes first; if it did already, the others are shuffled."""
    if group is None or group == groups[0]:
        jitter.shuffle(groups)
    else:
        groups.remove(group)
        groups.insert(0, group)


def _with_fewer_refills(
    case: _Case, rhythms: Sequence[Rhythm], groups: Sequence[str], placed: _Placed
) -> _Placed:
    """Once more, nothing being kept free for refills after the last that is needed."""
    if not rhythms:
        return placed
    needed = placed.supplies.counts_needed()
    again, failed = _attempt(case, groups, _supplies(case, rhythms, needed))
    return again if failed is None and _end(case, again) <= _end(case, placed) else placed


def _end(case: _Case, placed: _Placed) -> int:
    nodes = case.network.nodes
    return max((start + nodes[name].duration for name, start in placed.starts.items()), default=0)


def _supplies(case: _Case, rhythms: Sequence[Rhythm], counts: Mapping[str, int]) -> Supplies:
    return Supplies(case.plan, case.network, rhythms, counts)


def _refills_foreseen(case: _Case, rhythms: Sequence[Rhythm]) -> dict[str, int]:
    """Enough for one operation after the other; more are foreseen if that wasn't enough."""
    nodes = case.network.nodes
    longest = max((case.heads[name] + node.duration for name, node in nodes.items()), default=0)
    load = sum(node.duration for node in nodes.values())
    return {r.use.stock: (longest + 2 * load) // r.period + 2 for r in rhythms}


def _attempt(
    case: _Case, groups: Sequence[str], supplies: Supplies, *, thorough: bool = False
) -> tuple[_Placed, Cluster | None]:
    """Place all clusters in the order of their groups; also returns the one that found no time."""
    calendar = Calendar()
    supplies.keep_free(calendar)
    placing = Placing(case.network, supplies, calendar, thorough=thorough)
    placed = _Placed(placing.starts, supplies, calendar)
    for cluster in order_clusters(case.network, case.clusters, groups):
        if not placing.place(case.forms[cluster.members[0]]):
            return placed, cluster
    return placed, None


def _search_through(case: _Case, supplies: Supplies) -> _Placed | None:
    """All operations as one cluster: exact as far as the search's budget goes."""
    calendar = Calendar()
    supplies.keep_free(calendar)
    placing = Placing(case.network, supplies, calendar, thorough=True)
    members = tuple(case.network.nodes)
    whole = Form.of(Cluster(members, tuple(case.network.edges)))
    return _Placed(placing.starts, supplies, calendar) if placing.place(whole) else None


def _group_of(network: Network, cluster: Cluster) -> str | None:
    groups = (network.nodes[name].operation.group for name in cluster.members)
    return next((group for group in groups if group is not None), None)


def _refusal(case: _Case, failed: Cluster, seed: int) -> ScheduleError:
    """Why there is no schedule; what would be too old is read from one that ignores it."""
    rhythms = find_rhythms(case.plan, case.network, case.heads) or []
    counts = _refills_foreseen(case, rhythms)
    lifted = Supplies(case.plan, case.network, rhythms, counts, ignore_life=True)
    groups = rank_groups(case.network, case.heads, seed)
    placed, stuck = _attempt(case, groups, lifted)
    failure = Failure(
        case.plan, case.network, failed, rhythms, None if stuck is not None else placed.starts
    )
    return explain(failure)

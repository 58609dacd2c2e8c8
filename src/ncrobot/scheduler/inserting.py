"""Inserting: all clusters one after the other, in several orders of their groups if need be.

What a schedule can't be without (the life of a stock, a limit) may end an attempt early; then the
group that found no time goes first, and at last small plans are searched through.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ncrobot.errors import ScheduleError
from ncrobot.plan import Plan
from ncrobot.scheduler.bounds import heads_of
from ncrobot.scheduler.calendar import Calendar
from ncrobot.scheduler.components import Cluster, make_clusters
from ncrobot.scheduler.explaining import Failure, contradictions, crowded, explain
from ncrobot.scheduler.improving import shorter_starts
from ncrobot.scheduler.insertion import Form, Placing
from ncrobot.scheduler.lattice import ContradictionError
from ncrobot.scheduler.limits import Limits
from ncrobot.scheduler.network import Network
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
class Case:
    """What stays the same over all attempts; ``order`` of the groups, None: by their chains.

    ``targets_exact``: every target is held, not only those of portions. ``keeps_lives``: if not,
    stocks that nobody re-makes keep for ever.
    """

    plan: Plan
    network: Network
    heads: Mapping[str, int]
    forms: Mapping[str, Form]
    clusters: Sequence[Cluster]
    limits: Limits
    order: tuple[str, ...] | None = None
    targets_exact: bool = False
    effort: float = 1.0
    keeps_lives: bool = True


@dataclass(frozen=True, slots=True)
class Placed:
    """An attempt that went well."""

    starts: dict[str, int]
    supplies: Supplies
    calendar: Calendar
    method: str = "list insertion"


def make_case(
    plan: Plan,
    network: Network,
    limits: Limits,
    *,
    targets_exact: bool = False,
    order: tuple[str, ...] | None = None,
) -> Case:
    """Everything that attempts need.

    Raises:
        ScheduleError: lags contradict each other, or leave too little time for a device's work.
    """
    clusters = make_clusters(network)
    forms = _forms(plan, network, clusters, targets_exact=targets_exact)
    findings = crowded(plan, network, clusters)
    if findings:
        raise ScheduleError(findings)
    heads = heads_of(network)
    return Case(plan, network, heads, forms, clusters, limits, order, targets_exact)


def check_lags(plan: Plan, network: Network) -> None:
    """Make sure that the lags can hold together, whatever the devices do.

    Raises:
        ScheduleError: they contradict each other.
    """
    _forms(plan, network, make_clusters(network), targets_exact=False)


def _forms(
    plan: Plan, network: Network, clusters: Sequence[Cluster], *, targets_exact: bool
) -> dict[str, Form]:
    forms: dict[str, Form] = {}
    broken: list[ContradictionError] = []
    for cluster in clusters:
        try:
            forms[cluster.members[0]] = Form.of(cluster, targets_exact=targets_exact)
        except ContradictionError as error:
            broken.append(error)
    if broken:
        raise ScheduleError(contradictions(plan, network, broken))
    return forms


def hopeless(case: Case) -> Cluster | None:
    """What its lags alone bring after the life of a stock that nobody re-makes, or a limit."""
    rhythms = find_rhythms(case.plan, case.network, case.heads) or []
    supplies = _supplies(case, rhythms, _refills_foreseen(case, rhythms))
    for cluster in case.clusters:
        for name in cluster.members:
            last = min(supplies.latest(name), case.limits.last.get(name, supplies.latest(name)))
            if case.heads[name] > last:
                return cluster
    return None


def insert_all(
    case: Case, rhythms: Sequence[Rhythm], seed: int, *, thorough: bool
) -> tuple[Placed | None, Cluster | None]:
    """The first order of groups in which everything finds its time, or what found none.

    A calendar has no end. So what finds no time where nothing limits how late it may be finds none
    in another order either.
    """
    groups = _groups(case, seed)
    jitter = random.Random(seed)  # noqa: S311 - reproducible, no secret
    counts = _refills_foreseen(case, rhythms)
    first: Cluster | None = None
    for number in range(ORDERS):
        supplies = _supplies(case, rhythms, counts)
        placed, failed = _attempt(case, groups, supplies, thorough=thorough and number == 0)
        if failed is None:
            placed = _with_fewer_refills(case, rhythms, groups, placed)
            return settled(case, _shorter(case, rhythms, placed, seed)), None
        first = first or failed
        if any(supplies.is_remade(name) for name in failed.members) and number < EXTENSIONS:
            counts = {stock: 4 * count for stock, count in counts.items()}
        elif not case.limits.last and not any(supplies.gets_old(name) for name in failed.members):
            break
        _promote(groups, _group_of(case.network, failed), jitter)
    if len(case.network.nodes) <= SMALL:
        found = _search_through(case, _supplies(case, rhythms, counts))
        return None if found is None else settled(case, found), first
    return None, first


def settled(case: Case, placed: Placed) -> Placed:
    """The same, what may wait moved later."""
    settle(case.network, placed.supplies, placed.calendar, placed.starts)
    return placed


def _groups(case: Case, seed: int) -> list[str]:
    if case.order is not None:
        return list(case.order)
    return rank_groups(case.network, case.heads, seed)


def _promote(groups: list[str], group: str | None, jitter: random.Random) -> None:
    """The group that found no time goes first; if it did already, the others are shuffled."""
    if group is None or group == groups[0]:
        jitter.shuffle(groups)
    else:
        groups.remove(group)
        groups.insert(0, group)


def _with_fewer_refills(
    case: Case, rhythms: Sequence[Rhythm], groups: Sequence[str], placed: Placed
) -> Placed:
    """Once more, nothing being kept free for refills after the last that is needed."""
    if not rhythms:
        return placed
    needed = placed.supplies.counts_needed()
    again, failed = _attempt(case, groups, _supplies(case, rhythms, needed))
    return again if failed is None and _end(case, again) <= _end(case, placed) else placed


def _shorter(case: Case, rhythms: Sequence[Rhythm], placed: Placed, seed: int) -> Placed:
    """The same operations negotiated anew, if that ends sooner and nothing else is asked for."""
    if case.order is not None or case.targets_exact:
        return placed
    starts = shorter_starts(
        case.plan, case.network, placed.supplies, case.limits, placed.starts, (seed, case.effort)
    )
    if starts is None:
        return placed
    counts = placed.supplies.counts_needed()
    return placed_at(case, rhythms, counts, starts, "insertion and negotiation")


def placed_at(
    case: Case,
    rhythms: Sequence[Rhythm],
    counts: Mapping[str, int],
    starts: dict[str, int],
    method: str,
) -> Placed:
    """All operations at given starts, with the refills that these need, of so many foreseen."""
    supplies = _supplies(case, rhythms, counts)
    calendar = _calendar(case, supplies)
    supplies.make(supplies.refills_for(starts), calendar)
    for name, start in starts.items():
        node = case.network.nodes[name]
        calendar.occupy(node.claims, start, node.duration)
    return Placed(starts, supplies, calendar, method)


def _end(case: Case, placed: Placed) -> int:
    nodes = case.network.nodes
    return max((start + nodes[name].duration for name, start in placed.starts.items()), default=0)


def _supplies(case: Case, rhythms: Sequence[Rhythm], counts: Mapping[str, int]) -> Supplies:
    lifted = not case.keeps_lives
    return Supplies(case.plan, case.network, rhythms, counts, ignore_life=lifted)


def _refills_foreseen(case: Case, rhythms: Sequence[Rhythm]) -> dict[str, int]:
    """Enough for one operation after the other; more are foreseen if that wasn't enough."""
    until = foreseen(case.network, case.heads) + case.limits.away.bit_count()
    return {r.use.stock: until // r.period + 2 for r in rhythms}


def foreseen(network: Network, heads: Mapping[str, int]) -> int:
    """Ticks in which most schedules are over: the longest chain, and twice the work of all."""
    longest = max((heads[name] + node.duration for name, node in network.nodes.items()), default=0)
    return longest + 2 * sum(node.duration for node in network.nodes.values())


def _calendar(case: Case, supplies: Supplies) -> Calendar:
    calendar = Calendar()
    calendar.close("person", case.limits.away)
    supplies.keep_free(calendar)
    return calendar


def _attempt(
    case: Case, groups: Sequence[str], supplies: Supplies, *, thorough: bool = False
) -> tuple[Placed, Cluster | None]:
    """Place all clusters in the order of their groups; also returns the one that found no time."""
    calendar = _calendar(case, supplies)
    placing = Placing(case.network, supplies, calendar, case.limits, thorough=thorough)
    placed = Placed(placing.starts, supplies, calendar)
    for cluster in order_clusters(case.network, case.clusters, groups):
        if not placing.place(case.forms[cluster.members[0]]):
            return placed, cluster
    return placed, None


def _search_through(case: Case, supplies: Supplies) -> Placed | None:
    """All operations as one cluster: exact as far as the search's budget goes."""
    calendar = _calendar(case, supplies)
    placing = Placing(case.network, supplies, calendar, case.limits, thorough=True)
    members = tuple(case.network.nodes)
    whole = Form.of(Cluster(members, tuple(case.network.edges)))
    return Placed(placing.starts, supplies, calendar) if placing.place(whole) else None


def _group_of(network: Network, cluster: Cluster) -> str | None:
    groups = (network.nodes[name].operation.group for name in cluster.members)
    return next((group for group in groups if group is not None), None)


def refusal(case: Case, failed: Cluster, seed: int, *, proven: bool) -> ScheduleError:
    """Why there is no schedule; what would be too old is read from one that ignores it."""
    rhythms = find_rhythms(case.plan, case.network, case.heads) or []
    counts = _refills_foreseen(case, rhythms)
    lifted = _supplies(replace(case, keeps_lives=False), rhythms, counts)
    placed, stuck = _attempt(case, _groups(case, seed), lifted)
    starts = None if stuck is not None else placed.starts
    return explain(Failure(case.plan, case.network, failed, rhythms, starts, proven))

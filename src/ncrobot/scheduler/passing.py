"""Passing: whether any quick check forbids a plan, and without which wells none would.

The checks are those of a refusal: lags that can't hold together, operations that crowd, what comes
too late for a stock or the asked end, overload of any window, and the bound on the makespan. A plan
that passes may still have no schedule.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ncrobot.schedule import ScheduleOptions
from ncrobot.scheduler.bounds import (
    heads_if_possible,
    heads_of,
    lower_bound,
    tails_of,
    work_of,
)
from ncrobot.scheduler.components import make_clusters, strong_components
from ncrobot.scheduler.crowding import crowds_in
from ncrobot.scheduler.easing import Eased
from ncrobot.scheduler.lattice import ContradictionError, make_shape
from ncrobot.scheduler.network import FOREVER, Network
from ncrobot.scheduler.overload import deadlines, find_overload


def passes(eased: Eased, options: ScheduleOptions) -> bool:
    """Whether no quick check forbids the plan."""
    return blocked_groups(eased, options) == set()


def wells_to_leave_out(eased: Eased, options: ScheduleOptions) -> tuple[str, ...] | None:
    """Wells without which no quick check forbids the plan, in its order; None: that wouldn't help.

    The last wells of what is too much go, check after check, until nothing is.
    """
    gone: set[str] = set()
    left = eased
    while True:
        blocked = blocked_groups(left, options)
        if blocked is None:
            return None
        if not blocked:
            break
        gone |= blocked
        left = left.without_groups(blocked)
        if all(node.operation.group is None for node in left.network.nodes.values()):
            return None
    return wells_of(eased, gone)


def wells_of(eased: Eased, groups: Collection[str]) -> tuple[str, ...]:
    """The wells of some groups, in the order of the plan."""
    nodes = eased.network.nodes.values()
    named = {w for n in nodes if n.operation.group in groups for w in n.operation.wells}
    return tuple(well.well for well in eased.plan.wells if well.well in named)


def blocked_groups(eased: Eased, options: ScheduleOptions) -> set[str] | None:
    """Groups that the first check that forbids the plan wants away; None: wells don't matter."""
    network = eased.network
    heads = heads_if_possible(network)
    if heads is None and _contradicts(network):
        return None
    heads = heads_of(network) if heads is None else heads
    for cluster in make_clusters(network) if _tied(network) else ():
        for crowd in crowds_in(network, cluster):
            return _groups(eased, crowd.members[crowd.fit :]) or None
    asked = options.finish_within_s
    finish = FOREVER if asked is None else network.grid.down(asked)
    last = deadlines(eased.plan, network, finish)
    tails = tails_of(network) if finish < FOREVER else {}
    late = [n for n, at in heads.items() if at > last[n] or at + tails.get(n, 0) > finish]
    if late:
        found = [network.nodes[name].operation.group for name in late]
        return None if None in found else {group for group in found if group is not None}
    work = work_of(eased.plan, network, heads, tails) if finish < FOREVER else None
    overload = find_overload(eased.plan, network, heads, options, work, last)
    if overload is not None:
        return set(overload.beyond) or None
    if work is None or lower_bound(eased.plan, network, heads, work).ticks <= finish:
        return set()
    return _last_group(eased)


def _contradicts(network: Network) -> bool:
    """Whether lags can't hold together, whatever the devices do."""
    try:
        for cluster in make_clusters(network):
            make_shape(cluster, exact="nothing")
    except ContradictionError:
        return True
    return False


def _tied(network: Network) -> bool:
    """Whether lags may tie operations of several groups into one cluster."""
    group = {name: node.operation.group or name for name, node in network.nodes.items()}
    arrows: dict[str, set[str]] = {each: set() for each in group.values()}
    for edge in network.edges:
        before, after = group[edge.before], group[edge.after]
        if before != after:
            arrows[before].add(after)
            if edge.high < FOREVER:
                arrows[after].add(before)
    together = strong_components({name: sorted(others) for name, others in arrows.items()})
    return any(len(groups) > 1 for groups in together)


def _groups(eased: Eased, names: Iterable[str]) -> set[str]:
    found = (eased.network.nodes[name].operation.group for name in names)
    return {group for group in found if group is not None}


def _last_group(eased: Eased) -> set[str] | None:
    """The last group of the plan: the bound counts the work of all of them."""
    ordered = sorted(eased.network.nodes.values(), key=lambda node: -node.order)
    found = next((n.operation.group for n in ordered if n.operation.group is not None), None)
    return None if found is None else {found}

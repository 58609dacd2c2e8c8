"""Assembling: starts become the schedule, with slack, lots, refills, shaker pauses and a bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from ncrobot.plan import Operation, Plan
from ncrobot.schedule import Entry, LagFigure, Schedule
from ncrobot.scheduler.network import FOREVER, Edge, Network, Node
from ncrobot.scheduler.refills import Rhythm, make_refills
from ncrobot.scheduler.shaking import shake_operations
from ncrobot.scheduler.summary import summarise

NO_LIMIT_S = 1e12


def assemble(
    plan: Plan,
    network: Network,
    starts: Mapping[str, int],
    found: Sequence[Rhythm],
    heads: Mapping[str, int],
    seed: int,
) -> Schedule:
    """The finished schedule document."""
    refills, lots = make_refills(plan, network, found, starts)
    last = max((starts[n] + node.duration for n, node in network.nodes.items()), default=0)
    end = max([last, *(at + int(refill.takes_s) for refill, at in refills)])
    shakes = shake_operations(plan, network, starts, end)
    arm = plan.deck.arm.name
    entries = [
        Entry(
            operation=name,
            start_s=float(starts[name]),
            duration_s=float(node.duration),
            device=node.operation.device,
            resources=node.resources,
            slack_s=slack,
        )
        for name, node, slack in _with_slack(network, starts)
    ]
    auxiliary: list[Operation] = []
    for refill, at in refills:
        auxiliary.append(refill)
        entries.append(_entry(refill, at, int(refill.takes_s), ("person", arm)))
    for shake, at, duration in shakes:
        auxiliary.append(shake)
        entries.append(_entry(shake, at, duration, (shake.device,)))
    makespan = max((entry.end_s for entry in entries), default=0.0)
    bound = float(lower_bound(network, heads, arm))
    figures = _figures(network, starts)
    return Schedule(
        plan_sha256=plan.sha256,
        entries=tuple(sorted(entries, key=lambda e: (e.start_s, e.duration_s > 0, e.operation))),
        auxiliary=tuple(auxiliary),
        lots=tuple(lots),
        makespan_s=makespan,
        lower_bound_s=bound,
        lags=figures,
        method="list insertion",
        seed=seed,
        summary=summarise(plan, network, starts, refills, makespan, bound),
    )


def _entry(operation: Operation, at: int, duration: int, resources: tuple[str, ...]) -> Entry:
    return Entry(
        operation=operation.id,
        start_s=float(at),
        duration_s=float(duration),
        device=operation.device,
        resources=resources,
        slack_s=0.0,
    )


def lower_bound(network: Network, heads: Mapping[str, int], arm: str) -> int:
    """Seconds that no schedule can beat: the longest chain of lags, or all work of the arm."""
    chain = max((heads[n] + node.duration for n, node in network.nodes.items()), default=0)
    load = sum(node.duration for node in network.nodes.values() if arm in node.resources)
    return max(chain, load)


def _with_slack(network: Network, starts: Mapping[str, int]) -> list[tuple[str, Node, float]]:
    """How much later each operation may start with everything else where it is."""
    by_resource: dict[str, list[str]] = {}
    for name in sorted(starts, key=lambda n: starts[n]):
        for resource in network.nodes[name].resources:
            by_resource.setdefault(resource, []).append(name)
    following: dict[str, int] = {}
    for names in by_resource.values():
        for name, other in pairwise(names):
            room = starts[other] - network.nodes[other].lead
            following[name] = min(following.get(name, FOREVER), room)
    found = []
    for name, node in network.nodes.items():
        slack = NO_LIMIT_S
        if name in following:
            slack = min(slack, following[name] - starts[name] - node.duration)
        for edge in network.incoming[name]:
            if edge.high < FOREVER:
                slack = min(slack, starts[edge.before] + edge.high - starts[name])
        for edge in network.outgoing[name]:
            slack = min(slack, starts[edge.after] - starts[name] - edge.low)
        found.append((name, node, float(max(slack, 0))))
    return found


def _figures(network: Network, starts: Mapping[str, int]) -> tuple[LagFigure, ...]:
    """Value and slack of every lag that has an upper bound or a wish."""
    return tuple(
        _figure(network, edge, starts)
        for edge in network.edges
        if edge.high < FOREVER or edge.wish is not None
    )


def _figure(network: Network, edge: Edge, starts: Mapping[str, int]) -> LagFigure:
    lag = edge.lag
    offset = network.nodes[edge.before].duration if lag.point == "end" else 0
    value = float(starts[edge.after] - starts[edge.before] - offset)
    bounds = [value - lag.min_s] + ([lag.max_s - value] if lag.max_s is not None else [])
    return LagFigure(
        before=lag.before,
        after=lag.after,
        value_s=value,
        min_s=lag.min_s,
        max_s=lag.max_s,
        target_s=lag.target_s,
        slack_s=min(bounds),
    )

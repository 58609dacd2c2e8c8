"""The plan as a network of time lags: start-to-start bounds in whole seconds, cut into clusters.

A cluster is a set of operations that upper bounds tie together; it has to be placed as a whole.
Lower bounds between clusters only say which comes first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ncrobot.plan import AskPerson, Lag, Operation, Plan, Refill, SetTemperature
from ncrobot.scheduler.durations import operation_duration_s

FOREVER = 10**9
"""Longer than any run, in seconds."""


@dataclass(frozen=True, slots=True)
class Edge:
    """``after`` starts low to high seconds after ``before`` starts; at ``wish`` if possible."""

    before: str
    after: str
    low: int
    high: int
    wish: int | None
    lag: Lag


@dataclass(slots=True)
class Node:
    """One operation: whole seconds of work, of shaker stop before it, and what it occupies."""

    operation: Operation
    duration: int
    lead: int
    resources: tuple[str, ...]
    order: int


@dataclass(slots=True)
class Cluster:
    """Operations that are placed together, in an order that the lags allow."""

    members: list[str]
    edges: list[Edge] = field(default_factory=list)


@dataclass(slots=True)
class Network:
    """All nodes and edges of a plan."""

    nodes: Mapping[str, Node]
    edges: Sequence[Edge]
    incoming: Mapping[str, list[Edge]]
    outgoing: Mapping[str, list[Edge]]


def resources_of(operation: Operation, arm: str) -> tuple[str, ...]:
    """What an operation occupies alone. A person at work has their hands on the deck."""
    if isinstance(operation, AskPerson | Refill):
        return ("person", arm) if operation.takes_s > 0 else ()
    if isinstance(operation, SetTemperature):
        return (f"{operation.device}:temperature",)
    return (operation.device,)


def build_network(plan: Plan) -> Network:
    """Nodes with whole-second durations and edges between them."""
    shaken = {background.labware for background in plan.backgrounds}
    nodes: dict[str, Node] = {}
    for order, operation in enumerate(plan.operations):
        lead = 0
        for labware in labware_touched(operation) & shaken:
            device = next(b.device for b in plan.backgrounds if b.labware == labware)
            lead = max(lead, math.ceil(getattr(plan.deck.devices[device], "stop_s", 0.0)))
        nodes[operation.id] = Node(
            operation,
            math.ceil(round(operation_duration_s(operation, plan.deck), 6)),
            lead,
            resources_of(operation, plan.deck.arm.name),
            order,
        )
    edges = [_edge(lag, nodes) for lag in plan.lags]
    incoming: dict[str, list[Edge]] = {name: [] for name in nodes}
    outgoing: dict[str, list[Edge]] = {name: [] for name in nodes}
    for edge in edges:
        incoming[edge.after].append(edge)
        outgoing[edge.before].append(edge)
    return Network(nodes, edges, incoming, outgoing)


def _edge(lag: Lag, nodes: Mapping[str, Node]) -> Edge:
    before, after = nodes[lag.before], nodes[lag.after]
    offset = before.duration if lag.point == "end" else 0
    low = math.ceil(round(lag.min_s, 6)) + offset
    if lag.point == "end" and set(before.resources) & set(after.resources):
        # The shaker is stopped before a visit while the arm waits, so that can't overlap either.
        low = max(low, before.duration + after.lead)
    return Edge(
        lag.before,
        lag.after,
        low,
        FOREVER if lag.max_s is None else math.floor(round(lag.max_s, 6)) + offset,
        None if lag.target_s is None else round(lag.target_s) + offset,
        lag,
    )


def labware_touched(operation: Operation) -> set[str]:
    """Labware that the arm reaches into during an operation."""
    if operation.kind == "transfer":
        return {
            address.split("/")[0]
            for leg in operation.legs
            for address in (leg.source, leg.destination)
        }
    if operation.kind == "mix":
        return {leg.well.split("/")[0] for leg in operation.legs}
    if operation.kind in ("move_plate", "read"):
        return {operation.labware}
    return set()


def topological(network: Network, members: Sequence[str]) -> list[str] | None:
    """The members in an order that their edges allow (plan order breaks ties); None if circular."""
    inside = set(members)
    waiting = {m: sum(e.before in inside for e in network.incoming[m]) for m in members}
    ready = sorted((m for m in members if not waiting[m]), key=lambda m: network.nodes[m].order)
    done: list[str] = []
    while ready:
        name = ready.pop(0)
        done.append(name)
        fresh = []
        for edge in network.outgoing[name]:
            if edge.after in inside:
                waiting[edge.after] -= 1
                if waiting[edge.after] == 0:
                    fresh.append(edge.after)
        ready = sorted([*ready, *fresh], key=lambda m: network.nodes[m].order)
    return done if len(done) == len(members) else None


def make_clusters(network: Network) -> list[Cluster]:
    """Cut the network at its unbounded edges, keeping together what would otherwise be circular."""
    parent = {name: name for name in network.nodes}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for edge in network.edges:
        if edge.high < FOREVER:
            parent[root(edge.after)] = root(edge.before)
    while merged := _circular(network, root):
        first = merged[0]
        for other in merged[1:]:
            parent[root(other)] = root(first)
    groups: dict[str, list[str]] = {}
    for name in network.nodes:
        groups.setdefault(root(name), []).append(name)
    clusters = []
    for members in groups.values():
        ordered = topological(network, members) or members
        inside = set(members)
        edges = [e for m in ordered for e in network.incoming[m] if e.before in inside]
        clusters.append(Cluster(ordered, edges))
    return clusters


def _circular(network: Network, find: Callable[[str], str]) -> list[str]:
    """Clusters (by root) on a circle of edges, or an empty list."""
    after: dict[str, set[str]] = {}
    for edge in network.edges:
        a, b = find(edge.before), find(edge.after)
        if a != b:
            after.setdefault(a, set()).add(b)
    state: dict[str, int] = {}
    for start in list(after):
        if state.get(start):
            continue
        stack: list[tuple[str, list[str]]] = [(start, sorted(after.get(start, ())))]
        path = [start]
        state[start] = 1
        while stack:
            name, rest = stack[-1]
            if not rest:
                state[name] = 2
                stack.pop()
                path.pop()
                continue
            following = rest.pop()
            if state.get(following) == 1:
                return path[path.index(following) :]
            if not state.get(following):
                state[following] = 1
                path.append(following)
                stack.append((following, sorted(after.get(following, ()))))
    return []

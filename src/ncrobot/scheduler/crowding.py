"""Crowding: operations that must all begin within a window that is too short for their work.

It is a proof: operations of one device that begin within a window of W have, without the longest of
them, at most W of work. The window follows from the lags alone (longest paths between them).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ncrobot.scheduler.components import Cluster
from ncrobot.scheduler.gaps import Arrows, arrows, least_gaps
from ncrobot.scheduler.network import FOREVER, Edge, Network


@dataclass(frozen=True, slots=True)
class Crowd:
    """Operations of one step on one device that must begin within ``window`` ticks."""

    step: str
    resource: str
    members: tuple[str, ...]
    window: int
    work: int
    longest: int
    edge: Edge | None

    @property
    def fit(self) -> int:
        """How many of them could be done, if all took as long as the longest."""
        return self.window // self.longest + 1


def crowds_in(network: Network, cluster: Cluster) -> list[Crowd]:
    """All crowds of a cluster, the worst first; an empty list proves nothing."""
    by_act: dict[tuple[str, int | None, str], list[str]] = {}
    for name in cluster.members:
        node = network.nodes[name]
        for resource in node.resources if node.duration > 0 else ():
            key = (node.operation.step, node.operation.portion, resource)
            by_act.setdefault(key, []).append(name)
    groups = {network.nodes[name].operation.group for name in cluster.members}
    if len(groups) < 2:
        return []
    least = arrows(cluster.members, cluster.edges)
    found = []
    for (step, _, resource), names in by_act.items():
        if len(names) < 2:
            continue
        durations = [network.nodes[name].duration for name in names]
        work, longest = sum(durations), max(durations)
        window = _window(names, least, work - longest)
        if work - longest > window:
            edge = _tightest(network, cluster, set(names))
            found.append(Crowd(step, resource, tuple(names), window, work, longest, edge))
    return sorted(found, key=lambda crowd: crowd.window - crowd.work)


def _window(names: Sequence[str], out: Arrows, enough: int) -> int:
    """The most that two of the operations can be apart: minus the least of all least gaps.

    Stops as soon as it is found to be ``enough``.
    """
    window = 0
    for first in names:
        least = least_gaps(first, out)
        window = max(window, *(-least.get(other, -FOREVER) for other in names))
        if window >= enough:
            break
    return window


def _tightest(network: Network, cluster: Cluster, names: set[str]) -> Edge | None:
    """The narrowest bounded lag of the operations, if possible one that ties groups together."""
    groups = {name: network.nodes[name].operation.group for name in cluster.members}
    edges = [
        edge
        for edge in cluster.edges
        if edge.high < FOREVER and (edge.before in names or edge.after in names)
    ]
    return min(
        edges,
        key=lambda edge: (groups[edge.before] == groups[edge.after], edge.high - edge.low),
        default=None,
    )

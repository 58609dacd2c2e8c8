"""Insertion: the earliest placement of one cluster among what is placed already.

The windows of all members relative to the first follow from the lags (all-pairs shortest paths).
Starts of the first member at which some member has no free second in its window are ruled out for
all members at once, with bit operations; what remains is tried in order of time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ncrobot.scheduler.calendar import (
    Calendar,
    first_at_or_after,
    nearest,
    smear_down,
    span,
)
from ncrobot.scheduler.network import FOREVER, Cluster, Edge, Network, Node

# How many starts of the first member are tried in detail before giving up within a horizon.
TRIES = 4000


class ContradictionError(Exception):
    """The lags of a cluster can't hold whatever the devices do."""

    def __init__(self, edges: list[Edge]) -> None:
        super().__init__("lags contradict each other")
        self.edges = edges


@dataclass(slots=True)
class Windows:
    """Bounds between all members of a cluster: start of j minus start of i is in [low, high]."""

    members: list[str]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    wishes: list[list[tuple[int, int]]]

    def may_overlap(self, nodes: list[Node]) -> bool:
        """Whether two members share a resource without one having to come after the other."""
        for j, later in enumerate(nodes):
            for i, sooner in enumerate(nodes[:j]):
                if not set(sooner.resources) & set(later.resources):
                    continue
                if self.low[i, j] < sooner.duration + later.lead and (
                    self.low[j, i] < later.duration + sooner.lead
                ):
                    return True
        return False


def windows_of(cluster: Cluster, *, exact: bool) -> Windows:
    """Minimal network of a cluster; ``exact`` takes portion lags at their target only.

    Raises:
        ContradictionError: no times satisfy the lags.
    """
    index = {name: i for i, name in enumerate(cluster.members)}
    size = len(index)
    # distance[i, j]: upper bound of s_j - s_i
    distance = np.full((size, size), 4 * FOREVER, dtype=np.int64)
    np.fill_diagonal(distance, 0)
    wishes: list[list[tuple[int, int]]] = [[] for _ in range(size)]
    for edge in cluster.edges:
        i, j = index[edge.before], index[edge.after]
        low, high = edge.low, edge.high
        if exact and edge.lag.kind == "portion" and edge.wish is not None:
            low = high = edge.wish
        distance[i, j] = min(distance[i, j], high)
        distance[j, i] = min(distance[j, i], -low)
        if edge.wish is not None:
            wishes[j].append((i, edge.wish))
    for k in range(size):
        np.minimum(distance, distance[:, k : k + 1] + distance[k : k + 1, :], out=distance)
    if (np.diag(distance) < 0).any():
        raise ContradictionError([e for e in cluster.edges if e.high < FOREVER or e.low > 0])
    return Windows(cluster.members, -distance.T, distance, wishes)


def place(
    windows: Windows,
    network: Network,
    calendar: Calendar,
    allowed: Mapping[str, tuple[int, int]],
) -> dict[str, int] | None:
    """Start times of a cluster's members, the first member as early as can be; None if none fit.

    ``allowed`` holds the first and the last second at which each member may start.
    """
    size = len(windows.members)
    nodes = [network.nodes[name] for name in windows.members]
    free = [calendar.free_starts(n.resources, n.lead, n.duration) for n in nodes]
    for j, name in enumerate(windows.members):
        first, last = allowed[name]
        free[j] &= span(max(first, 0), max(min(last, calendar.horizon) - max(first, 0) + 1, 0))
    roots = free[0]
    for j in range(1, size):
        low, high = int(windows.low[0, j]), int(windows.high[0, j])
        roots &= _roots_for(free[j], low, min(high, calendar.horizon), calendar.horizon)
    careful = windows.may_overlap(nodes)
    start = -1
    for _ in range(TRIES):
        following = first_at_or_after(roots, start + 1)
        if following is None:
            return None
        start = following
        found = _from_root(start, windows, free, calendar.horizon, nodes if careful else None)
        if found is not None:
            return dict(zip(windows.members, found, strict=True))
    return None


def _roots_for(free: int, low: int, high: int, horizon: int) -> int:
    """Starts of the first member for which a free start exists low .. high seconds later."""
    low = max(low, -horizon)
    reach = smear_down(free, high - low)
    return reach >> low if low >= 0 else (reach << -low) & span(0, horizon)


def _from_root(
    start: int, windows: Windows, free: list[int], horizon: int, nodes: list[Node] | None
) -> list[int] | None:
    """Place the members one after the other, each at its wish or as early as it can.

    With ``nodes``, members are also kept from overlapping each other on a shared resource.
    """
    placed = [start]
    own: list[tuple[Node, int]] = [(nodes[0], start)] if nodes else []
    for j in range(1, len(windows.members)):
        lows = windows.low[:j, j] + placed
        highs = windows.high[:j, j] + placed
        low, high = max(int(lows.max()), 0), min(int(highs.min()), horizon - 1)
        if low > high:
            return None
        wish = next((placed[i] + w for i, w in windows.wishes[j] if i < j), low)
        open_ = free[j] & ~_taken(own, nodes[j]) if nodes else free[j]
        at = nearest(open_, low, high, wish)
        if at is None:
            return None
        placed.append(at)
        if nodes:
            own.append((nodes[j], at))
    return placed


def _taken(own: list[tuple[Node, int]], node: Node) -> int:
    """Starts at which ``node`` would overlap a member that is placed already."""
    bits = 0
    for other, at in own:
        if set(other.resources) & set(node.resources) and other.duration + other.lead > 0:
            first = max(at - other.lead - node.duration + 1, 0)
            bits |= span(first, max(at + other.duration + node.lead - first, 0))
    return bits

"""The order in which clusters are placed: what others wait for first, then group by group."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from ncrobot.plan import SetTemperature
from ncrobot.scheduler.components import Cluster
from ncrobot.scheduler.network import Network


def rank_groups(network: Network, heads: Mapping[str, int], seed: int) -> list[str]:
    """Groups, the one with the longest chain first; equal ones as in the plan, or shuffled."""
    length: dict[str, int] = {}
    for name, node in network.nodes.items():
        group = node.operation.group
        if group is not None:
            length[group] = max(length.get(group, 0), heads[name] + node.duration)
    groups = list(length)
    if seed:
        random.Random(seed).shuffle(groups)  # noqa: S311 - reproducible, no secret
    return sorted(groups, key=lambda group: -length[group])


def order_clusters(
    network: Network, clusters: Sequence[Cluster], groups: Sequence[str]
) -> list[Cluster]:
    """All clusters, each after those it waits for.

    Setpoints come first, because they take long and keep no one busy. Then the groups follow by
    their rank. What belongs to no group is placed right before the first that waits for it.
    """
    rank = {group: number for number, group in enumerate(groups)}
    owner = {name: i for i, cluster in enumerate(clusters) for name in cluster.members}
    before: list[set[int]] = [set() for _ in clusters]
    for edge in network.edges:
        if owner[edge.before] != owner[edge.after]:
            before[owner[edge.after]].add(owner[edge.before])
    keys = [_key(network, cluster, rank) for cluster in clusters]
    done: set[int] = set()
    ordered: list[int] = []
    for wanted in sorted(range(len(clusters)), key=lambda i: keys[i]):
        path = [wanted]
        while path:
            now = path[-1]
            missing = [i for i in before[now] if i not in done]
            if now in done:
                path.pop()
            elif missing:
                path.append(min(missing, key=lambda i: keys[i]))
            else:
                done.add(now)
                ordered.append(path.pop())
    return [clusters[i] for i in ordered]


def _key(network: Network, cluster: Cluster, rank: Mapping[str, int]) -> tuple[int, int]:
    nodes = [network.nodes[name] for name in cluster.members]
    first = min(node.order for node in nodes)
    if all(isinstance(node.operation, SetTemperature) for node in nodes):
        return (-1, first)
    ranks = [rank[node.operation.group] for node in nodes if node.operation.group is not None]
    return (min(ranks, default=len(rank)), first)

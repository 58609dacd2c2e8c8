"""Clusters: sets of operations that bounded lags tie together, so that they are placed as a whole.

A lower bound is an arrow from the earlier to the later operation, an upper bound one back. The
clusters are the strongly connected components of these arrows; between clusters there are lower
bounds only, which say which comes first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ncrobot.scheduler.network import FOREVER, Edge, Network


@dataclass(frozen=True, slots=True)
class Cluster:
    """Operations that are placed together, in the order of the plan, with the edges inside."""

    members: tuple[str, ...]
    edges: tuple[Edge, ...]


def make_clusters(network: Network) -> list[Cluster]:
    """All clusters; each comes after those that its operations wait for."""
    arrows: dict[str, list[str]] = {name: [] for name in network.nodes}
    for edge in network.edges:
        arrows[edge.before].append(edge.after)
        if edge.high < FOREVER:
            arrows[edge.after].append(edge.before)
    clusters = []
    for component in strong_components(arrows):
        inside = set(component)
        members = tuple(sorted(component, key=lambda name: network.nodes[name].order))
        edges = tuple(
            edge for name in members for edge in network.incoming[name] if edge.before in inside
        )
        clusters.append(Cluster(members, edges))
    clusters.reverse()
    return clusters


def strong_components(arrows: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Strongly connected components, each before those that point to it (Tarjan, no recursion)."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_: list[str] = []
    is_open: set[str] = set()
    found: list[list[str]] = []
    for first in arrows:
        if first in number:
            continue
        path: list[tuple[str, Iterator[str]]] = []
        following: str | None = first
        while following is not None or path:
            if following is not None:
                number[following] = lowest[following] = len(number)
                open_.append(following)
                is_open.add(following)
                path.append((following, iter(arrows[following])))
            name, rest = path[-1]
            following = _advance(rest, name, number, lowest, is_open)
            if following is None:
                path.pop()
                if path:
                    above = path[-1][0]
                    lowest[above] = min(lowest[above], lowest[name])
                if lowest[name] == number[name]:
                    found.append(_close(name, open_, is_open))
    return found


def _advance(
    rest: Iterator[str],
    name: str,
    number: Mapping[str, int],
    lowest: dict[str, int],
    is_open: set[str],
) -> str | None:
    """The next neighbour that wasn't visited yet; notes what the visited ones reach."""
    for neighbour in rest:
        if neighbour not in number:
            return neighbour
        if neighbour in is_open:
            lowest[name] = min(lowest[name], number[neighbour])
    return None


def _close(name: str, open_: list[str], is_open: set[str]) -> list[str]:
    component = []
    while True:
        member = open_.pop()
        is_open.discard(member)
        component.append(member)
        if member == name:
            return component

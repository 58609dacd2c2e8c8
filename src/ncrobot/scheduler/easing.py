"""Easing: a plan and its network with one thing changed, for quick checks that need no compiler.

Groups of wells stay as they are. A plan that is compiled anew with fewer wells may group them
otherwise, so only planning anew tells for sure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil

from ncrobot.plan import Plan
from ncrobot.scheduler.network import FOREVER, Edge, Network, Node


@dataclass(frozen=True, slots=True)
class Eased:
    """A plan, which carries operations and stocks, and its network, which carries times."""

    plan: Plan
    network: Network

    def only(self, kept: Collection[str]) -> Eased:
        """With these operations only, and the lags between them."""
        known = self.network.nodes
        names = sorted(kept, key=lambda name: known[name].order)
        nodes = {name: known[name] for name in names}
        edges = [e for name in names for e in self.network.incoming[name] if e.before in nodes]
        plan = self.plan.model_copy(
            update={"operations": tuple(node.operation for node in nodes.values())}
        )
        return Eased(plan, _network(self.network, nodes, edges))

    def groups(self, wells: Collection[str] | None = None) -> set[str]:
        """The groups that are served by themselves; ``wells``: those of these wells."""
        operations = (node.operation for node in self.network.nodes.values())
        return {
            op.group
            for op in operations
            if op.group is not None and (wells is None or not {*wells}.isdisjoint(op.wells))
        }

    def without_groups(self, groups: Collection[str]) -> Eased:
        """Without all that is done for some groups of wells."""
        nodes = self.network.nodes.items()
        return self.only({n for n, node in nodes if node.operation.group not in groups})

    def each_alone(self, groups: Collection[str]) -> Iterator[Eased]:
        """Each of some groups by itself, with what is done for all."""
        names: dict[str | None, list[str]] = {}
        for name, node in self.network.nodes.items():
            names.setdefault(node.operation.group, []).append(name)
        for_all = names.pop(None, [])
        for group in groups:
            yield self.only([*for_all, *names[group]])

    def with_durations(self, durations: Mapping[str, float]) -> Eased:
        """With other durations, in ticks, of some operations; they are rounded up."""
        nodes = {
            name: replace(node, duration=ceil(durations.get(name, node.duration)))
            for name, node in self.network.nodes.items()
        }

        def moved(edge: Edge) -> Edge:
            if edge.lag.point != "end":
                return edge
            return _moved(
                edge, nodes[edge.before].duration - self.network.nodes[edge.before].duration
            )

        return Eased(self.plan, _network(self.network, nodes, [moved(e) for e in _all(self)]))

    def with_interval(self, step: str, interval: int, instead_of: int) -> Eased:
        """With another interval of the portions of a step, in ticks; their tolerance stays."""

        def longer(edge: Edge) -> Edge:
            return _moved(edge, (edge.wish or 0) * (interval - instead_of) // instead_of)

        return self._with_portions(step, longer)

    def with_tolerance(self, step: str, factor: float) -> Eased:
        """With the tolerance of the portions of a step so many times as wide."""

        def wider(edge: Edge) -> Edge:
            wish = edge.wish or 0
            high = ceil(wish + factor * (edge.high - wish)) if edge.high < FOREVER else FOREVER
            return replace(edge, low=max(int(wish - factor * (wish - edge.low)), 0), high=high)

        return self._with_portions(step, wider)

    def _with_portions(self, step: str, change: Callable[[Edge], Edge]) -> Eased:
        edges = [
            change(e)
            if e.lag.kind == "portion" and e.lag.step == step and e.wish is not None
            else e
            for e in _all(self)
        ]
        return Eased(self.plan, _network(self.network, self.network.nodes, edges))

    def with_stock(self, stock: str, **changed: object) -> Eased:
        """With one stock changed in some of its fields."""
        stocks = tuple(
            use.model_copy(update=changed) if use.stock == stock else use
            for use in self.plan.stocks
        )
        return Eased(self.plan.model_copy(update={"stocks": stocks}), self.network)


def _all(eased: Eased) -> list[Edge]:
    return list(eased.network.edges)


def _moved(edge: Edge, ticks: int) -> Edge:
    return replace(
        edge,
        low=edge.low + ticks,
        high=edge.high + ticks if edge.high < FOREVER else edge.high,
        wish=None if edge.wish is None else edge.wish + ticks,
    )


def _network(network: Network, nodes: Mapping[str, Node], edges: list[Edge]) -> Network:
    incoming: dict[str, list[Edge]] = {name: [] for name in nodes}
    outgoing: dict[str, list[Edge]] = {name: [] for name in nodes}
    for edge in edges:
        incoming[edge.after].append(edge)
        outgoing[edge.before].append(edge)
    return replace(network, nodes=nodes, edges=edges, incoming=incoming, outgoing=outgoing)

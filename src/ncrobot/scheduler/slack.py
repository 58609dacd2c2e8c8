"""Slack: how much later an operation may start with everything else where it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from ncrobot.scheduler.lots import Refilling
from ncrobot.scheduler.network import FOREVER, Network

NO_LIMIT_S = 1e12
"""Stands for "as late as you like"."""


class Slack:
    """Slack of operations and refills, in seconds; shake operations follow the visits instead."""

    def __init__(
        self,
        network: Network,
        starts: Mapping[str, int],
        refills: Sequence[Refilling],
        refill_resources: tuple[str, ...],
    ) -> None:
        self._network = network
        self._starts = starts
        self._following: dict[str, int] = {}
        by_resource: dict[str, list[tuple[int, int, str]]] = {}
        for name, node in network.nodes.items():
            for claim in node.claims if node.duration > 0 else ():
                by_resource.setdefault(claim.resource, []).append(
                    (starts[name], starts[name] + node.duration + claim.tail, name)
                )
        for refilling in refills:
            for resource in refill_resources:
                begin, length = refilling.start, refilling.duration
                by_resource.setdefault(resource, []).append(
                    (begin, begin + length, refilling.refill.id)
                )
        for busy in by_resource.values():
            busy.sort()
            for (_, end, name), (begin, _, _) in pairwise(busy):
                room = begin - end
                self._following[name] = min(self._following.get(name, FOREVER), room)

    def of(self, name: str) -> float:
        """Slack of an operation or a refill."""
        ticks = self._following.get(name, FOREVER)
        if name in self._starts:
            start = self._starts[name]
            for edge in self._network.incoming[name]:
                if edge.high < FOREVER:
                    ticks = min(ticks, self._starts[edge.before] + edge.high - start)
            for edge in self._network.outgoing[name]:
                ticks = min(ticks, self._starts[edge.after] - edge.low - start)
        return NO_LIMIT_S if ticks >= FOREVER else self._network.grid.seconds(max(ticks, 0))

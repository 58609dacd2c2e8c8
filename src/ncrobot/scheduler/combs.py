"""Combs: portions of many wells at one interval, and how many of them fit into each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ncrobot.plan import Transfer
from ncrobot.scheduler.network import FOREVER, Network
from ncrobot.scheduler.rhythm import Rhythm


@dataclass(frozen=True, slots=True)
class Combs:
    """The portions of one step: so many combs of teeth, one tooth an interval, on one arm.

    ``blocked`` is what refills take of one interval. ``capacity`` is how many combs can be in
    their portion phase at once: two combs with the same interval collide unless their teeth are
    apart by one tooth's length within the interval.
    """

    step: str
    line: int | None
    groups: tuple[str, ...]
    wells: tuple[str, ...]
    portions: int
    interval: int
    tooth: int
    blocked: int

    @property
    def capacity(self) -> int:
        """Whole teeth that fit into what the refills leave of the interval."""
        return max((self.interval - self.blocked) // self.tooth, 0) if self.tooth else FOREVER

    @property
    def waves(self) -> int:
        """How many times the portion phase has to be gone through, if all intervals are filled."""
        return -(-len(self.groups) // self.capacity) if self.capacity else FOREVER


def find_combs(network: Network, rhythms: Sequence[Rhythm]) -> list[Combs]:
    """Every step that is done in portions at one common interval by several groups."""
    targets: dict[str, dict[str, list[int]]] = {}
    lines: dict[str, int | None] = {}
    for edge in network.edges:
        step, group = edge.lag.step, network.nodes[edge.before].operation.group
        if edge.lag.kind == "portion" and edge.wish is not None and step and group:
            targets.setdefault(step, {}).setdefault(group, []).append(edge.wish)
            lines[step] = edge.lag.line
    found = []
    for step, by_group in targets.items():
        interval = min(min(wishes) for wishes in by_group.values())
        teeth = [
            node
            for node in network.nodes.values()
            if isinstance(node.operation, Transfer)
            and node.operation.step == step
            and node.operation.group in by_group
        ]
        if interval <= 0 or any(w % interval for wishes in by_group.values() for w in wishes):
            continue
        found.append(
            Combs(
                step=step,
                line=lines[step],
                groups=tuple(by_group),
                wells=tuple(dict.fromkeys(w for node in teeth for w in node.operation.wells)),
                portions=1 + max(len(wishes) for wishes in by_group.values()),
                interval=interval,
                tooth=max((node.duration for node in teeth), default=0),
                blocked=_blocked(rhythms, interval),
            )
        )
    return found


def _blocked(rhythms: Sequence[Rhythm], interval: int) -> int:
    """What the refills take of each interval on average, rounded up."""
    return sum(-(-rhythm.takes * interval // rhythm.period) for rhythm in rhythms)

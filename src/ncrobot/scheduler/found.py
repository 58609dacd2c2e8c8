"""What a solver found: starts, in the network that they keep, with the rhythms of refills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ncrobot.scheduler.network import Network
from ncrobot.scheduler.rhythm import Rhythm


@dataclass(frozen=True, slots=True)
class Found:
    """Starts of all operations of a network, in ticks; ``method`` names who found them."""

    network: Network
    starts: Mapping[str, int]
    rhythms: tuple[Rhythm, ...]
    method: str

    @property
    def end(self) -> int:
        """When the last operation ends; refills come before what is drawn from them."""
        nodes = self.network.nodes
        return max((at + nodes[name].duration for name, at in self.starts.items()), default=0)

"""Limits: what an option asks of single operations beyond lags and stocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ncrobot.deck.layout import Shaker
from ncrobot.plan import Plan
from ncrobot.scheduler.bounds import tails_of
from ncrobot.scheduler.network import Network


@dataclass(frozen=True, slots=True)
class Limits:
    """First and last starts by operation, and the ticks (bits) at which the person is away.

    A person's hours are known until ``known``; None: the person is always there.
    """

    first: Mapping[str, int] = field(default_factory=dict)
    last: Mapping[str, int] = field(default_factory=dict)
    away: int = 0
    known: int | None = None


def last_starts(plan: Plan, network: Network, finish: int) -> dict[str, int]:
    """Last starts by which all ends at ``finish``: what has to follow counts by its lags alone."""
    # Shakers that run to the end stop after it.
    stops = [
        network.grid.up(device.stop_s)
        for background in plan.backgrounds
        if not background.ends_before
        and isinstance(device := plan.deck.devices.get(background.device), Shaker)
    ]
    end = finish - max(stops, default=0)
    return {name: end - tail for name, tail in tails_of(network).items()}

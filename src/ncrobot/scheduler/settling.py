"""Settling: what was placed as early as could be moves later, so that wells don't wait in vain.

The earliest time is right for what others wait for; but a well that was filled at once and gets its
turn hours later has waited for nothing. So transfers and mixes that may move go as late as what
follows them allows, less a reserve for a run that is late. The rest stays, and nothing ends later.
"""

from __future__ import annotations

from collections.abc import Sequence

from ncrobot.plan import MixWells, Transfer
from ncrobot.scheduler.calendar import Calendar, last_free
from ncrobot.scheduler.network import FOREVER, Network
from ncrobot.scheduler.supplies import Supplies

# What a move leaves between an operation and the limit that follows from its lags (assumed: a
# stall of the arm of one or two minutes then delays nothing else).
RESERVE_S = 120


def settle(
    network: Network, supplies: Supplies, calendar: Calendar, starts: dict[str, int]
) -> None:
    """Move what may move later, in place; from the last operation to the first."""
    reserve = network.grid.up(RESERVE_S)
    for name in sorted(starts, key=lambda n: (-starts[n], network.nodes[n].order)):
        if not _may_move(network, name) or supplies.is_remade(name):
            continue
        node = network.nodes[name]
        latest = min(_latest(network, starts, name, reserve), supplies.window(name, starts)[1])
        if latest <= starts[name]:
            continue
        calendar.release(node.claims, starts[name], node.duration)
        blocked = calendar.blocked(node.claims, node.duration)
        at = last_free(blocked, starts[name], latest)
        if at is not None:
            starts[name] = at
        calendar.occupy(node.claims, starts[name], node.duration)


def _may_move(network: Network, name: str) -> bool:
    """A transfer or mix of a group that others wait for, and that has no target of its own."""
    operation = network.nodes[name].operation
    edges: Sequence[object] = network.outgoing[name]
    if not isinstance(operation, Transfer | MixWells) or operation.group is None or not edges:
        return False
    timed = [*network.incoming[name], *network.outgoing[name]]
    return not any(edge.wish is not None for edge in timed)


def _latest(network: Network, starts: dict[str, int], name: str, reserve: int) -> int:
    limits = [starts[e.after] - e.low - reserve for e in network.outgoing[name]]
    limits += [
        starts[e.before] + e.high - reserve for e in network.incoming[name] if e.high < FOREVER
    ]
    return min(limits)

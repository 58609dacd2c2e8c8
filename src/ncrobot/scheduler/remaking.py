"""Re-making: the refills that no schedule can do without, whatever the rhythm.

Between two draws of a well that are further apart than the stock lives, somebody makes a new lot.
Only the draws of one well are counted, because those of two wells may share their lots.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncrobot.plan import Plan
from ncrobot.scheduler.gaps import Arrows, arrows, least_gaps
from ncrobot.scheduler.network import FOREVER, Network
from ncrobot.scheduler.rhythm import draws_of


@dataclass(frozen=True, slots=True)
class Necessary:
    """A refill that begins at ``head`` or later and is over before operation ``before`` starts.

    It begins after the end of the draw ``after``; None: of the start of the run.
    """

    after: str | None
    head: int
    takes: int
    before: str


def necessary_refills(
    plan: Plan, network: Network, heads: Mapping[str, int]
) -> list[list[list[Necessary]]]:
    """For each stock that a person re-makes, the refills of every well (or column), in order."""
    found: list[list[list[Necessary]]] = []
    draws = draws_of(plan)
    out: Arrows = {}
    for use in plan.stocks:
        if use.life_s is None or use.remake != "person" or use.stock not in draws:
            continue
        life, takes = network.grid.down(use.life_s), max(network.grid.up(use.remake_takes_s), 1)
        by_group: dict[str | None, list[str]] = {}
        for operation in draws[use.stock]:
            by_group.setdefault(operation.group, []).append(operation.id)
        nodes = network.nodes
        if any(heads[op.id] + nodes[op.id].duration > life for op in draws[use.stock]):
            out = out or arrows(network.nodes, network.edges)
        found.append(
            [_chain(network, heads, out, names, life, takes) for names in by_group.values()]
        )
    return found


def _chain(
    network: Network,
    heads: Mapping[str, int],
    out: Arrows,
    names: Sequence[str],
    life: int,
    takes: int,
) -> list[Necessary]:
    """Each refill lies between the draw before it (at first: the start of the run) and the next."""
    found: list[Necessary] = []
    gaps: Mapping[str, int] = {name: heads[name] for name in names}
    last: str | None = None
    since = 0
    left = set(names)
    while True:
        nodes = network.nodes
        too_far = [n for n in left if gaps.get(n, -FOREVER) + nodes[n].duration > life]
        if not too_far:
            return found
        after = min(too_far, key=lambda n: (gaps[n], nodes[n].order))
        youngest = heads[after] + nodes[after].duration - life - takes
        found.append(Necessary(last, max(since, youngest, 0), takes, after))
        last = after
        since = heads[after] + nodes[after].duration
        left = {n for n in left if n != after and gaps.get(n, -FOREVER) >= gaps[after]}
        gaps = least_gaps(after, out)

"""Least gaps: how far apart the starts of operations have to be, by chains of lags."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from ncrobot.scheduler.network import FOREVER, Edge

Arrows = Mapping[str, Sequence[tuple[str, int]]]
"""For each operation those that lags tie to it, with the least ticks from its start to theirs."""


def arrows(names: Iterable[str], edges: Iterable[Edge]) -> Arrows:
    """What ties operations; an upper bound is a negative gap the other way round."""
    out: dict[str, list[tuple[str, int]]] = {name: [] for name in names}
    for edge in edges:
        out[edge.before].append((edge.after, edge.low))
        if edge.high < FOREVER:
            out[edge.after].append((edge.before, -edge.high))
    return out


def least_gaps(first: str, out: Arrows) -> dict[str, int]:
    """Least ticks from one operation's start to those of all that lags tie to it: longest paths.

    The lags must be feasible; a circle that grows would never end.
    """
    value = {first: 0}
    pending = deque([first])
    while pending:
        a = pending.popleft()
        for b, gap in out[a]:
            if value[a] + gap > value.get(b, -FOREVER):
                value[b] = value[a] + gap
                pending.append(b)
    return value

"""The earliest times that satisfy a set of lags among what is free: exact, without search.

Every lag is of the form ``later >= earlier + gap`` (an upper bound is one with a negative gap), and
every operation has a set of ticks at which its devices are free. Such constraints are closed under
taking minima: if two sets of times satisfy them, so do the smaller of each pair. So raising each
start to the first free tick that its lags allow, again and again, ends at the earliest solution,
or shows that there is none. It holds for any graph of lags, not only for trees.

Operations at a fixed distance from each other move as one block.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ncrobot.scheduler.calendar import first_free
from ncrobot.scheduler.circles import contradicting
from ncrobot.scheduler.components import Cluster
from ncrobot.scheduler.network import FOREVER, Edge

Arrow = tuple[int, int, int]
"""From block, to block, gap: the second begins at least gap ticks after the first."""


class ContradictionError(Exception):
    """Lags that can't hold together whatever the devices do; ``missing`` ticks tell by how much."""

    def __init__(self, edges: Sequence[Edge], missing: int) -> None:
        super().__init__("lags contradict each other")
        self.edges = tuple(edges)
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Wish:
    """``block`` had best begin ``gap`` ticks after ``after``."""

    block: int
    after: int
    gap: int


@dataclass(frozen=True, slots=True)
class Shape:
    """A cluster's blocks, each a list of operations with offsets, and the arrows between them."""

    blocks: tuple[tuple[tuple[str, int], ...], ...]
    arrows: tuple[Arrow, ...]
    wishes: tuple[Wish, ...]


Exact = Literal["nothing", "portions", "all"]
"""What is held exactly at its target: nothing, portions, or whatever has a target."""


def make_shape(cluster: Cluster, *, exact: Exact) -> Shape:
    """Blocks and arrows of a cluster; ``exact`` tells what is held at its target.

    Raises:
        ContradictionError: no times satisfy the lags.
    """
    bounds = [(edge, *_bounds(edge, exact=exact)) for edge in cluster.edges]
    circle = contradicting(
        cluster.members,
        [(e.before, e.after, low, e) for e, low, _ in bounds]
        + [(e.after, e.before, -high, e) for e, _, high in bounds if high < FOREVER],
    )
    if circle is not None:
        raise ContradictionError(*circle)
    fixed = [(e.before, e.after, low) for e, low, high in bounds if low == high]
    at = _blocks(cluster.members, fixed)
    blocks: list[list[tuple[str, int]]] = []
    for name in cluster.members:
        block, offset = at[name]
        if block == len(blocks):
            blocks.append([])
        blocks[block].append((name, offset))
    arrows: dict[tuple[int, int], int] = {}
    wishes: list[Wish] = []
    for edge, low, high in bounds:
        (a, offset_a), (b, offset_b) = at[edge.before], at[edge.after]
        if a == b:
            continue
        shift = offset_a - offset_b
        arrows[a, b] = max(arrows.get((a, b), -FOREVER), low + shift)
        if high < FOREVER:
            arrows[b, a] = max(arrows.get((b, a), -FOREVER), -high - shift)
        if edge.wish is not None:
            wishes.append(Wish(b, a, edge.wish + shift))
    return Shape(
        tuple(tuple(block) for block in blocks),
        tuple((a, b, gap) for (a, b), gap in arrows.items()),
        tuple(wishes),
    )


def _bounds(edge: Edge, *, exact: Exact) -> tuple[int, int]:
    held = exact == "all" or (exact == "portions" and edge.lag.kind == "portion")
    if held and edge.wish is not None:
        return edge.wish, edge.wish
    return edge.low, edge.high


def _blocks(
    members: Sequence[str], fixed: Iterable[tuple[str, str, int]]
) -> dict[str, tuple[int, int]]:
    """Block number and offset (from the block's earliest member) of every operation."""
    near: dict[str, list[tuple[str, int]]] = {name: [] for name in members}
    for before, after, gap in fixed:
        near[before].append((after, gap))
        near[after].append((before, -gap))
    at: dict[str, tuple[int, int]] = {}
    number = 0
    for first in members:
        if first in at:
            continue
        offsets = {first: 0}
        open_ = [first]
        while open_:
            name = open_.pop()
            for other, gap in near[name]:
                if other not in offsets:
                    offsets[other] = offsets[name] + gap
                    open_.append(other)
        least = min(offsets.values())
        at.update((name, (number, offset - least)) for name, offset in offsets.items())
        number += 1
    return at


class Lattice:
    """The blocks of a shape with their bounds and blocked ticks, and what is raised over them.

    ``lower``, ``upper`` and ``blocked`` are the caller's to fill; lives for one placing.
    """

    def __init__(self, shape: Shape) -> None:
        size = len(shape.blocks)
        self.lower = [0] * size
        self.upper = [FOREVER] * size
        self.blocked = [0] * size
        self._out: list[list[tuple[int, int]]] = [[] for _ in range(size)]
        for a, b, gap in shape.arrows:
            self._out[a].append((b, gap))

    def add_arrow(self, arrow: Arrow) -> bool:
        """One more arrow; False (and nothing added) if it closes a circle that has no solution."""
        first, second, gap = arrow
        least = {second: 0}
        pending = deque([second])
        while pending:
            a = pending.popleft()
            for b, step in self._out[a]:
                reached = least[a] + step
                if b not in least or reached > least[b]:
                    if b == first and reached + gap > 0:
                        return False
                    least[b] = reached
                    pending.append(b)
        self._out[first].append((second, gap))
        return True

    def drop_arrow(self, arrow: Arrow) -> None:
        """Take back the arrow that was added last of all that were added."""
        self._out[arrow[0]].pop()

    def earliest(self) -> list[int] | None:
        """The earliest times of all blocks, or None if there are none."""
        values = [
            first_free(blocked, lower)
            for blocked, lower in zip(self.blocked, self.lower, strict=True)
        ]
        if any(value > upper for value, upper in zip(values, self.upper, strict=True)):
            return None
        return values if self.raise_from(values, range(len(values)), None) else None

    def raise_from(
        self, values: list[int], dirty: Iterable[int], trail: list[tuple[int, int]] | None
    ) -> bool:
        """Raise ``values`` until all arrows hold; False if some block has no time left.

        ``dirty`` are the blocks whose values or arrows are new; ``trail`` notes what was raised.
        """
        out, blocked, upper = self._out, self.blocked, self.upper
        pending = deque(dirty)
        waiting = set(pending)
        while pending:
            a = pending.popleft()
            waiting.discard(a)
            for b, gap in out[a]:
                wanted = values[a] + gap
                if wanted <= values[b]:
                    continue
                at = first_free(blocked[b], wanted)
                if at > upper[b]:
                    return False
                if trail is not None:
                    trail.append((b, values[b]))
                values[b] = at
                if b not in waiting:
                    waiting.add(b)
                    pending.append(b)
        return True

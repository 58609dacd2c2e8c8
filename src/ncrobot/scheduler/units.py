"""Parts of a cluster that spans several groups: what belongs together, what comes after what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ncrobot.scheduler.lattice import Lattice, Shape
from ncrobot.scheduler.network import Network


@dataclass(frozen=True, slots=True)
class Unit:
    """Blocks of one group that lags tie to each other, and how many parts come before it."""

    blocks: tuple[int, ...]
    level: int


def make_units(shape: Shape, network: Network) -> list[Unit]:
    """The parts of a shape, by level and then by their earliest start.

    A block of no group, or of two, is a part of its own. Parts of one group that are only tied
    through such a block are apart as well: what comes after a plate-wide operation is placed when
    that operation is.
    """
    part = _parts(shape, network)
    numbers = list(dict.fromkeys(part))
    if len(numbers) == 1:
        return [Unit(tuple(range(len(part))), 0)]
    earliest = Lattice(shape).earliest() or [0] * len(part)
    level = _levels(shape, part, earliest)
    units = [
        Unit(tuple(b for b, of in enumerate(part) if of == number), level[number])
        for number in numbers
    ]
    return sorted(units, key=lambda u: (u.level, min(earliest[b] for b in u.blocks), u.blocks))


def _parts(shape: Shape, network: Network) -> list[int]:
    """For every block, the lowest block of its part."""
    groups = []
    for block in shape.blocks:
        found = {network.nodes[name].operation.group for name, _ in block}
        groups.append(found.pop() if len(found) == 1 else None)
    part = list(range(len(shape.blocks)))

    def root(block: int) -> int:
        while part[block] != block:
            part[block] = part[part[block]]
            block = part[block]
        return block

    for a, b, _ in shape.arrows:
        if groups[a] is not None and groups[a] == groups[b]:
            low, high = sorted((root(a), root(b)))
            part[high] = low
    return [root(block) for block in range(len(part))]


def _levels(shape: Shape, part: Sequence[int], earliest: Sequence[int]) -> dict[int, int]:
    """How many parts have to come before each, along the arrows that point forward in time."""
    level = dict.fromkeys(part, 0)
    forward = sorted(
        (arrow for arrow in shape.arrows if arrow[2] > 0 and part[arrow[0]] != part[arrow[1]]),
        key=lambda arrow: earliest[arrow[0]],
    )
    for _ in range(len(level)):
        before = dict(level)
        for a, b, _gap in forward:
            level[part[b]] = max(level[part[b]], min(level[part[a]] + 1, len(level)))
        if level == before:
            break
    return level

"""Search: times for blocks that compete for a resource among themselves.

The earliest times ignore that two operations of the same cluster may overlap. Where two do, one of
them has to come first: both orders are tried, the one that is earlier now before the other, each
as one more lag. All orders are tried in the end, so within its budget the search is exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncrobot.scheduler.lattice import Arrow, Lattice


@dataclass(frozen=True, slots=True)
class Use:
    """``block`` occupies a resource ``length`` ticks long from ``offset`` after its beginning."""

    block: int
    offset: int
    length: int


Uses = Mapping[str, list[Use]]
"""By resource."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Times of all blocks, or None; ``proven``: there are none, not only none found."""

    values: list[int] | None
    proven: bool = False


@dataclass(slots=True)
class _Choice:
    """One decision: what was raised since, its arrow, and the other order if it is untried."""

    raised: list[tuple[int, int]]
    arrow: Arrow
    other: Arrow | None


def search(lattice: Lattice, uses: Uses, budget: int) -> Outcome:
    """The earliest times for which no two uses of a resource overlap; ``budget`` decisions.

    The arrows that were chosen stay in the lattice.
    """
    values = lattice.earliest()
    if values is None or any(_same_block(of) for of in uses.values()):
        return Outcome(None, proven=True)
    shared = [list(of) for of in uses.values() if len({use.block for use in of}) > 1]
    choices: list[_Choice] = []
    while True:
        pair = conflict(values, shared)
        if pair is None:
            return Outcome(values)
        first, second = pair
        budget -= 1
        if budget < 0:
            _undo(lattice, values, choices)
            return Outcome(None)
        forward = (first.block, second.block, first.offset + first.length - second.offset)
        backward = (second.block, first.block, second.offset + second.length - first.offset)
        if _decide(lattice, values, choices, forward, backward):
            continue
        if not _back(lattice, values, choices):
            return Outcome(None, proven=True)


def _decide(
    lattice: Lattice,
    values: list[int],
    choices: list[_Choice],
    arrow: Arrow,
    other: Arrow | None,
) -> bool:
    """Take an order, or if it can't be, the other one; False if neither can."""
    while not lattice.add_arrow(arrow):
        if other is None:
            return False
        arrow, other = other, None
    choice = _Choice([], arrow, other)
    choices.append(choice)
    return lattice.raise_from(values, [arrow[0]], choice.raised)


def _back(lattice: Lattice, values: list[int], choices: list[_Choice]) -> bool:
    """Undo decisions up to the last that has another order, and take that one."""
    while choices:
        other = _undo_last(lattice, values, choices)
        if other is not None and _decide(lattice, values, choices, other, None):
            return True
    return False


def _undo_last(lattice: Lattice, values: list[int], choices: list[_Choice]) -> Arrow | None:
    choice = choices.pop()
    lattice.drop_arrow(choice.arrow)
    for block, value in reversed(choice.raised):
        values[block] = value
    return choice.other


def _undo(lattice: Lattice, values: list[int], choices: list[_Choice]) -> None:
    while choices:
        _undo_last(lattice, values, choices)


def conflict(values: Sequence[int], shared: Sequence[list[Use]]) -> tuple[Use, Use] | None:
    """The first two uses that overlap, the earlier one first; sorts the lists in place."""
    found: tuple[int, Use, Use] | None = None
    for of in shared:
        of.sort(key=lambda use: values[use.block] + use.offset)
        reach, last = -1, of[0]
        for use in of:
            start = values[use.block] + use.offset
            if start < reach:
                if found is None or start < found[0]:
                    found = (start, last, use)
                break
            reach, last = start + use.length, use
    return found[1:] if found is not None else None


def _same_block(of: Sequence[Use]) -> bool:
    """Whether operations at a fixed distance overlap each other."""
    reach: dict[int, int] = {}
    for use in sorted(of, key=lambda use: use.offset):
        if use.offset < reach.get(use.block, 0):
            return True
        reach[use.block] = use.offset + use.length
    return False

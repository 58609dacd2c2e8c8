"""Wishes: bring what has a target as near to it as its window and the free ticks allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ncrobot.scheduler.calendar import first_free, last_free, span
from ncrobot.scheduler.lattice import Lattice, Wish
from ncrobot.scheduler.search import Use, conflict

# Free ticks around a target that are tried, the nearest first, before staying where it is.
TRIES = 8


def grant(
    lattice: Lattice, values: list[int], wishes: Sequence[Wish], shared: Sequence[list[Use]]
) -> list[int]:
    """The same solution with blocks moved later, towards their targets; what they refer to stays.

    ``values`` are the earliest times, so a block that is past its target can't come nearer.
    """
    pinned: dict[int, int] = {}
    for wish in wishes:
        pinned.setdefault(wish.after, values[wish.after])
        if wish.block not in pinned:
            values = _nearer(lattice, values, wish, pinned, shared)
        pinned[wish.block] = values[wish.block]
    return values


def _nearer(
    lattice: Lattice,
    values: list[int],
    wish: Wish,
    pinned: Mapping[int, int],
    shared: Sequence[list[Use]],
) -> list[int]:
    """With the block nearer to its target; what follows it is pushed, or else avoided."""
    target = values[wish.after] + wish.gap
    blocked, upper = lattice.blocked[wish.block], lattice.upper[wish.block]
    around = blocked | _beside(values, wish.block, shared)
    for at in (
        *_candidates(values[wish.block], target, upper, blocked),
        *_candidates(values[wish.block], target, upper, around),
    ):
        moved = _move(lattice, values, wish.block, at)
        if (
            moved is not None
            and all(moved[block] == value for block, value in pinned.items())
            and conflict(moved, shared) is None
        ):
            return moved
    return values


def _beside(values: Sequence[int], block: int, shared: Sequence[list[Use]]) -> int:
    """Bits at which a block would overlap others of its cluster where they are now."""
    bits = 0
    for of in shared:
        for mine in (use for use in of if use.block == block):
            for use in (use for use in of if use.block != block):
                first = values[use.block] + use.offset - mine.offset - mine.length + 1
                bits |= span(first, use.length + mine.length - 1)
    return bits


def _move(lattice: Lattice, values: Sequence[int], block: int, at: int) -> list[int] | None:
    moved = list(values)
    moved[block] = at
    if not lattice.raise_from(moved, [block], None) or moved[block] != at:
        return None
    return moved


def _candidates(now: int, target: int, upper: int, blocked: int) -> Iterator[int]:
    """Free ticks nearer to the target than now, the nearest first."""
    up = first_free(blocked, target)
    down = last_free(blocked, now + 1, min(target - 1, upper))
    for _ in range(TRIES):
        if down is not None and target - down <= up - target:
            yield down
            down = last_free(blocked, now + 1, down - 1)
        elif up - target < target - now and up <= upper:
            yield up
            up = first_free(blocked, up + 1)
        elif down is not None:
            yield down
            down = last_free(blocked, now + 1, down - 1)
        else:
            return

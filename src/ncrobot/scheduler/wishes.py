"""Wishes: bring what has a target as near to it as its window and the free ticks allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ncrobot.scheduler.calendar import first_free, last_free
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
        if wish.block in pinned:
            continue
        target = values[wish.after] + wish.gap
        for at in _candidates(lattice, wish.block, values[wish.block], target):
            moved = _move(lattice, values, wish.block, at)
            if (
                moved is not None
                and all(moved[block] == value for block, value in pinned.items())
                and conflict(moved, shared) is None
            ):
                values = moved
                break
        pinned[wish.block] = values[wish.block]
    return values


def _move(lattice: Lattice, values: Sequence[int], block: int, at: int) -> list[int] | None:
    moved = list(values)
    moved[block] = at
    if not lattice.raise_from(moved, [block], None) or moved[block] != at:
        return None
    return moved


def _candidates(lattice: Lattice, block: int, now: int, target: int) -> Iterator[int]:
    """Free ticks nearer to the target than now, the nearest first."""
    blocked = lattice.blocked[block]
    up = first_free(blocked, target)
    down = last_free(blocked, now + 1, target - 1)
    for _ in range(TRIES):
        if down is not None and target - down <= up - target:
            yield down
            down = last_free(blocked, now + 1, down - 1)
        elif up - target < target - now and up <= lattice.upper[block]:
            yield up
            up = first_free(blocked, up + 1)
        elif down is not None:
            yield down
            down = last_free(blocked, now + 1, down - 1)
        else:
            return

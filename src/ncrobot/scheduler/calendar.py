"""Calendars: who is busy when, one bit a tick in one big integer for each resource.

A calendar has no end: what isn't marked is free. "Where does an operation of this length fit?" is
a dilation of the busy bits, log2(length) shifts, and the next free tick is one addition.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    """A resource that an operation needs alone while it lasts, and for ``tail`` ticks after."""

    resource: str
    tail: int = 0


def span(start: int, length: int) -> int:
    """Bits start .. start + length - 1; what lies before zero is left out."""
    if start < 0:
        start, length = 0, length + start
    return ((1 << length) - 1) << start if length > 0 else 0


def smear_down(bits: int, count: int) -> int:
    """Every bit, and the ``count`` bits below it."""
    done = 0
    while done < count:
        step = min(done + 1, count - done)
        bits |= bits >> step
        done += step
    return bits


def smear_up(bits: int, count: int) -> int:
    """Every bit, and the ``count`` bits above it."""
    done = 0
    while done < count:
        step = min(done + 1, count - done)
        bits |= bits << step
        done += step
    return bits


def first_free(blocked: int, start: int) -> int:
    """The first tick at or after ``start`` (and zero) whose bit isn't set."""
    start = max(start, 0)
    rest = blocked >> start
    if not rest & 1:
        return start
    return start + ((rest + 1) & ~rest).bit_length() - 1


def last_free(blocked: int, low: int, high: int) -> int | None:
    """The last tick in low .. high whose bit isn't set."""
    low = max(low, 0)
    if high < low:
        return None
    free = ~(blocked >> low) & ((1 << (high - low + 1)) - 1)
    return low + free.bit_length() - 1 if free else None


class Calendar:
    """The busy ticks of every resource, and those kept free for what may come; for one attempt."""

    def __init__(self) -> None:
        self._busy: dict[str, int] = {}
        self._kept: dict[str, int] = {}
        self._known: dict[tuple[str, int, bool], int] = {}

    def copy(self) -> Calendar:
        """A calendar with the same marks, to try something on."""
        other = Calendar()
        other._busy = dict(self._busy)
        other._kept = self._kept
        other._known = dict(self._known)
        return other

    def occupy(self, claims: Iterable[Claim], start: int, duration: int) -> None:
        """Mark what an operation occupies; nothing if it takes no time."""
        for claim in claims if duration > 0 else ():
            busy = self._busy.get(claim.resource, 0)
            self._set(claim.resource, busy | span(start, duration + claim.tail))

    def close(self, resource: str, bits: int) -> None:
        """Mark ticks at which a resource isn't there."""
        self._set(resource, self._busy.get(resource, 0) | bits)

    def release(self, claims: Iterable[Claim], start: int, duration: int) -> None:
        """Take back what ``occupy`` marked."""
        for claim in claims if duration > 0 else ():
            busy = self._busy.get(claim.resource, 0)
            self._set(claim.resource, busy & ~span(start, duration + claim.tail))

    def keep(self, claims: Iterable[Claim], starts: int, duration: int) -> None:
        """Keep ticks free that may be needed: from every bit of ``starts`` on, so long."""
        for claim in claims:
            kept = self._kept.get(claim.resource, 0)
            self._kept[claim.resource] = kept | smear_up(starts, duration - 1)
        self._known.clear()

    def _set(self, resource: str, busy: int) -> None:
        self._busy[resource] = busy
        for key in [key for key in self._known if key[0] == resource]:
            del self._known[key]

    def blocked(self, claims: Iterable[Claim], duration: int, *, kept: bool = False) -> int:
        """Bits at which an operation can't start; with ``kept``, also for what was kept free."""
        bits = 0
        for claim in claims if duration > 0 else ():
            key = (claim.resource, duration + claim.tail, kept)
            if key not in self._known:
                busy = self._busy.get(claim.resource, 0)
                if kept:
                    busy |= self._kept.get(claim.resource, 0)
                self._known[key] = smear_down(busy, key[1] - 1)
            bits |= self._known[key]
        return bits

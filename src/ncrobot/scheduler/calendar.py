"""Calendars: who is busy when, one bit a second in one big integer for each resource."""

from __future__ import annotations

from collections.abc import Iterable


def span(start: int, length: int) -> int:
    """Bits start .. start + length - 1."""
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


class Calendar:
    """The busy seconds of every resource up to a horizon; lives for one scheduling."""

    def __init__(self, horizon: int) -> None:
        self.horizon = horizon
        self._all = span(0, horizon)
        self._busy: dict[str, int] = {}
        self._free: dict[tuple[tuple[str, ...], int, int], int] = {}

    def occupy(self, resources: Iterable[str], start: int, length: int) -> None:
        """Mark seconds as taken."""
        for resource in resources:
            self._busy[resource] = self._busy.get(resource, 0) | span(max(start, 0), length)
        self._free.clear()

    def free_starts(self, resources: tuple[str, ...], lead: int, duration: int) -> int:
        """Bits at which something may start that needs ``lead`` seconds before and ``duration``."""
        key = (resources, lead, duration)
        if key not in self._free:
            blocked = 0
            for resource in resources:
                busy = self._busy.get(resource, 0)
                if duration + lead > 0 and busy:
                    blocked |= smear_up(smear_down(busy, max(duration - 1, 0)), lead)
            within = span(lead, max(self.horizon - duration - lead, 0))
            self._free[key] = within & ~blocked
        return self._free[key]


def first_at_or_after(bits: int, start: int) -> int | None:
    """The lowest set bit at or above ``start``."""
    rest = bits >> start if start > 0 else bits
    return start + (rest & -rest).bit_length() - 1 if rest else None


def nearest(bits: int, low: int, high: int, wish: int) -> int | None:
    """The set bit in low .. high that is nearest to ``wish``."""
    window = (bits >> low) & span(0, high - low + 1)
    if not window:
        return None
    at = min(max(wish - low, 0), high - low)
    above = window >> at
    up = at + (above & -above).bit_length() - 1 if above else None
    below = window & span(0, at)
    down = below.bit_length() - 1 if below else None
    if up is None or (down is not None and at - down < up - at):
        return None if down is None else low + down
    return low + up

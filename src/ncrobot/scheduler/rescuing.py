"""Rescuing: what no insertion brings in before a stock is too old.

Insertion puts each well at its earliest, one after the other, so that wells which come last may
draw too late although they needn't. Before a plan is refused, it is placed as if stocks kept for
ever; if its draws aren't in time even so, their times are negotiated. At last come rhythms of
refills that leave nothing in reserve.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ncrobot.scheduler.improving import starts_in_time
from ncrobot.scheduler.inserting import Case, Placed, insert_all, placed_at, settled
from ncrobot.scheduler.rhythm import Rhythm
from ncrobot.scheduler.supplies import Supplies


def rescue(case: Case, rhythms: Sequence[Rhythm], seed: int) -> Placed | None:
    """All operations in time, or None: no such times were found, which proves nothing."""
    eased = replace(case, keeps_lives=False, limits=replace(case.limits, last={}))
    placed, _ = insert_all(eased, rhythms, seed, thorough=True)
    if placed is None:
        return None
    counts = placed.supplies.counts_needed()
    there = placed_at(case, rhythms, counts, placed.starts, placed.method)
    if _in_time(case, there.supplies, there.starts):
        return there
    if case.order is not None:
        return None  # negotiation would give the wells another order
    starts = starts_in_time(
        case.plan, case.network, there.supplies, case.limits, there.starts, (seed, case.effort)
    )
    if starts is None:
        return None
    return settled(case, placed_at(case, rhythms, counts, starts, "negotiation"))


def _in_time(case: Case, supplies: Supplies, starts: Mapping[str, int]) -> bool:
    """Whether everything starts within the lives of its stocks, and within the limits."""
    limits = case.limits
    for name, start in starts.items():
        first, last = supplies.window(name, starts)
        first = max(first, limits.first.get(name, first))
        if not first <= start <= min(last, limits.last.get(name, last)):
            return False
    return True

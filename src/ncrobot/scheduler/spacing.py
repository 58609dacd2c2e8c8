"""Spacing: other intervals between portions that no quick check forbids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from ncrobot.plan import Plan
from ncrobot.schedule import ScheduleOptions
from ncrobot.scheduler.bounds import heads_of
from ncrobot.scheduler.combs import Combs, find_combs
from ncrobot.scheduler.easing import Eased
from ncrobot.scheduler.network import Network
from ncrobot.scheduler.passing import passes
from ncrobot.scheduler.rhythm import find_rhythms

# Intervals that are tried, as shares of the present one or of the least by the capacity of combs.
LONGER = (1.0, 1.25, 1.5, 2.0)
SHORTER = (0.9, 0.75, 0.5, 0.25)
HALVINGS = 3


@dataclass(frozen=True, slots=True)
class Spacing:
    """An interval, in ticks, of the portions of a step; ``is_least``: the combs fill all of it."""

    step: str
    interval: int
    is_least: bool


def combs_of(plan: Plan, network: Network) -> list[Combs]:
    """The combs of a plan, with what refills take of an interval."""
    return find_combs(network, find_rhythms(plan, network, heads_of(network)) or [])


def intervals_that_pass(eased: Eased, options: ScheduleOptions) -> Iterator[Spacing]:
    """For each step in portions the least longer interval that passes, else a shorter one."""
    for combs in combs_of(eased.plan, eased.network):
        now = combs.interval
        needed = max(len(combs.groups) * combs.tooth + combs.blocked, now)
        tried = [*(ceil(needed * x) for x in LONGER), *(int(now * x) for x in SHORTER)]
        forbidden = now
        for ticks in _whole_s(eased, tried):
            if ticks == now or not passes(eased.with_interval(combs.step, ticks, now), options):
                forbidden = min(ticks, now)
            elif ticks > now:
                yield Spacing(combs.step, ticks, ticks == needed)
                break
            else:
                found = _halved(eased, options, combs, ticks, forbidden)
                yield Spacing(combs.step, found, is_least=False)
                break


def _halved(
    eased: Eased, options: ScheduleOptions, combs: Combs, passing: int, forbidden: int
) -> int:
    """A longer interval than one that passes, as near as a few halvings come to a forbidden one."""
    per_s = eased.network.grid.per_s
    for _ in range(HALVINGS):
        between = (passing + forbidden) // 2 // per_s * per_s
        if passes(eased.with_interval(combs.step, between, combs.interval), options):
            passing = between
        else:
            forbidden = between
    return passing


def _whole_s(eased: Eased, tried: Sequence[int]) -> list[int]:
    """Intervals in whole seconds: longer ones rounded up, so that what fits still does."""
    per_s = eased.network.grid.per_s
    return list(dict.fromkeys(-(-each // per_s) * per_s for each in tried))

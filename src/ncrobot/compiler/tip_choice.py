"""Which tips deliver a volume, in how many trips."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncrobot.deck.layout import TipType

# Channels and pumps step in hundredths of a microlitre at best; the audit allows for this rounding.
RESOLUTION_UL = 0.01


@dataclass(frozen=True, slots=True)
class Trip:
    """One pass of the arm with one kind of tip: the volume for each well that takes part."""

    tip: TipType
    volumes_ul: Mapping[str, float]


def rounded(volume_ul: float) -> float:
    """The volume at the resolution of the device."""
    return round(round(volume_ul / RESOLUTION_UL) * RESOLUTION_UL, 6)


def _count(volume_ul: float, tip: TipType) -> int | None:
    """Trips that this tip needs for the volume; None if a part would be below its minimum."""
    trips = max(1, math.ceil(round(volume_ul / tip.max_ul, 9)))
    return trips if volume_ul / trips >= tip.min_ul - RESOLUTION_UL / 2 else None


def deliverable(volume_ul: float, tips: Sequence[TipType]) -> bool:
    """Whether some tip delivers the volume."""
    return any(_count(volume_ul, tip) is not None for tip in tips)


def smallest_dose_ul(tips: Sequence[TipType]) -> float:
    """The smallest volume that any tip of the deck delivers."""
    return min(tip.min_ul for tip in tips)


def choose_trips(volumes_ul: Mapping[str, float], tips: Sequence[TipType]) -> list[Trip]:
    """Share out wells over trips: one kind of tip for all wells if it can be, else one per kind.

    Among tips that serve all wells, the one with the fewest trips wins, then the smallest tip (it
    is the most accurate). Every volume must be deliverable.
    """
    options = []
    for tip in tips:
        counts = [_count(volume, tip) for volume in volumes_ul.values()]
        if all(count is not None for count in counts):
            options.append((max(count or 0 for count in counts), tip.max_ul, tip))
    if options:
        _, _, tip = min(options, key=lambda option: option[:2])
        return _trips(volumes_ul, tip)
    by_tip: dict[str, dict[str, float]] = {}
    for well, volume in volumes_ul.items():
        _, _, tip = min(
            (
                (count, tip.max_ul, tip)
                for tip in tips
                if (count := _count(volume, tip)) is not None
            ),
            key=lambda option: option[:2],
        )
        by_tip.setdefault(tip.name, {})[well] = volume
    named = {tip.name: tip for tip in tips}
    return [trip for name, volumes in by_tip.items() for trip in _trips(volumes, named[name])]


def _trips(volumes_ul: Mapping[str, float], tip: TipType) -> list[Trip]:
    counts = {well: _count(volume, tip) or 1 for well, volume in volumes_ul.items()}
    trips = []
    for number in range(max(counts.values())):
        part = {
            well: _part(volumes_ul[well], counts[well], number)
            for well in volumes_ul
            if number < counts[well]
        }
        trips.append(Trip(tip, part))
    return trips


def _part(volume_ul: float, count: int, number: int) -> float:
    """The ``number``-th of ``count`` rounded parts whose sum is the rounded whole."""
    whole = rounded(volume_ul)
    done = rounded(whole * number / count)
    return rounded(rounded(whole * (number + 1) / count) - done)

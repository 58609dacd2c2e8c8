"""Pieces: the single dispenses of a way to serve a group, and draws that serve one place each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ncrobot.compiler.tip_choice import RESOLUTION_UL, rounded
from ncrobot.deck.layout import TipType
from ncrobot.plan import DoseMode

Place = Mapping[int, str]
"""Wells that a head serves at once: channel -> well."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One dispense: so much into a well, with which tip, out of which draw."""

    channel: int
    well: str
    volume_ul: float
    tip: TipType
    tip_number: int
    cycle: int


@dataclass(frozen=True, slots=True)
class Way:
    """A possible way to serve all wells of a group."""

    mode: DoseMode
    pieces: tuple[Piece, ...]
    fresh: bool
    excess_ul: float = 0.0
    excess_to: Literal["source", "waste"] = "source"


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a mode is no way for this head and these wells."""

    reason: str


def parts_of(volume_ul: float, tip: TipType) -> int | None:
    """Draws that a tip needs for the volume; None if a part would be below its minimum."""
    count = max(1, math.ceil(round(volume_ul / tip.max_ul, 9)))
    return count if volume_ul / count >= tip.min_ul - RESOLUTION_UL / 2 else None


def best_tip(
    place: Place, volumes_ul: Mapping[str, float], tips: Sequence[TipType]
) -> tuple[TipType, int] | None:
    """The tip with the fewest draws for all channels of a place, then the smallest."""
    options = []
    for tip in tips:
        counts = [parts_of(volumes_ul[well], tip) for well in place.values()]
        known = [count for count in counts if count is not None]
        if len(known) == len(counts):
            options.append((max(known), tip.max_ul, tip))
    if not options:
        return None
    count, _, tip = min(options, key=lambda option: option[:2])
    return tip, count


def drawn_anew(
    places: Sequence[Place],
    volumes_ul: Mapping[str, float],
    tips: Sequence[TipType],
    *,
    changing: bool,
    cycle: int = 0,
    number: Callable[[int, TipType], int] | None = None,
) -> list[Piece] | None:
    """One draw or more for each place; ``changing``: each place gets tips of its own."""
    chosen: list[tuple[Place, TipType, int]] = []
    for place in places:
        best = best_tip(place, volumes_ul, tips)
        if best is None:
            return None
        chosen.append((place, *best))
    if not changing:
        # Wells of one kind of tip come one after the other, so that each kind is taken once.
        order = {tip.name: n for n, tip in enumerate(tips)}
        chosen.sort(key=lambda item: order[item[1].name])
    pieces: list[Piece] = []
    for index, (place, tip, count) in enumerate(chosen):
        tip_number = index if changing else 0
        if number is not None:
            tip_number = number(index, tip)
        for part in range(count):
            for channel, well in place.items():
                own = parts_of(volumes_ul[well], tip) or count
                if part < own:
                    volume_ul = part_of(volumes_ul[well], own, part)
                    pieces.append(Piece(channel, well, volume_ul, tip, tip_number, cycle))
            cycle += 1
    return pieces


def part_of(volume_ul: float, count: int, number: int) -> float:
    """The ``number``-th of ``count`` rounded parts whose sum is the rounded whole."""
    whole = rounded(volume_ul)
    done = rounded(whole * number / count)
    return rounded(rounded(whole * (number + 1) / count) - done)

"""Steering a pH: the next dose of an acid or base, from what a probe read after those before it.

A guide tells which volume is expected to reach which pH: calculated from what is in the well, or
measured beforehand. Its shape is believed, its scale is not: the doses so far show by how much the
well takes more or less than the guide says. Without a guide the doses are small and even.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Guide = Sequence[tuple[float, float]]
"""(pH, µL) with rising volume; the pH goes one way."""

CAUTION = 0.8
"""Share of what is believed to be missing that a dose brings while the target is far: what is
missing is known least where the curve is steep (assumed)."""
FIRST = 0.5
"""Share that the first dose brings: a well may take only half of what its guide says (assumed)."""
SCALE = (0.2, 5.0)
"""How far a well may be taken to differ from its guide (assumed: beyond, the guide is wrong)."""
COARSE = 0.5
"""Share of the smallest dose below which that would go more beyond the target than before it."""
FAR = 5.0
"""Tolerances from the target beyond which it is far."""


@dataclass(frozen=True, slots=True)
class Aim:
    """A pH to be reached within a tolerance, in at most so many doses and so much volume."""

    target_ph: float
    tolerance_ph: float
    raises: bool
    doses: int
    smallest_ul: float
    most_ul: float
    guide: Guide = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What the probe read when so much had been dosed in all."""

    dosed_ul: float
    ph: float


@dataclass(frozen=True, slots=True)
class Advice:
    """What follows from the readings: a dose, or the end and why."""

    kind: Literal["dose", "reached", "overshot", "doses_used", "volume_used", "too_coarse"]
    dose_ul: float = 0.0


def next_dose(aim: Aim, readings: Sequence[Reading]) -> Advice:
    """What to do after these readings, of which the first came before any dose."""
    last = readings[-1]
    missing_ph = (aim.target_ph - last.ph) * (1.0 if aim.raises else -1.0)
    if abs(missing_ph) <= aim.tolerance_ph:
        return Advice("reached")
    if missing_ph < 0:
        return Advice("overshot")
    if len(readings) > aim.doses:
        return Advice("doses_used")
    left_ul = aim.most_ul - last.dosed_ul
    if left_ul < aim.smallest_ul:
        return Advice("volume_used")
    missing_ul, share = _missing_ul(aim, readings, missing_ph)
    if missing_ul < COARSE * aim.smallest_ul:
        return Advice("too_coarse")
    return Advice("dose", min(max(missing_ul * share, aim.smallest_ul), left_ul))


def volume_at(guide: Guide, ph: float) -> float:
    """µL that a guide gives for a pH; beyond its ends that of the end."""
    points = sorted(guide)
    if ph <= points[0][0]:
        return points[0][1]
    for (low, low_ul), (high, high_ul) in pairwise(points):
        if ph <= high:
            share = (ph - low) / (high - low)
            return low_ul + share * (high_ul - low_ul)
    return points[-1][1]


def _missing_ul(aim: Aim, readings: Sequence[Reading], missing_ph: float) -> tuple[float, float]:
    """What is believed to be missing, and the share of it that the next dose may bring."""
    first, last = readings[0], readings[-1]
    if len(aim.guide) < 2:
        even_ul = aim.most_ul / aim.doses
        return even_ul, 1.0 if missing_ph > FAR * aim.tolerance_ph else 0.5
    missing_ul = volume_at(aim.guide, aim.target_ph) - volume_at(aim.guide, last.ph)
    expected_ul = volume_at(aim.guide, last.ph) - volume_at(aim.guide, first.ph)
    if last.dosed_ul <= 0:
        return missing_ul, FIRST
    scale = last.dosed_ul / expected_ul if expected_ul > 0 else SCALE[1]
    scale = min(max(scale, SCALE[0]), SCALE[1])
    return missing_ul * scale, CAUTION if missing_ph > FAR * aim.tolerance_ph else 1.0

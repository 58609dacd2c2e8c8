"""The terms that the arm's acts are made of: each time or rate of the layout, as a coefficient.

The duration of an act is linear in seconds (travel, touch-down, tips, plate move) and in seconds
for each µL (the reciprocals of the rates), so the fit is done in these and rates are told again.
"""

from __future__ import annotations

from ncrobot.deck.layout import ArmTimes

TERMS = (
    "pick_up_tips_s",
    "drop_tips_s",
    "travel_s",
    "touch_down_s",
    "aspirate_ul_per_s",
    "dispense_ul_per_s",
    "move_plate_s",
)
"""Names of the layout's figures, in the order of all coefficients in this room."""

RATES = frozenset({"aspirate_ul_per_s", "dispense_ul_per_s"})
"""Figures whose reciprocal is the coefficient."""

Coefficients = tuple[float, ...]
"""Seconds of an act per unit of each term: counts, and µL for the rates."""


def coefficients(**parts: float) -> Coefficients:
    """The coefficients of an act; what isn't named doesn't occur in it."""
    return tuple(float(parts.get(name, 0.0)) for name in TERMS)


def as_coefficient(name: str, figure: float) -> float:
    """A layout's figure as the fit sees it: seconds, or seconds per µL."""
    return 1.0 / figure if name in RATES else figure


def figures_of(times: ArmTimes) -> dict[str, float]:
    """What a layout states for each term; a plate move without a time is left out."""
    stated = {name: getattr(times, name) for name in TERMS}
    return {name: value for name, value in stated.items() if value is not None}

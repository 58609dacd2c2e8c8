"""Contamination rules: which tip may serve which wells, and where what is left in it may go.

The rules are few and written down here only; the compiler obeys them when it chooses how a dose
reaches its wells. The auditor checks their consequences with words of its own.

1. A tip that touched a well (its liquid or its wall) serves no other well and no stock again.
2. A tip serves one stock only.
3. A tip that only ever dispensed from above may serve other wells with the same stock.
4. Several doses out of one draw need a liquid that neither drips nor settles while the tip travels.
5. What is left in a tip goes back to its stock only if the tip touched nothing and the stock keeps:
   one that decays or is made anew during a run is not warmed up and put back, it is thrown away.
6. A tip that still holds liquid is thrown away with it, never put back into its rack.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ncrobot.errors import PlanError
from ncrobot.liquids.classes import liquid_class_for

# Liquids that hang in a part-filled tip without dripping (assumed: by vapour pressure and surface
# tension; the others drip as their vapour fills the air cushion).
_HANGING = frozenset({"water", "dimethylformamide"})


@dataclass(frozen=True, slots=True)
class Handling:
    """What the rules need to know of a stock.

    ``solvents`` maps solvent names to volume fractions; ``keeps`` is False for a stock that decays
    or is made anew during a run.
    """

    solvents: Mapping[str, float]
    slurry: bool
    fresh_tips: bool
    keeps: bool


def repeat_refusal(handling: Handling) -> str | None:
    """Why one tip may not serve several wells with this stock; None if it may (rules 1 to 3)."""
    if handling.fresh_tips:
        return "the stock asks for fresh tips, which touch the wells"
    return None


def multi_dispense_refusal(handling: Handling) -> str | None:
    """Why several doses may not come out of one draw; None if they may (rules 1 to 4)."""
    refusal = repeat_refusal(handling)
    if refusal is not None:
        return refusal
    if handling.slurry:
        return "the stock settles in the tip"
    try:
        liquid_class = liquid_class_for(handling.solvents)
    except PlanError:
        return "no liquid class tells whether the liquid drips from a part-filled tip"
    if liquid_class.name not in _HANGING:
        return f"a liquid of class {liquid_class.name} drips from a part-filled tip"
    return None


def excess_goes_to(handling: Handling) -> Literal["source", "waste"]:
    """Where the rest of a draw goes (rules 5 and 6)."""
    return "source" if handling.keeps and not handling.fresh_tips else "waste"

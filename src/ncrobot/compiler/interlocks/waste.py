"""Waste: no more tips are thrown away than it takes."""

from __future__ import annotations

from collections.abc import Sequence

from ncrobot.compiler.findings import Findings
from ncrobot.deck import Deck
from ncrobot.plan import MixWells, Operation, PumpDose, Transfer


def check_waste(operations: Sequence[Operation], deck: Deck, findings: Findings) -> None:
    """Note a plan that would fill the waste with tips; where the layout tells how many it takes."""
    most = deck.layout.waste_capacity_tips
    thrown = thrown_away(operations)
    if most is None or thrown <= most:
        return
    findings.error(
        "waste-full-of-tips",
        "the plan throws away more tips than the waste takes, and nobody empties it meanwhile",
        "steps",
        quantity="tips thrown away",
        found=f"{thrown}",
        allowed=f"up to {most}",
        fix="use a larger waste, fewer wells, or stocks that reuse their tips",
    )


def thrown_away(operations: Sequence[Operation]) -> int:
    """How many tips go into the waste: all that aren't put back for their stock."""
    tips = {
        leg.tip
        for operation in operations
        if isinstance(operation, MixWells)
        or (
            isinstance(operation, Transfer)
            and not isinstance(operation, PumpDose)
            and operation.tip_use == "fresh"
        )
        for leg in operation.legs
    }
    return len(tips)

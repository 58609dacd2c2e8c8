"""Sample wells: where on the sample plates each group's samples go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ncrobot.compiler.grouping import row_of
from ncrobot.compiler.lowering.builder import Builder
from ncrobot.deck import Deck
from ncrobot.protocol import Sample


def destinations(
    builder: Builder, deck: Deck, index: int, step: Sample, wells: list[str]
) -> dict[str, str] | None:
    """Free wells for a group's samples: a free column with the same rows, or the next free wells.

    The wells of one column get one column, so that a larger head serves them together.
    """
    taken = builder.sampled.setdefault(step.into, set())
    together = deck.layout.arm.simultaneous > 1
    parties: dict[str, dict[str, int]] = {}
    for well in wells:
        parties.setdefault(well[1:] if together else well, {})[well] = row_of(well)
    found: dict[str, str] = {}
    for rows in parties.values():
        targets = _free(deck, step.into, rows, taken, together=together)
        if targets is None:
            break
        taken.update(targets.values())
        found |= targets
    if len(found) == len(wells):
        return found
    builder.without_place += [(index, step.into, well) for well in wells]
    return None


def report_without_place(builder: Builder, deck: Deck) -> None:
    """One finding for all samples of a role that found no well, whatever steps take them."""
    for role in dict.fromkeys(role for _, role, _ in builder.without_place):
        missing = [(index, well) for index, into, well in builder.without_place if into == role]
        plates = deck.with_role(role)
        count = sum(len(deck.wells(plate.name)) for plate in plates)
        by_step = Counter(builder.step_id(index) for index, _ in missing)
        steps = ", ".join(f"{number} of step {step}" for step, number in by_step.items())
        builder.findings.error(
            "sample-wells",
            f"the deck has no free wells left for {len(missing)} samples: {steps} "
            f"(labware with role {role!r})",
            "steps",
            missing[0][0],
            well=missing[0][1],
            quantity="samples",
            found=f"{count} wells, in which {len(builder.sampled.get(role, ()))} samples have "
            "a place",
            allowed="one well per sample, and one column per visit on a multi-channel arm",
            fix="add sample plates to the deck layout, or take fewer samples",
        )


def _free(
    deck: Deck, role: str, rows: Mapping[str, int], taken: set[str], *, together: bool
) -> dict[str, str] | None:
    for plate in deck.with_role(role):
        addresses = [f"{plate.name}/{w}" for w in deck.wells(plate.name)]
        height = deck.definition(plate.name).rows
        for start in range(0, len(addresses), height if together else 1):
            targets = {w: addresses[start + (row if together else 0)] for w, row in rows.items()}
            if not taken & set(targets.values()):
                return targets
    return None

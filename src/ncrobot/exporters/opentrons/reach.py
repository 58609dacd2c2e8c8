"""Which slots the pipettes go to, and which an eight-channel one of an OT-2 can't reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ncrobot.deck.layout import DeckLayout, Placed, Shaker
from ncrobot.errors import Diagnostic
from ncrobot.exporters.opentrons.names import TRASH_SLOT, mounted_pipettes
from ncrobot.plan import MixWells, Operation, Plan, Transfer

COLUMNS = 3


def beside(slot: int) -> frozenset[int]:
    """The slots to the left and to the right of one."""
    row = (slot - 1) // COLUMNS
    return frozenset(other for other in (slot - 1, slot + 1) if (other - 1) // COLUMNS == row)


def slots_around(slot: int) -> frozenset[int]:
    """A slot and its neighbours to the front, the back, the left and the right."""
    return beside(slot) | {slot, slot - COLUMNS, slot + COLUMNS}


def places(operation: Operation) -> Iterator[tuple[int, str]]:
    """Channel and address of everything that the pipettes go to for an operation."""
    if isinstance(operation, Transfer):
        for leg in operation.legs:
            yield from ((leg.channel, at) for at in (leg.tip, leg.source, leg.destination))
    elif isinstance(operation, MixWells):
        for mix in operation.legs:
            yield from ((mix.channel, at) for at in (mix.tip, mix.well))


def slots_touched(operation: Operation, slot_of: Mapping[str, int]) -> frozenset[int]:
    """Slots that the pipettes go to; tips that aren't put back go to the trash."""
    slots = {slot_of[address.partition("/")[0]] for _, address in places(operation)}
    reused = isinstance(operation, Transfer) and operation.tip_use == "reuse"
    return frozenset(slots if reused or not slots else slots | {TRASH_SLOT})


def out_of_reach(plan: Plan) -> Iterator[Diagnostic]:
    """Labware that an OT-2's eight-channel pipette goes to, too near to a heater-shaker.

    It can't go to the left or right of one at all, and in front of or behind it to tip racks only.
    """
    layout = plan.deck
    eight = {channel for p in mounted_pipettes(layout) if p.is_multi for channel in p.channels}
    used = {
        address.partition("/")[0]
        for operation in plan.operations
        for channel, address in places(operation)
        if channel in eight
    }
    for shaker in layout.labware:
        if not _carried_by_shaker(layout, shaker):
            continue
        for placed in layout.labware:
            if placed.name in used and _too_near(placed, shaker):
                yield Diagnostic(
                    code="beside-shaker",
                    message=f"an OT-2's eight-channel pipette can't reach {placed.name}: it stands "
                    f"beside the heater-shaker of {shaker.name}",
                    file=plan.texts.deck_file,
                    found=f"slot {placed.slot}",
                    allowed="tip racks in front of and behind it, nothing to its left and right",
                    fix="exchange it for labware that only the other pipette uses",
                )


def _carried_by_shaker(layout: DeckLayout, placed: Placed) -> bool:
    return placed.on is not None and isinstance(layout.devices.get(placed.on), Shaker)


def _too_near(placed: Placed, shaker: Placed) -> bool:
    if placed.slot is None or shaker.slot is None or placed.slot == shaker.slot:
        return False
    if placed.slot in beside(shaker.slot):
        return True
    return placed.role != "tips" and placed.slot in slots_around(shaker.slot)

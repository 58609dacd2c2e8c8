"""What an Opentrons OT-2 or Flex can and can't: its pipettes, and where its modules may stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ncrobot.deck.checks.findings import Findings
from ncrobot.deck.layout import Placed, Shaker, TemperatureBlock
from ncrobot.errors import nearest_word

Ranges = Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Model:
    """One of Opentrons' robots: its pipettes with their public working ranges in µL, and slots.

    ``neighbour_mm`` is how high a neighbour to the left or right of a heater-shaker may be; a Flex
    sinks its modules into the deck and has no such limit.
    """

    name: str
    pipettes_ul: Ranges
    shaker_slots: tuple[int, ...]
    temperature_slots: tuple[int, ...]
    neighbour_mm: float | None


# Slots that the maker allows for each module.
MODELS: Mapping[str, Model] = {
    "opentrons.ot2": Model(
        name="OT-2",
        pipettes_ul={
            "p20_single_gen2": (1.0, 20.0),
            "p300_single_gen2": (20.0, 300.0),
            "p1000_single_gen2": (100.0, 1000.0),
            "p20_multi_gen2": (1.0, 20.0),
            "p300_multi_gen2": (20.0, 300.0),
        },
        shaker_slots=(1, 3, 4, 6, 7, 10),
        temperature_slots=(1, 3, 4, 6, 7, 9, 10),
        neighbour_mm=53.0,
    ),
    "opentrons.flex": Model(
        name="Flex",
        pipettes_ul={
            "flex_1channel_50": (1.0, 50.0),
            "flex_1channel_1000": (5.0, 1000.0),
            "flex_8channel_50": (1.0, 50.0),
            "flex_8channel_1000": (5.0, 1000.0),
        },
        shaker_slots=(1, 3, 4, 6, 7, 9, 10),
        temperature_slots=(1, 3, 4, 6, 7, 9, 10),
        neighbour_mm=None,
    ),
}
# Channels of a pipette that has several: they hang on one plunger bar, 9 mm apart.
MULTI_CHANNELS = 8
# Channel 0 is the left mount: PyLabRobot's backend counts so.
MOUNTS = ("left", "right")
COLUMNS = 3


def check_opentrons(findings: Findings) -> None:
    """The rules of Opentrons' robots; of others only that they have no pipettes."""
    arm = findings.layout.arm
    model = MODELS.get(findings.layout.robot)
    if model is None:
        if arm.pipettes:
            message = f"{findings.layout.robot} has channels, no exchangeable pipettes"
            findings.add("no-pipettes-here", message, "arm", "pipettes", fix="delete pipettes")
        return
    _check_pipettes(findings, model)
    _check_abilities(findings, model)
    for index, placed in enumerate(findings.layout.labware):
        _check_module_slot(findings, model, index, placed)


def _check_pipettes(findings: Findings, model: Model) -> None:
    arm = findings.layout.arm
    for mount, pipette in arm.pipettes.items():
        path = ("arm", "pipettes", mount)
        if mount not in MOUNTS:
            message = f"{model.name}: there is no mount {mount!r}"
            findings.add("unknown-mount", message, *path, found=mount, allowed=", ".join(MOUNTS))
        elif pipette not in model.pipettes_ul:
            nearest = nearest_word(pipette, model.pipettes_ul)
            findings.add(
                "unknown-pipette",
                f"the {model.name} takes no {pipette!r}",
                *path,
                found=pipette,
                allowed=", ".join(model.pipettes_ul),
                fix=f"did you mean {nearest!r}?" if nearest else None,
            )
    wanted = sum(channels_of(pipette) for pipette in arm.pipettes.values())
    if wanted != arm.channels:
        findings.add(
            "pipettes-and-channels",
            "the channels of the arm are those of its pipettes: one each, or eight",
            "arm",
            "pipettes",
            found=f"{len(arm.pipettes)} pipettes with {wanted} channels, {arm.channels} channels",
            fix="count the channels from the left mount to the right one, beginning with 0",
        )
    _check_heads(findings)
    _check_tips_fit(findings, model)


def channels_of(pipette: str) -> int:
    """Channels of a pipette by its name."""
    known = any(pipette in model.pipettes_ul for model in MODELS.values())
    return MULTI_CHANNELS if known and ("_multi" in pipette or "_8channel" in pipette) else 1


def _check_heads(findings: Findings) -> None:
    """A multi-channel pipette is a rigid head; without one no heads need to be told."""
    arm = findings.layout.arm
    wanted: list[tuple[int, ...]] = []
    for mount in MOUNTS:
        if mount in arm.pipettes:
            first = sum(len(channels) for channels in wanted)
            wanted.append(tuple(range(first, first + channels_of(arm.pipettes[mount]))))
    rigid = [channels for channels in wanted if len(channels) > 1]
    told = [head.channels for head in arm.heads if head.kind == "rigid"]
    if rigid != told or any(head.kind == "independent" for head in arm.heads):
        shown = ", ".join(f"{list(channels)}" for channels in rigid) or "none"
        findings.add(
            "rigid-heads",
            "each multi-channel pipette is a rigid head, and nothing else is",
            "arm",
            "heads",
            found=", ".join(f"{list(channels)}" for channels in told) or "none",
            allowed=shown,
            fix="tell under heads which channels hang together, with kind: rigid",
        )


def _check_tips_fit(findings: Findings, model: Model) -> None:
    arm = findings.layout.arm
    mounted = [
        arm.pipettes[mount]
        for mount in MOUNTS
        if mount in arm.pipettes
        for _ in range(channels_of(arm.pipettes[mount]))
    ]
    for index, tip in enumerate(arm.tips):
        pipettes = {
            mounted[channel]
            for channel in tip.channels or range(len(mounted))
            if 0 <= channel < len(mounted)
        }
        for pipette in sorted(pipettes):
            least, most = model.pipettes_ul.get(pipette, (0.0, float("inf")))
            if least <= tip.min_ul and tip.max_ul <= most:
                continue
            findings.add(
                "tip-beyond-pipette",
                f"tip type {tip.name!r} promises volumes that the {pipette} doesn't deliver",
                "arm",
                "tips",
                index,
                found=f"{tip.min_ul:g} to {tip.max_ul:g} µL",
                allowed=f"{least:g} to {most:g} µL",
                fix="narrow min_ul and max_ul, or name the channels that take the tip",
            )


def _check_abilities(findings: Findings, model: Model) -> None:
    arm = findings.layout.arm
    most = max((channels_of(pipette) for pipette in arm.pipettes.values()), default=1)
    if arm.simultaneous != most:
        findings.add(
            "too-many-at-once",
            f"the {model.name} moves one pipette at a time, with all its channels",
            "arm",
            "simultaneous",
            found=str(arm.simultaneous),
            allowed=str(most),
            fix=f"write simultaneous: {most}",
        )
    if arm.gripper and model.name == "OT-2":
        message = "an OT-2 has no gripper"
        findings.add("no-gripper-here", message, "arm", "gripper", fix="write gripper: false")


def _check_module_slot(findings: Findings, model: Model, index: int, placed: Placed) -> None:
    device = findings.layout.devices.get(placed.on) if placed.on else None
    if placed.slot is None or not isinstance(device, Shaker | TemperatureBlock):
        return
    allowed = model.shaker_slots if isinstance(device, Shaker) else model.temperature_slots
    if placed.slot not in allowed:
        findings.add(
            "module-slot",
            f"{placed.on} can't stand in this slot: its cables and size need the edge of the deck",
            "labware",
            index,
            "slot",
            found=str(placed.slot),
            allowed=", ".join(str(slot) for slot in allowed),
        )
    if isinstance(device, Shaker) and model.neighbour_mm is not None:
        _check_shaker_neighbours(findings, placed.slot, str(placed.on), model.neighbour_mm)


def _check_shaker_neighbours(findings: Findings, slot: int, shaker: str, most_mm: float) -> None:
    beside = {
        other for other in (slot - 1, slot + 1) if (other - 1) // COLUMNS == (slot - 1) // COLUMNS
    }
    around = beside | {slot - COLUMNS, slot + COLUMNS}
    for index, placed in enumerate(findings.layout.labware):
        if placed.slot not in around:
            continue
        definition = findings.definitions.get(index)
        if placed.on in findings.layout.devices:
            message = f"{placed.on} stands next to {shaker}, which needs room to shake"
            fix = "leave a slot between modules"
            findings.add("beside-shaker", message, "labware", index, "slot", fix=fix)
        elif placed.slot in beside and definition and definition.size_mm[2] > most_mm:
            findings.add(
                "beside-shaker",
                f"{placed.name} is too tall to stand beside {shaker}",
                "labware",
                index,
                "slot",
                found=f"{definition.size_mm[2]:g} mm",
                allowed=f"at most {most_mm:g} mm to its left and right",
                fix="exchange it for something lower",
            )

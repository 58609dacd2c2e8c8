"""What an Opentrons OT-2 can and can't: its pipettes, and where its modules may stand."""

from __future__ import annotations

from ncrobot.deck.checks.findings import Findings
from ncrobot.deck.layout import Placed, Shaker, TemperatureBlock
from ncrobot.errors import nearest_word

# Public working ranges of the pipettes of the second generation, in µL.
PIPETTES_UL = {
    "p20_single_gen2": (1.0, 20.0),
    "p300_single_gen2": (20.0, 300.0),
    "p1000_single_gen2": (100.0, 1000.0),
    "p20_multi_gen2": (1.0, 20.0),
    "p300_multi_gen2": (20.0, 300.0),
}
# Channels of a pipette whose name says multi: they hang on one plunger bar, 9 mm apart.
MULTI_CHANNELS = 8
# Channel 0 is the left mount: PyLabRobot's backend counts so.
MOUNTS = ("left", "right")
COLUMNS = 3
# Slots that the maker allows for each module, and how high a neighbour to the left or right of a
# heater-shaker may be.
SHAKER_SLOTS = (1, 3, 4, 6, 7, 10)
TEMPERATURE_SLOTS = (1, 3, 4, 6, 7, 9, 10)
SHAKER_NEIGHBOUR_MM = 53.0


def check_opentrons(findings: Findings) -> None:
    """The rules of the OT-2; nothing is checked for other robots but that they have no pipettes."""
    arm = findings.layout.arm
    if findings.layout.robot != "opentrons.ot2":
        if arm.pipettes:
            message = f"{findings.layout.robot} has channels, no exchangeable pipettes"
            findings.add("no-pipettes-here", message, "arm", "pipettes", fix="delete pipettes")
        return
    _check_pipettes(findings)
    _check_abilities(findings)
    for index, placed in enumerate(findings.layout.labware):
        _check_module_slot(findings, index, placed)


def _check_pipettes(findings: Findings) -> None:
    arm = findings.layout.arm
    for mount, pipette in arm.pipettes.items():
        path = ("arm", "pipettes", mount)
        if mount not in MOUNTS:
            message = f"an OT-2 has no mount {mount!r}"
            findings.add("unknown-mount", message, *path, found=mount, allowed=", ".join(MOUNTS))
        elif pipette not in PIPETTES_UL:
            nearest = nearest_word(pipette, PIPETTES_UL)
            findings.add(
                "unknown-pipette",
                f"an OT-2 of the second generation takes no {pipette!r}",
                *path,
                found=pipette,
                allowed=", ".join(PIPETTES_UL),
                fix=f"did you mean {nearest!r}?" if nearest else None,
            )
    wanted = sum(channels_of(pipette) for pipette in arm.pipettes.values())
    if wanted != arm.channels:
        findings.add(
            "pipettes-and-channels",
            "the channels of an OT-2 are those of its pipettes: one each, eight for a multi",
            "arm",
            "pipettes",
            found=f"{len(arm.pipettes)} pipettes with {wanted} channels, {arm.channels} channels",
            fix="count the channels from the left mount to the right one, beginning with 0",
        )
    _check_heads(findings)
    _check_tips_fit(findings)


def channels_of(pipette: str) -> int:
    """Channels of a pipette by its name."""
    return MULTI_CHANNELS if pipette in PIPETTES_UL and "_multi" in pipette else 1


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
            "each multi-channel pipette of an OT-2 is a rigid head, and nothing else is",
            "arm",
            "heads",
            found=", ".join(f"{list(channels)}" for channels in told) or "none",
            allowed=shown,
            fix="tell under heads which channels hang together, with kind: rigid",
        )


def _check_tips_fit(findings: Findings) -> None:
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
            least, most = PIPETTES_UL.get(pipette, (0.0, float("inf")))
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


def _check_abilities(findings: Findings) -> None:
    arm = findings.layout.arm
    most = max((channels_of(pipette) for pipette in arm.pipettes.values()), default=1)
    if arm.simultaneous != most:
        findings.add(
            "too-many-at-once",
            "an OT-2 moves one pipette at a time, with all its channels",
            "arm",
            "simultaneous",
            found=str(arm.simultaneous),
            allowed=str(most),
            fix=f"write simultaneous: {most}",
        )
    if arm.gripper:
        message = "an OT-2 has no gripper"
        findings.add("no-gripper-here", message, "arm", "gripper", fix="write gripper: false")


def _check_module_slot(findings: Findings, index: int, placed: Placed) -> None:
    device = findings.layout.devices.get(placed.on) if placed.on else None
    if placed.slot is None or not isinstance(device, Shaker | TemperatureBlock):
        return
    allowed = SHAKER_SLOTS if isinstance(device, Shaker) else TEMPERATURE_SLOTS
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
    if isinstance(device, Shaker):
        _check_shaker_neighbours(findings, placed.slot, str(placed.on))


def _check_shaker_neighbours(findings: Findings, slot: int, shaker: str) -> None:
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
        elif placed.slot in beside and definition and definition.size_mm[2] > SHAKER_NEIGHBOUR_MM:
            findings.add(
                "beside-shaker",
                f"{placed.name} is too tall to stand beside {shaker}",
                "labware",
                index,
                "slot",
                found=f"{definition.size_mm[2]:g} mm",
                allowed=f"at most {SHAKER_NEIGHBOUR_MM:g} mm to its left and right",
                fix="exchange it for something lower",
            )

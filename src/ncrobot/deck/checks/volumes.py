"""Volumes: what a well holds, what can't be drawn, and which wells exist."""

from __future__ import annotations

from ncrobot.deck.checks.findings import Findings
from ncrobot.deck.layout import Placed
from ncrobot.errors import nearest_word
from ncrobot.labware import LabwareDefinition


def check_volumes(findings: Findings) -> None:
    """Usable and dead volumes fit the catalogue's well; pinned stocks name existing wells."""
    for index, placed, definition in findings.known_labware():
        if definition.kind == "tip_rack":
            _check_no_volumes(findings, index, placed)
            continue
        _check_bounds(findings, index, placed, definition)
        _check_reach(findings, index, placed, definition)
        _check_holds(findings, index, placed, definition)


def _check_no_volumes(findings: Findings, index: int, placed: Placed) -> None:
    for field in ("dead_volume_ul", "max_volume_ul"):
        if getattr(placed, field) is not None:
            message = f"{placed.name} is a tip rack: it holds no liquid"
            findings.add("tips-hold-no-liquid", message, "labware", index, field, fix="delete it")


def _check_bounds(
    findings: Findings, index: int, placed: Placed, definition: LabwareDefinition
) -> None:
    capacity_ul = definition.well_volume_ul
    if placed.max_volume_ul is not None:
        if placed.max_volume_ul > capacity_ul:
            findings.add(
                "max-volume-above-well",
                f"{placed.name}: a well of {definition.name} doesn't hold that much",
                "labware",
                index,
                "max_volume_ul",
                found=f"{placed.max_volume_ul:g} µL",
                allowed=f"at most {capacity_ul:g} µL",
                fix="lower it, or choose larger labware",
            )
        capacity_ul = min(capacity_ul, placed.max_volume_ul)
    if placed.dead_volume_ul is None:
        if placed.role == "stocks":
            findings.add(
                "missing-dead-volume",
                f"{placed.name} holds stocks, but its dead volume isn't told",
                "labware",
                index,
                fix="add dead_volume_ul: what can't be drawn reliably (0 if all of it can)",
            )
    elif placed.dead_volume_ul >= capacity_ul:
        findings.add(
            "dead-volume-too-large",
            f"nothing can be drawn from {placed.name}: its dead volume fills the well",
            "labware",
            index,
            "dead_volume_ul",
            found=f"{placed.dead_volume_ul:g} µL",
            allowed=f"below {capacity_ul:g} µL",
            fix="lower it, or choose larger labware",
        )


def _check_reach(
    findings: Findings, index: int, placed: Placed, definition: LabwareDefinition
) -> None:
    """A trough for stocks takes all the channels that act together."""
    arm = findings.layout.arm
    together = arm.simultaneous
    if placed.role == "stocks" and definition.kind == "trough":
        rigid = all(head.kind != "independent" for head in arm.all_heads())
        room = definition.rigid_channels_at_once if rigid else definition.channels_at_once
        if room >= together:
            return
        findings.add(
            "trough-too-narrow",
            f"the channels don't fit side by side into {placed.name} ({definition.name})",
            "labware",
            index,
            "definition",
            found=f"room for {room} channels of 9 mm",
            allowed=f"the {together} that act together",
            fix="choose a longer trough, or lower simultaneous",
        )


def _check_holds(
    findings: Findings, index: int, placed: Placed, definition: LabwareDefinition
) -> None:
    for well in placed.holds:
        if well in definition.wells:
            continue
        nearest = nearest_word(well, definition.wells)
        findings.add(
            "unknown-well",
            f"{placed.name} ({definition.name}) has no well {well!r}",
            "labware",
            index,
            "holds",
            well,
            found=well,
            allowed=f"{definition.wells[0]} to {definition.wells[-1]}",
            fix=f"did you mean {nearest!r}?" if nearest else None,
        )

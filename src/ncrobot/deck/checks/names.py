"""Names: unique, free, and known to the catalogue; roles that a run can't do without."""

from __future__ import annotations

from ncrobot import labware
from ncrobot.deck.checks.findings import Findings, Path
from ncrobot.deck.places import stands_at_mm
from ncrobot.errors import DeckError, nearest_word
from ncrobot.labware.decks import RESERVED_NAMES

KNOWN_ROLES = ("reaction", "samples", "dilution", "stocks", "tips", "waste")
NEEDED_ROLES = {
    "reaction": "the plate that the syntheses take place in",
    "stocks": "the troughs and reservoirs that stocks stand in",
    "tips": "the tip racks",
}


def check_names(findings: Findings) -> None:
    """Labware, carriers, devices and the arm share one name space."""
    layout = findings.layout
    entries: list[tuple[str, str, Path]] = [(layout.arm.name, "the arm", ("arm", "name"))]
    entries += [(name, "a device", ("devices", name)) for name in layout.devices]
    entries += [
        (c.name, "a carrier", ("carriers", i, "name")) for i, c in enumerate(layout.carriers)
    ]
    entries += [(p.name, "a labware", ("labware", i, "name")) for i, p in enumerate(layout.labware)]
    seen: dict[str, str] = {}
    for name, what, path in entries:
        if name in RESERVED_NAMES:
            fix = "choose another name"
            message = f"{name!r} is the name of a fixed part of the deck"
            findings.add("reserved-name", message, *path, found=name, fix=fix)
        if name in seen:
            message = f"{name!r} is the name of {seen[name]} already"
            findings.add("duplicate-name", message, *path, found=name, fix="choose another name")
        seen.setdefault(name, what)


def check_definitions(findings: Findings) -> None:
    """Every definition is in the catalogue; the others are kept for the later checks."""
    for index, placed in enumerate(findings.layout.labware):
        try:
            findings.definitions[index] = labware.definition(placed.definition)
        except DeckError as error:
            findings.take_over(error, "labware", index, "definition")
    for index, carrier in enumerate(findings.layout.carriers):
        try:
            findings.carriers[index] = labware.carrier_definition(carrier.definition)
        except DeckError as error:
            findings.take_over(error, "carriers", index, "definition")
    for name, device in findings.layout.devices.items():
        if device.nest is not None:
            try:
                labware.nest_definition(device.nest)
            except DeckError as error:
                findings.take_over(error, "devices", name, "nest")
        elif stands_at_mm(device) is not None:
            message = f"{name} stands at a point of the deck, but its nest isn't named"
            fix = "add nest: a nest of the labware catalogue"
            findings.add("missing-nest", message, "devices", name, "at_mm", fix=fix)


def check_roles(findings: Findings) -> None:
    """Roles are spelt right, the needed ones are there, and tip racks alone hold tips."""
    layout = findings.layout
    for index, placed in enumerate(layout.labware):
        nearest = nearest_word(placed.role, KNOWN_ROLES)
        if placed.role not in KNOWN_ROLES and nearest is not None:
            findings.add(
                "unknown-role",
                f"{placed.name} has the role {placed.role!r}",
                "labware",
                index,
                "role",
                found=placed.role,
                allowed=", ".join(KNOWN_ROLES),
                fix=f"did you mean {nearest!r}?",
            )
    for role, meaning in NEEDED_ROLES.items():
        if not any(placed.role == role for placed in layout.labware):
            fix = f"add labware with role: {role}"
            findings.add(
                "missing-role", f"no labware has the role {role!r}: {meaning}", "labware", fix=fix
            )
    for index, placed, definition in findings.known_labware():
        is_rack = definition.kind == "tip_rack"
        if is_rack == (placed.role == "tips"):
            continue
        message = (
            f"{placed.name} is a {definition.kind.replace('_', ' ')} with the role {placed.role!r}"
        )
        allowed = "tips" if is_rack else "any role but tips"
        findings.add(
            "wrong-role", message, "labware", index, "role", found=placed.role, allowed=allowed
        )

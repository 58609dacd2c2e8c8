"""Every labware stands in one place that exists, fits it, and holds nothing else."""

from __future__ import annotations

from ncrobot import labware
from ncrobot.deck.checks.findings import Findings, Path
from ncrobot.deck.layout import Carrier, Placed, Shaker, TemperatureBlock
from ncrobot.deck.places import OffCarrier, Place, Site, Slot, carrier_of, place_of
from ncrobot.errors import DeckError, nearest_word
from ncrobot.labware import CarrierDefinition, LabwareDefinition
from ncrobot.labware.decks import SLOTS, TRASH_SLOT

# How far labware may exceed the catalogue's figure of its site: PyLabRobot gives plate sites as
# 127 mm though they take plates of 127.76 mm, and Tecan's SBS tip racks as 128.2 by 86.8 mm.
FOOTPRINT_TOLERANCE_MM = 1.5
SLOT_SIZE_MM = (128.0, 86.0)


def check_standing(findings: Findings) -> None:
    """Places are told in the robot's terms, exist, take the labware, and are taken once."""
    taken: dict[Place, str] = {}
    for index, placed in enumerate(findings.layout.labware):
        place = _told_place(findings, index, placed)
        if place is None:
            continue
        if place in taken:
            message = f"{placed.name} and {taken[place]} both stand at {place}"
            findings.add("place-taken", message, "labware", index, fix="move one of them")
        taken.setdefault(place, placed.name)
        if isinstance(place, Site):
            _check_site(findings, index, placed, place)
        elif isinstance(place, Slot):
            _check_slot(findings, index, place)
        _check_footprint(findings, index, placed, place)


def _told_place(findings: Findings, index: int, placed: Placed) -> Place | None:
    """The place of a labware if it is told as this robot's places are."""
    has_slots = findings.layout.robot in SLOTS
    path: Path = ("labware", index)
    if has_slots and (placed.carrier is not None or placed.site is not None):
        message = f"{placed.name}: an {findings.layout.robot} has slots, no carriers"
        findings.add("wrong-kind-of-place", message, *path, fix="give slot instead")
        return None
    if not has_slots and placed.slot is not None:
        message = f"{placed.name}: a {findings.layout.robot} has carriers, no slots"
        fix = "give carrier and site instead"
        findings.add("wrong-kind-of-place", message, *path, "slot", fix=fix)
        return None
    place = place_of(findings.layout, placed)
    device = findings.layout.devices.get(placed.on) if placed.on else None
    if has_slots and placed.slot is None and isinstance(device, Shaker | TemperatureBlock):
        message = f"{placed.name}: on an {findings.layout.robot} {placed.on} stands in a slot"
        findings.add("no-place", message, *path, fix="give its slot")
        return None
    if place is None and not _has_unknown_device(findings, placed):
        fix = "give its slot" if has_slots else "give carrier and site, or the device under it"
        findings.add("no-place", f"{placed.name} stands nowhere", *path, fix=fix)
    return place


def _has_unknown_device(findings: Findings, placed: Placed) -> bool:
    """Whether the place is missing because its device is, which is reported of its own."""
    return placed.on is not None and placed.on not in findings.layout.devices


def _check_slot(findings: Findings, index: int, place: Slot) -> None:
    last = SLOTS[findings.layout.robot]
    if 1 <= place.slot <= last:
        return
    is_trash = place.slot == TRASH_SLOT
    findings.add(
        "slot-out-of-range",
        "the fixed trash stands in this slot" if is_trash else "there is no such slot",
        "labware",
        index,
        "slot",
        found=str(place.slot),
        allowed=f"1 to {last}",
    )


def _check_site(findings: Findings, index: int, placed: Placed, place: Site) -> None:
    layout = findings.layout
    carrier = carrier_of(layout, place.carrier)
    if carrier is None:
        names = [carrier.name for carrier in layout.carriers]
        nearest = nearest_word(place.carrier, names)
        findings.add(
            "unknown-carrier-name",
            f"{placed.name} stands on {place.carrier!r}, which isn't on the deck",
            "labware",
            index,
            "carrier",
            found=place.carrier,
            allowed=", ".join(names) or "none",
            fix=f"did you mean {nearest!r}?" if nearest else "add the carrier",
        )
        return
    definition = findings.carriers.get(layout.carriers.index(carrier))
    if definition is None:
        return
    if definition.kind == "module":
        _check_module_site(findings, index, carrier, place)
    elif place.site not in definition.sites:
        findings.add(
            "site-out-of-range",
            f"{carrier.name} ({definition.name}) has no site {place.site}",
            "labware",
            index,
            "site",
            found=str(place.site),
            allowed=f"{definition.sites[0]} to {definition.sites[-1]}, counted from the front",
        )
    _check_carrier_kind(findings, index, definition)


def _check_module_site(findings: Findings, index: int, carrier: Carrier, place: Site) -> None:
    placed = findings.layout.labware[index]
    if place.module is None:
        findings.add(
            "site-out-of-range",
            f"nothing is mounted at site {place.site} of {carrier.name}",
            "labware",
            index,
            "site",
            found=str(place.site),
            allowed=", ".join(str(site) for site in sorted(carrier.modules)) or "none",
            fix="add a module there under modules",
        )
    elif place.module in findings.layout.devices and placed.on != place.module:
        findings.add(
            "device-not-named",
            f"{placed.name} stands where {place.module} is mounted",
            "labware",
            index,
            "on" if placed.on is not None else "site",
            found=f"on: {placed.on}" if placed.on else None,
            fix=f"write on: {place.module}",
        )


def _check_carrier_kind(findings: Findings, index: int, carrier: CarrierDefinition) -> None:
    """A tip rack would fit into a plate site, but the tips would stand at the wrong height."""
    definition = findings.definitions.get(index)
    if definition is None or carrier.kind == "module":
        return
    is_rack = definition.kind == "tip_rack"
    if is_rack == (carrier.kind == "tip"):
        return
    what = definition.kind.replace("_", " ")
    message = f"{carrier.name} is a {carrier.kind} carrier: it takes no {what}"
    fix = "put it on a carrier of its kind"
    findings.add("wrong-carrier", message, "labware", index, "carrier", fix=fix)


def _check_footprint(findings: Findings, index: int, placed: Placed, place: Place) -> None:
    definition = findings.definitions.get(index)
    room = _room_mm(findings, place)
    if definition is None or room is None or _fits(definition, room):
        return
    findings.add(
        "too-big",
        f"{placed.name} ({definition.name}) doesn't fit into {place}",
        "labware",
        index,
        "definition",
        found=f"{definition.size_mm[0]:g} x {definition.size_mm[1]:g} mm",
        allowed=f"{room[0]:g} x {room[1]:g} mm",
        fix="choose another place or smaller labware",
    )


def _fits(definition: LabwareDefinition, room_mm: tuple[float, float]) -> bool:
    return all(
        size <= room + FOOTPRINT_TOLERANCE_MM
        for size, room in zip(definition.size_mm[:2], room_mm, strict=True)
    )


def _room_mm(findings: Findings, place: Place) -> tuple[float, float] | None:
    """Largest footprint that the place takes, or None if it isn't known."""
    if isinstance(place, Slot):
        return SLOT_SIZE_MM
    layout = findings.layout
    name: str | None
    if isinstance(place, OffCarrier):
        name = place.device
    else:
        carrier = carrier_of(layout, place.carrier)
        if carrier is None:
            return None
        definition = findings.carriers.get(layout.carriers.index(carrier))
        if definition is not None and definition.site_size_mm is not None:
            return definition.site_size_mm
        name = place.module
    device = layout.devices.get(name) if name else None
    nest = device.nest if device is not None else name
    try:
        return labware.nest_definition(nest).takes_mm if nest else None
    except DeckError:
        return None

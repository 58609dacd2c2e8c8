"""Carriers of Hamilton and Tecan: on free rails, with modules at sites that they have."""

from __future__ import annotations

from itertools import combinations

from ncrobot import labware
from ncrobot.deck.checks.findings import Findings
from ncrobot.deck.layout import Carrier
from ncrobot.errors import DeckError, nearest_word
from ncrobot.labware import CarrierDefinition
from ncrobot.labware.decks import RAIL_MM, RAILS


def check_carriers(findings: Findings) -> None:
    """Carriers stand within the deck, don't overlap, and hold what they can hold."""
    if findings.layout.robot not in RAILS:
        for index, carrier in enumerate(findings.layout.carriers):
            message = f"{carrier.name}: an {findings.layout.robot} has slots and no carriers"
            findings.add("no-carriers-here", message, "carriers", index, fix="delete it")
        return
    for index, carrier, definition in findings.known_carriers():
        _check_make(findings, index, carrier, definition)
        _check_rails(findings, index, carrier, definition)
        _check_modules(findings, index, carrier, definition)
    _check_overlap(findings)
    _check_mounted_once(findings)


def _check_make(
    findings: Findings, index: int, carrier: Carrier, definition: CarrierDefinition
) -> None:
    """The rails of Hamilton and Tecan differ, and so do their carriers."""
    rail_mm = RAIL_MM[findings.layout.robot]
    if definition.rail_mm != rail_mm:
        findings.add(
            "wrong-carrier",
            f"{carrier.name} ({definition.name}) doesn't fit on the rails of a "
            f"{findings.layout.robot}",
            "carriers",
            index,
            "definition",
            found=f"made for rails {definition.rail_mm:g} mm apart",
            allowed=f"{rail_mm:g} mm apart",
            fix="choose a carrier of the robot's own maker",
        )


def _check_rails(
    findings: Findings, index: int, carrier: Carrier, definition: CarrierDefinition
) -> None:
    first, rails = RAILS[findings.layout.robot]
    last = carrier.rails + definition.rails - 1
    if carrier.rails < first:
        findings.add(
            "rails-out-of-range",
            f"{carrier.name} stands where the wash station has its place",
            "carriers",
            index,
            "rails",
            found=f"rail {carrier.rails}",
            allowed=f"rails {first} to {rails}",
            fix=f"mount it at rail {first} or further right",
        )
    if last > rails:
        findings.add(
            "rails-out-of-range",
            f"{carrier.name} sticks out of the deck",
            "carriers",
            index,
            "rails",
            found=f"rails {carrier.rails} to {last}",
            allowed=f"rails {first} to {rails}",
            fix=f"mount it at rail {max(first, rails - definition.rails + 1)} or further left",
        )


def _check_overlap(findings: Findings) -> None:
    for (_, left, left_is), (index, right, right_is) in combinations(findings.known_carriers(), 2):
        left_end = left.rails + left_is.rails - 1
        right_end = right.rails + right_is.rails - 1
        if left.rails <= right_end and right.rails <= left_end:
            findings.add(
                "carriers-overlap",
                f"{right.name} and {left.name} stand on the same rails",
                "carriers",
                index,
                "rails",
                found=f"rails {right.rails} to {right_end} and {left.rails} to {left_end}",
                fix="move one of them",
            )


def _check_modules(
    findings: Findings, index: int, carrier: Carrier, definition: CarrierDefinition
) -> None:
    if carrier.modules and definition.kind != "module":
        message = f"{carrier.name} ({definition.name}) takes no modules"
        findings.add("no-modules-here", message, "carriers", index, "modules", fix="delete them")
        return
    for site, module in carrier.modules.items():
        path = ("carriers", index, "modules", site)
        if site not in definition.sites:
            allowed = f"{definition.sites[0]} to {definition.sites[-1]}"
            message = f"{carrier.name} ({definition.name}) has no site {site}"
            findings.add("site-out-of-range", message, *path, found=str(site), allowed=allowed)
        device = findings.layout.devices.get(module)
        if device is not None:
            if device.nest is None:
                message = f"{module} is mounted on {carrier.name}, but its nest isn't named"
                fix = f"add nest to {module}: a nest of the labware catalogue"
                findings.add("missing-nest", message, *path, fix=fix)
            continue
        _check_module_name(findings, module, *path)


def _check_module_name(findings: Findings, module: str, *path: str | int) -> None:
    try:
        labware.nest_definition(module)
    except DeckError:
        known = (*findings.layout.devices, *labware.known_nests())
        nearest = nearest_word(module, known)
        findings.add(
            "unknown-nest",
            f"{module!r} is neither a device of this workcell nor a module of the catalogue",
            *path,
            found=module,
            allowed=", ".join(known),
            fix=f"did you mean {nearest!r}?" if nearest else None,
        )


def _check_mounted_once(findings: Findings) -> None:
    mounted: dict[str, str] = {}
    for index, carrier in enumerate(findings.layout.carriers):
        for site, module in carrier.modules.items():
            if module not in findings.layout.devices:
                continue
            if module in mounted:
                message = f"{module} is mounted on {mounted[module]} already"
                path = ("carriers", index, "modules", site)
                findings.add("device-mounted-twice", message, *path, found=module)
            mounted.setdefault(module, f"{carrier.name}, site {site}")

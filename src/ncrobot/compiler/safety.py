"""Check: hazards of what meets in a well, gas, and solvents that eat plastics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ncrobot.chemistry import (
    HazardFinding,
    HazardSeverity,
    Verdict,
    compatibility,
    hazards_of_addition,
    hazards_of_vessel,
    hydrogen_ul,
)
from ncrobot.chemistry.hazards import is_borohydride
from ncrobot.compiler.doses import WellDoses
from ncrobot.compiler.findings import Findings
from ncrobot.compiler.placing import Placement
from ncrobot.compiler.strengths import Strength
from ncrobot.deck import Deck
from ncrobot.protocol import Dosing, Protocol, ProtocolSource, Role
from ncrobot.units import Dimension, format_quantity

# What these mean is told with wells, amounts and gas by the interlocks, from the operations.
_BY_THE_INTERLOCKS = frozenset({"acid-after-hydride", "hydride-on-acid"})


def hydrogen_by_well(
    protocol: Protocol, wells: Sequence[WellDoses], strengths: Mapping[str, Strength]
) -> dict[str, float]:
    """µL of hydrogen in each well if all of its borohydride hydrolyses."""
    found: dict[str, float] = {}
    for well in wells:
        umol = sum(
            each * dose.total_ul
            for dose in well.doses.values()
            for name, each in strengths[dose.stock].umol_per_ul.items()
            if is_borohydride(protocol.materials[name].formula)
        )
        found[well.condition.well] = hydrogen_ul(umol)
    return found


def check_safety(  # noqa: PLR0913 - looks at everything that meets
    source: ProtocolSource,
    wells: Sequence[WellDoses],
    strengths: Mapping[str, Strength],
    deck: Deck,
    plate: str,
    placement: Placement,
    hydrogen: Mapping[str, float],
    findings: Findings,
) -> tuple[str, ...]:
    """Note what is forbidden as errors; return the hazards that people must know."""
    protocol = source.protocol
    hazards = _additions(protocol, wells, strengths, findings)
    vessel = protocol.vessel
    hydride = max(hydrogen.values(), default=0.0) > 0
    for finding in hazards_of_vessel(vessel.closure, None, hydride=hydride):
        _note(finding, findings, hazards, "vessel", permission=None)
    _materials(protocol, strengths, deck, plate, placement, findings, hazards)
    if hydride:
        most = max(hydrogen, key=lambda well: hydrogen[well])
        total = format_quantity(sum(hydrogen.values()), Dimension.VOLUME)
        hazards[
            f"hydrogen: up to {format_quantity(hydrogen[most], Dimension.VOLUME)} of gas in "
            f"{most}, "
            f"{total} from the plate (25 °C, 1 atm, if all hydride hydrolyses): open or vented "
            "wells, extraction on"
        ] = None
    for material in protocol.materials.values():
        for text in material.hazards:
            hazards[f"{material.name}: {text}"] = None
    return tuple(hazards)


def _note(
    finding: HazardFinding,
    findings: Findings,
    hazards: dict[str, None],
    *path: str | int,
    permission: str | None,
) -> None:
    if finding.severity is HazardSeverity.FORBID:
        findings.error(finding.code, finding.message, *path, fix="change the protocol")
    elif finding.severity is HazardSeverity.PERMISSION and not permission:
        findings.error(
            finding.code,
            f"{finding.message}; this needs a permission",
            *path,
            fix="write permission: who allows it, and why it is safe here",
        )
    else:
        told = f" (permission: {permission})" if permission else ""
        hazards[f"{finding.message}{told}"] = None


def _additions(
    protocol: Protocol,
    wells: Sequence[WellDoses],
    strengths: Mapping[str, Strength],
    findings: Findings,
) -> dict[str, None]:
    """Hazards of each addition given what an earlier step, or the stock itself, brought along.

    Wells that get the same stocks in the same steps are looked at once.
    """
    hazards: dict[str, None] = {}
    ways = {tuple((i, well.doses[i].stock) for i in sorted(well.doses)) for well in wells}
    told: set[tuple[str, int]] = set()
    for stocks in sorted(ways):
        _way(protocol, stocks, strengths, findings, hazards, told)
    return hazards


def _way(
    protocol: Protocol,
    stocks: Sequence[tuple[int, str]],
    strengths: Mapping[str, Strength],
    findings: Findings,
    hazards: dict[str, None],
    told: set[tuple[str, int]],
) -> None:
    """Look at the additions of one kind of well, in their order."""
    present: list[str] = []
    solvents: list[str] = []
    acid_present = False
    for index, stock in stocks:
        strength = strengths[stock]
        step = protocol.steps[index]
        permission = step.permission if isinstance(step, Dosing) else None
        solvents += [protocol.materials[name].name for name in strength.solvent_fraction]
        # A neat solvent counts by volume only, yet it meets what is there like any substance.
        for name in dict.fromkeys([*strength.umol_per_ul, *strength.solvent_fraction]):
            material = protocol.materials[name]
            for finding in hazards_of_addition(
                material.formula,
                is_acid=material.role is Role.ACID,
                solvents=solvents,
                present=present,
                acid_present=acid_present,
            ):
                if finding.code not in _BY_THE_INTERLOCKS and (finding.code, index) not in told:
                    told.add((finding.code, index))
                    _note(finding, findings, hazards, "steps", index, permission=permission)
            acid_present = acid_present or material.role is Role.ACID
            if material.formula:
                present.append(material.formula)


def _materials(  # noqa: PLR0913 - every liquid against everything it touches
    protocol: Protocol,
    strengths: Mapping[str, Strength],
    deck: Deck,
    plate: str,
    placement: Placement,
    findings: Findings,
    hazards: dict[str, None],
) -> None:
    """Refuse a solvent in a vessel that it attacks or whose pair nobody knows."""
    touched: dict[tuple[str, str, str], None] = {}
    for stock, addresses in placement.positions.items():
        for solvent in strengths[stock].solvent_fraction:
            if protocol.materials[solvent].role is not Role.SOLVENT:
                continue
            for labware in {address.split("/")[0] for address in addresses} | {plate}:
                touched[solvent, labware, deck.material(labware)] = None
    for solvent, labware, material in sorted(touched):
        name = protocol.materials[solvent].name
        pair = compatibility(name, material)
        if pair.verdict is Verdict.OK:
            continue
        if pair.verdict is Verdict.UNKNOWN:
            message = f"nobody has said whether {name} may stand in {material} ({labware})"
        elif pair.verdict is Verdict.SHORT:
            message = f"{material} ({labware}) stands {name} for minutes only, not as a vessel"
        else:
            message = f"{name} attacks {material} ({labware})"
        findings.error(
            "solvent-material",
            message,
            "materials",
            solvent,
            found=f"{name} in {material}",
            allowed="glass or PTFE for most organic solvents",
            fix="use a deck layout with labware of another material (starlet_96_glass)",
        )
    short = sorted({s for s, _, _ in touched if protocol.materials[s].name != "water"})
    if short:
        named = ", ".join(protocol.materials[s].name for s in short)
        hazards[f"organic solvents on the deck: {named}: extraction on, no ignition source"] = None

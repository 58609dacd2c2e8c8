"""Shaking: no faster than labware may be, and than wells can be as full as they get."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ncrobot.compiler.findings import Findings
from ncrobot.deck import Deck
from ncrobot.deck.layout import Shaker
from ncrobot.labware import LabwareDefinition
from ncrobot.plan import Background, Operation, Shake
from ncrobot.protocol import step_ids

STANDARD_GRAVITY_M_PER_S2 = 9.80665


def check_speeds(
    operations: Sequence[Operation],
    backgrounds: Sequence[Background],
    peak_ul: Mapping[str, float],
    deck: Deck,
    findings: Findings,
) -> None:
    """Note every speed above the limit of the labware, or at which its fullest well spills."""
    places = {name: index for index, name in enumerate(step_ids(findings.source.protocol))}
    asked = [(b.step, b.labware, b.device, b.speed_rpm) for b in backgrounds]
    asked += [
        (op.step, op.labware, op.device, op.speed_rpm) for op in operations if isinstance(op, Shake)
    ]
    for step, labware, device, speed_rpm in dict.fromkeys(asked):
        path = ("steps", places[step]) if step in places else ("vessel",)
        placed = deck.labware(labware)
        if placed.max_speed_rpm is not None and speed_rpm > placed.max_speed_rpm:
            findings.error(
                "too-fast-for-labware",
                f"the deck layout says that {labware} may not be shaken this fast",
                *path,
                found=f"{speed_rpm:g} rpm",
                allowed=f"up to {placed.max_speed_rpm:g} rpm",
                fix="lower the speed",
            )
        settings = deck.layout.devices.get(device)
        orbit_mm = settings.orbit_mm if isinstance(settings, Shaker) else None
        fullest = max(peak_ul, key=lambda well: peak_ul[well], default=None)
        if orbit_mm is None or fullest is None:
            continue
        most_rpm = spill_speed_rpm(deck.definition(labware), peak_ul[fullest], orbit_mm)
        if most_rpm is not None and speed_rpm > most_rpm:
            findings.error(
                "spills",
                f"{labware} spills at this speed: the liquid of its fullest well reaches the rim",
                *path,
                well=fullest,
                quantity=f"speed with {peak_ul[fullest]:.0f} µL in a well, orbit {orbit_mm:g} mm",
                found=f"{speed_rpm:g} rpm",
                allowed=f"up to {most_rpm:.0f} rpm",
                fix="lower the speed or vessel.final_volume, or use a deck layout with deeper "
                "wells",
            )


def spill_speed_rpm(
    definition: LabwareDefinition, volume_ul: float, orbit_mm: float
) -> float | None:
    """Speed at which liquid in a well reaches its rim; None if its shape isn't known.

    The surface stands at right angles to gravity and the centrifugal acceleration of the orbit
    together, a = (2 pi n)^2 r, so it rises at the wall by half the well's width times a / g
    (QInstruments, influence of orbital radius on centrifugal acceleration). Waves and surface
    tension are left out.
    """
    depth_mm, size_mm = definition.well_depth_mm, definition.well_size_mm
    if not depth_mm or size_mm is None or definition.well_volume_ul <= 0:
        return None
    level_mm = depth_mm * volume_ul / definition.well_volume_ul
    rise_mm = max(depth_mm - level_mm, 0.0)
    acceleration_m_per_s2 = STANDARD_GRAVITY_M_PER_S2 * rise_mm / (max(size_mm) / 2)
    per_s = math.sqrt(acceleration_m_per_s2 / (orbit_mm / 2000.0)) / (2 * math.pi)
    return 60.0 * per_s

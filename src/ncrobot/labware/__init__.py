"""The catalogue of labware, carriers and nests, out of PyLabRobot's definitions and our own."""

from __future__ import annotations

from ncrobot.labware.carriers import build_carrier, carrier_definition, known_carriers
from ncrobot.labware.catalogue import build, container, definition, known_definitions
from ncrobot.labware.decks import find_container
from ncrobot.labware.definition import (
    CarrierDefinition,
    LabwareDefinition,
    LabwareKind,
    NestDefinition,
    column_major,
)
from ncrobot.labware.materials import MaterialLimit, known_limits, material_limit
from ncrobot.labware.nests import build_nest, known_nests, nest_definition

__all__ = [
    "CarrierDefinition",
    "LabwareDefinition",
    "LabwareKind",
    "MaterialLimit",
    "NestDefinition",
    "build",
    "build_carrier",
    "build_nest",
    "carrier_definition",
    "column_major",
    "container",
    "definition",
    "find_container",
    "known_carriers",
    "known_definitions",
    "known_limits",
    "known_nests",
    "material_limit",
    "nest_definition",
]

"""What must hold between the pieces of a protocol; each check reports all that it finds."""

from __future__ import annotations

from ncrobot.protocol._checks.doses import check_doses
from ncrobot.protocol._checks.faults import check_faults
from ncrobot.protocol._checks.layers import check_layers
from ncrobot.protocol._checks.libraries import check_libraries
from ncrobot.protocol._checks.materials import check_materials
from ncrobot.protocol._checks.names import check_names
from ncrobot.protocol._checks.order import check_order
from ncrobot.protocol._checks.references import check_references
from ncrobot.protocol._checks.safety import check_safety
from ncrobot.protocol._checks.scopes import check_scopes
from ncrobot.protocol._checks.unused import warn_of_unused
from ncrobot.protocol._checks.values import check_values

__all__ = [
    "check_doses",
    "check_faults",
    "check_layers",
    "check_libraries",
    "check_materials",
    "check_names",
    "check_order",
    "check_references",
    "check_safety",
    "check_scopes",
    "check_values",
    "warn_of_unused",
]

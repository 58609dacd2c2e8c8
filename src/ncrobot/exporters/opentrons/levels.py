"""How high above the bottom a tip goes: the volumes of all wells, followed through the file."""

from __future__ import annotations

from functools import cache
from typing import Any

from ncrobot import labware
from ncrobot.labware.catalogue import container
from ncrobot.plan import Plan
from ncrobot.schedule import Schedule

CLEARANCE_MM = 1.0
"""Lowest place of a tip above the inner bottom of a vessel."""

IMMERSION_MM = 2.0
"""How deep a tip dips below the surface that is there at the end of the move."""


@cache
def _vessel(definition: str, well: str) -> Any:
    return container(labware.build(definition, definition), well)


class Levels:
    """Volumes by well address, from what is loaded, and the height of a tip in them."""

    def __init__(self, plan: Plan, schedule: Schedule) -> None:
        self._definitions = {placed.name: placed.definition for placed in plan.deck.labware}
        self._volumes_ul: dict[str, float] = {}
        for use in plan.stocks:
            self._volumes_ul.update(schedule.loaded_ul(use.stock, use.positions_ul))

    def volume_ul(self, address: str) -> float:
        """What is in a well at this point of the file."""
        return self._volumes_ul.get(address, 0.0)

    def put(self, address: str, volume_ul: float) -> None:
        """A person has changed what is in a well."""
        self._volumes_ul[address] = volume_ul

    def move(self, address: str, change_ul: float) -> float:
        """Change a well's volume; returns the height in mm at which the tip stays in the liquid."""
        self._volumes_ul[address] = max(self.volume_ul(address) + change_ul, 0.0)
        return self.height_mm(address)

    def height_mm(self, address: str) -> float:
        """Height above the bottom for what is in the well now, never below the clearance."""
        name, _, well = address.partition("/")
        vessel = _vessel(self._definitions[name], well)
        if not vessel.supports_compute_height_volume_functions():
            return CLEARANCE_MM
        most_ul = min(self.volume_ul(address), float(vessel.max_volume))
        surface_mm = float(vessel.compute_height_from_volume(most_ul))
        return max(surface_mm - IMMERSION_MM, CLEARANCE_MM)

"""What stands where: questions to a deck layout, answered without a device."""

from __future__ import annotations

from functools import cached_property

from ncrobot import labware
from ncrobot.chemistry import gas_name
from ncrobot.deck.layout import DeckLayout, Gas, Placed
from ncrobot.deck.places import Place, place_of
from ncrobot.errors import DeckError, Diagnostic, nearest_word
from ncrobot.labware import LabwareDefinition


class Deck:
    """Answers questions about a checked layout; it never changes and may be shared."""

    def __init__(self, layout: DeckLayout) -> None:
        self.layout = layout
        self._placed = {placed.name: placed for placed in layout.labware}

    @cached_property
    def _definitions(self) -> dict[str, LabwareDefinition]:
        return {name: labware.definition(p.definition) for name, p in self._placed.items()}

    @cached_property
    def _volumes_ul(self) -> dict[str, tuple[float, float]]:
        """Capacity and dead volume of one well, by labware."""
        volumes = {}
        for name, placed in self._placed.items():
            capacity_ul = self._definitions[name].well_volume_ul
            if placed.max_volume_ul is not None:
                capacity_ul = min(capacity_ul, placed.max_volume_ul)
            volumes[name] = (capacity_ul, placed.dead_volume_ul or 0.0)
        return volumes

    @cached_property
    def _wells(self) -> dict[str, frozenset[str]]:
        return {name: frozenset(d.wells) for name, d in self._definitions.items()}

    def labware(self, name: str) -> Placed:
        """The labware of this name.

        Raises:
            DeckError: no such labware; names the nearest.
        """
        try:
            return self._placed[name]
        except KeyError:
            nearest = nearest_word(name, self._placed)
            raise DeckError(
                Diagnostic(
                    code="unknown-labware-name",
                    message=f"no labware {name!r} stands on the deck {self.layout.name!r}",
                    found=name,
                    allowed=", ".join(self._placed),
                    fix=f"did you mean {nearest!r}?" if nearest else None,
                )
            ) from None

    def with_role(self, role: str) -> tuple[Placed, ...]:
        """All labware with a role, in the order of the layout."""
        return tuple(placed for placed in self.layout.labware if placed.role == role)

    def definition(self, name: str) -> LabwareDefinition:
        """The catalogue's definition of a labware on the deck.

        Raises:
            DeckError: no such labware.
        """
        return self._definitions[self.labware(name).name]

    def wells(self, name: str) -> tuple[str, ...]:
        """The wells (or tip spots) of a labware, column-major: A1, B1, ... A2, ...

        Raises:
            DeckError: no such labware.
        """
        return self.definition(name).wells

    def capacity_ul(self, address: str) -> float:
        """What a well can hold: the smaller of the catalogue's and the layout's figure.

        Raises:
            DeckError: no such labware or well.
        """
        return self._volumes_ul[self._labware_of(address)][0]

    def dead_volume_ul(self, address: str) -> float:
        """What can't be drawn reliably from a well (0 if the layout doesn't tell).

        Raises:
            DeckError: no such labware or well.
        """
        return self._volumes_ul[self._labware_of(address)][1]

    def working_volume_ul(self, address: str) -> float:
        """What can be drawn from a full well: its capacity less its dead volume.

        Raises:
            DeckError: no such labware or well.
        """
        capacity_ul, dead_ul = self._volumes_ul[self._labware_of(address)]
        return capacity_ul - dead_ul

    def tips(self, tip_type: str) -> tuple[str, ...]:
        """Addresses of all tips of a type: rack by rack as in the layout, column-major.

        Raises:
            DeckError: the arm has no such tip type.
        """
        types = {tip.name: tip for tip in self.layout.arm.tips}
        if tip_type not in types:
            nearest = nearest_word(tip_type, types)
            raise DeckError(
                Diagnostic(
                    code="unknown-tip-type",
                    message=f"the arm has no tip type {tip_type!r}",
                    found=tip_type,
                    allowed=", ".join(types),
                    fix=f"did you mean {nearest!r}?" if nearest else None,
                )
            )
        return tuple(
            f"{placed.name}/{spot}"
            for placed in self.with_role("tips")
            if placed.definition == types[tip_type].definition
            for spot in self.wells(placed.name)
        )

    def device_under(self, name: str) -> str | None:
        """The device that carries a labware, or None.

        Raises:
            DeckError: no such labware.
        """
        return self.labware(name).on

    def gas_valves(self, gas: str, plate: str) -> dict[str, Gas]:
        """The valves that let this gas flow over the reaction plate of this name."""
        return {
            name: device
            for name, device in self.layout.devices.items()
            if isinstance(device, Gas)
            and gas_name(device.gas) == gas_name(gas)
            and device.over in (None, plate)
        }

    def material(self, name: str) -> str:
        """The material of a labware's wetted surface.

        Raises:
            DeckError: no such labware.
        """
        return self.labware(name).material

    def place(self, name: str) -> Place | None:
        """Where a labware stands at the start of a run.

        Raises:
            DeckError: no such labware.
        """
        return place_of(self.layout, self.labware(name))

    def _labware_of(self, address: str) -> str:
        name, _, well = address.partition("/")
        if well not in self._wells.get(name, ()):
            wells = self.wells(name)
            raise DeckError(
                Diagnostic(
                    code="unknown-well",
                    message=f"{name} has no well {well!r}",
                    found=address,
                    allowed=f"{name}/{wells[0]} to {name}/{wells[-1]}",
                )
            )
        return name

"""Which reaction wells an address matters to: its own, those it feeds, those it samples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from ncrobot.plan.document import Plan
from ncrobot.plan.operations import Leg, MixWells, Operation, Read, Shake, Transfer


class Reach:
    """Follows the transfers of a plan from every address to the reaction wells downstream."""

    def __init__(self, plan: Plan) -> None:
        self._vessel = plan.vessel_labware
        self._wells = tuple(well.well for well in plan.wells)
        self._feeds: dict[str, set[str]] = defaultdict(set)
        self._sampled_from: dict[str, set[str]] = defaultdict(set)
        self._used: dict[str, dict[str, None]] = defaultdict(dict)
        for operation in plan.operations:
            if isinstance(operation, Transfer):
                for leg in operation.legs:
                    self._note(leg)
        self._known: dict[str, frozenset[str]] = {}

    def _note(self, leg: Leg) -> None:
        self._feeds[leg.source].add(leg.destination)
        labware, well = leg.destination.split("/")
        self._used[labware][well] = None
        source_well = self.reaction_well(leg.source)
        if source_well is not None:
            self._sampled_from[leg.destination].add(source_well)

    def reaction_well(self, address: str) -> str | None:
        """Return the reaction well at this address, None if it is another place."""
        labware, well = address.split("/")
        return well if labware == self._vessel and well in self._wells else None

    def wells_of(self, address: str) -> frozenset[str]:
        """Return the reaction wells that suffer if the contents of this address are wrong."""
        if address not in self._known:
            self._known[address] = frozenset(self._follow(address, set()))
        return self._known[address]

    def _follow(self, address: str, seen: set[str]) -> set[str]:
        if address in seen:
            return set()
        seen.add(address)
        well = self.reaction_well(address)
        if well is not None:
            return {well}
        found = set(self._sampled_from.get(address, ()))
        for destination in self._feeds.get(address, ()):
            found |= self._follow(destination, seen)
        return found

    def wells_of_leg(self, leg: Leg) -> frozenset[str]:
        """Return the reaction wells that a leg of a transfer is for."""
        well = self.reaction_well(leg.destination) or self.reaction_well(leg.source)
        return frozenset({well}) if well is not None else self.wells_of(leg.destination)

    def wells_on(self, labware: str) -> tuple[str, ...]:
        """Return the wells of a labware that hold something: those of the plan, or those filled."""
        return self._wells if labware == self._vessel else tuple(self._used.get(labware, ()))

    def concerned(self, operation: Operation) -> tuple[str, ...]:
        """Return the reaction wells of an operation; all of them if it is for the whole plate."""
        if operation.wells:
            return operation.wells
        if isinstance(operation, Transfer):
            return self._ordered(well for leg in operation.legs for well in self.wells_of_leg(leg))
        if isinstance(operation, MixWells):
            return self._ordered(well for leg in operation.legs for well in self.wells_of(leg.well))
        if isinstance(operation, Shake | Read) and operation.labware != self._vessel:
            addresses = (f"{operation.labware}/{w}" for w in self.wells_on(operation.labware))
            return self._ordered(well for place in addresses for well in self.wells_of(place))
        return self._wells

    def _ordered(self, wells: Iterable[str]) -> tuple[str, ...]:
        found = set(wells)
        return tuple(well for well in self._wells if well in found)

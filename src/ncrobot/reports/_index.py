"""Questions to a plan with its schedule: which operation, which entry, which well of an address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ncrobot.plan import Leg, Operation, Plan, Transfer
from ncrobot.schedule import Entry, Schedule


@dataclass(frozen=True, slots=True)
class Index:
    """Operations of plan and schedule by id, their entries, and the way from addresses to wells."""

    plan: Plan
    schedule: Schedule
    operations: Mapping[str, Operation]
    entries: Mapping[str, Entry]
    _sampled_from: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, plan: Plan, schedule: Schedule) -> Index:
        """Index a plan and its schedule."""
        operations = {op.id: op for op in (*plan.operations, *schedule.auxiliary)}
        sampled: dict[str, set[str]] = defaultdict(set)
        vessel = f"{plan.vessel_labware}/"
        for operation in plan.operations:
            for leg in operation.legs if isinstance(operation, Transfer) else ():
                if leg.source.startswith(vessel) and not leg.destination.startswith(vessel):
                    sampled[leg.destination].add(leg.source.removeprefix(vessel))
        return cls(
            plan,
            schedule,
            operations,
            {entry.operation: entry for entry in schedule.entries},
            {address: frozenset(wells) for address, wells in sampled.items()},
        )

    def transfers(self) -> Iterator[tuple[Transfer, Leg]]:
        """Every planned leg with its transfer, in order of the schedule."""
        far = float("inf")
        planned = [op for op in self.plan.operations if isinstance(op, Transfer)]
        planned.sort(key=lambda op: e.start_s if (e := self.entries.get(op.id)) else far)
        for operation in planned:
            for leg in operation.legs:
                yield operation, leg

    def well_of(self, source: str, destination: str) -> str:
        """The reaction well that a transfer is for; empty if it serves several."""
        vessel = f"{self.plan.vessel_labware}/"
        for address in (destination, source):
            if address.startswith(vessel):
                return address.removeprefix(vessel)
        wells = self._sampled_from.get(destination, frozenset())
        return next(iter(wells)) if len(wells) == 1 else ""

    def wells_of(self, operation: str) -> tuple[str, ...]:
        """The wells that an operation names."""
        found = self.operations.get(operation)
        return found.wells if found else ()

    def step_of(self, operation: str) -> str:
        """The protocol step of an operation, or its id if the plan doesn't know it."""
        found = self.operations.get(operation)
        return found.step if found else operation

"""What is checked: a plan and its schedule, looked up by operation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ncrobot.errors import Diagnostic
from ncrobot.plan import Operation, Plan
from ncrobot.schedule import Entry, Schedule

TOLERANCE_S = 1e-6
"""What the last bits of a float may differ."""


@dataclass(frozen=True, slots=True)
class Case:
    """A plan, its schedule, and all operations and entries by id; for one check."""

    plan: Plan
    schedule: Schedule
    operations: Mapping[str, Operation]
    entries: Mapping[str, Entry]

    @property
    def arm(self) -> str:
        """The name of the arm."""
        return self.plan.deck.arm.name


def fault(
    code: str, message: str, operation: Operation | None = None, *, line: int | None = None
) -> Diagnostic:
    """A finding about an operation: its wells, and its line if no other is given."""
    wells = ", ".join(operation.wells[:8]) if operation is not None else ""
    if line is None and operation is not None:
        line = operation.line
    return Diagnostic(code=code, message=message, well=wells or None, line=line)


def reached(operation: Operation) -> frozenset[str]:
    """Labware that an operation reaches into, reads or carries."""
    addresses: Iterable[str] = ()
    if operation.kind in ("transfer", "pump_dose"):
        addresses = [address for leg in operation.legs for address in (leg.source, leg.destination)]
    elif operation.kind == "mix":
        addresses = [leg.well for leg in operation.legs]
    elif operation.kind in ("move_plate", "read"):
        addresses = [operation.labware]
    return frozenset(address.split("/")[0] for address in addresses)


def needed(operation: Operation, arm: str) -> frozenset[str]:
    """Devices, and the person, that an operation occupies; a person's hands keep the arm away."""
    if operation.kind in ("person", "refill"):
        return frozenset(("person", arm)) if operation.takes_s > 0 else frozenset()
    if operation.kind in ("transfer", "mix", "move_plate"):
        return frozenset((arm,))
    if operation.kind == "set_temperature":
        return frozenset((f"{operation.device}:temperature",))
    return frozenset((operation.device,))

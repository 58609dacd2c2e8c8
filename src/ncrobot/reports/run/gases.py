"""Gas that flowed over the plate: what was asked, what the valve read, and for how long."""

from __future__ import annotations

from dataclasses import dataclass

from ncrobot.plan import LetGas
from ncrobot.reports._index import Index
from ncrobot.reports._text import seconds, significant, span
from ncrobot.state import RunState


@dataclass(frozen=True, slots=True)
class Flowed:
    """One flow of gas: mL/min as set and as read (least and most), seconds asked and counted."""

    operation: str
    gas: str
    device: str
    asked_ml_per_min: float
    read_ml_per_min: tuple[float, float] | None
    asked_s: float
    flowed_s: float

    @property
    def is_whole(self) -> bool:
        """Whether it flowed for the whole time; a second is nobody's."""
        return self.flowed_s >= self.asked_s - 1

    @property
    def read(self) -> str:
        """The readings in words."""
        if self.read_ml_per_min is None:
            return "nothing was read"
        low, high = (significant(each, 3) for each in self.read_ml_per_min)
        return f"{low} mL/min" if low == high else f"{low} to {high} mL/min"

    @property
    def time(self) -> str:
        """For how long it flowed, of how long it was to."""
        if self.is_whole:
            return span(self.asked_s)
        return f"{seconds(self.flowed_s)} of {seconds(self.asked_s)}"


def gas_flows(index: Index, state: RunState) -> list[Flowed]:
    """Each operation of the plan that let gas flow, or was to, in the order of the plan."""
    found = []
    for operation in index.operations.values():
        ran = state.operations.get(operation.id)
        if not isinstance(operation, LetGas) or ran is None:
            continue
        own = [each for each in state.gas_readings if each["operation"] == operation.id]
        read = [float(each["flow_ml_per_min"]) for each in own]
        counted = [float(each["flowed_s"]) for each in own] + [ran.flowed_s or 0.0]
        found.append(
            Flowed(
                operation=operation.id,
                gas=operation.gas,
                device=operation.device,
                asked_ml_per_min=operation.flow_ml_per_min,
                read_ml_per_min=(min(read), max(read)) if read else None,
                asked_s=operation.for_s,
                flowed_s=max(counted),
            )
        )
    return found

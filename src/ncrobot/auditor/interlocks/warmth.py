"""How warm the reaction plate is, operation by operation."""

from __future__ import annotations

from ncrobot.auditor.facts import Case
from ncrobot.plan import MovePlate, SetTemperature

# A cool room; what nothing heats has at least this (hydride lives longer in the cold).
_ROOM_C = 20.0


def temperatures_c(case: Case, first_rank: float, last_rank: float) -> list[float]:
    """The setpoints of what is under the plate from one place of the order to another.

    The one that holds when the stretch begins comes first; without a setpoint it is the room's.
    """
    placed = case.deck.labware.get(case.plan.vessel_labware)
    under = placed.on if placed is not None else None
    start_c = case.plan.initial_temperatures_c.get(under or "", _ROOM_C)
    found: list[float] = []
    for operation in case.in_order():
        rank = case.order.rank(operation.id)
        if isinstance(operation, SetTemperature) and operation.device == under:
            now_c = _ROOM_C if operation.temperature_c is None else operation.temperature_c
        elif isinstance(operation, MovePlate) and operation.labware == case.plan.vessel_labware:
            now_c = _ROOM_C
        else:
            continue
        if rank <= first_rank:
            start_c = now_c
        elif rank <= last_rank:
            found.append(now_c)
    return [start_c, *found]

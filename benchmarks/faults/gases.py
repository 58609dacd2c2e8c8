"""What must hold of gas after any run: it flows in its operations alone, and as long as asked."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.faults.running import Told
from ncrobot.deck.layout import Gas
from ncrobot.events import EventKind
from ncrobot.plan import LetGas
from ncrobot.state import fold

NEAR_S = 0.5
"""Times that differ by less are equal."""

TRIES = 3
"""So often an order to open may be given: whether gas flowed until the watchdog nobody knows."""


def gas_problems(told: Told) -> Iterator[str]:
    """What fails to hold: gas that flowed at another time, for too long, or without an end."""
    for device, flows in told.flows.items():
        mine = [
            operation
            for operation in told.plan.operations
            if isinstance(operation, LetGas) and operation.device == device
        ]
        for operation in mine:
            yield from _as_asked(told, operation, flows)
        spans = [_span(told, operation) for operation in mine]
        for since_s, to_s, flow_ml_per_min in flows:
            if not any(
                began <= since_s + NEAR_S and to_s <= over + NEAR_S for began, over in spans
            ):
                yield f"{device} let gas flow from {since_s:.1f} to {to_s:.1f} s, in no operation"
            if flow_ml_per_min not in {each.flow_ml_per_min for each in mine}:
                yield f"{device} let {flow_ml_per_min:g} mL/min flow, which nobody asked for"


def _span(told: Told, operation: LetGas) -> tuple[float, float]:
    """From when to when it may flow: in the operation, and until its watchdog notices the end."""
    mine = [event for event in told.events if event.operation == operation.id]
    began = [event.time_s for event in mine if event.kind is EventKind.OPERATION_STARTED]
    over = [event.time_s for event in mine if event.kind is EventKind.OPERATION_ENDED]
    if not began:
        return (0.0, -1.0)
    end_s = over[-1] if over else told.events[-1].time_s
    return (began[0], end_s + _layout(told, operation).watchdog_s)


def _as_asked(
    told: Told, operation: LetGas, flows: list[tuple[float, float, float]]
) -> Iterator[str]:
    """Over wells that count as ok it flowed as long as asked, within the tolerance."""
    fates = fold(told.events).wells
    concerned = operation.wells or tuple(well.well for well in told.plan.wells)
    if any(well in fates for well in concerned):
        return
    began_s, over_s = _span(told, operation)
    flowed_s = sum(to - since for since, to, _ in flows if began_s - NEAR_S <= since <= over_s)
    most_s = operation.for_s + (operation.tolerance_s or 0.0) + _layout(told, operation).settle_s
    doubt_s = _layout(told, operation).watchdog_s * TRIES
    less_s = doubt_s if operation.tolerance_s is None else operation.tolerance_s
    if flowed_s < operation.for_s - less_s - NEAR_S:
        yield f"{operation.id}: gas flowed for {flowed_s:.1f} s, and all its wells are ok"
    if operation.tolerance_s is not None and flowed_s > most_s + NEAR_S:
        yield f"{operation.id}: gas flowed for {flowed_s:.1f} s, and all its wells are ok"


def _layout(told: Told, operation: LetGas) -> Gas:
    layout = told.plan.deck.devices[operation.device]
    if not isinstance(layout, Gas):
        message = f"{operation.device} is no gas valve"
        raise TypeError(message)
    return layout

"""Folding: the events of a run, one after the other, change what is known of it.

Folding needs the events only. An act with an intent and no outcome is *unknown*: it may have moved
liquid, and nobody may repeat it without a fact.
"""

from __future__ import annotations

from collections.abc import Iterable

from ncrobot.events import Event, EventKind, ExitStatus
from ncrobot.state.facts import (
    BrokenLag,
    Delivery,
    Flag,
    Incident,
    OpenAct,
    OperationState,
    RunState,
)
from ncrobot.statuses import RunStatus

_OUTCOMES = (EventKind.DONE, EventKind.NOT_DONE, EventKind.UNKNOWN)
_INCIDENTS = frozenset(
    {
        EventKind.STATUS_CHANGED,
        EventKind.RUN_RESUMED,
        EventKind.SCHEDULE_REPAIRED,
        EventKind.REPAIR_REFUSED,
        EventKind.FAULT_HANDLED,
        EventKind.LEVEL_LOW,
        EventKind.CLOCK_STEPPED,
    }
)


def fold(events: Iterable[Event]) -> RunState:
    """Fold the events of one run, in order, to its state."""
    state = RunState()
    for event in events:
        apply(state, event)
    return state


def apply(state: RunState, event: Event) -> None:
    """Let one event change the state."""
    state.run = event.run
    state.simulated = event.simulated
    state.last_seq = event.seq
    state.time_s = event.time_s
    if event.kind in _INCIDENTS:
        state.incidents.append(
            Incident(event.kind, event.time_s, event.operation, event.wells, event.data)
        )
    if event.kind is EventKind.INTENT and event.operation and event.act:
        key = (event.operation, event.act)
        state.open_acts[key] = OpenAct(event.operation, event.act, event.data)
    elif event.kind in _OUTCOMES and event.operation and event.act:
        state.open_acts.pop((event.operation, event.act), None)
    else:
        handler = _HANDLERS.get(event.kind)
        if handler is not None:
            handler(state, event)


def _created(state: RunState, event: Event) -> None:
    state.info = dict(event.data)


def _started(state: RunState, event: Event) -> None:
    state.status = RunStatus.RUNNING.value
    state.started_wall = event.wall


def _status_changed(state: RunState, event: Event) -> None:
    state.status = str(event.data["status"])
    state.reason = str(event.data.get("reason", ""))


def _resumed(state: RunState, event: Event) -> None:
    """What only the end of the run had taken from its wells is given back."""
    state.resumed.append({"time_s": event.time_s, "wall": event.wall, **event.data})
    state.ended_wall, state.safe_state = None, {}
    for well in state.wells.values():
        well.flags = [flag for flag in well.flags if not flag.at_end]
    state.wells = {name: well for name, well in state.wells.items() if well.flags}


def _operation_started(state: RunState, event: Event) -> None:
    if event.operation is None:
        return
    before = state.operations.get(event.operation)
    state.operations[event.operation] = OperationState(
        event.operation,
        start_s=event.time_s,
        planned_start_s=event.data.get("planned_start_s"),
        wells=event.wells,
        interrupted=before is not None and before.interrupted,
    )


def _operation_ended(state: RunState, event: Event) -> None:
    if event.operation is None:
        return
    data = event.data
    operation = state.operations.setdefault(
        event.operation, OperationState(event.operation, wells=event.wells)
    )
    if operation.interrupted:  # the record of the whole operation repeats what was delivered then
        state.deliveries = [d for d in state.deliveries if d.operation != event.operation]
    operation.interrupted = bool(data.get("interrupted"))
    operation.kind = data.get("kind")
    operation.result = data.get("result", "unknown")
    operation.start_s = data.get("start_s", operation.start_s)
    operation.end_s = data.get("end_s", event.time_s)
    operation.planned_start_s = data.get("planned_start_s", operation.planned_start_s)
    operation.planned_duration_s = data.get("planned_duration_s")
    operation.reason = data.get("reason")
    operation.flowed_s = data.get("flowed_s")
    for part in data.get("deliveries", ()):
        state.deliveries.append(
            Delivery(
                operation=event.operation,
                purpose=data.get("purpose", "dose"),
                stock=data.get("stock"),
                portion=data.get("portion"),
                source=part["source"],
                destination=part["destination"],
                volume_ul=part["volume_ul"],
                umol=dict(part.get("umol", {})),
                tip=part.get("tip"),
                delivered_s=part.get("delivered_s", event.time_s),
                planned_s=operation.planned_start_s,
                lot=part.get("lot"),
                age_s=part.get("age_s"),
                active_fraction=part.get("active_fraction"),
            )
        )


def _lag_broken(state: RunState, event: Event) -> None:
    data = event.data
    state.broken_lags.append(
        BrokenLag(
            before=data["before"],
            after=data["after"],
            wells=event.wells,
            value_s=data["value_s"],
            min_s=data["min_s"],
            max_s=data.get("max_s"),
            by_s=data["by_s"],
            cause=data.get("cause", ""),
        )
    )


def _well_flagged(state: RunState, event: Event) -> None:
    data = event.data
    state.flag(
        event.wells,
        Flag(data.get("reason", ""), bool(data.get("abandoned")), bool(data.get("at_end"))),
    )


def _question(state: RunState, event: Event) -> None:
    state.questions.append({"operation": event.operation, "time_s": event.time_s, **event.data})


def _answer(state: RunState, event: Event) -> None:
    for question in reversed(state.questions):
        if question["operation"] == event.operation and "answer" not in question:
            question.update(event.data, answered_s=event.time_s)
            return


def _measured(state: RunState, event: Event) -> None:
    state.measured.append({"operation": event.operation, "time_s": event.time_s, **event.data})


def _ph_read(state: RunState, event: Event) -> None:
    state.ph_readings.append({"operation": event.operation, "time_s": event.time_s, **event.data})


def _gas_read(state: RunState, event: Event) -> None:
    state.gas_readings.append({"operation": event.operation, "time_s": event.time_s, **event.data})


def _cross_check(state: RunState, event: Event) -> None:
    state.cross_checks.append({"operation": event.operation, "time_s": event.time_s, **event.data})


def _safe_state(state: RunState, event: Event) -> None:
    state.safe_state = dict(event.data.get("confirmed", {}))


def _ended(state: RunState, event: Event) -> None:
    state.status = str(event.data.get("status", ExitStatus.FAILED.value))
    state.reason = str(event.data.get("reason", ""))
    state.ended_wall = event.wall
    state.wells_ok = int(event.data.get("wells_ok", 0))
    state.wells_flagged = int(event.data.get("wells_flagged", 0))
    state.ledger = dict(event.data.get("ledger", {}))


_HANDLERS = {
    EventKind.RUN_CREATED: _created,
    EventKind.RUN_STARTED: _started,
    EventKind.STATUS_CHANGED: _status_changed,
    EventKind.RUN_RESUMED: _resumed,
    EventKind.OPERATION_STARTED: _operation_started,
    EventKind.OPERATION_ENDED: _operation_ended,
    EventKind.LAG_BROKEN: _lag_broken,
    EventKind.WELL_FLAGGED: _well_flagged,
    EventKind.QUESTION: _question,
    EventKind.ANSWER: _answer,
    EventKind.MEASURED: _measured,
    EventKind.PH_READ: _ph_read,
    EventKind.GAS_READ: _gas_read,
    EventKind.CROSS_CHECK: _cross_check,
    EventKind.SAFE_STATE: _safe_state,
    EventKind.RUN_ENDED: _ended,
}

"""The state of a run: what its events fold to, for recovery, reports, exports and the optimizer.

Folding needs the events only. An act with an intent and no outcome is *unknown*: it may have moved
liquid, and nobody may repeat it without a fact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ncrobot.events import Event, EventKind, ExitStatus
from ncrobot.statuses import RunStatus

_OUTCOMES = (EventKind.DONE, EventKind.NOT_DONE, EventKind.UNKNOWN)


@dataclass(slots=True)
class OperationState:
    """One operation as it really went; times in seconds of the run's clock."""

    operation: str
    kind: str | None = None
    result: str = "running"
    start_s: float | None = None
    end_s: float | None = None
    planned_start_s: float | None = None
    planned_duration_s: float | None = None
    reason: str | None = None
    wells: tuple[str, ...] = ()
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """One executed transfer of liquid from a source to a destination."""

    operation: str
    purpose: str
    stock: str | None
    portion: int | None
    source: str
    destination: str
    volume_ul: float
    umol: dict[str, float]
    tip: str | None
    delivered_s: float
    planned_s: float | None
    lot: int | None
    age_s: float | None
    active_fraction: float | None


@dataclass(frozen=True, slots=True)
class BrokenLag:
    """A lag that wasn't kept: by how much, and why."""

    before: str
    after: str
    wells: tuple[str, ...]
    value_s: float
    min_s: float
    max_s: float | None
    by_s: float
    cause: str


@dataclass(frozen=True, slots=True)
class Flag:
    """Why a well isn't ok; ``at_end``: only because the run ended before its last operation."""

    reason: str
    abandoned: bool = False
    at_end: bool = False


@dataclass(slots=True)
class WellState:
    """What became of one well: ``ok``, ``flagged`` or ``abandoned``, and why."""

    well: str
    flags: list[Flag] = field(default_factory=list)

    @property
    def status(self) -> str:
        """The worst of its flags; an abandoned one stays abandoned."""
        if any(flag.abandoned for flag in self.flags):
            return "abandoned"
        return "flagged" if self.flags else "ok"

    @property
    def reasons(self) -> list[str]:
        """Why, in the order in which it happened."""
        return [flag.reason for flag in self.flags]


@dataclass(frozen=True, slots=True)
class OpenAct:
    """An act that was announced and whose outcome nobody wrote down."""

    operation: str
    act: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that no plan foresaw: a pause, a fault, a repair, a date that was set."""

    kind: EventKind
    time_s: float
    operation: str | None
    wells: tuple[str, ...]
    data: dict[str, Any]


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


@dataclass(slots=True)
class RunState:
    """All that the events tell; ``status`` is one of :class:`~ncrobot.statuses.RunStatus`.

    ``resumed`` tells of every time that the run was taken up again.
    """

    run: str = ""
    status: str = RunStatus.QUEUED.value
    reason: str = ""
    simulated: bool = True
    info: dict[str, Any] = field(default_factory=dict)
    last_seq: int = 0
    time_s: float = 0.0
    started_wall: str | None = None
    ended_wall: str | None = None
    operations: dict[str, OperationState] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)
    broken_lags: list[BrokenLag] = field(default_factory=list)
    wells: dict[str, WellState] = field(default_factory=dict)
    questions: list[dict[str, Any]] = field(default_factory=list)
    measured: list[dict[str, Any]] = field(default_factory=list)
    cross_checks: list[dict[str, Any]] = field(default_factory=list)
    resumed: list[dict[str, Any]] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    safe_state: dict[str, bool] = field(default_factory=dict)
    ledger: dict[str, Any] = field(default_factory=dict)
    open_acts: dict[tuple[str, str], OpenAct] = field(default_factory=dict)
    wells_ok: int = 0
    wells_flagged: int = 0

    def flag(self, wells: Iterable[str], flag: Flag) -> None:
        """Mark wells."""
        for name in wells:
            self.wells.setdefault(name, WellState(name)).flags.append(flag)


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
    EventKind.CROSS_CHECK: _cross_check,
    EventKind.SAFE_STATE: _safe_state,
    EventKind.RUN_ENDED: _ended,
}

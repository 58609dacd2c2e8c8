"""Recalling: the events of a run that broke off, folded to what its engine knew at that moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ncrobot.engine.acts import BROKEN_OFF
from ncrobot.engine.memory import Note
from ncrobot.events import Event, EventKind
from ncrobot.repairs import repaired
from ncrobot.schedule import Schedule
from ncrobot.statuses import RunStatus


@dataclass(slots=True)
class Act:
    """One physical act of a run; ``outcome`` None: nobody wrote down how it ended."""

    name: str
    data: Mapping[str, Any]
    wells: tuple[str, ...]
    operation: str | None = None
    outcome: EventKind | None = None
    failed: frozenset[int] = frozenset()

    @property
    def is_open(self) -> bool:
        """Whether it may have happened, and nobody can tell by the record."""
        return self.outcome is None


@dataclass(slots=True)
class BrokenOff:
    """An operation that had begun and wasn't over; ``graceful``: the engine itself ended it."""

    operation: str
    start_s: float
    acts: list[Act] = field(default_factory=list)
    graceful: bool = False


@dataclass(frozen=True, slots=True)
class Delivered:
    """A leg that was delivered: by its operation's start at that time."""

    channel: int
    cycle: int
    facts: Mapping[str, Any]
    start_s: float


@dataclass
class Recalled:
    """What the engine of a run knew when it broke off.

    ``over_s`` and ``begun_s`` are on the run's clock; ``broken_off`` are in neither.
    """

    schedule: Schedule
    run: str = ""
    status: RunStatus = RunStatus.QUEUED
    last_seq: int = 0
    last_s: float = 0.0
    last_wall: datetime | None = None
    start_wall: datetime | None = None
    begun_s: dict[str, float] = field(default_factory=dict)
    over_s: dict[str, float] = field(default_factory=dict)
    broken_off: dict[str, BrokenOff] = field(default_factory=dict)
    delivered: dict[str, list[Delivered]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    flags: list[tuple[tuple[str, ...], bool]] = field(default_factory=list)
    temperatures_c: dict[str, float | None] = field(default_factory=dict)
    speeds_rpm: dict[str, float] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    used_tips: set[str] = field(default_factory=set)
    open_acts: list[Act] = field(default_factory=list)

    @property
    def started(self) -> bool:
        """Whether the schedule had begun; before that nothing was dispensed."""
        return self.start_wall is not None

    def unknown(self) -> Iterator[Act]:
        """Acts of operations without an outcome."""
        for broken in self.broken_off.values():
            yield from (act for act in broken.acts if act.is_open)


def recall(events: Iterable[Event], schedule: Schedule) -> Recalled:
    """Fold the events of one run, in order; ``schedule`` is the one that it started with."""
    found = Recalled(schedule)
    for event in events:
        found.run, found.last_seq, found.last_s = event.run, event.seq, event.time_s
        found.last_wall = datetime.fromisoformat(event.wall)
        handler = _HANDLERS.get(event.kind)
        if handler is not None:
            handler(found, event)
    return found


def _started(found: Recalled, event: Event) -> None:
    found.start_wall = datetime.fromisoformat(event.data["start_wall"])
    found.status = RunStatus.RUNNING


def _stepped(found: Recalled, event: Event) -> None:
    # Whoever resumes the run reads the new date; the beginning has to be told in it.
    if found.start_wall is not None:
        found.start_wall += timedelta(seconds=event.data["by_s"])


def _status(found: Recalled, event: Event) -> None:
    found.status = RunStatus(event.data["status"])


def _intent(found: Recalled, event: Event) -> None:
    name, data = event.act or "", event.data
    act = Act(name, data, event.wells, event.operation)
    if event.operation is None:
        found.open_acts.append(act)
    elif event.operation in found.broken_off:
        found.broken_off[event.operation].acts.append(act)
    if name == "set_temperature":
        found.temperatures_c[data["device"]] = data["temperature_c"]
    elif name == "shake":
        found.speeds_rpm[data["device"]] = data.get("then_rpm", data["speed_rpm"])
    elif name == "pick_up_tips":
        found.used_tips |= {tip["tip"] for tip in data["tips"]}


def _outcome(found: Recalled, event: Event) -> None:
    acts = (
        found.open_acts
        if event.operation is None
        else (broken.acts if (broken := found.broken_off.get(event.operation)) else [])
    )
    act = next((act for act in reversed(acts) if act.name == event.act), None)
    if act is None or event.data.get("error_kind") == BROKEN_OFF:
        return  # nobody has looked yet what an emergency stop has left
    act.outcome = event.kind
    if event.kind is not EventKind.DONE:
        act.failed |= set(event.data.get("channels", ()))
    elif act.name == "move_labware":
        found.places[act.data["labware"]] = act.data["to"]
    elif act.name == "return_tips":
        found.used_tips -= {tip["tip"] for tip in act.data["tips"]}
    if event.operation is None and act in acts:
        acts.remove(act)


def _posted(found: Recalled, event: Event) -> None:
    for note in event.data["notes"]:
        if note[0] == "delivered":
            _, operation, channel, cycle, facts = note
            start_s = found.begun_s.get(operation, event.time_s)
            made = Delivered(channel, cycle, facts, start_s)
            found.delivered.setdefault(operation, []).append(made)
        else:
            found.notes.append(note)


def _gas_read(found: Recalled, event: Event) -> None:
    if (broken := found.broken_off.get(event.operation or "")) is not None:
        broken.acts.append(Act("gas_read", event.data, event.wells, event.operation, event.kind))


def _operation_started(found: Recalled, event: Event) -> None:
    name = event.operation or ""
    found.begun_s[name] = event.time_s
    found.broken_off[name] = BrokenOff(name, event.time_s)
    found.over_s.pop(name, None)


def _operation_ended(found: Recalled, event: Event) -> None:
    name, data = event.operation or "", event.data
    found.begun_s[name] = data["start_s"]
    if data.get("interrupted"):
        found.broken_off.setdefault(name, BrokenOff(name, data["start_s"])).graceful = True
        return
    found.broken_off.pop(name, None)
    found.over_s[name] = data["end_s"]


def _flagged(found: Recalled, event: Event) -> None:
    if not event.data.get("at_end"):
        found.flags.append((event.wells, bool(event.data.get("abandoned"))))


def _repaired(found: Recalled, event: Event) -> None:
    found.schedule = repaired(found.schedule, event.data)


def _ended(found: Recalled, event: Event) -> None:
    found.status = RunStatus(event.data["status"])


_HANDLERS: Mapping[EventKind, Callable[[Recalled, Event], None]] = {
    EventKind.RUN_STARTED: _started,
    EventKind.CLOCK_STEPPED: _stepped,
    EventKind.STATUS_CHANGED: _status,
    EventKind.INTENT: _intent,
    EventKind.DONE: _outcome,
    EventKind.NOT_DONE: _outcome,
    EventKind.UNKNOWN: _outcome,
    EventKind.POSTED: _posted,
    EventKind.GAS_READ: _gas_read,
    EventKind.OPERATION_STARTED: _operation_started,
    EventKind.OPERATION_ENDED: _operation_ended,
    EventKind.WELL_FLAGGED: _flagged,
    EventKind.SCHEDULE_REPAIRED: _repaired,
    EventKind.RUN_ENDED: _ended,
}

"""What no plan foresaw, in the order in which it happened: pauses, faults, repairs, deaths."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ncrobot.events import EventKind
from ncrobot.reports._text import clock, counted, listed, span
from ncrobot.state import Incident, RunState

_MOST_WELLS = 8


@dataclass(frozen=True, slots=True)
class Told:
    """One line: when, what, and in which wells."""

    when: str
    text: str
    wells: str


def incidents(state: RunState) -> list[Told]:
    """Every incident of a run as a line; faults that were met alike in a row are one."""
    found: list[tuple[Incident, int]] = []
    for incident in state.incidents:
        if found and _alike(found[-1][0], incident):
            found[-1] = (incident, found[-1][1] + 1)
        else:
            found.append((incident, 1))
    return [_told(incident, times) for incident, times in found]


def _alike(one: Incident, other: Incident) -> bool:
    keys = ("error_kind", "response", "by")
    return (
        one.kind is other.kind is EventKind.FAULT_HANDLED
        and one.operation == other.operation
        and all(one.data.get(key) == other.data.get(key) for key in keys)
    )


def _told(incident: Incident, times: int) -> Told:
    text = _WORDS[incident.kind](incident)
    if times > 1:
        text += f" ({counted(times, 'time')})"
    return Told(clock(incident.time_s), text, _wells(incident.wells))


def _wells(wells: Sequence[str]) -> str:
    more = len(wells) - _MOST_WELLS
    shown = ", ".join(wells[:_MOST_WELLS])
    return f"{shown} and {more} more" if more > 0 else shown


def _status(incident: Incident) -> str:
    data = incident.data
    by = f" by {data['by']}" if data.get("by") else ""
    why = f": {data['reason']}" if data.get("reason") else ""
    return f"{data['status']}{by}{why}"


def _resumed(incident: Incident) -> str:
    data = incident.data
    text = f"taken up again, {span(data['down_s'])} after its last fact"
    if unknown := data.get("unknown"):
        acts = listed(f"{each['act']} of {each['operation']}" for each in unknown)
        text += f"; nobody knows the outcome of {acts}"
    return text


def _repaired(incident: Incident) -> str:
    data = incident.data
    before, after = data["before"], data["after"]
    return (
        f"rest planned anew because {data['cause']}: {counted(before['lags'], 'lag')} would have "
        f"broken, now {after['lags']} ({data['method']}, "
        f"{counted(data['moved'], 'operation')} moved)"
    )


def _fault(incident: Incident) -> str:
    data = incident.data
    return f"{incident.operation}: {data['error']}; {data['response']} by {data['by']}"


def _short(incident: Incident) -> str:
    return str(incident.data["text"])


def _stepped(incident: Incident) -> str:
    by_s = incident.data["by_s"]
    way = "forward" if by_s > 0 else "back"
    return f"the computer's date was set {way} by {span(abs(by_s))}; the run's time didn't follow"


def _refused(incident: Incident) -> str:
    data = incident.data
    return f"the order was kept though {data['cause']}: a repair can't be taken ({data['reason']})"


_WORDS: Mapping[EventKind, Callable[[Incident], str]] = {
    EventKind.STATUS_CHANGED: _status,
    EventKind.RUN_RESUMED: _resumed,
    EventKind.SCHEDULE_REPAIRED: _repaired,
    EventKind.REPAIR_REFUSED: _refused,
    EventKind.FAULT_HANDLED: _fault,
    EventKind.LEVEL_LOW: _short,
    EventKind.CLOCK_STEPPED: _stepped,
}

"""What a run that is late asks for, and the answer: how far it is, and the rest of its schedule."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ncrobot.schedule import Entry, Schedule


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is, in seconds of its own clock: what has begun, and what is over.

    ``dropped`` will never be done, because all its wells are abandoned.
    """

    now_s: float
    begun_s: Mapping[str, float]
    over_s: Mapping[str, float]
    dropped: Collection[str] = ()


TOLERANCES_A_LAG = 10
"""One more lag that breaks weighs as much as the worst one breaking by so many tolerances more."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Lags that a schedule would break: how many, and how far the worst is beyond its bounds.

    ``worst`` is in seconds and in tolerances (half of the lag's window).
    """

    lags: int
    worst_s: float
    worst_tolerances: float

    @property
    def cost(self) -> float:
        """What repairs make small, in tolerances: few lags before little lateness."""
        return TOLERANCES_A_LAG * self.lags + self.worst_tolerances


@dataclass(frozen=True, slots=True)
class Repaired:
    """A schedule in which what has begun is as it was; ``method`` names what found it.

    ``before`` is the damage if the order is kept and all is pushed later, ``after`` with this one.
    """

    schedule: Schedule
    method: str
    before: Damage
    after: Damage
    moved: int


Repairer = Callable[[Schedule, Progress], Repaired | None]
"""None: nothing better than keeping the order is known, or keeping it breaks nothing."""


def changes(before: Schedule, after: Schedule) -> dict[str, Any]:
    """What a repair changed, JSON-able and short, so that it can be written down and made again."""
    old = {entry.operation: entry for entry in before.entries}
    new = {entry.operation: entry for entry in after.entries}
    both = [name for name in new if name in old]
    known = {operation.id for operation in before.auxiliary}
    return {
        "starts": {n: new[n].start_s for n in both if new[n].start_s != old[n].start_s},
        "durations": {n: new[n].duration_s for n in both if new[n].duration_s != old[n].duration_s},
        "gone": [name for name in old if name not in new],
        "entries": [new[name].model_dump(mode="json") for name in new if name not in old],
        "auxiliary": [
            each.model_dump(mode="json") for each in after.auxiliary if each.id not in known
        ],
        "lots": [lot.model_dump(mode="json") for lot in after.lots]
        if after.lots != before.lots
        else None,
    }


def repaired(before: Schedule, changed: Mapping[str, Any]) -> Schedule:
    """The schedule that :func:`changes` tells of; its figures of lags are those from before."""
    gone = set(changed["gone"])
    entries = [
        entry.model_copy(
            update={
                "start_s": changed["starts"].get(entry.operation, entry.start_s),
                "duration_s": changed["durations"].get(entry.operation, entry.duration_s),
            }
        )
        for entry in before.entries
        if entry.operation not in gone
    ]
    entries += [Entry.model_validate(each) for each in changed["entries"]]
    document = before.model_dump(mode="json", include={"auxiliary", "lots"})
    kept = [each for each in document["auxiliary"] if each["id"] not in gone]
    parts = Schedule.model_validate(
        {
            **before.model_dump(mode="json", exclude={"entries", "auxiliary", "lots"}),
            "entries": [],
            "auxiliary": [*kept, *changed["auxiliary"]],
            "lots": document["lots"] if changed["lots"] is None else changed["lots"],
        }
    )
    ordered = sorted(entries, key=lambda e: (e.start_s, e.duration_s > 0, e.operation))
    return parts.model_copy(
        update={"entries": tuple(ordered), "makespan_s": max(entry.end_s for entry in ordered)}
    )

"""The figures and tables beside a Gantt chart."""

from __future__ import annotations

from dataclasses import dataclass

from ncrobot.plan import AskPerson, Refill
from ncrobot.reports._index import Index
from ncrobot.reports._text import seconds, significant, span, wells_in_short
from ncrobot.schedule import Entry, LagFigure

_MOST_ROWS = 12


@dataclass(frozen=True, slots=True)
class TightLag:
    """One bounded lag with little room."""

    before: str
    after: str
    kind: str
    wells: str
    lag: LagFigure


@dataclass(frozen=True, slots=True)
class PersonTime:
    """When a person is needed, for what and how long."""

    entry: Entry
    task: str


def tiles(index: Index) -> list[tuple[str, str]]:
    """The figures of a schedule, each with what it is."""
    schedule = index.schedule
    gap = 0.0
    if schedule.lower_bound_s > 0:
        gap = 100 * (schedule.makespan_s / schedule.lower_bound_s - 1)
    arm = index.plan.deck.arm.name
    busy_s = sum(entry.duration_s for entry in schedule.entries if arm in entry.resources)
    load = 100 * busy_s / schedule.makespan_s if schedule.makespan_s else 0.0
    people_s = sum(each.entry.duration_s for each in person_times(index))
    found = [
        (span(schedule.makespan_s), "from start to end"),
        (f"{significant(max(gap, 0.0), 2)} %", "above the lower bound"),
        (f"{significant(load, 2)} %", f"of the time the {arm} is busy"),
        (span(people_s) if people_s else "none", "of a person's time"),
        (str(len(schedule.entries)), "operations"),
    ]
    if bounded := [lag for lag in schedule.lags if lag.max_s is not None]:
        least_s = min(_room_s(lag) for lag in bounded)
        found.append((seconds(least_s), f"least room of {len(bounded)} lags with an upper bound"))
    if deviation_s := _portion_deviation_s(index):
        found.append((seconds(max(deviation_s)), "largest deviation of a portion"))
    return found


def _portion_deviation_s(index: Index) -> list[float]:
    portions = {(lag.before, lag.after) for lag in index.plan.lags if lag.kind == "portion"}
    return [
        abs(lag.value_s - lag.target_s)
        for lag in index.schedule.lags
        if lag.target_s is not None and (lag.before, lag.after) in portions
    ]


def tight_lags(index: Index) -> list[TightLag]:
    """The bounded lags with the least room for lateness, tightest first."""
    kinds = {(lag.before, lag.after): lag.kind for lag in index.plan.lags}
    late = sorted(
        (lag for lag in index.schedule.lags if lag.max_s is not None),
        key=lambda lag: (_room_s(lag), lag.before, lag.after),
    )
    return [_tight(index, lag, kinds.get((lag.before, lag.after), "")) for lag in late[:_MOST_ROWS]]


def _room_s(lag: LagFigure) -> float:
    return float("inf") if lag.max_s is None else lag.max_s - lag.value_s


def _tight(index: Index, lag: LagFigure, kind: str) -> TightLag:
    wells = index.wells_of(lag.after) or index.wells_of(lag.before)
    return TightLag(lag.before, lag.after, kind, wells_in_short(wells), lag)


def person_times(index: Index) -> list[PersonTime]:
    """Everything that needs a person, in order of time."""
    found = []
    for entry in index.schedule.entries:
        operation = index.operations.get(entry.operation)
        if isinstance(operation, AskPerson):
            found.append(PersonTime(entry, operation.task))
        elif isinstance(operation, Refill):
            found.append(PersonTime(entry, f"new lot {operation.lot} of {operation.stock}"))
    return found


def links(index: Index) -> list[list[float | str | None]]:
    """Bounded lags for the pointer, by places in the schedule.

    Each is ``[before, after, 1 if it counts from the start, words]``.
    """
    place = {entry.operation: number for number, entry in enumerate(index.schedule.entries)}
    kinds = {(lag.before, lag.after): lag for lag in index.plan.lags}
    found: list[list[float | str | None]] = []
    for lag in index.schedule.lags:
        if lag.before not in place or lag.after not in place:
            continue
        planned = kinds.get((lag.before, lag.after))
        words = f"{planned.kind if planned else 'lag'} {minutes(lag.value_s)}"
        most = "or more" if lag.max_s is None else f"to {minutes(lag.max_s)}"
        words += f" (allowed {minutes(lag.min_s)} {most})"
        at_start = 1 if planned is not None and planned.point == "start" else 0
        found.append([place[lag.before], place[lag.after], at_start, words])
    return found


def minutes(duration_s: float) -> str:
    """A bound to the second: minutes with decimals where they are needed."""
    return seconds(duration_s) if duration_s < 120 else f"{significant(duration_s / 60, 5)} min"

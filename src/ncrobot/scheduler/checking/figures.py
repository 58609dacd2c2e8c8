"""Are the figures right that the schedule tells of itself?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ncrobot.errors import Diagnostic
from ncrobot.schedule import Entry
from ncrobot.scheduler.checking.case import TOLERANCE_S, Case, fault, needed, reached


def figures(case: Case) -> Iterator[Diagnostic]:
    """Wrong makespan, bound, lag figures, or slack that isn't there."""
    schedule = case.schedule
    last_s = max((entry.end_s for entry in schedule.entries), default=0.0)
    if abs(schedule.makespan_s - last_s) > TOLERANCE_S:
        message = f"the schedule ends at {last_s:g} s, not {schedule.makespan_s:g} s"
        yield fault("makespan-wrong", message)
    if schedule.lower_bound_s > schedule.makespan_s + TOLERANCE_S:
        yield fault("bound-wrong", "the schedule is shorter than what it calls the shortest")
    yield from _lag_figures(case)
    yield from _slack(case)


def _lag_figures(case: Case) -> Iterator[Diagnostic]:
    expected = []
    for lag in case.plan.lags:
        if lag.max_s is None and lag.target_s is None:
            continue
        before, after = case.entries[lag.before], case.entries[lag.after]
        value_s = after.start_s - (before.end_s if lag.point == "end" else before.start_s)
        room_s = value_s - lag.min_s
        if lag.max_s is not None:
            room_s = min(room_s, lag.max_s - value_s)
        expected.append(
            (lag.before, lag.after, lag.min_s, lag.max_s, lag.target_s, value_s, room_s)
        )
    told = [
        (f.before, f.after, f.min_s, f.max_s, f.target_s, f.value_s, f.slack_s)
        for f in case.schedule.lags
    ]
    if len(told) != len(expected):
        message = f"{len(told)} lags are told of {len(expected)} that have bounds"
        yield fault("lag-figures-missing", message)
        return
    for right, given in zip(expected, told, strict=True):
        differ = max(abs(a - b) for a, b in zip(right[5:], given[5:], strict=True))
        if right[:5] != given[:5] or differ > TOLERANCE_S:
            message = f"the figures of the lag from {right[0]} to {right[1]} are not right"
            yield fault("lag-figure-wrong", message, case.operations[right[1]])


def _slack(case: Case) -> Iterator[Diagnostic]:
    """Starting any operation later by its slack breaks no lag and hits nothing that follows."""
    room_s = {entry.operation: float("inf") for entry in case.schedule.entries}
    for lag in case.plan.lags:
        before, after = case.entries[lag.before], case.entries[lag.after]
        value_s = after.start_s - (before.end_s if lag.point == "end" else before.start_s)
        room_s[lag.before] = min(room_s[lag.before], value_s - lag.min_s)
        if lag.max_s is not None:
            room_s[lag.after] = min(room_s[lag.after], lag.max_s - value_s)
    for entries in _by_place(case).values():
        for entry, following in pairwise(entries):
            gap_s = following.start_s - entry.end_s
            room_s[entry.operation] = min(room_s[entry.operation], gap_s)
    for entry in case.schedule.entries:
        if not 0 <= entry.slack_s <= max(room_s[entry.operation], 0.0) + TOLERANCE_S:
            message = (
                f"{entry.operation} may start {max(room_s[entry.operation], 0.0):g} s later, not "
                f"{entry.slack_s:g} s"
            )
            yield fault("slack-wrong", message, case.operations[entry.operation])


def _by_place(case: Case) -> dict[str, list[Entry]]:
    """Entries that occupy a device, a person or a labware alone; shakers give way to visits."""
    places: dict[str, list[Entry]] = {}
    for entry in sorted(case.schedule.entries, key=lambda entry: (entry.start_s, entry.end_s)):
        operation = case.operations[entry.operation]
        if entry.duration_s > 0 and operation.kind != "shake":
            for place in (*needed(operation, case.arm), *reached(operation)):
                places.setdefault(place, []).append(entry)
    return places

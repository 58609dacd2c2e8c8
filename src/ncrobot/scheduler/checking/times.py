"""Do all lags hold, and is nothing in two places at once?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ncrobot.errors import Diagnostic
from ncrobot.schedule import Entry
from ncrobot.scheduler.checking.case import TOLERANCE_S, Case, fault, needed, reached


def times(case: Case) -> Iterator[Diagnostic]:
    """Broken lags, overlaps, and entries that don't stand in the order of their starts."""
    yield from _lags(case)
    yield from _overlaps(case)
    for entry, following in pairwise(case.schedule.entries):
        if following.start_s < entry.start_s:
            message = f"{following.operation} stands behind {entry.operation}, which starts later"
            yield fault("not-in-order", message)


def _lags(case: Case) -> Iterator[Diagnostic]:
    for lag in case.plan.lags:
        before, after = case.entries[lag.before], case.entries[lag.after]
        origin_s = before.end_s if lag.point == "end" else before.start_s
        value_s = after.start_s - origin_s
        told = f"{lag.after} starts {value_s:g} s after the {lag.point} of {lag.before}"
        operation = case.operations[lag.after]
        if value_s < lag.min_s - TOLERANCE_S:
            message = f"{told}; at least {lag.min_s:g} s were asked"
            yield fault("lag-too-short", message, operation, line=lag.line)
        if lag.max_s is not None and value_s > lag.max_s + TOLERANCE_S:
            message = f"{told}; at most {lag.max_s:g} s were asked"
            yield fault("lag-too-long", message, operation, line=lag.line)


def _overlaps(case: Case) -> Iterator[Diagnostic]:
    """Whatever occupies a device, a person or a labware has it alone."""
    by_place: dict[str, list[Entry]] = {}
    for entry in case.schedule.entries:
        operation = case.operations[entry.operation]
        if entry.duration_s <= 0:
            continue
        labware = reached(operation)
        if operation.kind == "shake":
            labware = frozenset((operation.labware,))
        devices = {*entry.resources, *needed(operation, case.arm)}
        for place in (*devices, *(f"labware {name}" for name in labware)):
            by_place.setdefault(place, []).append(entry)
    for place in sorted(by_place):
        busy = sorted(by_place[place], key=lambda entry: (entry.start_s, entry.end_s))
        last = busy[0]
        for entry in busy[1:]:
            if entry.start_s < last.end_s - TOLERANCE_S:
                message = f"{entry.operation} and {last.operation} overlap on {place!r}"
                yield fault("overlap", message, case.operations[entry.operation])
            if entry.end_s > last.end_s:
                last = entry

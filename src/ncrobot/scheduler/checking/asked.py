"""Is what was asked of the schedule kept: its end, hours of absence, equal treatment, visits?"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import correlation

from ncrobot.errors import Diagnostic
from ncrobot.plan.durations import dispense_offsets_s
from ncrobot.schedule import Entry
from ncrobot.scheduler.checking.case import TOLERANCE_S, Case, fault, needed

_DAY_S = 86400.0
_ONE_VISIT_S = 600.0
_RHO_TOLERANCE = 1e-5


def asked(case: Case) -> Iterator[Diagnostic]:
    """Broken wishes, and figures about them that aren't right."""
    limit_s = case.schedule.options.finish_within_s
    if limit_s is not None and case.schedule.makespan_s > limit_s + TOLERANCE_S:
        yield fault("ends-too-late", f"the schedule ends after the asked {limit_s:g} s")
    yield from _bound(case)
    yield from _absences(case)
    yield from _visits(case)
    yield from _reserve(case)
    yield from _treatment(case)


def _bound(case: Case) -> Iterator[Diagnostic]:
    least_s, end_s = case.schedule.lower_bound_s, case.schedule.makespan_s
    gap = end_s / least_s - 1 if least_s > 0 else 0.0
    if not math.isclose(case.schedule.gap, gap, abs_tol=1e-9):
        yield fault("gap-wrong", f"the gap is {gap:g}, not {case.schedule.gap:g}")
    if case.schedule.proven and end_s > least_s + TOLERANCE_S:
        yield fault("not-proven", "the schedule is longer than what it was compared with")


def _person_entries(case: Case) -> list[Entry]:
    kinds = ("person", "refill")
    return [e for e in case.schedule.entries if case.operations[e.operation].kind in kinds]


def _absences(case: Case) -> Iterator[Diagnostic]:
    """A person at work while nobody is there, by the clock on the wall."""
    options = case.schedule.options
    for entry in _person_entries(case) if options.start_s is not None else ():
        clock_s = (options.start_s or 0.0) + entry.start_s
        for away in options.person_away:
            length_s = (away.to_s - away.from_s) % _DAY_S
            # How long ago the last absence began, and how long it is until the next one.
            since_s = (clock_s - away.from_s) % _DAY_S
            until_s = _DAY_S - since_s
            is_away = since_s < length_s - TOLERANCE_S
            is_away = is_away or entry.duration_s > until_s + TOLERANCE_S
            if is_away:
                message = f"{entry.operation} needs a person at a time when nobody is there"
                yield fault("nobody-there", message, case.operations[entry.operation])


def _visits(case: Case) -> Iterator[Diagnostic]:
    begins_s: list[float] = []
    until_s = -math.inf
    for entry in sorted(_person_entries(case), key=lambda entry: (entry.start_s, entry.end_s)):
        if entry.start_s > until_s + _ONE_VISIT_S:
            begins_s.append(entry.start_s)
        until_s = max(until_s, entry.end_s)
    told = case.schedule.visits_s
    if len(told) != len(begins_s) or any(
        abs(a - b) > TOLERANCE_S for a, b in zip(told, begins_s, strict=True)
    ):
        yield fault("visits-wrong", "the visits of a person are not told as they are")


def _reserve(case: Case) -> Iterator[Diagnostic]:
    """Work of the plan that leaves the arm no rest, or less than was asked."""
    share, planned = case.schedule.options.reserve, {op.id for op in case.plan.operations}
    entries = [
        entry
        for entry in case.schedule.entries
        if entry.duration_s > 0 and case.arm in needed(case.operations[entry.operation], case.arm)
    ]
    for entry, following in pairwise(entries) if share > 0 else ():
        rest_s = share * entry.duration_s
        both = {entry.operation, following.operation} <= planned
        if both and following.start_s - entry.end_s < rest_s - 1.0:
            message = f"{following.operation} leaves the arm less than {rest_s:g} s of reserve"
            yield fault("no-reserve", message, case.operations[following.operation])


def _treatment(case: Case) -> Iterator[Diagnostic]:
    treated, mode = case.schedule.treated, case.schedule.options.equal_treatment
    if (treated.mode if treated is not None else None) != mode:
        yield fault("treatment-missing", "the equal treatment that was asked for isn't told")
    if treated is None:
        return
    last = _last_portions(case)
    by_well: dict[str, list[tuple[float, str]]] = {}
    for figure in treated.delays:
        entry = case.entries.get(figure.after)
        if entry is None or figure.well not in case.operations[figure.after].wells:
            yield fault("delay-unknown", f"{figure.after} isn't done in {figure.well}")
            continue
        before = last.get(figure.well)
        apart_s = entry.start_s - before.start_s if before is not None else math.nan
        turn_s = _turn_s(case, figure.after, figure.well)
        begun_s = 0.0 if before is None else _turn_s(case, before.operation, figure.well)
        right = (apart_s, apart_s + turn_s - begun_s)
        told = (figure.between_starts_s, figure.delay_s)
        if not all(abs(a - b) <= 1e-5 for a, b in zip(right, told, strict=True)):
            message = f"the delay of {figure.well} to {figure.after} is {right[1]:g} s"
            yield fault("delay-wrong", message, case.operations[figure.after])
        by_well.setdefault(figure.well, []).append((round(apart_s, 6), figure.step))
    if treated.mode == "delay":
        latest = _latest_of_groups(case, last)
        patterns = {
            tuple(sorted(delays))
            for well, delays in by_well.items()
            if last[well].operation in latest
        }
        if len(patterns) != 1 or set(last) != set(by_well):
            yield fault("delay-unequal", "the delays after the last portion differ between wells")
    yield from _order(case)


def _portions(case: Case) -> Iterator[tuple[str, Entry]]:
    for operation in case.plan.operations:
        is_dose = operation.kind in ("transfer", "pump_dose") and operation.purpose == "dose"
        if is_dose and operation.portion:
            for well in operation.wells:
                yield well, case.entries[operation.id]


def _last_portions(case: Case) -> dict[str, Entry]:
    last: dict[str, Entry] = {}
    for well, entry in _portions(case):
        if well not in last or entry.start_s > last[well].start_s:
            last[well] = entry
    return last


def _latest_of_groups(case: Case, last: dict[str, Entry]) -> set[str]:
    """The last portion's last transfer of every group: what follows is counted from there."""
    latest: dict[str | None, Entry] = {}
    for entry in last.values():
        group = case.operations[entry.operation].group
        if group not in latest or entry.start_s > latest[group].start_s:
            latest[group] = entry
    return {entry.operation for entry in latest.values()}


def _turn_s(case: Case, name: str, well: str) -> float:
    """How long after the start of a transfer a well's liquid has reached its place."""
    operation = case.operations[name]
    if operation.kind not in ("transfer", "pump_dose"):
        return math.nan
    own = f"{case.plan.vessel_labware}/{well}"
    reached_s = dispense_offsets_s(operation, case.plan.deck)
    turns_s = [
        reached_s[leg.destination] for leg in operation.legs if own in (leg.source, leg.destination)
    ]
    return max(turns_s, default=math.nan)


def _order(case: Case) -> Iterator[Diagnostic]:
    """The rank correlations, computed anew from the starts."""
    turn_s: dict[str, float] = {}
    for operation in case.plan.operations:
        for well in operation.wells if operation.group is not None else ():
            at_s = case.entries[operation.id].start_s
            turn_s[well] = min(turn_s.get(well, math.inf), at_s)
    portions_s: dict[str, float] = {}
    for well, entry in _portions(case):
        portions_s[well] = min(portions_s.get(well, math.inf), entry.start_s)
    turn_s.update(portions_s)
    wells = [well for well in case.plan.wells if well.well in turn_s]
    turns = _mid_ranks([turn_s[well.well] for well in wells])
    right: dict[str, float] = {}
    for name in {name for well in wells for name in well.values}:
        values = _mid_ranks([well.values.get(name, 0.0) for well in wells])
        if len(set(values)) > 1 and len(set(turns)) > 1:
            right[name] = correlation(turns, values)
    told = case.schedule.treated.rank_correlations if case.schedule.treated else {}
    if set(told) != set(right) or any(
        abs(told[name] - rho) > _RHO_TOLERANCE for name, rho in right.items()
    ):
        yield fault("correlation-wrong", "the order of the wells follows the design otherwise")


def _mid_ranks(values: Sequence[float]) -> list[float]:
    ordered = sorted(values)
    return [(bisect_left(ordered, v) + bisect_right(ordered, v) - 1) / 2 for v in values]

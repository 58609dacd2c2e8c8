"""The order of the operations: what must be over, or have begun, before each may begin.

Three things give it: the lags of the plan, the lane (a device does one thing after the other) and
the places that operations occupy. Two entries that share a place keep the order of the schedule
unless the schedule itself lets them overlap; in the nest of a device nothing ever overlaps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from ncrobot.errors import Diagnostic, ScheduleError
from ncrobot.plan.document import Lag, Plan
from ncrobot.plan.operations import (
    MixWells,
    MovePlate,
    Operation,
    Read,
    SetTemperature,
    Shake,
    Transfer,
)
from ncrobot.schedule import Entry, Schedule

OVERLAP_S = 1e-6
"""Entries that overlap by less than this are one after the other; the rest is rounding."""


@dataclass(frozen=True)
class Order:
    """What has to wait for what. ``lanes`` hold the entries of each device in their order.

    ``after_end`` and ``after_start`` name, by operation, those whose end or start it waits for.
    """

    operations: Mapping[str, Operation]
    lanes: Mapping[str, tuple[Entry, ...]]
    after_end: Mapping[str, frozenset[str]]
    after_start: Mapping[str, frozenset[str]]
    lags_into: Mapping[str, tuple[Lag, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, schedule: Schedule) -> Order:
        """Derive the order from a plan and its schedule.

        Raises:
            ScheduleError: the schedule is of another plan, leaves out or invents operations, or
                has an order in which operations wait for each other for ever.

        """
        operations = {op.id: op for op in (*plan.operations, *schedule.auxiliary)}
        _check_pair(plan, schedule, operations)
        after_end: dict[str, set[str]] = defaultdict(set)
        after_start: dict[str, set[str]] = defaultdict(set)
        lags_into: dict[str, list[Lag]] = defaultdict(list)
        for lag in plan.lags:
            lags_into[lag.after].append(lag)
            (after_end if lag.point == "end" else after_start)[lag.after].add(lag.before)
        lanes: dict[str, list[Entry]] = defaultdict(list)
        for entry in schedule.entries:
            lanes[lane_of(operations[entry.operation])].append(entry)
        for lane in lanes.values():
            for before, after in pairwise(lane):
                after_end[after.operation].add(before.operation)
        for before_id, after_id in _sharing(schedule.entries, operations, plan):
            after_end[after_id].add(before_id)
        _check_acyclic(operations, after_end, after_start)
        return cls(
            operations,
            {name: tuple(lane) for name, lane in lanes.items()},
            {name: frozenset(found) for name, found in after_end.items()},
            {name: frozenset(found) for name, found in after_start.items()},
            {name: tuple(found) for name, found in lags_into.items()},
        )


def lane_of(operation: Operation) -> str:
    """Return the lane of an operation: its device, heating apart from moving."""
    if isinstance(operation, SetTemperature):
        return f"{operation.device} temperature"
    return operation.device


def labware_of(operation: Operation) -> tuple[str, ...]:
    """Return the labware that an operation comes down on, takes along, or shakes."""
    if isinstance(operation, Transfer):
        addresses = [place for leg in operation.legs for place in (leg.source, leg.destination)]
    elif isinstance(operation, MixWells):
        addresses = [leg.well for leg in operation.legs]
    elif isinstance(operation, Shake | MovePlate | Read):
        addresses = [operation.labware]
    else:
        addresses = []
    return tuple(dict.fromkeys(address.split("/")[0] for address in addresses))


def _sharing(
    entries: Iterable[Entry], operations: Mapping[str, Operation], plan: Plan
) -> Iterable[tuple[str, str]]:
    """Pairs of entries that share a place: each with the latest before it that don't overlap."""
    under = {placed.name: placed.on for placed in plan.deck.labware if placed.on is not None}
    latest: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        labware = labware_of(operations[entry.operation])
        nests = {under[name] for name in labware if name in under}
        for place in sorted({*entry.resources, *nests}):
            running = []
            for before in latest[place]:
                together = _only_reach(operations, before, entry) if place in nests else True
                if not together or before.end_s <= entry.start_s + OVERLAP_S:
                    yield before.operation, entry.operation
                else:
                    running.append(before)
            latest[place] = [*running, entry]


def _only_reach(operations: Mapping[str, Operation], *entries: Entry) -> bool:
    """Whether operations only reach into a nest, so that a schedule may let them overlap."""
    return all(isinstance(operations[each.operation], Transfer | MixWells) for each in entries)


def _check_pair(plan: Plan, schedule: Schedule, operations: Mapping[str, Operation]) -> None:
    scheduled = [entry.operation for entry in schedule.entries]
    missing = sorted(set(operations) - set(scheduled))
    unknown = sorted(set(scheduled) - set(operations))
    twice = len(scheduled) - len(set(scheduled))
    if schedule.plan_sha256 != plan.sha256:
        raise _broken("is of another plan", found=schedule.plan_sha256, allowed=plan.sha256)
    if missing or unknown or twice:
        raise _broken(
            "does not hold every operation of its plan exactly once",
            found=f"{len(missing)} missing, {len(unknown)} unknown, {twice} twice; "
            f"for example {(missing + unknown + scheduled)[0]}",
            allowed=f"{len(operations)} operations",
        )


def _check_acyclic(
    operations: Mapping[str, Operation],
    after_end: Mapping[str, set[str]],
    after_start: Mapping[str, set[str]],
) -> None:
    waits = {name: after_end.get(name, set()) | after_start.get(name, set()) for name in operations}
    followers: dict[str, list[str]] = defaultdict(list)
    for name, befores in waits.items():
        for before in befores:
            followers[before].append(name)
    open_ = {name: len(befores) for name, befores in waits.items()}
    ready = [name for name, number in open_.items() if number == 0]
    while ready:
        for follower in followers[ready.pop()]:
            open_[follower] -= 1
            if open_[follower] == 0:
                ready.append(follower)
    stuck = sorted(name for name, number in open_.items() if number > 0)
    if stuck:
        raise _broken(
            "lets operations wait for each other for ever",
            found=f"{len(stuck)} operations, for example {', '.join(stuck[:3])}",
            allowed="an order that keeps every lag of the plan",
        )


def _broken(what: str, *, found: str, allowed: str) -> ScheduleError:
    return ScheduleError(
        Diagnostic(
            code="schedule-broken",
            message=f"the schedule {what}",
            found=found,
            allowed=allowed,
            fix="schedule the plan again",
        )
    )

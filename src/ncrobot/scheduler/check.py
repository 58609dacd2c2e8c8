"""The checker: is this schedule correct for this plan? It shares no code with the scheduler."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ncrobot.errors import Diagnostic
from ncrobot.plan import Operation, Plan, Refill, Shake, Transfer
from ncrobot.schedule import Entry, Schedule

_TOLERANCE_S = 1e-6


def check_schedule(plan: Plan, schedule: Schedule) -> tuple[Diagnostic, ...]:
    """Every fault of a schedule; an empty tuple means that it is correct.

    Checked: it belongs to the plan; every operation once; all lags within their bounds; nothing
    overlaps on a device; no arm in a plate that shakes; no stock older than its life.
    """
    if schedule.plan_sha256 != plan.sha256:
        return (_fault("other-plan", "the schedule was made for another plan"),)
    entries = {entry.operation: entry for entry in schedule.entries}
    operations = {op.id: op for op in (*plan.operations, *schedule.auxiliary)}
    faults = list(_complete(plan, schedule, entries, operations))
    if faults:
        return tuple(faults)
    return (
        *_lags(plan, entries),
        *_overlaps(schedule),
        *_shaking(schedule, entries, operations),
        *_ages(plan, schedule, entries, operations),
    )


def _fault(
    code: str, message: str, *, well: str | None = None, line: int | None = None
) -> Diagnostic:
    return Diagnostic(code=code, message=message, well=well, line=line)


def _complete(
    plan: Plan,
    schedule: Schedule,
    entries: Mapping[str, Entry],
    operations: Mapping[str, Operation],
) -> Iterator[Diagnostic]:
    if len(entries) != len(schedule.entries):
        yield _fault("scheduled-twice", "an operation is scheduled twice")
    for name in operations.keys() - entries.keys():
        yield _fault("not-scheduled", f"{name} has no time")
    for name in entries.keys() - operations.keys():
        yield _fault("unknown-operation", f"{name} is not an operation of the plan")
    for entry in schedule.entries:
        operation = operations.get(entry.operation)
        if operation is None:
            continue
        hands = operation.kind in ("transfer", "mix", "move_plate") or (
            operation.kind in ("person", "refill") and operation.takes_s > 0
        )
        if hands and plan.deck.arm.name not in entry.resources:
            yield _fault("resource-missing", f"{entry.operation} doesn't occupy the arm")
        takes = operation.takes_s if operation.kind in ("person", "refill") else 0.0
        if entry.duration_s < takes - _TOLERANCE_S or (hands and entry.duration_s <= 0):
            yield _fault("too-short", f"{entry.operation} is given too little time")


def _lags(plan: Plan, entries: Mapping[str, Entry]) -> Iterator[Diagnostic]:
    for lag in plan.lags:
        before, after = entries[lag.before], entries[lag.after]
        origin = before.end_s if lag.point == "end" else before.start_s
        value = after.start_s - origin
        if value < lag.min_s - _TOLERANCE_S:
            yield _fault(
                "lag-too-short",
                f"{lag.after} starts {value:g} s after {lag.before}, at least {lag.min_s:g} s "
                "were asked",
                line=lag.line,
            )
        if lag.max_s is not None and value > lag.max_s + _TOLERANCE_S:
            yield _fault(
                "lag-too-long",
                f"{lag.after} starts {value:g} s after {lag.before}, at most {lag.max_s:g} s "
                "were asked",
                line=lag.line,
            )


def _overlaps(schedule: Schedule) -> Iterator[Diagnostic]:
    by_resource: dict[str, list[Entry]] = {}
    for entry in schedule.entries:
        if entry.duration_s > 0:
            for resource in entry.resources:
                by_resource.setdefault(resource, []).append(entry)
    for resource, busy in by_resource.items():
        busy.sort(key=lambda entry: entry.start_s)
        reach = busy[0]
        for entry in busy[1:]:
            if entry.start_s < reach.end_s - _TOLERANCE_S:
                yield _fault(
                    "overlap", f"{entry.operation} and {reach.operation} overlap on {resource}"
                )
            if entry.end_s > reach.end_s:
                reach = entry


def _visited(operation: Operation) -> set[str]:
    if operation.kind == "transfer":
        names = [leg.source for leg in operation.legs] + [leg.destination for leg in operation.legs]
    elif operation.kind == "mix":
        names = [leg.well for leg in operation.legs]
    else:
        return {operation.labware} if operation.kind in ("move_plate", "read") else set()
    return {name.partition("/")[0] for name in names}


def _shaking(
    schedule: Schedule,
    entries: Mapping[str, Entry],
    operations: Mapping[str, Operation],
) -> Iterator[Diagnostic]:
    """Replay every shaker's commands and look whether the arm comes while its plate moves."""
    shakes: dict[str, list[tuple[float, float, float]]] = {}
    for entry in schedule.entries:
        operation = operations[entry.operation]
        if isinstance(operation, Shake):
            shakes.setdefault(operation.labware, []).append(
                (entry.start_s, entry.end_s, operation.speed_rpm)
            )
    for labware, commands in shakes.items():
        moving = _moving(sorted(commands), schedule.makespan_s)
        for name, operation in operations.items():
            if labware not in _visited(operation):
                continue
            entry = entries[name]
            for begin, end in moving:
                if entry.start_s < end - _TOLERANCE_S and begin < entry.end_s - _TOLERANCE_S:
                    yield _fault(
                        "arm-in-shaking-plate", f"{name} reaches into {labware} as it shakes"
                    )
                    break


def _moving(commands: list[tuple[float, float, float]], end: float) -> list[tuple[float, float]]:
    """Spans during which a plate moves: from the start of a speed to the end of its stop."""
    spans: list[tuple[float, float]] = []
    since: float | None = None
    for start, finish, speed in commands:
        if speed > 0 and since is None:
            since = start
        elif speed == 0 and since is not None:
            spans.append((since, finish))
            since = None
    if since is not None:
        spans.append((since, end))
    return spans


def _ages(
    plan: Plan,
    schedule: Schedule,
    entries: Mapping[str, Entry],
    operations: Mapping[str, Operation],
) -> Iterator[Diagnostic]:
    for use in plan.stocks:
        if use.life_s is None:
            continue
        made = sorted(
            entries[name].end_s
            for name, operation in operations.items()
            if isinstance(operation, Refill) and operation.stock == use.stock
        )
        told = sorted(lot.made_s for lot in schedule.lots if lot.stock == use.stock)
        if told and told[0] <= 0:
            made.insert(0, told[0])
        for name, operation in operations.items():
            if not isinstance(operation, Transfer) or operation.stock != use.stock:
                continue
            entry = entries[name]
            lots = [time for time in made if time <= entry.start_s + _TOLERANCE_S]
            if not lots:
                yield _fault("no-lot", f"{name} draws {use.stock} before any is made")
            elif entry.end_s - lots[-1] > use.life_s + _TOLERANCE_S:
                yield _fault(
                    "stock-too-old",
                    f"{name} draws {use.stock} {entry.end_s - lots[-1]:g} s after it was made, "
                    f"its life is {use.life_s:g} s",
                )

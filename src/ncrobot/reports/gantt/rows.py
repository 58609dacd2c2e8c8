"""What a Gantt chart shows, row by row: devices, lots of stocks, and groups of wells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from ncrobot.plan import Operation, Refill, SetTemperature, Shake, Transfer
from ncrobot.reports._index import Index
from ncrobot.reports._text import exact_clock, seconds, significant, span, well_key, wells_in_short
from ncrobot.reports.run.lanes import Shaking, kind_of
from ncrobot.schedule import Entry, Lot

NO_BOUND_S = 1e11
"""A slack from here on means that no lag bounds the operation."""
_PLATE = "whole plate"
_DILUTIONS = "dilutions"


@dataclass(frozen=True, slots=True)
class Bar:
    """One operation at its time; ``number`` is its place in the schedule."""

    number: int
    entry: Entry
    kind: str
    told: str


@dataclass(slots=True)
class Row:
    """A row of the chart with its operations."""

    name: str
    bars: list[Bar] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LotLife:
    """One lot of a stock; ``life_s`` None: the protocol states none."""

    lot: Lot
    life_s: float | None


def bars(index: Index) -> list[Bar]:
    """Every scheduled operation but the shaker's, in order of start."""
    found = []
    for number, entry in enumerate(index.schedule.entries):
        operation = index.operations.get(entry.operation)
        if operation is not None and not isinstance(operation, Shake):
            found.append(Bar(number, entry, kind_of(operation), _told(operation, entry)))
    return found


def device_rows(found: list[Bar]) -> list[Row]:
    """A row for each device that does something, the busiest first."""
    rows: dict[str, Row] = {}
    for bar in found:
        rows.setdefault(bar.entry.device, Row(bar.entry.device)).bars.append(bar)
    return sorted(rows.values(), key=lambda row: -len(row.bars))


def well_rows(index: Index, found: list[Bar]) -> list[Row]:
    """A row for each group of wells in order of the plate, then dilutions and plate-wide work.

    What only concerns a device or a stock has its row there.
    """
    members = _members(index)
    names = sorted(members, key=lambda group: min(map(well_key, members[group])))
    rows = {group: Row(wells_in_short(members[group])) for group in names}
    for bar in found:
        operation = index.operations[bar.entry.operation]
        group = _group(operation)
        if not operation.wells and not operation.group:
            group = _DILUTIONS if _is_dilution(operation) else _PLATE
        if not isinstance(operation, SetTemperature | Refill):
            rows.setdefault(group, Row(group)).bars.append(bar)
    return list(rows.values())


def shaking(index: Index, device: str) -> list[Shaking]:
    """When a shaker runs: from the end of one command to the start of the next."""
    commands = []
    for entry in index.schedule.entries:
        operation = index.operations.get(entry.operation)
        if isinstance(operation, Shake) and operation.device == device:
            commands.append((entry.start_s, entry.end_s, operation.speed_rpm))
    commands.sort()
    commands.append((index.schedule.makespan_s, index.schedule.makespan_s, 0.0))
    return [
        Shaking(begun_s, max(end_s, begun_s), speed)
        for (_, begun_s, speed), (end_s, _, _) in pairwise(commands)
        if speed > 0
    ]


def lots(index: Index) -> Mapping[str, list[LotLife]]:
    """The lots of each stock whose life the protocol states, or that is made more than once."""
    lives = {use.stock: use.life_s for use in index.plan.stocks}
    found: dict[str, list[LotLife]] = {}
    for lot in sorted(index.schedule.lots, key=lambda each: (each.stock, each.lot)):
        found.setdefault(lot.stock, []).append(LotLife(lot, lives.get(lot.stock)))
    return found


def _members(index: Index) -> dict[str, list[str]]:
    """All wells of each group, in the order in which the plan names them."""
    found: dict[str, dict[str, None]] = {}
    for operation in index.operations.values():
        if operation.wells and not isinstance(operation, Shake):
            found.setdefault(_group(operation), {}).update(dict.fromkeys(operation.wells))
    return {group: list(wells) for group, wells in found.items()}


def _group(operation: Operation) -> str:
    return operation.group or wells_in_short(operation.wells)


def _is_dilution(operation: Operation) -> bool:
    return isinstance(operation, Transfer) and operation.purpose == "dilution"


def _told(operation: Operation, entry: Entry) -> str:
    """What the pointer shows of an operation."""
    if operation.wells:
        whom = wells_in_short(operation.wells)
    elif isinstance(operation, SetTemperature | Refill) or _is_dilution(operation):
        whom = f"on {operation.device}" if not isinstance(operation, Refill) else "by a person"
    else:
        whom = _PLATE
    what = kind_of(operation)
    if isinstance(operation, Refill):
        what = f"new lot {operation.lot} of {operation.stock}"
    slack = "no bound" if entry.slack_s >= NO_BOUND_S else span(max(entry.slack_s, 0.0))
    portion = f", portion {operation.portion}" if operation.portion else ""
    return (
        f"{entry.operation}: {what} ({operation.step}{portion})\n{whom}\n"
        f"{exact_clock(entry.start_s)} to {exact_clock(entry.end_s)} "
        f"({seconds(entry.duration_s)}), slack {slack}"
    )


def speed_told(run: Shaking) -> str:
    """What the pointer shows of a time of shaking."""
    return (
        f"{significant(run.speed_rpm)} rpm, {exact_clock(run.start_s)} to {exact_clock(run.end_s)}"
    )

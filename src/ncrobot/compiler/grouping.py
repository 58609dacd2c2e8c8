"""Groups: wells that are treated together, because they share a column and all their timing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from ncrobot.compiler.doses import WellDoses, value_of
from ncrobot.deck.layout import Arm
from ncrobot.protocol import Condition, Dosing, Exchange, Protocol, acts
from ncrobot.protocol.values import Given
from ncrobot.units import Dimension

# Values of these dimensions decide when a well is visited, so wells of a group must share them.
_TIMING = (Dimension.DURATION, Dimension.COUNT, Dimension.SPEED, Dimension.TEMPERATURE)


@dataclass(frozen=True, slots=True)
class Group:
    """Wells that share all their timing, with the channel that serves each.

    ``train``: they are more than the arm serves at once, so what is done with them is done in
    rounds, by whichever head suits.
    """

    name: str
    wells: tuple[str, ...]
    channels: Mapping[str, int]
    condition: Condition
    train: bool = False


def row_of(well: str) -> int:
    """0 for row A."""
    return ord(well[0]) - ord("A")


def column_number(well: str) -> int:
    """1 for the first column."""
    return int(well[1:])


def _timing_values(part: object, condition: Condition) -> tuple[object, ...]:
    if isinstance(part, Given):
        return (value_of(part, condition),) if part.dimension in _TIMING else ()
    if isinstance(part, BaseModel):
        return tuple(
            value
            for name in type(part).model_fields
            for value in _timing_values(getattr(part, name), condition)
        )
    if isinstance(part, tuple):
        return tuple(value for item in part for value in _timing_values(item, condition))
    return ()


def signature_of(protocol: Protocol, condition: Condition) -> tuple[object, ...]:
    """All values of a row that decide when its well is visited.

    A step that a row leaves out decides too, unless it is a dose: a dose of nothing takes no time.
    """
    found: list[object] = []
    for step in protocol.steps:
        is_done = acts(step.only, condition.choices)
        if step.only and not (isinstance(step, Dosing) and not isinstance(step, Exchange)):
            found.append(is_done)
        if is_done:
            found += _timing_values(step, condition)
        else:
            found.append(None)
    return tuple(found)


def make_trains(
    protocol: Protocol, wells: Sequence[WellDoses], size: int, columns: int
) -> list[Group]:
    """Groups of wells with the same timing: ``size`` wells each, or so many whole ``columns``."""
    members: dict[tuple[object, ...], list[Condition]] = {}
    for well in wells:
        members.setdefault(signature_of(protocol, well.condition), []).append(well.condition)
    chunks: list[list[Condition]] = []
    for conditions in members.values():
        ordered = sorted(conditions, key=lambda c: (column_number(c.well), row_of(c.well)))
        if columns == 0:
            chunks += [ordered[start : start + size] for start in range(0, len(ordered), size)]
            continue
        present = list(dict.fromkeys(column_number(c.well) for c in ordered))
        for start in range(0, len(present), columns):
            these = set(present[start : start + columns])
            chunks.append([c for c in ordered if column_number(c.well) in these])
    chunks.sort(key=lambda chunk: (column_number(chunk[0].well), row_of(chunk[0].well)))
    return [
        Group(
            f"g{number}",
            tuple(condition.well for condition in chunk),
            {condition.well: row_of(condition.well) for condition in chunk},
            chunk[0],
            train=True,
        )
        for number, chunk in enumerate(chunks, start=1)
    ]


def make_groups(protocol: Protocol, wells: Sequence[WellDoses], arm: Arm) -> list[Group]:
    """Group wells by column where channels act together, else one group a well.

    Two wells of a column whose lags or numbers of portions differ are in different groups.
    """
    if arm.simultaneous == 1:
        return [
            Group(w.condition.well, (w.condition.well,), {w.condition.well: 0}, w.condition)
            for w in wells
        ]
    members: dict[tuple[int, tuple[object, ...]], list[Condition]] = {}
    for well in wells:
        key = (column_number(well.condition.well), signature_of(protocol, well.condition))
        members.setdefault(key, []).append(well.condition)
    groups: list[Group] = []
    counts: dict[int, int] = {}
    for (column, _), conditions in sorted(members.items(), key=lambda item: item[0][0]):
        counts[column] = counts.get(column, 0) + 1
        suffix = "" if counts[column] == 1 else chr(ord("a") + counts[column] - 1)
        ordered = sorted(conditions, key=lambda condition: row_of(condition.well))
        names = tuple(condition.well for condition in ordered)
        groups.append(
            Group(
                f"c{column}{suffix}",
                names,
                {name: row_of(name) % arm.simultaneous for name in names},
                ordered[0],
                train=any(head.kind != "independent" for head in arm.all_heads()),
            )
        )
    return groups

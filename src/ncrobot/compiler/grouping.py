"""Groups: wells that are treated together, because they share a column and all their timing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from ncrobot.compiler.doses import WellDoses, value_of
from ncrobot.deck.layout import Arm
from ncrobot.protocol import Condition, Protocol
from ncrobot.protocol.values import Given
from ncrobot.units import Dimension

# Values of these dimensions decide when a well is visited, so wells of a group must share them.
_TIMING = (Dimension.DURATION, Dimension.COUNT, Dimension.SPEED, Dimension.TEMPERATURE)


@dataclass(frozen=True, slots=True)
class Group:
    """Wells of one column (or a single well) with the channel that serves each."""

    name: str
    wells: tuple[str, ...]
    channels: Mapping[str, int]
    condition: Condition


def row_of(well: str) -> int:
    """0 for row A."""
    return ord(well[0]) - ord("A")


def column_of(well: str) -> int:
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
        signature = tuple(
            value for step in protocol.steps for value in _timing_values(step, well.condition)
        )
        key = (column_of(well.condition.well), signature)
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
            )
        )
    return groups

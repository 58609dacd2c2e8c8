"""Objectives over the plate, and the table of their replicates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncrobot.assays import GroupValue, ObjectiveValue, Wanted
from ncrobot.reports._text import counted, significant
from ncrobot.reports.run.plates import PlateMap, Shape, number_map

_WAYS = {"maximise": "higher is better", "minimise": "lower is better", "target": "target"}


@dataclass(frozen=True, slots=True)
class Compared:
    """One row of the table of replicates."""

    objective: str
    group: str
    mean: str
    wells: int


def objective_maps(
    values: Sequence[ObjectiveValue], wanted: Mapping[str, Wanted]
) -> list[PlateMap]:
    """A map of each objective; wells without a value stay empty."""
    shape = Shape.of([each.well for each in values])
    return [
        _map(name, each, [value for value in values if value.objective == name], shape)
        for name, each in wanted.items()
    ]


def _map(name: str, wanted: Wanted, values: Sequence[ObjectiveValue], shape: Shape) -> PlateMap:
    told = {
        each.well: (each.value, f"{each.well} {each.name}: {with_error(each)}")
        for each in values
        if each.value is not None
    }
    written = {value: f"{significant(value)} {wanted.unit}".strip() for value, _ in told.values()}
    note = f"{_way(wanted)}; {counted(len(told), 'well')} of {len(values)} measured."
    if wanted.description:
        note = f"{wanted.description[0].upper()}{wanted.description[1:]}; {note}"
    if any(each.from_replicates for each in values):
        note += " Errors are those of replicate wells."
    elif told:
        note += " Errors are those of the measurement: no replicates were measured."
    return number_map(name.replace("_", " "), note, shape, told, written=written)


def _way(wanted: Wanted) -> str:
    if wanted.target is not None:
        return f"target {significant(wanted.target)} {wanted.unit}".strip()
    return _WAYS[wanted.aim.value]


def with_error(value: ObjectiveValue) -> str:
    """A value with its standard error and unit, in words for the pointer."""
    if value.value is None:
        return value.doubt or "not measured"
    error = f" ± {significant(value.error, 2)}" if value.error else ""
    doubt = f" ({value.doubt})" if value.doubt else ""
    return f"{significant(value.value)}{error} {value.unit}".rstrip() + doubt


def compared(groups: Sequence[GroupValue], wanted: Mapping[str, Wanted]) -> list[Compared]:
    """Rows of the table that were measured in several wells, the best of each objective first."""
    several = [each for each in groups if len(each.wells) > 1]
    ordered = sorted(
        several, key=lambda each: (each.objective, -wanted[each.objective].merit(each.mean))
    )
    return [
        Compared(
            each.objective.replace("_", " "),
            each.group,
            f"{significant(each.mean)}{_error(each)} {each.unit}".rstrip(),
            len(each.wells),
        )
        for each in ordered
    ]


def _error(value: GroupValue) -> str:
    return f" ± {significant(value.error, 2)}" if value.error else ""

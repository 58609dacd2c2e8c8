"""The catalogue: labware by name, described or built."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from ncrobot.errors import DeckError, Diagnostic, nearest_word
from ncrobot.labware import _own, _pylabrobot
from ncrobot.labware.definition import (
    ROW_LETTERS,
    LabwareDefinition,
    LabwareKind,
    column_major,
)

SMALLEST_WELL_UL = 1.0


@cache
def definition(name: str) -> LabwareDefinition:
    """The definition of this name.

    Raises:
        DeckError: no such definition, or it can't be used; names the nearest one.
    """
    if name in _own.own_names():
        return _own.describe(name)
    return _describe(name, build(name, name))


@cache
def known_definitions() -> tuple[str, ...]:
    """All usable definitions, sorted; each is built once."""
    usable = list(_own.own_names())
    for name in _pylabrobot.factories(_pylabrobot.LABWARE_TYPES):
        try:
            definition(name)
        except DeckError:
            continue
        usable.append(name)
    return tuple(sorted(usable))


def build(name: str, resource_name: str) -> Any:
    """A fresh PyLabRobot resource called ``resource_name``.

    Raises:
        DeckError: no such definition, or it can't be used.
    """
    if name in _own.own_names():
        return _own.build(name, resource_name)
    factories = _pylabrobot.factories(_pylabrobot.LABWARE_TYPES)
    if name not in factories:
        nearest = nearest_word(name, known_definitions())
        raise DeckError(
            Diagnostic(
                code="unknown-labware",
                message=f"the labware catalogue has no definition {name!r}",
                found=name,
                fix=f"did you mean {nearest!r}?" if nearest else "list the known definitions",
            )
        )
    return _pylabrobot.call(name, factories[name], resource_name)


def container(labware: Any, well: str) -> Any:
    """The PyLabRobot container of a labware resource's well (or a rack's tip spot).

    Raises:
        DeckError: the labware has no such well.
    """
    plr = _pylabrobot.resources()
    if isinstance(labware, plr.Container):
        if well == "A1":
            return labware
    else:
        try:
            item = labware.get_item(well)
        except (IndexError, KeyError, ValueError):
            item = None
        if isinstance(item, plr.ResourceHolder):
            item = item.resource
        if item is not None:
            return item
    raise DeckError(
        Diagnostic(
            code="unknown-well", message=f"{labware.name} has no well {well}", well=well, found=well
        )
    )


def _describe(name: str, resource: Any) -> LabwareDefinition:
    plr = _pylabrobot.resources()
    size_mm = (resource.get_size_x(), resource.get_size_y(), resource.get_size_z())
    if isinstance(resource, plr.Trough):
        return _with_wells(name, "trough", 1, 1, resource, size_mm)
    rows, columns = resource.num_items_y, resource.num_items_x
    if isinstance(resource, plr.TipRack):
        tip = _pylabrobot.call(name, resource.get_item(0).make_tip)
        return LabwareDefinition(
            name=name,
            kind="tip_rack",
            rows=rows,
            columns=columns,
            well_volume_ul=0.0,
            tip_volume_ul=float(tip.nominal_volume),
            tip_brim_ul=float(tip.maximal_volume),
            tip_length_mm=tip.total_tip_length,
            tip_filter=tip.has_filter,
            wells=column_major(rows, columns),
            size_mm=size_mm,
            source=_pylabrobot.source(),
            level_area_mm2=_level_area_mm2(resource),
        )
    _require_grid(name, resource, rows, columns)
    if isinstance(resource, plr.Plate):
        kind: LabwareKind = "trough" if rows == 1 else "plate"
    else:
        kind = "tube_rack"
    described = _with_wells(name, kind, rows, columns, container(resource, "A1"), size_mm)
    return replace(described, level_area_mm2=_level_area_mm2(resource))


def _level_area_mm2(resource: Any) -> float | None:
    """The area that PyLabRobot's EVO backend takes for a well; only Tecan's labware tells it."""
    is_tecan = type(resource).__name__ in _pylabrobot.TECAN_LABWARE
    return float(resource.area) if is_tecan else None


def _with_wells(
    name: str,
    kind: LabwareKind,
    rows: int,
    columns: int,
    well: Any,
    size_mm: tuple[float, float, float],
) -> LabwareDefinition:
    if well.max_volume < SMALLEST_WELL_UL:
        raise _unusable(name, f"it says that a well holds {well.max_volume:g} µL")
    bottom = getattr(well, "bottom_type", None)
    return LabwareDefinition(
        name=name,
        kind=kind,
        rows=rows,
        columns=columns,
        well_volume_ul=float(well.max_volume),
        tip_volume_ul=None,
        wells=column_major(rows, columns),
        size_mm=size_mm,
        source=_pylabrobot.source(),
        bottom=str(bottom.value) if bottom is not None else None,
        well_depth_mm=well.get_size_z(),
        well_size_mm=(well.get_size_x(), well.get_size_y()),
    )


def _require_grid(name: str, resource: Any, rows: int, columns: int) -> None:
    """Refuse racks without tubes, and plates that aren't one grid of equal wells, rows A to P."""
    if rows > len(ROW_LETTERS):
        raise _unusable(name, f"it has {rows} rows")
    volumes = set()
    for well in column_major(rows, columns):
        try:
            volumes.add(container(resource, well).max_volume)
        except DeckError as error:
            raise _unusable(name, f"there is nothing at {well}") from error
    if len(volumes) != 1:
        raise _unusable(name, "its wells differ in volume")


def _unusable(name: str, reason: str) -> DeckError:
    return DeckError(
        Diagnostic(
            code="unusable-definition",
            message=f"{_pylabrobot.source()} offers {name!r}, but {reason}",
            found=name,
            fix="choose another definition",
        )
    )

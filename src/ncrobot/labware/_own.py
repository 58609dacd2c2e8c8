"""The labware that ncrobot ships figures for, and how a PyLabRobot resource is built from them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from ncrobot.labware._pylabrobot import resources
from ncrobot.labware.definition import LabwareDefinition, NestDefinition, column_major

Figures = Mapping[str, Any]


@cache
def _data(file: str) -> dict[str, Any]:
    text = files("ncrobot.labware").joinpath("data", file).read_text(encoding="utf-8")
    data: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return data


def tip_racks() -> Mapping[str, Figures]:
    """Figures of every own tip rack, by name."""
    racks: Mapping[str, Figures] = _data("opentrons.yaml")["tip_racks"]
    return racks


@cache
def tube_racks() -> Mapping[str, Figures]:
    """Figures of every own tube rack, and of racks of an autosampler's vials, by name."""
    return {**_data("opentrons.yaml")["tube_racks"], **_data("vial_racks.yaml")["racks"]}


@cache
def nests() -> Mapping[str, NestDefinition]:
    """Every nest that a device or module offers, by name."""
    return {
        name: NestDefinition(
            name=name,
            size_mm=tuple(figures["size"]),
            labware_at_mm=tuple(figures["labware_at"]),
            takes_mm=tuple(figures["takes"]),
            source=figures["source"],
        )
        for name, figures in _data("nests.yaml")["nests"].items()
    }


def own_names() -> tuple[str, ...]:
    """Names of all labware that ncrobot ships."""
    return (*tip_racks(), *tube_racks())


def describe(name: str) -> LabwareDefinition:
    """The definition of an own labware."""
    is_tip_rack = name in tip_racks()
    figures = tip_racks()[name] if is_tip_rack else tube_racks()[name]
    rows, columns = figures["rows"], figures["columns"]
    common: dict[str, Any] = {
        "name": name,
        "rows": rows,
        "columns": columns,
        "wells": column_major(rows, columns),
        "size_mm": tuple(figures["size"]),
        "source": f"ncrobot data ({_source(figures)})",
    }
    if is_tip_rack:
        return LabwareDefinition(
            kind="tip_rack",
            well_volume_ul=0.0,
            tip_volume_ul=float(figures["tip_volume"]),
            tip_brim_ul=float(figures["tip_volume"]),
            tip_length_mm=figures["tip_length"],
            tip_filter=figures["filter"],
            **common,
        )
    return LabwareDefinition(
        kind="tube_rack",
        well_volume_ul=float(figures["tube_volume"]),
        tip_volume_ul=None,
        bottom=figures["bottom"],
        well_depth_mm=figures["depth"],
        well_size_mm=(figures["diameter"], figures["diameter"]),
        **common,
    )


def _source(figures: Figures) -> str:
    told: str | None = figures.get("source")
    return told or f"{_data('opentrons.yaml')['source']} v{figures['revision']}"


def build(name: str, resource_name: str) -> Any:
    """A fresh PyLabRobot resource of an own labware."""
    if name in tip_racks():
        return _tip_rack(name, resource_name, tip_racks()[name])
    return _tube_rack(name, resource_name, tube_racks()[name])


def _corners(figures: Figures, side: float) -> dict[str, Any]:
    """Front left corner of every item, by well name; an item is a square of ``side`` mm."""
    first_x, first_y, z = figures["first"]
    pitch_x, pitch_y = figures["pitch"]
    rows = figures["rows"]
    return {
        well: resources().Coordinate(
            x=first_x + (index // rows) * pitch_x - side / 2,
            y=first_y - (index % rows) * pitch_y - side / 2,
            z=z,
        )
        for index, well in enumerate(column_major(rows, figures["columns"]))
    }


def _tip_rack(name: str, resource_name: str, figures: Figures) -> Any:
    plr = resources()

    def make_tip(name: str) -> Any:
        return plr.Tip(
            name=name,
            has_filter=figures["filter"],
            total_tip_length=figures["tip_length"],
            nominal_volume=float(figures["tip_volume"]),
            maximal_volume=float(figures["tip_volume"]),
            fitting_depth=figures["tip_overlap"],
        )

    # The largest square within the round hole, as PyLabRobot's own loader takes it.
    side = figures["diameter"] / math.sqrt(2)
    spots: dict[str, Any] = {}
    for well, corner in _corners(figures, side).items():
        spot = plr.TipSpot(name=well, size_x=side, size_y=side, make_tip=make_tip)
        spot.location = corner
        spots[well] = spot
    size_x, size_y, size_z = figures["size"]
    return plr.TipRack(
        name=resource_name,
        size_x=size_x,
        size_y=size_y,
        size_z=size_z,
        ordered_items=spots,
        model=name,
        with_tips=True,
    )


def _tube_rack(name: str, resource_name: str, figures: Figures) -> Any:
    plr = resources()
    side, depth = figures["diameter"], figures["depth"]
    holders: dict[str, Any] = {}
    for well, corner in _corners(figures, side).items():
        holder = plr.ResourceHolder(name=well, size_x=side, size_y=side, size_z=depth)
        holder.location = corner
        holders[well] = holder
    size_x, size_y, size_z = figures["size"]
    rack = plr.TubeRack(
        name=resource_name,
        size_x=size_x,
        size_y=size_y,
        size_z=size_z,
        ordered_items=holders,
        model=name,
    )
    for well in holders:
        rack[well] = plr.Tube(
            name=f"{resource_name}_tube_{well}",
            size_x=side,
            size_y=side,
            size_z=depth,
            max_volume=float(figures["tube_volume"]),
            material_z_thickness=0.0,
            bottom_type=plr.TubeBottomType(figures["bottom"]),
        )
    return rack

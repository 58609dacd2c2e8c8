"""Nests: where labware sits on a device, or on a module that is mounted on a carrier."""

from __future__ import annotations

from functools import cache
from typing import Any

from ncrobot.errors import DeckError, Diagnostic, nearest_word
from ncrobot.labware import _own, _pylabrobot
from ncrobot.labware.definition import NestDefinition

# Outer size of a plate by ANSI/SLAS 1, rounded up to what PyLabRobot's own sites allow.
PLATE_FOOTPRINT_MM = (127.76, 86.0)


@cache
def known_nests() -> tuple[str, ...]:
    """All usable nests and carrier modules, sorted."""
    usable = list(_own.nests())
    for name in _pylabrobot.factories(_pylabrobot.MODULE_TYPES):
        try:
            nest_definition(name)
        except DeckError:
            continue
        usable.append(name)
    return tuple(sorted(usable))


@cache
def nest_definition(name: str) -> NestDefinition:
    """The nest or carrier module of this name.

    Raises:
        DeckError: no such nest; names the nearest one.
    """
    own = _own.nests()
    if name in own:
        return own[name]
    holder = _module(name, name)
    at = holder.child_location
    return NestDefinition(
        name=name,
        size_mm=(holder.get_size_x(), holder.get_size_y(), holder.get_size_z()),
        labware_at_mm=(at.x, at.y, at.z),
        takes_mm=PLATE_FOOTPRINT_MM,
        source=_pylabrobot.source(),
    )


def build_nest(name: str, resource_name: str) -> Any:
    """A fresh PyLabRobot resource holder that labware can be put on.

    Raises:
        DeckError: no such nest.
    """
    own = _own.nests()
    if name not in own:
        return _module(name, resource_name)
    plr = _pylabrobot.resources()
    nest = own[name]
    size_x, size_y, size_z = nest.size_mm
    return plr.ResourceHolder(
        name=resource_name,
        size_x=size_x,
        size_y=size_y,
        size_z=size_z,
        child_location=plr.Coordinate(*nest.labware_at_mm),
        model=name,
    )


def _module(name: str, resource_name: str) -> Any:
    factories = _pylabrobot.factories(_pylabrobot.MODULE_TYPES)
    if name not in factories:
        nearest = nearest_word(name, known_nests())
        raise DeckError(
            Diagnostic(
                code="unknown-nest",
                message=f"the labware catalogue has no nest or carrier module {name!r}",
                found=name,
                fix=f"did you mean {nearest!r}?" if nearest else "list the known nests",
            )
        )
    return _pylabrobot.call(name, factories[name], resource_name)

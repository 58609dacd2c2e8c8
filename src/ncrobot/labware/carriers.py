"""Hamilton's and Tecan's carriers by name: their rails, what their sites take, built fresh."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from ncrobot.errors import DeckError, Diagnostic, nearest_word
from ncrobot.labware import _pylabrobot
from ncrobot.labware.definition import CarrierDefinition, CarrierKind

RAIL_MM = 22.5
TECAN_RAIL_MM = 25.0
# No carrier of the catalogue has more module sites than this.
MOST_MODULE_SITES = 8

_KINDS: Mapping[str, CarrierKind] = {
    "TipCarrier": "tip",
    "PlateCarrier": "plate",
    "TroughCarrier": "trough",
    "TubeCarrier": "tube",
    "MFXCarrier": "module",
    "TecanTipCarrier": "tip",
    "TecanPlateCarrier": "plate",
}


@cache
def known_carriers() -> tuple[str, ...]:
    """All usable carriers, sorted; each is built once."""
    usable = []
    for name in _pylabrobot.factories(_pylabrobot.CARRIER_TYPES):
        try:
            carrier_definition(name)
        except DeckError:
            continue
        usable.append(name)
    return tuple(sorted(usable))


@cache
def carrier_definition(name: str) -> CarrierDefinition:
    """The carrier of this name.

    Raises:
        DeckError: no such carrier, or it can't be used; names the nearest one.
    """
    factory = _factory(name)
    takes_modules = _takes_modules(factory)
    carrier = _pylabrobot.call(name, factory, name, *([{}] if takes_modules else []))
    sites = _module_sites(name, factory) if takes_modules else tuple(sorted(carrier.sites))
    site = None if takes_modules else carrier.sites[sites[0]]
    is_tecan = type(carrier).__name__ in _pylabrobot.TECAN_CARRIERS
    rail_mm = TECAN_RAIL_MM if is_tecan else RAIL_MM
    return CarrierDefinition(
        name=name,
        kind=_KINDS[type(carrier).__name__],
        rails=round(carrier.get_size_x() / rail_mm),
        sites=sites,
        site_size_mm=(site.get_size_x(), site.get_size_y()) if site is not None else None,
        source=_pylabrobot.source(),
        rail_mm=rail_mm,
    )


def build_carrier(name: str, resource_name: str, modules: Mapping[int, Any] | None = None) -> Any:
    """A fresh PyLabRobot carrier; ``modules`` are the holders at its sites, if it takes any.

    Raises:
        DeckError: no such carrier, or it can't be used.
    """
    factory = _factory(name)
    extra = [dict(modules or {})] if _takes_modules(factory) else []
    return _pylabrobot.call(name, factory, resource_name, *extra)


def _factory(name: str) -> _pylabrobot.Factory:
    factories = _pylabrobot.factories(_pylabrobot.CARRIER_TYPES)
    if name not in factories:
        nearest = nearest_word(name, known_carriers())
        raise DeckError(
            Diagnostic(
                code="unknown-carrier",
                message=f"the labware catalogue has no carrier {name!r}",
                found=name,
                fix=f"did you mean {nearest!r}?" if nearest else "list the known carriers",
            )
        )
    return factories[name]


def _takes_modules(factory: _pylabrobot.Factory) -> bool:
    return "modules" in factory.__annotations__


def _module_sites(name: str, factory: _pylabrobot.Factory) -> tuple[int, ...]:
    """The site numbers that the carrier accepts a module at, found by trying them."""
    plr = _pylabrobot.resources()
    sites = []
    for site in range(MOST_MODULE_SITES):
        holder = plr.ResourceHolder(name="module", size_x=1, size_y=1, size_z=1)
        try:
            _pylabrobot.call(name, factory, name, {site: holder})
        except IndexError:
            break
        sites.append(site)
    return tuple(sites)

"""The PyLabRobot deck of a layout: the tree of resources that a liquid handler works on.

Names are those of the layout: labware, carriers and devices are found by ``deck.get_resource``.
A device's resource is its nest, an empty holder or the holder of the labware on it. Wells hold
what the layout allows, so that PyLabRobot's trackers check the same limits as the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ncrobot import labware
from ncrobot.deck.layout import Carrier, DeckLayout, Placed
from ncrobot.deck.places import OffCarrier, Site, Slot, place_of, stands_at_mm
from ncrobot.errors import DeckError, Diagnostic
from ncrobot.labware import decks

Refusal = tuple[tuple[str | int, ...], DeckError]


def build_pylabrobot_deck(layout: DeckLayout) -> Any:
    """A fresh PyLabRobot deck with all carriers, nests and labware of the layout in place.

    Raises:
        DeckError: PyLabRobot refuses a place; all refusals are told at once.
    """
    deck, refused = assemble(layout)
    if refused:
        raise DeckError(diagnostic for _, error in refused for diagnostic in error.diagnostics)
    return deck


def assemble(layout: DeckLayout) -> tuple[Any, list[Refusal]]:
    """The PyLabRobot deck as far as it can be built; what it refused, by entry of the layout."""
    deck = decks.new_deck(layout.robot)
    refused: list[Refusal] = []
    for index, carrier in enumerate(layout.carriers):
        with _noting(refused, "carriers", index):
            _mount(layout, deck, carrier)
    for name, device in layout.devices.items():
        at_mm = stands_at_mm(device)
        if at_mm is not None and device.nest is not None:
            with _noting(refused, "devices", name):
                decks.put_at(deck, labware.build_nest(device.nest, name), at_mm)
    for index, placed in enumerate(layout.labware):
        with _noting(refused, "labware", index):
            _put(layout, deck, placed)
    return deck, refused


@contextmanager
def _noting(refused: list[Refusal], *path: str | int) -> Iterator[None]:
    try:
        yield
    except DeckError as error:
        refused.append((path, error))


def _mount(layout: DeckLayout, deck: Any, carrier: Carrier) -> None:
    modules = {
        site: _build_module(layout, module, f"{carrier.name}_{site}")
        for site, module in carrier.modules.items()
    }
    resource = labware.build_carrier(carrier.definition, carrier.name, modules)
    decks.put_on_rails(deck, resource, carrier.rails)


def _build_module(layout: DeckLayout, module: str, default_name: str) -> Any:
    device = layout.devices.get(module)
    if device is None or device.nest is None:
        return labware.build_nest(module, default_name)
    return labware.build_nest(device.nest, module)


def _put(layout: DeckLayout, deck: Any, placed: Placed) -> None:
    resource = labware.build(placed.definition, placed.name)
    match place_of(layout, placed):
        case Site(carrier, _) if not deck.has_resource(carrier):
            return  # The carrier itself was refused, which is told already.
        case Site(carrier, site):
            decks.put_on_site(deck.get_resource(carrier), site, resource)
        case OffCarrier(device):
            decks.put_in_nest(deck.get_resource(device), resource)
        case Slot(slot):
            decks.put_in_slot(deck, _on_module(layout, placed.on, resource), slot)
        case None:
            message = f"{placed.name} stands nowhere"
            raise DeckError(Diagnostic(code="no-place", message=message, found=placed.name))
    decks.check_height(layout.robot, deck, resource)
    decks.check_reach(layout.robot, deck, resource)
    if placed.max_volume_ul is not None:
        for well in labware.definition(placed.definition).wells:
            decks.limit_volume(resource, well, placed.max_volume_ul)


def _on_module(layout: DeckLayout, on: str | None, resource: Any) -> Any:
    """The labware, or the module that it stands on with the labware in its nest."""
    device = layout.devices.get(on) if on else None
    if on is None or device is None or device.nest is None:
        return resource
    nest = labware.build_nest(device.nest, on)
    decks.put_in_nest(nest, resource)
    return nest

"""Where a labware of a layout stands: a carrier's site, a slot, or a nest beside the carriers."""

from __future__ import annotations

from dataclasses import dataclass

from ncrobot.deck.layout import (
    Carrier,
    DeckLayout,
    Device,
    Placed,
    Reader,
    Shaker,
    TemperatureBlock,
)


@dataclass(frozen=True, slots=True)
class Site:
    """A site of a carrier; ``module`` is what is mounted there, if it takes modules."""

    carrier: str
    site: int
    module: str | None = None

    def __str__(self) -> str:
        return f"site {self.site} of {self.carrier}"


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot of an Opentrons deck."""

    slot: int

    def __str__(self) -> str:
        return f"slot {self.slot}"


@dataclass(frozen=True, slots=True)
class OffCarrier:
    """The nest of a device that stands beside the carriers."""

    device: str

    def __str__(self) -> str:
        return f"the nest of {self.device}"


Place = Site | Slot | OffCarrier


def carrier_of(layout: DeckLayout, name: str | None) -> Carrier | None:
    """The carrier of this name, or None."""
    return next((carrier for carrier in layout.carriers if carrier.name == name), None)


def stands_at_mm(device: Device | None) -> tuple[float, float, float] | None:
    """The point of the deck that a device beside the carriers stands at, or None."""
    return device.at_mm if isinstance(device, Reader | Shaker | TemperatureBlock) else None


def mounting(layout: DeckLayout, device: str) -> Site | None:
    """The carrier site that a device is mounted at, or None."""
    for carrier in layout.carriers:
        for site, module in carrier.modules.items():
            if module == device:
                return Site(carrier.name, site, module)
    return None


def place_of(layout: DeckLayout, placed: Placed) -> Place | None:
    """Where the labware stands, or None if the layout doesn't say."""
    if placed.slot is not None:
        return Slot(placed.slot)
    if placed.carrier is not None and placed.site is not None:
        carrier = carrier_of(layout, placed.carrier)
        module = carrier.modules.get(placed.site) if carrier else None
        return Site(placed.carrier, placed.site, module)
    if placed.on is None:
        return None
    mounted = mounting(layout, placed.on)
    if mounted is not None:
        return mounted
    device = layout.devices.get(placed.on)
    if stands_at_mm(device) is not None:
        return OffCarrier(placed.on)
    return None

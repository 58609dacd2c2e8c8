"""Positions: the vessels of the deck that stocks can stand in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ncrobot.deck import Deck
from ncrobot.deck.layout import Placed, TemperatureBlock
from ncrobot.protocol import Stock

# Stock prepared beyond what is drawn, for evaporation and the film on walls (assumed: 5 % is the
# usual margin of manual plate preparation).
OVERAGE = 0.05
# Positions at or below this are cold ones (assumed: an ice-cold stock is kept at 0-8 °C).
COLD_C = 8.0


@dataclass(frozen=True, slots=True)
class Position:
    """One vessel that a stock can stand in."""

    address: str
    placed: Placed
    usable_ul: float
    dead_ul: float
    cold: bool
    trough: bool


def positions_of(deck: Deck, roles: Sequence[str]) -> list[Position]:
    """All positions of labware with these roles."""
    found = []
    for placed in [placed for role in roles for placed in deck.with_role(role)]:
        definition = deck.definition(placed.name)
        cold = is_cold(placed, deck)
        for well in deck.wells(placed.name):
            address = f"{placed.name}/{well}"
            dead = deck.dead_volume_ul(address)
            found.append(
                Position(
                    address, placed, deck.capacity_ul(address) - dead, dead, cold,
                    definition.kind == "trough",
                )
            )  # fmt: skip
    return found


def is_cold(placed: Placed, deck: Deck) -> bool:
    """Whether what stands in this labware is kept cold."""
    under = deck.device_under(placed.name)
    cooler = deck.layout.devices.get(under) if under else None
    return (placed.temperature_c is not None and placed.temperature_c <= COLD_C) or (
        isinstance(cooler, TemperatureBlock) and cooler.temperature_c[0] <= COLD_C
    )


def wants_cold(stock: Stock) -> bool:
    """Whether a stock must be kept cold."""
    return stock.keep_at is not None and (stock.keep_at.value or 0.0) <= COLD_C

"""What stands where: the deck layout, read from YAML and checked before anything moves."""

from __future__ import annotations

from ncrobot.deck.deck import Deck
from ncrobot.deck.layout import DeckLayout
from ncrobot.deck.places import OffCarrier, Place, Site, Slot
from ncrobot.deck.reader import check_deck, load_deck, read_deck
from ncrobot.deck.resources import build_pylabrobot_deck
from ncrobot.labware import find_container

__all__ = [
    "Deck",
    "DeckLayout",
    "OffCarrier",
    "Place",
    "Site",
    "Slot",
    "build_pylabrobot_deck",
    "check_deck",
    "find_container",
    "load_deck",
    "read_deck",
]

"""PyLabRobot decks: made empty, filled piece by piece, and searched by well address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ncrobot.errors import DeckError, Diagnostic, nearest_word
from ncrobot.labware._pylabrobot import resources
from ncrobot.labware.catalogue import container

Robot = Literal["hamilton.star", "hamilton.starlet", "opentrons.ot2"]

# Rails that carriers may cover: PyLabRobot's waste block stands on the last two.
RAILS: Mapping[str, int] = {"hamilton.star": 54, "hamilton.starlet": 30}
SLOTS: Mapping[str, int] = {"opentrons.ot2": 11}
TRASH_SLOT = 12

# Names that PyLabRobot's decks give to their own parts.
RESERVED_NAMES = frozenset(
    {
        "core_grippers",
        "deck",
        "ot2_deck",
        "teaching_tip_rack",
        "trash",
        "trash_container",
        "trash_core96",
        "waste_block",
    }
)


def new_deck(robot: Robot) -> Any:
    """An empty PyLabRobot deck with its fixed trash."""
    plr = resources()
    if robot == "opentrons.ot2":
        return plr.OTDeck()
    return plr.STARLetDeck() if robot == "hamilton.starlet" else plr.STARDeck()


def put_on_rails(deck: Any, carrier: Any, rails: int) -> None:
    """Mount a carrier with its left edge on a rail.

    Raises:
        DeckError: it collides or sticks out.
    """
    _try(carrier, lambda: deck.assign_child_resource(carrier, rails=rails))


def put_at(deck: Any, resource: Any, at_mm: tuple[float, float, float]) -> None:
    """Put a resource at a point of a Hamilton deck.

    Raises:
        DeckError: it collides.
    """
    location = resources().Coordinate(*at_mm)
    _try(resource, lambda: deck.assign_child_resource(resource, location=location))


def put_in_slot(deck: Any, resource: Any, slot: int) -> None:
    """Put a resource into a slot of an Opentrons deck.

    Raises:
        DeckError: the slot is taken.
    """
    _try(resource, lambda: deck.assign_child_at_slot(resource, slot))


def put_on_site(carrier: Any, site: int, resource: Any) -> None:
    """Put labware on a carrier's site.

    Raises:
        DeckError: the site is taken or doesn't take it.
    """
    _try(resource, lambda: carrier.assign_resource_to_site(resource, spot=site))


def put_in_nest(nest: Any, resource: Any) -> None:
    """Put labware into a nest.

    Raises:
        DeckError: the nest is taken or doesn't take it.
    """
    _try(resource, lambda: nest.assign_child_resource(resource, reassign=False))


def find_container(deck: Any, address: str) -> Any:
    """The PyLabRobot well, trough, tube or tip spot at an address ``labware/well``.

    Raises:
        DeckError: nothing of this name stands on the deck, or it has no such well.
    """
    name, _, well = address.partition("/")
    if not deck.has_resource(name):
        nearest = nearest_word(name, (resource.name for resource in deck.get_all_resources()))
        raise DeckError(
            Diagnostic(
                code="unknown-labware-name",
                message=f"no labware {name!r} stands on the deck",
                found=address,
                fix=f"did you mean {nearest!r}?" if nearest else None,
            )
        )
    return container(deck.get_resource(name), well)


def _try(resource: Any, act: Any) -> None:
    try:
        act()
    except (ValueError, TypeError, KeyError, AssertionError) as error:
        raise DeckError(
            Diagnostic(
                code="cannot-place",
                message=f"{resource.name} can't stand there: {error}",
                found=resource.name,
                fix="move it, or what is in its way",
            )
        ) from error

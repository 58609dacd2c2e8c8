"""PyLabRobot decks: made empty, filled piece by piece, and searched by well address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ncrobot.errors import DeckError, Diagnostic, nearest_word
from ncrobot.labware._pylabrobot import resources
from ncrobot.labware.carriers import RAIL_MM as HAMILTON_RAIL_MM
from ncrobot.labware.carriers import TECAN_RAIL_MM
from ncrobot.labware.catalogue import container

Robot = Literal[
    "hamilton.star",
    "hamilton.starlet",
    "opentrons.ot2",
    "opentrons.flex",
    "tecan.evo100",
    "tecan.evo150",
    "tecan.evo200",
]
EVOS = ("tecan.evo100", "tecan.evo150", "tecan.evo200")

# First and last rail that carriers may cover: PyLabRobot's waste block stands on the last two of a
# Hamilton, and the wash station over which an EVO's plungers are initialized on its first.
RAILS: Mapping[str, tuple[int, int]] = {
    "hamilton.star": (1, 54),
    "hamilton.starlet": (1, 30),
    "tecan.evo100": (2, 30),
    "tecan.evo150": (2, 45),
    "tecan.evo200": (2, 69),
}
RAIL_MM: Mapping[str, float] = {
    robot: TECAN_RAIL_MM if robot in EVOS else HAMILTON_RAIL_MM for robot in RAILS
}
# Slots are counted from the front left, three in a row: D1, D2, D3, C1, ... A2 on a Flex.
SLOTS: Mapping[str, int] = {"opentrons.ot2": 11, "opentrons.flex": 11}
TRASH_SLOT = 12
# Distance of the slots of a Flex to the right and to the back, and its deck's size, in mm
# (Opentrons' deck definition ot3_standard).
FLEX_PITCH_MM = (164.0, 107.0)
FLEX_SIZE_MM = (854.995, 581.74)

# Highest point that the channels of a Hamilton arm travel over, as PyLabRobot takes it.
TRAVERSE_MM: Mapping[str, float] = {"hamilton.star": 245.0, "hamilton.starlet": 245.0}

# Where PyLabRobot's EVO backend has the zero of the y axis: nothing behind it can be reached.
EVO_BACK_MM = 346.5

# Names that PyLabRobot's decks give to their own parts.
RESERVED_NAMES = frozenset(
    {
        "core_grippers",
        "deck",
        "flex_deck",
        "ot2_deck",
        "teaching_tip_rack",
        "trash",
        "trash_container",
        "trash_core96",
        "wash_clean_deep",
        "wash_clean_shallow",
        "wash_station",
        "wash_waste",
        "waste_block",
    }
)


def new_deck(robot: Robot) -> Any:
    """An empty PyLabRobot deck with its fixed trash, or an EVO's with its wash station."""
    plr = resources()
    if robot in EVOS:
        size = robot.removeprefix("tecan.evo")
        return getattr(plr, f"EVO{size}Deck")()
    if robot == "opentrons.ot2":
        return plr.OTDeck()
    if robot == "opentrons.flex":
        return _flex_deck()
    deck = plr.STARLetDeck() if robot == "hamilton.starlet" else plr.STARDeck()
    # This callback only logs, and takes most of the time of building a deck: it computes the
    # position of every single well. `check_height` refuses what it would warn about.
    deck.deregister_did_assign_resource_callback(deck._check_safe_z_height)  # noqa: SLF001
    return deck


def _flex_deck() -> Any:
    """PyLabRobot has no Flex: its OT-2 deck with the slots where a Flex has them.

    It is good for planning and simulation. The trash keeps the size of the OT-2's.
    """
    plr = resources()
    deck = plr.OTDeck(size_x=FLEX_SIZE_MM[0], size_y=FLEX_SIZE_MM[1], name="flex_deck")
    for index in range(TRASH_SLOT):
        row, column = divmod(index, 3)
        holder = deck.get_resource(f"flex_deck_slot_{index + 1}")
        holder.location = plr.Coordinate(x=column * FLEX_PITCH_MM[0], y=row * FLEX_PITCH_MM[1])
    return deck


def put_on_rails(deck: Any, carrier: Any, rails: int) -> None:
    """Mount a carrier with its left edge on a rail.

    Raises:
        DeckError: it collides or sticks out.
    """
    _try(carrier, lambda: deck.assign_child_resource(carrier, rails=rails))


def put_at(deck: Any, resource: Any, at_mm: tuple[float, float, float]) -> None:
    """Put a resource at a point of a deck with rails.

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


def check_height(robot: Robot, deck: Any, resource: Any) -> None:
    """Refuse a resource that reaches above the height at which the arm travels.

    Raises:
        DeckError: it is too high.
    """
    limit_mm = TRAVERSE_MM.get(robot)
    if limit_mm is None:
        return
    top_mm = resource.get_location_wrt(deck, z="top").z
    if top_mm > limit_mm:
        raise DeckError(
            Diagnostic(
                code="too-high",
                message=f"{resource.name} reaches above the height at which the arm travels",
                found=f"{top_mm:.1f} mm",
                allowed=f"at most {limit_mm:.0f} mm",
                fix="choose a lower place or lower labware",
            )
        )


def check_reach(robot: Robot, deck: Any, resource: Any) -> None:
    """Refuse labware whose back row lies behind what the tips of an EVO reach, by PyLabRobot.

    Raises:
        DeckError: it stands too far back.
    """
    if robot not in EVOS or not hasattr(resource, "get_item"):
        return
    first = resource.get_item(0)
    behind_mm = (first.get_location_wrt(deck) + first.center()).y - EVO_BACK_MM
    if behind_mm > 0:
        raise DeckError(
            Diagnostic(
                code="out-of-reach",
                message=f"the back row of {resource.name} lies behind what the tips reach",
                found=f"{behind_mm:.1f} mm behind",
                fix="choose a site further to the front, or another carrier",
            )
        )


def limit_volume(resource: Any, well: str, capacity_ul: float) -> None:
    """Let PyLabRobot's own tracker of a well refuse more than the layout allows."""
    item = container(resource, well)
    item.max_volume = capacity_ul
    item.tracker.max_volume = capacity_ul


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

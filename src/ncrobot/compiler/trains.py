"""Trains: the ways in which one head serves the wells of a group, as rounds of drawing and giving.

A way is a list of legs with the tip that each one uses. Nothing is decided here but whether a way
is possible at all; :mod:`ncrobot.compiler.modes` prices the ways and chooses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ncrobot.compiler.grouping import column_number, row_of
from ncrobot.compiler.pieces import Piece, Place, Refused, Way, best_tip, drawn_anew, parts_of
from ncrobot.compiler.tip_choice import RESOLUTION_UL, rounded
from ncrobot.deck.layout import Head, SyringePump, TipType
from ncrobot.liquids.contamination import (
    Handling,
    excess_goes_to,
    multi_dispense_refusal,
    repeat_refusal,
)
from ncrobot.plan import DoseMode

ONE_PLACE = "there is only one place to serve"
OFFERED_TIPS = 2
"""Kinds of tips that are tried for a whole group, those with the fewest draws."""


def places_of(wells: Sequence[str], head: Head) -> list[Place]:
    """The wells by what the head serves at once; rows belong to the channels of a larger head."""
    if head.kind == "single":
        return [{head.channels[0]: well} for well in wells]
    columns: dict[int, dict[int, str]] = {}
    for well in sorted(wells, key=lambda name: (column_number(name), row_of(name))):
        channel = head.channels[row_of(well) % len(head.channels)]
        columns.setdefault(column_number(well), {})[channel] = well
    return list(columns.values())


def tips_for(head: Head, tips: Sequence[TipType]) -> list[TipType]:
    """The kinds of tips that all channels of a head take."""
    return [tip for tip in tips if not tip.channels or set(head.channels) <= set(tip.channels)]


def solo_channel(tip: TipType, heads: Sequence[Head]) -> int | None:
    """The channel of a single head that takes this tip; None if there is none."""
    for head in heads:
        if head.kind == "single" and (not tip.channels or head.channels[0] in tip.channels):
            return head.channels[0]
    return None


def column_refusal(volumes_ul: Mapping[str, float], head: Head) -> str | None:
    """Why a head can't serve these wells a column at a time; None if it can."""
    if head.kind == "single":
        return "the deck's arm has one channel for it"
    if head.kind == "independent":
        return None
    for place in places_of(list(volumes_ul), head):
        if len(place) < len(head.channels):
            missing = len(head.channels) - len(place)
            return f"the rigid head {head.name} dispenses on all channels, {missing} well(s) lack"
        found = [volumes_ul[well] for well in place.values()]
        if max(found) - min(found) > RESOLUTION_UL / 2:
            return (
                f"the rigid head {head.name} needs equal volumes, found {min(found):g} to "
                f"{max(found):g} µL in a column"
            )
    return None


def pump_way(volumes_ul: Mapping[str, float], name: str, pump: SyringePump) -> Way | Refused:
    """How a pump doses these wells: its syringe is filled as often as they need."""
    beyond = [well for well in volumes_ul if pump.port_for(well) is None]
    if beyond:
        return Refused(f"no outlet of {name} is over {beyond[0]}")
    least_ul, most_ul = min(volumes_ul.values()), max(volumes_ul.values())
    if least_ul < pump.dose_ul:
        return Refused(f"{name} doses no less than {pump.dose_ul:g} µL, asked {least_ul:g} µL")
    room_ul = pump.syringe_ul - pump.air_gap_ul
    if most_ul > room_ul - pump.prime_ul:
        return Refused(f"the syringe of {name} doesn't hold {most_ul:g} µL beside its priming")
    syringe = TipType(name=name, definition="syringe", min_ul=pump.dose_ul, max_ul=pump.syringe_ul)
    pieces: list[Piece] = []
    cycle, load_ul = 0, pump.prime_ul
    for well, volume_ul in volumes_ul.items():
        if load_ul + volume_ul > room_ul + 1e-9:
            cycle, load_ul = cycle + 1, 0.0
        load_ul += volume_ul
        pieces.append(Piece(0, well, rounded(volume_ul), syringe, 0, cycle))
    return Way("pump", tuple(pieces), False, pump.prime_ul, "waste")


def ways(  # noqa: PLR0911 - one return for each way and each reason against it
    mode: DoseMode,
    volumes_ul: Mapping[str, float],
    head: Head,
    tips: Sequence[TipType],
    handling: Handling,
) -> list[Way] | Refused:
    """Every way of a mode with this head; or why there is none."""
    fitting = tips_for(head, tips)
    if mode == "pump" or not fitting:
        return Refused("no tips for it" if not fitting else "it is not done by the arm")
    refusal = column_refusal(volumes_ul, head)
    if refusal is not None and (mode == "column" or head.kind != "single"):
        return Refused(refusal)
    places = places_of(list(volumes_ul), head)
    if mode == "single":
        if head.kind == "rigid":
            return Refused(f"the rigid head {head.name} dispenses on all channels")
        places = [{channel: well} for place in places for channel, well in place.items()]
    if mode in ("single", "column"):
        return _with_tips(mode, places, volumes_ul, fitting, handling, changing=True)
    if len(places) < 2:
        return Refused(ONE_PLACE)
    if mode == "repeat":
        refusal = repeat_refusal(handling)
        if refusal is not None:
            return Refused(refusal)
        return _with_tips(mode, places, volumes_ul, fitting, handling, changing=False)
    refusal = multi_dispense_refusal(handling)
    if refusal is not None:
        return Refused(refusal)
    return _multi_dispense(places, volumes_ul, fitting, handling)


def _with_tips(
    mode: DoseMode,
    places: Sequence[Place],
    volumes_ul: Mapping[str, float],
    tips: Sequence[TipType],
    handling: Handling,
    *,
    changing: bool,
) -> list[Way] | Refused:
    """A draw for each place; with one kind of tip for all if it can be, else the best for each."""
    common = [
        tip
        for tip in tips
        if all(best_tip(place, volumes_ul, [tip]) is not None for place in places)
    ]
    # The tips with the fewest draws: more of them cost more time than a better one saves.
    common.sort(key=lambda tip: sum(parts_of(v, tip) or 0 for v in volumes_ul.values()))
    found = []
    for offered in [*([tip] for tip in common[:OFFERED_TIPS]), list(tips)]:
        pieces = drawn_anew(places, volumes_ul, offered, changing=changing)
        if isinstance(pieces, list):
            fresh = handling.fresh_tips or (changing and len(places) > 1)
            found.append(Way(mode, tuple(pieces), fresh))
    if not found:
        return Refused("no tip of the head delivers every volume")
    return found


def _multi_dispense(
    places: Sequence[Place],
    volumes_ul: Mapping[str, float],
    tips: Sequence[TipType],
    handling: Handling,
) -> list[Way] | Refused:
    able = [tip for tip in tips if tip.multi_dispense_ul is not None]
    if not able:
        return Refused("no tip of the layout states multi_dispense_ul")
    found = []
    for tip in able:
        way = _out_of_one_draw(places, volumes_ul, tip, tips, handling)
        if way is not None:
            found.append(way)
    if not found:
        least = min(tip.multi_dispense_ul or 0.0 for tip in able)
        return Refused(
            f"fewer than two doses are at least {least:g} µL and share a draw of one tip"
        )
    return found


def _out_of_one_draw(
    places: Sequence[Place],
    volumes_ul: Mapping[str, float],
    tip: TipType,
    tips: Sequence[TipType],
    handling: Handling,
) -> Way | None:
    """Places that share draws of one kind of tip; those it can't serve so are drawn for one by one.

    The excess is as much as the smallest dose, so that the last dose isn't the tip's rest.
    """
    least_ul = tip.multi_dispense_ul or 0.0
    room_ul = tip.max_ul - least_ul
    sharing = [p for p in places if all(least_ul <= volumes_ul[w] <= room_ul for w in p.values())]
    packs: list[list[Place]] = []
    load_ul: dict[int, float] = {}
    for place in sharing:
        fits = all(load_ul.get(c, 0.0) + volumes_ul[w] <= room_ul + 1e-9 for c, w in place.items())
        if not packs or not fits:
            packs.append([])
            load_ul = {}
        packs[-1].append(place)
        for channel, well in place.items():
            load_ul[channel] = load_ul.get(channel, 0.0) + volumes_ul[well]
    if not any(len(pack) > 1 for pack in packs):
        return None
    wasting = excess_goes_to(handling) == "waste"
    pieces = [
        Piece(channel, well, rounded(volumes_ul[well]), tip, cycle if wasting else 0, cycle)
        for cycle, pack in enumerate(packs)
        for place in pack
        for channel, well in place.items()
    ]
    rest = [place for place in places if place not in sharing]
    if rest:
        first = len(packs) if wasting else 0
        one_by_one = drawn_anew(
            rest, volumes_ul, tips, changing=False, cycle=len(packs), number=lambda _, __: first
        )
        if one_by_one is None:
            return None
        pieces += one_by_one
    return Way(
        "multi_dispense",
        tuple(pieces),
        fresh=wasting,
        excess_ul=least_ul,
        excess_to="waste" if wasting else "source",
    )

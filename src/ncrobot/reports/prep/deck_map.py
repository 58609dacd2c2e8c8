"""The deck from above, to scale: what stands where, which wells and tips are used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from ncrobot.deck import Deck, build_pylabrobot_deck, find_container
from ncrobot.plan import Plan
from ncrobot.reports._colours import EMPTY, by_kind, ink_on, paler
from ncrobot.reports._svg import drawing, element, number, text
from ncrobot.reports._text import volume
from ncrobot.reports.prep.loading import touched_wells
from ncrobot.reports.prep.lots import LotToMake

_MARGIN = 14.0
_FEW_WELLS = 24
_WELL = re.compile(r"([A-P])(\d+)\Z")
_LARGEST_PX = 760.0
_LETTER_HEIGHT = 10.0
_LETTER_WIDTH = 0.6
"""Of a letter as a share of its height, on the safe side for the common system fonts."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the deck in mm, from the front left; ``top`` is its back edge."""

    left: float
    front: float
    width: float
    depth: float

    @classmethod
    def of(cls, resource: Any) -> Box:
        """The footprint of a PyLabRobot resource."""
        corner = resource.get_absolute_location()
        return cls(corner.x, corner.y, resource.get_size_x(), resource.get_size_y())


@dataclass(frozen=True, slots=True)
class Canvas:
    """Turns deck coordinates to those of the drawing, whose y runs from back to front."""

    left: float
    back: float
    width: float
    height: float

    @classmethod
    def around(cls, boxes: list[Box]) -> Canvas:
        """A canvas that holds all boxes, with a margin for their labels."""
        left = min(box.left for box in boxes) - _MARGIN
        back = max(box.front + box.depth for box in boxes) + _MARGIN
        right = max(box.left + box.width for box in boxes) + _MARGIN
        front = min(box.front for box in boxes) - 1.6 * _MARGIN
        return cls(left, back, right - left, back - front)

    def corner(self, box: Box) -> tuple[float, float]:
        """Left and top of a box in the drawing."""
        return box.left - self.left, self.back - box.front - box.depth


def deck_map_svg(plan: Plan, lots: list[LotToMake]) -> Markup:
    """The deck at the start of the run as a drawing; 1 unit is 1 mm."""
    deck = Deck(plan.deck)
    built = build_pylabrobot_deck(plan.deck)
    boxes = {p.name: Box.of(built.get_resource(p.name)) for p in plan.deck.labware}
    carriers = {c.name: Box.of(built.get_resource(c.name)) for c in plan.deck.carriers}
    canvas = Canvas.around([*boxes.values(), *carriers.values()])
    colours = by_kind(use.stock for use in plan.stocks)
    loads = {address: (lot, ul) for lot in reversed(lots) for address, ul in lot.places_ul.items()}
    touched = touched_wells(plan)
    parts = [_carrier(canvas, plan, name, box) for name, box in carriers.items()]
    labels = {p.name: _with_slot(p.name, p.slot) for p in plan.deck.labware}
    for name, box in boxes.items():
        here = {a: load for a, load in loads.items() if a.startswith(f"{name}/")}
        used = touched.get(name, frozenset())
        if len(deck.wells(name)) <= _FEW_WELLS:
            parts.append(_vessel(canvas, built, (name, labels[name]), box, deck, here, colours))
        else:
            parts.append(_grid(canvas, labels[name], name, box, deck.wells(name), used))
    return drawing(
        canvas.width,
        canvas.height,
        parts,
        label="Deck map from above, the front at the bottom",
        largest_px=min(_LARGEST_PX, 1.4 * canvas.width),
    )


def _carrier(canvas: Canvas, plan: Plan, name: str, box: Box) -> Markup:
    rails = next(carrier.rails for carrier in plan.deck.carriers if carrier.name == name)
    x, y = canvas.corner(box)
    return element(
        "g",
        element("rect", x=x, y=y, width=box.width, height=box.depth, class_="carrier"),
        text(x + box.width / 2, y - 4, f"rail {rails}", "small middle"),
    )


def _vessel(  # noqa: PLR0913 - a vessel, its place, its contents
    canvas: Canvas,
    built: Any,
    named: tuple[str, str],
    box: Box,
    deck: Deck,
    here: Mapping[str, tuple[LotToMake, float]],
    colours: Mapping[str, str],
) -> Markup:
    """A trough or reservoir, by name and label: each of its wells with the stock in it."""
    (name, label), wells = named, deck.wells(named[0])
    x, y = canvas.corner(box)
    parts = [_outline(x, y, box, used=bool(here))]
    for well in wells:
        address = f"{name}/{well}"
        inner = box if len(wells) == 1 else Box.of(find_container(built, address))
        if address in here:
            lot, ul = here[address]
            parts.append(_filled(canvas, inner, lot, ul, colours.get(lot.stock, EMPTY)))
        elif len(wells) > 1:
            left, top = canvas.corner(inner)
            parts.append(
                element("rect", x=left, y=top, width=inner.width, height=inner.depth, class_="well")
            )
    if not here and len(wells) == 1:
        parts.append(_label(x, y, box, label, "idle"))
    elif len(wells) > 1 or box.width > box.depth:
        parts.append(text(x + box.width / 2, y + box.depth - 1.5, label, "tiny middle"))
    return element("g", element("title", f"{name}: {_told(here)}"), parts)


def _told(here: Mapping[str, tuple[LotToMake, float]]) -> str:
    return ", ".join(f"{lot.stock} {volume(ul)}" for lot, ul in here.values()) or "not used"


def _filled(canvas: Canvas, box: Box, lot: LotToMake, ul: float, colour: str) -> Markup:
    x, y = canvas.corner(box)
    fill = paler(colour, 0.45) if lot.during_run else colour
    return element(
        "g",
        element(
            "rect", x=x, y=y, width=box.width, height=box.depth, rx=2, fill=fill,
            class_="later" if lot.during_run else "full",
        ),
        _label(x, y, box, f"{lot.stock}  {volume(ul)}", "held", fill=ink_on(fill)),
    )  # fmt: skip


def _label(x: float, y: float, box: Box, words: str, kind: str, fill: str | None = None) -> Markup:
    """A text in the middle of a box, upright if the box is narrow, as large as fits."""
    middle_x, middle_y = x + box.width / 2, y + box.depth / 2
    upright = box.width < box.depth
    room = max(box.width, box.depth) - 4
    size = min(_LETTER_HEIGHT, room / (len(words) * _LETTER_WIDTH))
    turn = f"rotate(-90 {number(middle_x)} {number(middle_y)})" if upright else None
    style = f"font-size:{number(size)}px" + (f";fill:{fill}" if fill else "")
    return text(
        middle_x, middle_y + size * 0.36, words, f"middle {kind}", transform=turn, style=style
    )


def _grid(
    canvas: Canvas, label: str, name: str, box: Box, wells: tuple[str, ...], used: frozenset[str]
) -> Markup:
    """A plate or tip rack: one dot per well, dark where the plan uses it."""
    x, y = canvas.corner(box)
    dots: dict[bool, list[str]] = {True: [], False: []}
    places = [(int(m[2]), ord(m[1]) - 64, well) for well in wells if (m := _WELL.match(well))]
    columns, rows = max(c for c, _, _ in places), max(r for _, r, _ in places)
    step_x, step_y = (box.width - 16) / columns, (box.depth - 22) / rows
    for column, row, well in places:
        dot_x, dot_y = x + 8 + (column - 0.5) * step_x, y + 17 + (row - 0.5) * step_y
        dots[well in used].append(f"M{number(dot_x)} {number(dot_y)}h0")
    told = f"{len(used)} of {len(wells)}" if used else "not used"
    room = box.width - 14 - len(told) * _LETTER_HEIGHT * _LETTER_WIDTH
    size = min(_LETTER_HEIGHT, room / (len(label) * _LETTER_WIDTH))
    return element(
        "g",
        element("title", f"{name}: {told}"),
        _outline(x, y, box, used=bool(used)),
        text(x + 5, y + 12, label, "" if used else "idle", style=f"font-size:{number(size)}px"),
        text(x + box.width - 5, y + 12, told, "small end"),
        [
            element("path", d="".join(path), class_="dot used" if is_used else "dot",
                    stroke_width=min(step_x, step_y) * 0.72)
            for is_used, path in dots.items()
            if path
        ],
    )  # fmt: skip


def _with_slot(name: str, slot: int | None) -> str:
    return name if slot is None else f"{slot} {name}"


def _outline(x: float, y: float, box: Box, *, used: bool) -> Markup:
    kind = "labware" if used else "labware unused"
    return element("rect", x=x, y=y, width=box.width, height=box.depth, rx=3, class_=kind)

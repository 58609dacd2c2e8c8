"""Plate maps: one small drawing of the plate for each thing that differs between its wells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ncrobot.reports._colours import EMPTY, ramp, ramp_stops
from ncrobot.reports._svg import drawing, element, text

_PITCH = 24.0
_RADIUS = 10.0
_LEFT, _TOP = 22.0, 20.0
_LINE = 15.0
_LEGEND_LINES = 2
_LETTER = 6.2
_WELL = re.compile(r"([A-P])(\d+)\Z")
_FEW_VALUES = 9


@dataclass(frozen=True, slots=True)
class Shape:
    """Rows and columns of a plate."""

    rows: int
    columns: int

    @classmethod
    def of(cls, wells: Sequence[str]) -> Shape:
        """The smallest usual plate that has all these wells: 24, 96 or 384."""
        places = [(ord(m[1]) - 64, int(m[2])) for well in wells if (m := _WELL.match(well))]
        for rows, columns in ((4, 6), (8, 12)):
            if all(row <= rows and column <= columns for row, column in places):
                return cls(rows, columns)
        return cls(16, 24)

    @property
    def pitch(self) -> float:
        """Distance of two wells in the drawing; all plates are drawn equally wide."""
        return _PITCH * 12 / self.columns

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the drawing without its legend."""
        return _LEFT + self.columns * self.pitch + 4, _TOP + self.rows * self.pitch + 4

    def place(self, well: str) -> tuple[float, float] | None:
        """The middle of a well in the drawing; None for a name that is no well."""
        match = _WELL.match(well)
        if match is None:
            return None
        row, column = ord(match[1]) - 65, int(match[2]) - 1
        return _LEFT + (column + 0.5) * self.pitch, _TOP + (row + 0.5) * self.pitch


@dataclass(frozen=True, slots=True)
class Mark:
    """How one well is drawn: its colour, what the pointer tells, and a sign on it."""

    colour: str
    told: str
    sign: str = ""


@dataclass(frozen=True, slots=True)
class PlateMap:
    """One drawing with its heading and the sentence below it."""

    title: str
    note: str
    svg: Markup


def number_map(
    title: str,
    note: str,
    shape: Shape,
    values: Mapping[str, tuple[float, str]],
    *,
    written: Mapping[float, str],
) -> PlateMap:
    """A map of numbers: ``values`` are value and title by well, ``written`` the legend's words."""
    known = [value for value, _ in values.values()]
    low, high = min(known, default=0.0), max(known, default=0.0)
    reach = high - low

    def colour(value: float) -> str:
        return ramp((value - low) / reach if reach > 0 else 0.5)

    marks = {well: Mark(colour(value), told) for well, (value, told) in values.items()}
    distinct = sorted(set(known))
    if len(distinct) <= _FEW_VALUES:
        legend = swatches([(colour(value), written[value], "") for value in distinct], shape)
    else:
        legend = _bar(shape, written[low], written[high])
    return PlateMap(title, note, _plate(shape, marks, legend, title))


def kind_map(
    title: str,
    note: str,
    shape: Shape,
    marks: Mapping[str, Mark],
    legend: Sequence[tuple[str, str, str]],
) -> PlateMap:
    """A map of kinds; the legend holds colour, words and sign of each kind."""
    return PlateMap(title, note, _plate(shape, marks, swatches(legend, shape), title))


@dataclass(frozen=True, slots=True)
class Legend:
    """The drawing below a plate, and how many lines it takes."""

    svg: Markup
    lines: int


def swatches(items: Sequence[tuple[str, str, str]], shape: Shape) -> Legend:
    """A legend of coloured dots with words, in as many lines as it takes."""
    room = shape.size[0] - _LEFT
    longest = max((len(words) for _, words, _ in items), default=0) * _LETTER + 26
    per_line = max(int(room / longest), 1)
    parts = []
    for index, (colour, words, sign) in enumerate(items):
        x = _LEFT + (index % per_line) * room / per_line + 6
        y = shape.size[1] + 10 + (index // per_line) * _LINE
        parts.append(element("circle", cx=x, cy=y, r=5, fill=colour))
        parts.append(_sign(x, y, 5.0, sign))
        parts.append(text(x + 9, y + 4, words))
    return Legend(Markup("").join(parts), -(-len(items) // per_line))


def _bar(shape: Shape, low: str, high: str) -> Legend:
    """A legend for a continuous scale: the ramp with its two ends."""
    stops = ramp_stops()
    width = (shape.size[0] - _LEFT - 4) / len(stops)
    y = shape.size[1] + 4
    bars = [
        element("rect", x=_LEFT + i * width, y=y, width=width + 0.5, height=9, fill=colour)
        for i, colour in enumerate(stops)
    ]
    right = _LEFT + width * len(stops)
    words = [text(_LEFT, y + 22, low), text(right, y + 22, high, "end")]
    return Legend(Markup("").join([*bars, *words]), 2)


def _plate(shape: Shape, marks: Mapping[str, Mark], legend: Legend, label: str) -> Markup:
    width, height = shape.size
    columns = [
        text(_LEFT + (c + 0.5) * shape.pitch, _TOP - 6, str(c + 1), "soft middle")
        for c in range(shape.columns)
    ]
    rows = [
        text(_LEFT - 8, _TOP + (r + 0.5) * shape.pitch + 4, chr(65 + r), "soft middle")
        for r in range(shape.rows)
    ]
    radius = _RADIUS * shape.pitch / _PITCH
    below = max(legend.lines, _LEGEND_LINES) * _LINE + 6
    wells = []
    for r in range(shape.rows):
        for c in range(shape.columns):
            well = f"{chr(65 + r)}{c + 1}"
            wells.append(_well(shape, well, marks.get(well), radius))
    return drawing(width, height + below, columns, rows, wells, legend.svg, label=label)


def _well(shape: Shape, well: str, mark: Mark | None, radius: float) -> Markup:
    x, y = shape.place(well) or (0.0, 0.0)
    if mark is None:
        return element("circle", cx=x, cy=y, r=radius * 0.35, fill=EMPTY)
    return element(
        "g",
        element("title", mark.told),
        element("circle", cx=x, cy=y, r=radius, fill=mark.colour),
        _sign(x, y, radius, mark.sign),
        data_w=well,
    )


def _sign(x: float, y: float, radius: float, sign: str) -> Markup:
    """A cross (abandoned) or a bar (flagged): so that nobody needs to see the colour."""
    arm = radius * 0.5
    if sign == "cross":
        path = f"M{x - arm:.1f} {y - arm:.1f}l{2 * arm:.1f} {2 * arm:.1f}m0 {-2 * arm:.1f}"
        return element("path", d=f"{path}l{-2 * arm:.1f} {2 * arm:.1f}", class_="sign")
    if sign == "bar":
        return element("path", d=f"M{x:.1f} {y - arm:.1f}v{2 * arm:.1f}", class_="sign")
    if sign == "ring":
        return element(
            "circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=f"{radius * 0.45:.1f}", class_="hole"
        )
    return Markup("")

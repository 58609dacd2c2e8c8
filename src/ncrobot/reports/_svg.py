"""SVG elements as text, escaped, for pages that hold their drawings within themselves."""

from __future__ import annotations

import math
from collections.abc import Iterable

from markupsafe import Markup, escape

Piece = str | Markup


def element(
    tag: str, *children: Piece | Iterable[Piece], **attributes: str | float | None
) -> Markup:
    """An element: text is escaped, ``None`` attributes are left out, ``_`` is written as ``-``."""
    inside = Markup("").join(_flat(children))
    told = Markup("").join(
        Markup(' {}="{}"').format(name.strip("_").replace("_", "-"), _value(value))
        for name, value in attributes.items()
        if value is not None
    )
    if not inside:
        return Markup("<{}{}/>").format(tag, told)
    return Markup("<{}{}>{}</{}>").format(tag, told, inside, tag)


def drawing(
    width: float, height: float, *parts: Piece | Iterable[Piece], label: str, largest_px: float = 0
) -> Markup:
    """A drawing that shrinks with the page; ``label`` tells what it shows to a screen reader.

    It is drawn no wider than ``largest_px``, by default one pixel for a unit.
    """
    return element(
        "svg",
        *parts,
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
        aria_label=label,
        style=f"max-width:{number(largest_px or width)}px",
    )


def text(
    x: float, y: float, content: str, kind: str = "", **attributes: str | float | None
) -> Markup:
    """A piece of text; ``kind`` is its class in the style sheet."""
    return element("text", content, x=x, y=y, class_=kind or None, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """A straight line of a class of the style sheet."""
    return element("path", d=f"M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}", class_=kind)


def number(value: float) -> str:
    """A coordinate with at most two decimals."""
    text_ = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text_ in ("-0", "") else text_


def ticks(low: float, high: float, about: int = 6) -> list[float]:
    """Round numbers between two bounds: steps of 1, 2 or 5 times a power of ten."""
    if not high > low:
        return [low]
    raw = (high - low) / max(about, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def time_ticks(duration_s: float, about: int = 8) -> list[float]:
    """Seconds at round minutes or hours, from 0 to a duration."""
    steps = (60, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 43200, 86400)
    step = next(
        (s for s in steps if duration_s / s <= about), 86400 * math.ceil(duration_s / 6.9e5)
    )
    return [float(index * step) for index in range(math.floor(duration_s / step + 1e-9) + 1)]


def _flat(children: Iterable[Piece | Iterable[Piece]]) -> Iterable[Markup]:
    for child in children:
        if isinstance(child, str):
            yield escape(child)
        else:
            yield from (escape(piece) for piece in child)


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else number(value)

"""Colours that colour-blind people can tell apart: a ramp for numbers, a palette for kinds.

The ramp runs evenly from dark blue to light yellow in lightness, so that it also reads in grey.
Conversion from OKLab to sRGB after B. Ottosson, "A perceptual color space for image processing"
(2020). The palette is that of M. Okabe and K. Ito, "Color Universal Design" (2008); vermilion is
kept for what went wrong.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cache

WRONG = "#D55E00"
DOUBTFUL = "#E69F00"
GOOD = "#009E73"
NEUTRAL = "#8A929B"
EMPTY = "#E9ECEF"
_KINDS = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#0072B2", "#F0E442", "#6B6B6B")
_STEPS = 32


def ramp(share: float) -> str:
    """The colour of a share between 0 (dark blue) and 1 (light yellow)."""
    return _ramp_step(round(min(max(share, 0.0), 1.0) * _STEPS))


def ramp_stops() -> list[str]:
    """Evenly spaced colours of the ramp, for a legend."""
    return [_ramp_step(step) for step in range(0, _STEPS + 1, 4)]


def by_kind(names: Iterable[str]) -> Mapping[str, str]:
    """A colour for each name in order; beyond the palette's end it begins again, paler."""
    found: dict[str, str] = {}
    for name in dict.fromkeys(names):
        turn, place = divmod(len(found), len(_KINDS))
        found[name] = paler(_KINDS[place], min(0.45 * turn, 0.8))
    return found


def paler(colour: str, share: float) -> str:
    """A colour mixed with so much white."""
    channels = (int(colour[index : index + 2], 16) for index in (1, 3, 5))
    return "#" + "".join(f"{round(each + (255 - each) * share):02X}" for each in channels)


def ink_on(colour: str) -> str:
    """Black or white, whichever is easier to read on a colour (sRGB luma above one half)."""
    red, green, blue = (int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5))
    return "#1B1F24" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.52 else "#FFFFFF"


@cache
def _ramp_step(step: int) -> str:
    share = step / _STEPS
    lightness = 0.30 + 0.62 * share
    hue = math.radians(285.0 - 180.0 * share)
    chroma = 0.11 + 0.05 * math.sin(math.pi * share)
    while True:
        channels = _srgb(lightness, chroma * math.cos(hue), chroma * math.sin(hue))
        if all(-0.0005 <= each <= 1.0005 for each in channels) or chroma < 0.001:
            return "#" + "".join(f"{round(min(max(c, 0), 1) * 255):02X}" for c in channels)
        chroma *= 0.95


def _srgb(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _gamma(4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short),
        _gamma(-1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short),
        _gamma(-0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short),
    )


def _gamma(linear: float) -> float:
    if linear <= 0.0031308:
        return 12.92 * linear
    return float(1.055 * linear ** (1 / 2.4) - 0.055)

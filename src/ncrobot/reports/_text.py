"""Numbers, times and lists of wells as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ncrobot.units import Dimension, format_quantity

_WELL = re.compile(r"([A-P])(\d+)\Z")


def significant(value: float, digits: int = 4) -> str:
    """The value with so many significant digits, without exponent and trailing zeros."""
    if value == 0:
        return "0"
    text = f"{float(f'{value:.{digits - 1}e}'):.12f}"
    return text.rstrip("0").rstrip(".")


def grouped(value: int) -> str:
    """A whole number with a thin space between thousands."""
    return f"{value:,}".replace(",", "\u2009")


def volume(value_ul: float) -> str:
    """A volume in the unit that suits it."""
    return format_quantity(value_ul, Dimension.VOLUME)


def mass(value_mg: float) -> str:
    """A mass in mg to four significant digits, the unit of a laboratory balance."""
    return f"{significant(value_mg)} mg"


def clock(time_s: float) -> str:
    """A time of the run's clock to the minute: ``T+1:05 h``."""
    minutes = round(abs(time_s) / 60)
    sign = "\u2212" if time_s < 0 and minutes else "+"
    return f"T{sign}{minutes // 60}:{minutes % 60:02d} h"


def exact_clock(time_s: float) -> str:
    """A time of the run's clock to the second: ``T+1:05:09 h``."""
    seconds = round(abs(time_s))
    sign = "\u2212" if time_s < 0 and seconds else "+"
    return f"T{sign}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d} h"


def span(duration_s: float) -> str:
    """A duration in words: ``45 s``, ``12 min``, ``4 h 26 min``."""
    if duration_s < 120:
        return f"{significant(duration_s, 3)} s"
    minutes = round(duration_s / 60)
    if minutes < 60:
        return f"{minutes} min"
    rest = f" {minutes % 60} min" if minutes % 60 else ""
    return f"{minutes // 60} h{rest}"


def seconds(duration_s: float) -> str:
    """A duration in seconds to a tenth, long ones without the tenth."""
    text = f"{duration_s:.1f} s" if abs(duration_s) < 1000 else f"{duration_s:.0f} s"
    return text.replace("-", "\u2212")


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun: ``1 well``, ``96 wells``."""
    return f"{grouped(number)} {noun if number == 1 else plural or noun + 's'}"


def listed(words: Iterable[str]) -> str:
    """Words as a list in a sentence: ``a, b and c``."""
    items = list(words)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def well_key(well: str) -> tuple[int, str]:
    """Sort key of a well's name: column by column, rows down; other names come last."""
    match = _WELL.match(well)
    return (int(match[2]), match[1]) if match else (10_000, well)


def wells_in_short(wells: Sequence[str]) -> str:
    """Wells with unbroken stretches of a column drawn together: ``A1-C1, E2``."""
    ordered = sorted(dict.fromkeys(wells), key=well_key)
    stretches: list[list[str]] = []
    for well in ordered:
        if stretches and _follows(stretches[-1][-1], well):
            stretches[-1].append(well)
        else:
            stretches.append([well])
    return ", ".join(
        stretch[0] if len(stretch) == 1 else f"{stretch[0]}\u2013{stretch[-1]}"
        for stretch in stretches
    )


def _follows(before: str, well: str) -> bool:
    first, second = well_key(before), well_key(well)
    return first[0] == second[0] < 10_000 and ord(second[1]) - ord(first[1]) == 1

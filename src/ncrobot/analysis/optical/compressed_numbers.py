"""The compressed numbers of JCAMP-DX: packed, squeezed, differences, and repeats.

The first digit of a number is replaced by a letter that also tells its sign and what it is:
``@A-I`` and ``a-i`` for a value, ``%J-R`` and ``j-r`` for the difference to the value before,
``S-Z`` and ``s`` for how often the last one stands there in all.
"""

from __future__ import annotations

import re

_VALUE = {"@": "0", **{chr(64 + n): str(n) for n in range(1, 10)}} | {
    chr(96 + n): f"-{n}" for n in range(1, 10)
}
_DIFFERENCE = {"%": "0", **{chr(73 + n): str(n) for n in range(1, 10)}} | {
    chr(105 + n): f"-{n}" for n in range(1, 10)
}
_REPEAT = {chr(82 + n): str(n) for n in range(1, 9)} | {"s": "9"}

_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3}(?![0-9]))?"
_TOKEN = re.compile(
    rf"(?P<plain>{_NUMBER})|(?P<letter>[@A-Ia-i%J-Rj-rS-Zs])(?P<digits>[0-9]*\.?[0-9]*)|(?P<gap>[\s,;]+)"
)
_START = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_MOST_REPEATS = 100_000


def decode_line(line: str) -> tuple[float, list[float], bool] | None:
    """The X, the Ys of a line, and whether the last Y was told as a difference; None: unreadable.

    Where it was, the next line begins with the same Y once more, as a check.
    """
    start = _START.match(line)
    if start is None:
        return None
    values: list[float] = []
    difference: float | None = None
    place = start.end()
    while place < len(line):
        token = _TOKEN.match(line, place)
        if token is None or token.end() == place:
            return None
        place = token.end()
        if token["gap"] is not None:
            continue
        if token["plain"] is not None:
            values.append(float(token["plain"]))
            difference = None
            continue
        taken = _take(token["letter"], token["digits"], values, difference)
        if taken is None:
            return None
        difference = taken[0]
    return float(start[0]), values, difference is not None


def _take(
    letter: str, digits: str, values: list[float], difference: float | None
) -> tuple[float | None] | None:
    """Add what a lettered number stands for; returns the last difference in a tuple, or None."""
    if letter in _VALUE:
        values.append(float(_VALUE[letter] + digits))
        return (None,)
    if not values:
        return None
    if letter in _DIFFERENCE:
        step = float(_DIFFERENCE[letter] + digits)
        values.append(values[-1] + step)
        return (step,)
    times = float(_REPEAT[letter] + digits)
    if not times.is_integer() or times > _MOST_REPEATS:
        return None
    for _ in range(int(times) - 1):
        values.append(values[-1] + (difference or 0.0))
    return (difference,)

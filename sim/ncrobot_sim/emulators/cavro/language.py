"""The words of a Cavro command string, with the ranges of their operands (733085-B, chapter 3)."""

from __future__ import annotations

import re
from typing import NamedTuple

SPEED_CODES = (
    6000, 5600, 5000, 4400, 3800, 3200, 2600, 2200, 2000, 1800, 1600, 1400, 1200, 1000, 800, 600,
    400, 200, 190, 180, 170, 160, 150, 140, 130, 120, 110, 100, 90, 80, 70, 60, 50, 40, 30, 20, 18,
    16, 14, 12, 10,
)  # fmt: skip
"""Top speeds (pulses/s) of the codes 0 to 40."""

PLUNGER, VALVE, HOMING = "AaPpDd", "IOBE", "ZYWw"
MOVES = PLUNGER + VALVE
DEFAULTS = {
    "N": 0, "K": 12, "k": 50, "L": 7, "v": 900, "V": 1400, "c": 900, "C": 0, "S": 11,
}  # fmt: skip
_RANGES = {
    "N": (0, 1), "L": (1, 20), "v": (50, 1000), "V": (5, 6000), "c": (50, 2700), "C": (0, 25),
    "S": (0, 40), "G": (0, 30000), "M": (0, 30000), "H": (0, 2), "J": (0, 7), "e": (0, 14),
}  # fmt: skip
_VALVES = {0, 1, 2, 3, 5, 7, 8, 9, 11, 30, 31, 41, 47}
_TOKEN = re.compile(r"([A-Za-z])([0-9,]*)")
_KNOWN = set(MOVES + HOMING + "zgGMHJeU" + "".join(DEFAULTS))


class Word(NamedTuple):
    """One command of a string with its operands."""

    letter: str
    operands: tuple[int, ...]

    @property
    def first(self) -> int | None:
        """First operand, if there is one."""
        return self.operands[0] if self.operands else None


def words(text: str) -> list[Word] | None:
    """Split a string into its words; None if one is unknown."""
    found: list[Word] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match[1] not in _KNOWN:
            return None
        operands = tuple(int(part or 0) for part in match[2].split(",")) if match[2] else ()
        found.append(Word(match[1], operands))
        place = match.end()
    return found


def in_range(word: Word, fine: int) -> bool:
    """Whether the operand of a setting or control word is allowed.

    ``fine`` is by how much a unit is finer than 3000 to a stroke.
    """
    value = word.first
    if word.letter == "K":
        return value is None or value <= 31 * fine
    if word.letter == "k":
        return value is None or value <= 80 * fine
    if word.letter == "U":
        return value in _VALVES
    low_high = _RANGES.get(word.letter)
    return value is None or low_high is None or low_high[0] <= value <= low_high[1]

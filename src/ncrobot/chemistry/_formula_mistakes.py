"""Explains why a formula can't be read on, and guesses what was meant."""

from __future__ import annotations

import re
from collections.abc import Collection

from molmass import ELEMENTS

from ncrobot.errors import nearest_word

# Short-lived elements have no use here, and their symbols only hide mistakes: Ts is tosyl.
_HEAVIEST = 103
SYMBOLS = frozenset({e.symbol for e in ELEMENTS if e.number <= _HEAVIEST} | {"D"})
"""Symbols of the elements; D is deuterium."""

_EXAMPLE = "write it like HAuCl4·3H2O or [Ag25(DMBT)18]-"
_KNOWN_MISTAKES = tuple(
    (re.compile(start), reason, hint)
    for start, reason, hint in (
        (r"$", "something is missing at the end", _EXAMPLE),
        (r"\.", "counts are whole numbers", "write the double formula, or state the molar mass"),
        (r"[⁰¹²³⁴-⁹]", "raised digits are part of a charge", "write isotopes as their element"),
        (r"[0-9]", "a number has nothing before it to count", "begin with a symbol"),
        (r"[)\]}]", "this bracket was never opened", "delete it, or open it"),
        (r"[-=≡#]", "bonds aren't written", "leave them out, as in CH3CN"),
        (r"R|[xn]H2O", "this stands for something that varies", "write the group or the number"),
    )
)


def explain(text: str, at: int, abbreviations: Collection[str]) -> tuple[str, str]:
    """Reason and hint for a text that can't be read on from index ``at``."""
    for start, reason, hint in _KNOWN_MISTAKES:
        if start.match(text, at):
            return reason, hint
    word = re.compile(r"[A-Za-z][a-z]?|.").match(text, at)
    found = word[0] if word else ""
    return f"{found!r} is no element or known abbreviation", _guess(text, at, abbreviations)


def _guess(text: str, at: int, abbreviations: Collection[str]) -> str:
    """An abbreviation mistyped, or a symbol in wrong case."""
    before = re.search(r"[A-Za-z-]*$", text[:at])
    after = re.match(r"[A-Za-z-]*", text[at:])
    word = (before[0] if before else "") + (after[0] if after else "")
    known = nearest_word(word, abbreviations) if len(word) > 2 else None
    if known is not None:
        return f"write {known} if that is meant"
    here, last = text[at : at + 2], text[max(at - 1, 0) : at]
    for meant in (here.capitalize(), here[:1].upper(), (last + here[:1]).capitalize()):
        if meant in SYMBOLS:
            return f"write {meant} if that is meant"
    return _EXAMPLE

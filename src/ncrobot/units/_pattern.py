"""The grammar as regular expressions, common to the reader and to the published JSON Schemas.

Only constructs that Python, ECMAScript and Rust understand alike are used, so an editor checks what
the reader reads. A pattern holds the form; limits such as "at most 14" are the reader's.
"""

from __future__ import annotations

import re
from functools import cache

from ncrobot.units._grammar import Dimension, Grammar, Unit
from ncrobot.units._tables import GRAMMARS

# Besides space and tab: no-break, thin and narrow no-break space, as copied from printed papers.
SPACE = r"[ \t\u00a0\u2009\u202f]*"
# The second sign is the typographic minus.
SIGN = r"[+\-\u2212]?"
# A block of YAML or a cell of a table may end with a line break.
_AROUND = r"[ \t\r\n\u00a0\u2009\u202f]*"
_DIGITS = "[0-9]{1,18}"
NUMBER = rf"{_DIGITS}(?:\.[0-9]{{1,30}})?(?:[eE][+\-]?[0-9]{{1,3}})?"


@cache
def quantity_pattern(dimension: Dimension) -> str:
    """Return the anchored regular expression of a quantity, for JSON Schema's ``pattern``."""
    return f"^{_AROUND}(?:{_body(dimension)}){_AROUND}$"


@cache
def repeated_pattern() -> str:
    """Return the anchored regular expression of "8 x 30 min", for JSON Schema's ``pattern``."""
    return f"^{repeated_head_pattern()}(?:{_body(Dimension.DURATION)}){_AROUND}$"


def repeated_head_pattern() -> str:
    """Return the pattern of "8 x", its count in group 1."""
    return rf"{_AROUND}([0-9]{{1,6}}){SPACE}[x\u00d7]{SPACE}"


@cache
def term_pattern(dimension: Dimension) -> str:
    """Return the pattern of one number (group 1) and its unit (group 2, empty if none)."""
    return f"({SIGN}{NUMBER}){SPACE}({_spellings(GRAMMARS[dimension].units)}|)"


def _body(dimension: Dimension) -> str:
    """Return the pattern of one quantity without anchors and outer spaces."""
    grammar = GRAMMARS[dimension]
    if dimension is Dimension.DURATION:
        return _falling(grammar)
    if dimension is Dimension.COUNT:
        return rf"{_DIGITS}(?:\.0{{1,30}})?"
    if dimension is Dimension.PH:
        return f"(?:pH{SPACE})?{NUMBER}"
    number = f"{SIGN}{NUMBER}" if grammar.signed else NUMBER
    unit = f"{SPACE}{_spellings(grammar.units)}"
    return f"{number}(?:{unit})?" if grammar.bare else f"{number}{unit}"


def _spellings(units: tuple[Unit, ...]) -> str:
    """Return a group of all spellings, longer ones first so that "min" is not read as "m"."""
    texts = sorted((text for unit in units for text in unit.spellings()), key=len, reverse=True)
    return f"(?:{'|'.join(re.escape(text) for text in texts)})"


def _falling(grammar: Grammar) -> str:
    """Return the form of "1 h 30 min": units fall, and only the last number may have a fraction."""
    units = [_spellings((unit,)) for unit in reversed(grammar.units)]
    whole = [f"(?:{_DIGITS}{SPACE}{unit}{SPACE})?" for unit in units]
    return "|".join(
        f"{''.join(whole[:index])}{NUMBER}{SPACE}{unit}" for index, unit in enumerate(units)
    )

"""The grammar as regular expressions, common to the reader and to the published JSON Schemas.

Only constructs that Python, ECMAScript and Rust understand alike are used, so an editor checks what
the reader reads. A pattern holds the form; limits such as "at most 14" are the reader's.
"""

from __future__ import annotations

import re
from functools import cache

from ncrobot.units._tables import GRAMMARS, Dimension, Grammar, Unit

# Besides space and tab: no-break, thin and narrow no-break space, as copied from printed papers.
SPACE = "[ \t\u00a0\u2009\u202f]*"
# The second sign is the typographic minus.
SIGN = "[+\\-\u2212]?"
DIGITS = "[0-9]{1,18}"
NUMBER = f"{DIGITS}(?:\\.[0-9]{{1,30}})?(?:[eE][+\\-]?[0-9]{{1,3}})?"
TIMES = "[x\u00d7]"


def _units(units: tuple[Unit, ...]) -> str:
    spellings = sorted((text for unit in units for text in unit.spellings()), key=len, reverse=True)
    return f"(?:{'|'.join(map(re.escape, spellings or ['']))})"


def _durations(grammar: Grammar) -> str:
    """Return the form of "1 h 30 min": units fall, and only the last number may have a fraction."""
    falling = [_units((unit,)) for unit in reversed(grammar.units)]
    chains = []
    for index, last in enumerate(falling):
        before = "".join(f"(?:{DIGITS}{SPACE}{unit}{SPACE})?" for unit in falling[:index])
        chains.append(f"{before}{NUMBER}{SPACE}{last}")
    return f"(?:{'|'.join(chains)})"


@cache
def quantity_body(dimension: Dimension) -> str:
    """Return the pattern of one quantity without anchors or outer spaces."""
    grammar = GRAMMARS[dimension]
    if dimension is Dimension.DURATION:
        return _durations(grammar)
    if dimension is Dimension.COUNT:
        return f"{DIGITS}(?:\\.0{{1,30}})?"
    if dimension is Dimension.PH:
        return f"(?:pH{SPACE})?{NUMBER}"
    sign = SIGN if grammar.signed else ""
    unit = f"{SPACE}{_units(grammar.units)}"
    return f"{sign}{NUMBER}(?:{unit})?" if grammar.bare else f"{sign}{NUMBER}{unit}"


def term_pattern(dimension: Dimension) -> str:
    """Return the pattern of one number (group 1) and its unit (group 2, empty for a bare number)."""
    return f"({SIGN}{NUMBER}){SPACE}({_units(GRAMMARS[dimension].units)}|)"


def quantity_pattern(dimension: Dimension) -> str:
    """Return the anchored regular expression of a quantity, for JSON Schema's ``pattern``."""
    return f"^{SPACE}{quantity_body(dimension)}{SPACE}$"


def repeated_pattern() -> str:
    """Return the anchored regular expression of "8 x 30 min", for JSON Schema's ``pattern``."""
    count = "[0-9]{1,6}"
    interval = quantity_body(Dimension.DURATION)
    return f"^{SPACE}{count}{SPACE}{TIMES}{SPACE}{interval}{SPACE}$"

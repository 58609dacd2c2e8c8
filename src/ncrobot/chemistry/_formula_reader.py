"""Reads a formula as chemists write it: atoms and charge, or where it stops making sense.

The grammar: element symbols (D is deuterium), abbreviations, whole counts, nested brackets, adducts
after a dot ("HAuCl4·3H2O"), and a charge at the end ("[Ag25(DMBT)18]-", "Cu^2+", "SO₄²⁻"). What can
be read in two ways is refused: "SO42-" is forty-two oxygens to a machine.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ncrobot.chemistry._formula_mistakes import SYMBOLS, explain

_PLAIN = str.maketrans("₀₁₂₃₄₅₆₇₈₉−–\u00a0\u2009\u202f", "0123456789--   ")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_DIGITS = "0123456789"
_DOTS = "·•∙⋅*."
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_CHARGE = re.compile(
    r"(?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹]*[⁺⁻]|⁰)$"
    r"|\^\{?(?P<caret>[0-9]*[+-]|[+-][0-9]+)\}?$"
    r"|(?<=\])(?P<bracket>[0-9]*[+-]|[+-][0-9]+|0)$"
    r"|(?P<signs>(?<![0-9+-])(?:\++|-+))$"
)
_COUNT = re.compile(r"[0-9]+")
_LONGEST_COUNT = 6
_DEEPEST = 20


class FormulaError(ValueError):
    """A formula can't be read: ``position`` (1-based) is where, ``hint`` is what would do."""

    def __init__(self, formula: str, position: int, reason: str, hint: str) -> None:
        self.formula, self.position, self.reason, self.hint = formula, position, reason, hint
        super().__init__(formula, position, reason, hint)

    def __str__(self) -> str:
        found = self.formula[self.position - 1 : self.position]
        where = f" at character {self.position} ({found!r})" if found else ""
        return f"the formula {self.formula!r} can't be read{where}: {self.reason}; {self.hint}"


@dataclass(frozen=True, slots=True)
class Reading:
    """Atoms of each element in one formula unit, and the charge if one is written."""

    counts: Mapping[str, int]
    charge: int | None


def read_formula(formula: str, fragments: Mapping[str, str]) -> Reading:
    """Read a formula; ``fragments`` are the abbreviations that may stand in it.

    Raises:
        FormulaError: it can't be read, or can be read in two ways.
    """
    return _Reader(formula, fragments, depth=0).read()


class _Reader:
    """One pass over one formula, from left to right; used once."""

    def __init__(self, formula: str, fragments: Mapping[str, str], depth: int) -> None:
        self._formula = formula
        self._text = formula.translate(_PLAIN).rstrip()
        self._fragments = fragments
        self._names = sorted(fragments, key=len, reverse=True)
        self._depth = depth
        self._open = 0
        self._at = len(self._text) - len(self._text.lstrip())

    def read(self) -> Reading:
        if self._depth > _DEEPEST:
            raise self._error("abbreviations stand for each other in a circle", "write them out")
        charge = self._take_charge()
        counts = self._part()
        while self._peek() != "":
            counts += self._adduct()
        return Reading(dict(counts), charge)

    def _error(self, reason: str, hint: str, at: int | None = None) -> FormulaError:
        return FormulaError(self._formula, (self._at if at is None else at) + 1, reason, hint)

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take_charge(self) -> int | None:
        found = _CHARGE.search(self._text)
        if found is None:
            if self._text.endswith(("+", "-")):
                raise self._unclear_charge()
            return None
        self._text = self._text[: found.start()]
        written = found["raised"] or found["caret"] or found["bracket"] or found["signs"]
        written = written.translate(_RAISED)
        size = int(written.strip("+-") or written.count("+") or written.count("-"))
        return -size if "-" in written else size

    def _unclear_charge(self) -> FormulaError:
        body, last, sign = self._text[:-2].strip(), self._text[-2:-1], self._text[-1]
        hint = "write it in brackets, as in [Ag25(DMBT)18]-"
        if last in _DIGITS:
            hint = f"write [{body}{last}]{sign} or [{body}]{last}{sign}, whichever is meant"
        at = len(self._text) - 1
        return self._error("a sign behind a number can be read in two ways", hint, at)

    def _adduct(self) -> Counter[str]:
        """Read a dot and what follows it; the reader stands on the dot or on spaces before it."""
        self._skip_spaces()
        if self._peek() not in _DOTS:
            hint = "join the parts, or write · between a salt and its water"
            raise self._error("a formula has no gaps", hint)
        dot = self._at
        self._at += 1
        self._skip_spaces()
        number = self._number()
        self._skip_spaces()
        if self._text[dot - 1] in _DIGITS and self._text[dot] == "." and number is not None:
            water = self._text[self._at :].startswith(("H2O", "D2O"))
            if not water:
                reason = "a point between digits can be read in two ways"
                raise self._error(reason, "counts are whole; an adduct is written with ·", dot)
        part = self._part()
        return Counter({element: count * (number or 1) for element, count in part.items()})

    def _skip_spaces(self) -> None:
        while self._peek() == " ":
            self._at += 1

    def _part(self) -> Counter[str]:
        counts = self._units(closing="")
        if not counts:
            raise self._unreadable()
        return counts

    def _units(self, closing: str) -> Counter[str]:
        total: Counter[str] = Counter()
        while self._peek() not in ("", " ", *_DOTS, closing):
            unit = self._unit()
            number = self._number()
            for element, count in unit.items():
                total[element] += count * (1 if number is None else number)
        return total

    def _unit(self) -> Counter[str]:
        closing = _CLOSING.get(self._peek())
        if closing is not None:
            return self._bracket(closing)
        fragment = self._fragment()
        if fragment is not None:
            return fragment
        for length in (2, 1):
            symbol = self._text[self._at : self._at + length]
            if symbol in SYMBOLS:
                self._at += length
                return Counter({symbol: 1})
        raise self._unreadable()

    def _bracket(self, closing: str) -> Counter[str]:
        opened = self._at
        self._at += 1
        self._open += 1
        if self._open > _DEEPEST:
            raise self._error("brackets stand in brackets too often", "write it with fewer")
        counts = self._units(closing)
        self._open -= 1
        if self._peek() != closing:
            if self._peek() in ("", " ", *_DOTS):
                raise self._error("this bracket isn't closed", f"close it with {closing}", opened)
            raise self._unreadable()
        if not counts:
            raise self._error("there is nothing between the brackets", "delete them", opened)
        self._at += 1
        return counts

    def _fragment(self) -> Counter[str] | None:
        for name in self._names:
            if not self._text.startswith(name, self._at):
                continue
            after = self._text[self._at + len(name) : self._at + len(name) + 1]
            if after.islower():
                continue
            if name[-1] in _DIGITS and after and after in _DIGITS:
                hint = f"write several as ({name})2"
                raise self._error(f"a number after {name} can be read in two ways", hint)
            inner = _Reader(self._fragments[name], self._fragments, self._depth + 1)
            self._at += len(name)
            return Counter(inner.read().counts)
        return None

    def _number(self) -> int | None:
        found = _COUNT.match(self._text, self._at)
        if found is None:
            return None
        if found[0].startswith("0"):
            raise self._error("no count begins with 0", "write O if oxygen is meant")
        if len(found[0]) > _LONGEST_COUNT:
            raise self._error("no molecule has so many of them", "write the right number")
        self._at = found.end()
        return int(found[0])

    def _unreadable(self) -> FormulaError:
        return self._error(*explain(self._text, self._at, self._fragments))

"""The formula of a substance from its SMILES: atoms are counted, hydrogens filled in.

Implicit hydrogens follow the rules of the public OpenSMILES specification: the lowest normal
valence that the bonds fit into; an aromatic atom spends one more bond.
"""

from __future__ import annotations

import re
from collections import Counter

_TOKEN = re.compile(
    r"(?P<bracket>\[[^\]]*\])|(?P<atom>Cl|Br|[BCNOSPFI]|[bcnops])|(?P<bond>[-=#$:/\\~])"
    r"|(?P<ring>%\d\d|\d)|(?P<open>\()|(?P<close>\))|(?P<dot>\.)"
)
_BRACKET = re.compile(
    r"\[(?P<isotope>\d+)?(?P<symbol>[A-Z][a-z]?|[a-z][a-z]?)(?P<chiral>@{0,2}(?:[A-Z]{2}\d+)?)"
    r"(?:H(?P<hydrogens>\d*))?(?P<charge>[+-]\d+|\++|-+)?(?::\d+)?\]"
)
_VALENCES = {
    "B": (3,), "C": (4,), "N": (3, 5), "O": (2,), "P": (3, 5), "S": (2, 4, 6),
    "F": (1,), "Cl": (1,), "Br": (1,), "I": (1,),
}  # fmt: skip
_ORDERS = {"-": 1, "=": 2, "#": 3, "$": 4, ":": 1, "/": 1, "\\": 1}


class SmilesError(ValueError):
    """A text isn't a SMILES that can be counted."""


class _Atom:
    def __init__(self, symbol: str, *, aromatic: bool, hydrogens: int | None) -> None:
        self.symbol = symbol
        self.aromatic = aromatic
        self.hydrogens = hydrogens  # None: filled in
        self.bonds = 0

    def filled(self) -> int:
        if self.hydrogens is not None:
            return self.hydrogens
        spent = self.bonds + (1 if self.aromatic else 0)
        valences = _VALENCES[self.symbol]
        if self.aromatic:
            # An aromatic ring atom never takes more bonds than its lowest valence.
            return max(valences[0] - spent, 0)
        fitting = next((valence for valence in valences if valence >= spent), spent)
        return fitting - spent


def smiles_formula(smiles: str) -> str:
    """The formula in Hill order; parts that a dot joins are counted together, charges cancel out.

    Raises:
        SmilesError: it can't be read.
    """
    counts: Counter[str] = Counter()
    written = next(iter(smiles.split(maxsplit=1)), "")
    for atom in _Reader(written).atoms:
        counts[atom.symbol] += 1
        counts["H"] += atom.filled()
    if not counts:
        raise SmilesError("there are no atoms in it")
    return _hill(counts)


def _hill(counts: Counter[str]) -> str:
    rest = sorted(each for each in counts if each not in {"C", "H"} and counts[each])
    order = ["C", "H", *rest] if counts["C"] else sorted([*rest, "H"])
    return "".join(
        each + (str(counts[each]) if counts[each] > 1 else "") for each in order if counts[each]
    )


class _Reader:
    """Walks along a SMILES; atoms that a bond joins learn of it."""

    def __init__(self, smiles: str) -> None:
        self.atoms: list[_Atom] = []
        self.branches: list[_Atom | None] = []
        self.rings: dict[str, tuple[_Atom, int | None]] = {}
        self.before: _Atom | None = None
        self.order: int | None = None
        at = 0
        while at < len(smiles):
            match = _TOKEN.match(smiles, at)
            if match is None:
                raise SmilesError(f"{smiles[at]!r} at place {at + 1} isn't understood")
            at = match.end()
            self._take(match)
        if self.branches or self.rings:
            raise SmilesError("a branch or a ring isn't closed")

    def _take(self, match: re.Match[str]) -> None:
        if match["bracket"]:
            self._atom(_bracketed(match["bracket"]))
        elif match["atom"]:
            self._atom(_plain(match["atom"]))
        elif match["bond"]:
            self.order = _ORDERS.get(match["bond"])
        elif match["ring"]:
            self._ring(match["ring"])
        elif match["open"]:
            self.branches.append(self.before)
        elif match["close"]:
            if not self.branches:
                raise SmilesError("a bracket is closed that wasn't opened")
            self.before, self.order = self.branches.pop(), None
        else:
            self.before, self.order = None, None

    def _atom(self, atom: _Atom) -> None:
        self.atoms.append(atom)
        if self.before is not None:
            _join(self.before, atom, self.order)
        self.before, self.order = atom, None

    def _ring(self, name: str) -> None:
        if self.before is None:
            raise SmilesError("a ring begins before the first atom")
        if name in self.rings:
            other, first = self.rings.pop(name)
            _join(other, self.before, self.order or first)
        else:
            self.rings[name] = (self.before, self.order)
        self.order = None


def _join(one: _Atom, other: _Atom, order: int | None) -> None:
    one.bonds += order or 1
    other.bonds += order or 1


def _plain(symbol: str) -> _Atom:
    aromatic = symbol.islower()
    return _Atom(symbol.capitalize(), aromatic=aromatic, hydrogens=None)


def _bracketed(text: str) -> _Atom:
    match = _BRACKET.fullmatch(text)
    if match is None:
        raise SmilesError(f"{text} isn't understood")
    symbol = match["symbol"]
    hydrogens = 0
    if match["hydrogens"] is not None:
        hydrogens = int(match["hydrogens"] or 1)
    return _Atom(symbol.capitalize(), aromatic=symbol.islower(), hydrogens=hydrogens)

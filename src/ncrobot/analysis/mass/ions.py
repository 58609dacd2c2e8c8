"""Ions as chemists write them: ``[Ag29(BDT)12]3-``, ``[Au25(SG)18 - 6H]7-``, ``[M + 2Cs]2+``.

Atoms and abbreviations are read by :mod:`ncrobot.chemistry`; here the parts that are added to and
taken from a cluster are told apart, and the mass of the electrons of a charge is counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from ncrobot.analysis.mass.ligands import ligand_abbreviations
from ncrobot.chemistry import FormulaError, charge_of, element_counts

ELECTRON_DA = 5.48579909065e-4
"""Rest mass of the electron in Da. Source: CODATA 2018."""

_SIGN = re.compile(r" *(?P<sign>[+−–-]) *(?P<count>[0-9]*) *")
_OPENING, _CLOSING = "([{", ")]}"


@dataclass(frozen=True, slots=True)
class Ion:
    """A species: its name as written, its atoms, and its charge (0: neutral; None: not told)."""

    name: str
    counts: Mapping[str, int]
    charge: int | None

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> tuple[tuple[str, int], ...]:
        """Atoms in a fixed order, to look things up by."""
        return tuple(sorted((each, count) for each, count in self.counts.items() if count))

    @property
    def size_of_charge(self) -> int:
        """How many charges it bears.

        Raises:
            ValueError: it bears none, or none is told; then it has no m/z.
        """
        if not self.charge:
            told = "is neutral" if self.charge == 0 else "is written without a charge"
            raise ValueError(f"{self.name!r} {told}, and so has no m/z; give its charge")
        return abs(self.charge)

    def mz_of_mass(self, mass_da: float) -> float:
        """m/z of this ion if its atoms weigh ``mass_da``: electrons counted, per charge.

        Raises:
            ValueError: the ion has no charge.
        """
        size = self.size_of_charge
        return (mass_da - (self.charge or 0) * ELECTRON_DA) / size

    def with_charge(self, charge: int) -> Ion:
        """The same atoms with another charge, renamed."""
        return replace(self, name=f"[{_core(self.name)}]{_written(charge)}", charge=charge)


def parse_ion(
    text: str,
    charge: int | None = None,
    *,
    molecule: str | None = None,
    abbreviations: Mapping[str, str] | None = None,
) -> Ion:
    """Read an ion; ``charge`` may be given beside a text without one.

    ``molecule`` is what M stands for in ``[M+Cs]+``. ``abbreviations`` stand beside the known
    ligands, and before them if they share a name.

    Raises:
        FormulaError: it can't be read; the error tells the place in ``text``.
        ValueError: ``charge`` differs from the one written.
    """
    known = ligand_abbreviations(abbreviations)
    inner = _bracketed(text)
    signs = [] if inner is None else list(_adducts(text, *inner))
    if inner is None or (not signs and molecule is None):
        counts, written = element_counts(text, abbreviations=known), _charge(text, known)
    else:
        start, end = inner
        counts = _sum_of_parts(text, start, end, signs, (molecule, known))
        written = _charge_behind(text, end + 1)
    if charge is not None and written is not None and charge != written:
        raise ValueError(f"{text!r} has the charge {written:+d}, not {charge:+d}")
    found = charge if written is None else written
    name = text.strip() if molecule is None else text.strip().replace("M", _core(molecule), 1)
    return Ion(name, MappingProxyType(dict(counts)), found)


def _core(name: str) -> str:
    """The name of an ion without its outer brackets and its charge."""
    inner = _bracketed(name)
    return name.strip() if inner is None else name[inner[0] : inner[1]].strip()


def _written(charge: int) -> str:
    if charge == 0:
        return "0"
    size = "" if abs(charge) == 1 else str(abs(charge))
    return f"{size}{'+' if charge > 0 else '-'}"


def _charge(text: str, known: Mapping[str, str]) -> int | None:
    return charge_of(text, abbreviations=known)


def _bracketed(text: str) -> tuple[int, int] | None:
    """Where the inside of the square brackets begins and ends if they hold the whole ion."""
    start = len(text) - len(text.lstrip())
    if text[start : start + 1] != "[":
        return None
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] in _OPENING) - (text[at] in _CLOSING)
        if depth == 0:
            rest = text[at + 1 :].strip()
            holds_all = not any(sign.isalpha() or sign in _OPENING for sign in rest)
            return (start + 1, at) if holds_all else None
    return None


def _adducts(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """The signs at the outer level of an ion, with the counts behind them."""
    depth, at = 0, start
    while at < end:
        depth += (text[at] in _OPENING) - (text[at] in _CLOSING)
        found = _SIGN.match(text, at, end) if depth == 0 else None
        if found is None:
            at += 1
        else:
            yield found
            at = found.end()


def _sum_of_parts(
    text: str,
    start: int,
    end: int,
    signs: list[re.Match[str]],
    names: tuple[str | None, Mapping[str, str]],
) -> Counter[str]:
    """Atoms of an ion whose parts are joined by + and -."""
    begins = [start, *(sign.end() for sign in signs)]
    ends = [*(sign.start() for sign in signs), end]
    total: Counter[str] = Counter()
    for place, (begin, stop) in enumerate(zip(begins, ends, strict=True)):
        part = _part_counts(text, begin, stop, names, is_first=place == 0)
        sign = signs[place - 1] if place else None
        factor = 1 if sign is None else int(sign["count"] or 1) * (1 if sign["sign"] == "+" else -1)
        for element, count in part.items():
            total[element] += factor * count
            if total[element] < 0:
                reason = f"more {element} is taken away than there is"
                hint = "check what the ion is made of"
                raise FormulaError(text, begin + 1, reason, hint)
    return total


def _part_counts(
    text: str, begin: int, stop: int, names: tuple[str | None, Mapping[str, str]], *, is_first: bool
) -> Mapping[str, int]:
    """Atoms of one part, with errors placed in the whole text."""
    molecule, known = names
    part = text[begin:stop]
    if is_first and molecule is not None and part.strip() == "M":
        return parse_ion(molecule, abbreviations=known).counts
    try:
        counts = element_counts(part, abbreviations=known)
        written = charge_of(part, abbreviations=known)
    except FormulaError as error:
        place = begin + error.position
        raise FormulaError(text, place, error.reason, error.hint) from None
    if written is not None:
        hint = "write one charge, behind the outer bracket"
        raise FormulaError(text, stop, "a part of an ion has a charge of its own", hint)
    return counts


def _charge_behind(text: str, at: int) -> int | None:
    """The charge behind the closing bracket, read as that of a stand-in."""
    try:
        return charge_of("[H]" + text[at:])
    except FormulaError as error:
        place = at + max(1, error.position - 3)
        raise FormulaError(text, place, error.reason, error.hint) from None

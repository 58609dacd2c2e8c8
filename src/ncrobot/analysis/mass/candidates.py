"""Lists of candidate ions: ligand-exchange and alloy series, losses, counter-ions, charge states.

A series names every member, so that a match can be read back as a composition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

from ncrobot.analysis.mass.envelopes import envelope
from ncrobot.analysis.mass.ions import Ion, parse_ion
from ncrobot.analysis.mass.ligands import LIGANDS
from ncrobot.chemistry import FormulaError

COUNTER_CATIONS = ("H", "Na", "K", "Cs", "PPh4", "TOA")
"""Cations that cling to cluster anions in electrospray, as they are written in a formula."""


def ligand_sites(symbol: str, sites: Mapping[str, int] | None = None) -> int:
    """Thiolate places that one ligand takes.

    Raises:
        ValueError: the ligand isn't in the table and ``sites`` doesn't tell.
    """
    if sites and symbol in sites:
        return sites[symbol]
    if symbol not in LIGANDS:
        known = ", ".join(LIGANDS)
        raise ValueError(
            f"the ligand {symbol!r} isn't known; give its sites, or use one of {known}"
        )
    return LIGANDS[symbol].sites


def exchange_series(
    core: str,
    ligands: Sequence[str],
    total_sites: int,
    charge: int,
    *,
    abbreviations: Mapping[str, str] | None = None,
    sites: Mapping[str, int] | None = None,
) -> tuple[Ion, ...]:
    """Every way to fill the thiolate places of a core with these ligands, one- and two-point.

    For example ``exchange_series("Au24Pt", ("TBBT", "PDT"), 18, -1)`` runs from
    ``Au24Pt(TBBT)18`` to ``Au24Pt(PDT)9``. The first ligand goes down.

    Raises:
        ValueError: a ligand isn't known, takes no place, or there are no places.
        FormulaError: the core can't be read.
    """
    taken = [ligand_sites(symbol, sites) for symbol in ligands]
    if total_sites < 1 or not taken or min(taken) < 1:
        raise ValueError("a series needs places, and ligands that take them")
    found = []
    for counts in _fillings(tuple(taken), total_sites):
        shell = "".join(
            f"({symbol}){number}" for symbol, number in zip(ligands, counts, strict=True) if number
        )
        found.append(_charged(f"{core}{shell}", charge, abbreviations))
    return tuple(found)


def _fillings(sites: tuple[int, ...], total: int) -> Iterator[tuple[int, ...]]:
    """Numbers of each ligand that take exactly ``total`` places; the first goes down."""
    if len(sites) == 1:
        if total % sites[0] == 0:
            yield (total // sites[0],)
        return
    for number in range(total // sites[0], -1, -1):
        for rest in _fillings(sites[1:], total - number * sites[0]):
            yield (number, *rest)


def alloy_series(
    metals: Sequence[str],
    total_atoms: int,
    shell: str,
    charge: int,
    *,
    abbreviations: Mapping[str, str] | None = None,
) -> tuple[Ion, ...]:
    """Every way to make a core of these metals; the first goes down.

    For example ``alloy_series(("Au", "Ag"), 25, "(PET)18", -1)``: Au25, Au24Ag1, ..., Ag25.

    Raises:
        ValueError: there are no atoms or no metals.
        FormulaError: a metal or the shell can't be read.
    """
    if total_atoms < 1 or not metals:
        raise ValueError("a series of alloys needs metals and atoms")
    found = []
    for counts in _fillings((1,) * len(metals), total_atoms):
        core = "".join(f"{m}{n}" for m, n in zip(metals, counts, strict=True) if n)
        found.append(_charged(f"{core}{shell}", charge, abbreviations))
    return tuple(found)


def _charged(formula: str, charge: int, abbreviations: Mapping[str, str] | None) -> Ion:
    return parse_ion(formula, abbreviations=abbreviations).with_charge(charge)


def charge_states(species: Ion, charges: Iterable[int]) -> tuple[Ion, ...]:
    """The same atoms at several charges, as clusters that take up or lose electrons."""
    return tuple(species.with_charge(charge) for charge in charges if charge)


def deprotonated(species: Ion, charges: Iterable[int]) -> tuple[Ion, ...]:
    """A cluster with acid groups that lost protons: each lost one adds -1 to its own charge.

    The charge of ``species`` (0 if none is told) is that of the intact cluster. Charges that
    can't be reached by losing protons are left out.
    """
    start = species.charge or 0
    lost = ((charge, start - charge) for charge in charges)
    return tuple(
        with_change(species, "" if number == 0 else f"-{number}H", charge)
        for charge, number in lost
        if charge and 0 <= number <= species.counts.get("H", 0)
    )


def with_cations(
    species: Ion, cations: Sequence[str] = COUNTER_CATIONS, most: int = 2
) -> tuple[Ion, ...]:
    """A cluster with up to ``most`` cations of one kind; each adds +1; no neutral ones."""
    start = species.charge or 0
    return tuple(
        with_change(species, f"+{number}{cation}" if number > 1 else f"+{cation}", start + number)
        for cation, number in product(cations, range(1, most + 1))
        if start + number
    )


def with_losses(species: Ion, parts: Sequence[str], most: int = 1) -> tuple[Ion, ...]:
    """A cluster that lost up to ``most`` of one of these parts; they leave without charge."""
    found = []
    for part, number in product(parts, range(1, most + 1)):
        change = f"-{number}{part}" if number > 1 else f"-{part}"
        try:
            found.append(with_change(species, change, species.charge or 0))
        except FormulaError as error:
            if "taken away" not in error.reason:
                raise
    return tuple(found)


def with_change(species: Ion, change: str, charge: int) -> Ion:
    """An ion with an adduct added or taken away (``"+2Cs"``, ``"-6H"``) and a new charge.

    Raises:
        FormulaError: the change can't be read, or more is taken away than there is.
    """
    if not change:
        return species.with_charge(charge)
    counts = "".join(f"({element}){number}" for element, number in species.key)
    changed = parse_ion(f"[M{change}]", molecule=counts)
    named = species.with_charge(charge).name.replace("[", "", 1)
    core, bracket, tail = named.rpartition("]")
    return Ion(f"[{core} {change[0]} {change[1:]}{bracket}{tail}", changed.counts, charge)


def in_window(ions: Iterable[Ion], low_mz: float, high_mz: float) -> tuple[Ion, ...]:
    """Those whose mean m/z lies in a window, light to heavy.

    Raises:
        ValueError: an ion has no charge.
    """
    placed = sorted((envelope(ion).mean_mz, place, ion) for place, ion in enumerate(ions))
    return tuple(ion for mz, _, ion in placed if low_mz <= mz <= high_mz)


def near_mz(ions: Iterable[Ion], mz: float, window_mz: float) -> tuple[Ion, ...]:
    """Those whose envelope's mean lies within ``window_mz`` of a printed m/z, nearest first.

    A printed m/z narrows the candidates; it identifies none.
    """
    close = in_window(ions, mz - window_mz, mz + window_mz)
    return tuple(sorted(close, key=lambda ion: abs(envelope(ion).mean_mz - mz)))

"""Isotope patterns: how heavy the molecules of one formula are, and how many of each.

Molecules of one nucleon number make one line. A line keeps its share, its mean mass and the spread
of the masses in it (14C differs from 12C + 2 neutrons by millidaltons), all three exactly: they are
carried through the convolution as moments. Isotope masses and abundances are those of the molmass
library.

Source of the method: Kubinyi, Anal. Chim. Acta 1991, 247, 107 (powers by repeated squaring); the
moments are ours.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from molmass import ELEMENTS

from ncrobot.analysis.mass.ions import Ion

FloatArray = npt.NDArray[np.float64]

_NEGLIGIBLE = 1e-13  # of all molecules; a line below it is cut from the ends of a pattern


@dataclass(frozen=True, slots=True, eq=False)
class IsotopePattern:
    """Lines of one formula, light to heavy.

    ``nucleons`` shape (n,), ``mass_da`` (n,) mean mass of each line, ``abundance`` (n,) share of
    all molecules, ``spread_da`` (n,) standard deviation of the masses within a line.
    """

    nucleons: npt.NDArray[np.int64]
    mass_da: FloatArray
    abundance: FloatArray
    spread_da: FloatArray

    @property
    def average_mass_da(self) -> float:
        """Mean mass of all molecules in Da."""
        return float(np.average(self.mass_da, weights=self.abundance))

    @property
    def most_abundant_mass_da(self) -> float:
        """Mean mass of the strongest line in Da."""
        return float(self.mass_da[int(np.argmax(self.abundance))])


@dataclass(frozen=True, slots=True)
class _Moments:
    """Share, first and second moment of the mass excess for each nucleon number from ``lowest``."""

    lowest: int
    values: FloatArray  # shape (3, n)


@lru_cache(maxsize=128)
def _nuclides(element: str) -> dict[int, tuple[float, float]]:
    """Mass in Da and abundance by mass number; D stands for deuterium.

    Raises:
        ValueError: molmass doesn't know the element.
    """
    if element == "D":
        return {2: (float(ELEMENTS["H"].isotopes[2].mass), 1.0)}
    known: dict[int, Any] = ELEMENTS[element].isotopes
    return {number: (float(one.mass), float(one.abundance)) for number, one in known.items()}


@lru_cache(maxsize=128)
def monoisotopic_mass_of_element(element: str) -> float:
    """Mass in Da of the most abundant isotope of an element."""
    return max(_nuclides(element).values(), key=lambda nuclide: nuclide[1])[0]


def monoisotopic_mass_da(counts: Mapping[str, int]) -> float:
    """Mass in Da with the most abundant isotope of each element (IUPAC's definition)."""
    return math.fsum(monoisotopic_mass_of_element(e) * n for e, n in counts.items())


def average_mass_da(counts: Mapping[str, int]) -> float:
    """Mean mass in Da over all isotopes."""
    return math.fsum(
        number * sum(mass * share for mass, share in _nuclides(element).values())
        for element, number in counts.items()
    )


@lru_cache(maxsize=128)
def _single(element: str) -> _Moments:
    nuclides = _nuclides(element)
    lowest, highest = min(nuclides), max(nuclides)
    values = np.zeros((3, highest - lowest + 1))
    for number, (mass, share) in nuclides.items():
        excess = mass - number
        values[:, number - lowest] = share * np.array([1.0, excess, excess * excess])
    return _Moments(lowest, values)


def _joined(one: _Moments, other: _Moments) -> _Moments:
    """Moments of the sum of two independent parts."""
    a, b = one.values, other.values
    share = np.convolve(a[0], b[0])
    first = np.convolve(a[1], b[0]) + np.convolve(a[0], b[1])
    second = np.convolve(a[2], b[0]) + 2.0 * np.convolve(a[1], b[1]) + np.convolve(a[0], b[2])
    return _trimmed(_Moments(one.lowest + other.lowest, np.vstack((share, first, second))))


def _trimmed(moments: _Moments) -> _Moments:
    kept = np.flatnonzero(moments.values[0] > _NEGLIGIBLE)
    start, stop = int(kept[0]), int(kept[-1]) + 1
    return _Moments(moments.lowest + start, moments.values[:, start:stop])


@lru_cache(maxsize=4096)
def _power(element: str, count: int) -> _Moments:
    """Moments of ``count`` atoms of one element."""
    if count == 1:
        return _single(element)
    half = _power(element, count // 2)
    doubled = _joined(half, half)
    return _joined(doubled, _single(element)) if count % 2 else doubled


@lru_cache(maxsize=1024)
def _pattern(key: tuple[tuple[str, int], ...]) -> IsotopePattern:
    parts = sorted((_power(*part) for part in key), key=lambda part: part.values.shape[1])
    total = parts[0]
    for part in parts[1:]:
        total = _joined(total, part)
    filled = total.values[0] > 0.0
    share, first, second = total.values[:, filled]
    nucleons = total.lowest + np.flatnonzero(filled)
    excess = first / share
    spread = np.sqrt(np.clip(second / share - excess * excess, 0.0, None))
    pattern = IsotopePattern(nucleons, nucleons + excess, share, spread)
    for each in (pattern.nucleons, pattern.mass_da, pattern.abundance, pattern.spread_da):
        each.flags.writeable = False
    return pattern


def isotope_pattern(species: Ion | Mapping[str, int]) -> IsotopePattern:
    """Isotope pattern of a species' atoms; the electrons of a charge are not counted.

    Raises:
        ValueError: there are no atoms.
    """
    counts = species.counts if isinstance(species, Ion) else species
    key = tuple(sorted((element, count) for element, count in counts.items() if count))
    if not key:
        raise ValueError("a species without atoms has no isotope pattern")
    return _pattern(key)

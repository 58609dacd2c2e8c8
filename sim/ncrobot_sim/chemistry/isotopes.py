"""Isotope envelopes of ions by their formula, for what a simulated mass spectrometer draws.

Written apart from the analysis on purpose: what names envelopes is no judge of itself.
"""

from __future__ import annotations

import re
from functools import cache, reduce

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_ELECTRON_DA = 0.00054858
_PART = re.compile(r"([A-Z][a-z]?)(\d*)")
_LEAST = 1e-9
_ISOTOPES: dict[str, tuple[tuple[float, float], ...]] = {
    "H": ((1.007825, 0.999885), (2.014102, 0.000115)),
    "C": ((12.0, 0.9893), (13.003355, 0.0107)),
    "N": ((14.003074, 0.99636), (15.000109, 0.00364)),
    "O": ((15.994915, 0.99757), (16.999132, 0.00038), (17.999160, 0.00205)),
    "F": ((18.998403, 1.0),),
    "Na": ((22.989769, 1.0),),
    "P": ((30.973762, 1.0),),
    "S": ((31.972071, 0.9499), (32.971459, 0.0075), (33.967867, 0.0425), (35.967081, 0.0001)),
    "Cl": ((34.968853, 0.7576), (36.965903, 0.2424)),
    "Pt": (
        (191.961038, 0.0078), (193.962680, 0.3286), (194.964791, 0.3378),
        (195.964952, 0.2521), (197.967893, 0.0737),
    ),
    "Ag": ((106.905092, 0.51839), (108.904755, 0.48161)),
    "Au": ((196.966569, 1.0),),
}  # fmt: skip
"""Mass (Da) and share of each isotope, as IUPAC tabulates them."""


@cache
def lines_of(formula: str, charge: int) -> tuple[Floats, Floats]:
    """Places (m/z) and shares of the isotope lines of an ion, both (n,).

    One line for each mass number, at the mean mass of all that have it.

    Raises:
        ValueError: the formula can't be read, or holds an element that isn't known here.
    """
    counts = _counts(formula)
    parts = [_power(_element(name), count) for name, count in counts.items()]
    first, shares, masses = reduce(_joined, parts)
    del first
    seen = shares > _LEAST
    mz = (masses[seen] / shares[seen] - charge * _ELECTRON_DA) / abs(charge)
    return mz, shares[seen] / shares[seen].sum()


_Lines = tuple[int, Floats, Floats]
"""First mass number; then for each: its share, and its share times its mean mass."""


def _counts(formula: str) -> dict[str, int]:
    parts = _PART.findall(formula)
    if not parts or "".join(name + count for name, count in parts) != formula:
        raise ValueError(f"{formula!r} is no formula of the kind C7H6O2S")
    found: dict[str, int] = {}
    for name, count in parts:
        if name not in _ISOTOPES:
            raise ValueError(f"{formula!r}: the isotopes of {name} aren't known here")
        found[name] = found.get(name, 0) + int(count or 1)
    return found


def _element(name: str) -> _Lines:
    isotopes = _ISOTOPES[name]
    first = round(isotopes[0][0])
    shares = np.zeros(round(isotopes[-1][0]) - first + 1)
    masses = np.zeros_like(shares)
    for mass, share in isotopes:
        shares[round(mass) - first] = share
        masses[round(mass) - first] = share * mass
    return first, shares, masses


def _power(one: _Lines, count: int) -> _Lines:
    """So many atoms: by squares."""
    found: _Lines = (0, np.array([1.0]), np.array([0.0]))
    while count:
        if count & 1:
            found = _joined(found, one)
        one = _joined(one, one)
        count >>= 1
    return found


def _joined(one: _Lines, other: _Lines) -> _Lines:
    """Two parts of a molecule: shares multiply, masses add."""
    shares = np.convolve(one[1], other[1])
    masses = np.convolve(one[2], other[1]) + np.convolve(one[1], other[2])
    return one[0] + other[0], shares, masses

"""Charges from a series of charge states of one species; it says when it can't tell."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from pydantic import Field

from ncrobot.analysis.mass.ions import ELECTRON_DA
from ncrobot.model import Document

_PROTON_DA = 1.007276466621  # CODATA 2018


class Carrier(StrEnum):
    """What makes one charge state from the next: electrons alone, or cations and protons."""

    ELECTRON = "electron"
    PROTON = "proton"
    SODIUM = "sodium"
    CAESIUM = "caesium"

    @property
    def mass_da(self) -> float:
        """Mass of what comes with each positive charge (goes with each negative one)."""
        return {
            "electron": -ELECTRON_DA,
            "proton": _PROTON_DA,
            "sodium": 22.989218,  # 22.9897693 (AME 2020) less one electron
            "caesium": 132.904903,  # 132.9054520 (AME 2020) less one electron
        }[self.value]


class ChargeSeries(Document):
    """Charges of envelopes that are one species; ``charges`` in the order of the places given."""

    charges: tuple[int, ...] | None
    mass_da: float | None = None
    mass_spread_da: float | None = None
    reason: str = ""
    alternatives: tuple[tuple[int, ...], ...] = Field(default=())


def charges_from_series(
    mean_mz: Sequence[float],
    polarity: int,
    *,
    carrier: Carrier = Carrier.PROTON,
    tolerance_ppm: float = 50.0,
    highest: int = 20,
) -> ChargeSeries:
    """Charges of neighbouring envelopes of one species: each has one charge more than the next.

    ``mean_mz`` are the mean m/z of whole envelopes; ``polarity`` is +1 or -1. The masses that the
    charges give have to agree within the tolerance, and no other series may.

    Raises:
        ValueError: there are fewer than two places, or the polarity is neither +1 nor -1.
    """
    places = np.asarray(mean_mz, dtype=np.float64)
    if places.size < 2 or polarity not in {1, -1}:
        raise ValueError("a series needs two or more places and a polarity of +1 or -1")
    order = np.argsort(-places)
    fits = []
    for lowest in range(1, highest - places.size + 2):
        sizes = np.empty(places.size, dtype=np.int64)
        sizes[order] = lowest + np.arange(places.size)
        masses = sizes * places - polarity * sizes * carrier.mass_da
        spread = float(masses.max() - masses.min())
        fits.append((spread / float(masses.mean()) * 1e6, sizes, masses))
    fits.sort(key=lambda fit: fit[0])
    good = [fit for fit in fits if fit[0] <= tolerance_ppm]
    if not good:
        reason = f"no series of charges gives one mass within {tolerance_ppm:g} ppm"
        return ChargeSeries(charges=None, reason=reason)
    if len(good) > 1:
        all_of_them = tuple(tuple(int(polarity * z) for z in fit[1]) for fit in good)
        reason = "several series of charges give one mass within the tolerance"
        return ChargeSeries(charges=None, reason=reason, alternatives=all_of_them)
    _, sizes, masses = good[0]
    return ChargeSeries(
        charges=tuple(int(polarity * z) for z in sizes), mass_da=float(masses.mean()),
        mass_spread_da=float(np.ptp(masses)), reason="one series of charges gives one mass",
    )  # fmt: skip

"""The simulator's own isotope envelopes, against an independent source of them."""

from __future__ import annotations

import IsoSpecPy
import numpy as np
import pytest

from ncrobot_sim.chemistry import load_set
from ncrobot_sim.chemistry.ions import envelope, recorded_mz
from ncrobot_sim.chemistry.isotopes import lines_of

_ELECTRON_DA = 0.00054858


def by_isospec(formula: str, charge: int) -> tuple[float, float]:
    """Mean and standard deviation of the masses over the charge."""
    found = IsoSpecPy.IsoThreshold(1e-7, formula=formula)
    mz = (np.array(list(found.masses)) - charge * _ELECTRON_DA) / abs(charge)
    shares = np.array(list(found.probs))
    shares /= shares.sum()
    mean = float(mz @ shares)
    return mean, float(np.sqrt(((mz - mean) ** 2) @ shares))


@pytest.mark.parametrize(
    ("formula", "charge"),
    [
        ("C126H90O36S18Au25", -1),
        ("C84H48O24S24Ag29", -3),
        ("C144H162S18Ag24Pt1", -2),
        ("C6H6P1N2Cl2", -1),
    ],
)
def test_envelopes_have_the_mean_and_width_of_an_independent_calculation(formula, charge):
    mz, shares = lines_of(formula, charge)
    assert shares.sum() == pytest.approx(1.0)
    assert (np.diff(mz) > 0).all()
    mean, width = by_isospec(formula, charge)
    mine = float(mz @ shares)
    assert mine == pytest.approx(mean, rel=3e-6), "tables of shares differ in the fourth digit"
    assert float(np.sqrt(((mz - mine) ** 2) @ shares)) == pytest.approx(width, rel=0.01)


@pytest.mark.parametrize("formula", ["", "C6h6", "C6H6 ", "Xx2", "2C"])
def test_what_is_no_formula_is_refused(formula):
    with pytest.raises(ValueError, match=r"formula|known"):
        lines_of(formula, -1)


@pytest.mark.parametrize("name", ["gold_thiolate", "silver_dithiolate"])
def test_profiles_are_recorded_around_every_ion(name):
    chemistry = load_set(name)
    mz = recorded_mz(chemistry, 20_000.0)
    for ions in chemistry.ions.values():
        for ion in ions:
            places, _ = envelope(ion)
            inside = (mz > places[0]) & (mz < places[-1])
            assert np.diff(mz[inside]).max() < places[0] / 20_000.0

"""A charge is told from a resolved spacing or a series, or not at all; it is never told wrong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.mass.spectra_kit import centroided, drawn
from ncrobot.analysis.mass.candidates import charge_states, deprotonated, with_cations
from ncrobot.analysis.mass.charge_series import Carrier, charges_from_series
from ncrobot.analysis.mass.charges import charge_from_spacing
from ncrobot.analysis.mass.envelopes import envelope
from ncrobot.analysis.mass.ions import parse_ion
from ncrobot.analysis.mass.isotopes import average_mass_da
from ncrobot.analysis.mass.resolution import Resolution
from ncrobot.analysis.mass.spectrum import Spectrum

CLUSTERS = [
    "[Ag29(BDT)12]3-",
    "[Ag25(DMBT)18]-",
    "[PdAg24(DMBT)18]2-",
    "[PdAg28(BDT)12]4-",
    "[Ag53(BDT)12(DMBT)16]3-",
    "[PtAg9(DMBT)4S3]-",
    "[Au25(SG)18 - 6H]7-",
    "[Au25(PET)18]-",
    "[Ag44(p-MBA)30]4-",
]


def finding(text, *, power, mode="profile", **how):
    ion, resolution = parse_ion(text), Resolution(power=power)
    low, high = envelope(ion).window(resolution)
    spectrum = drawn({text: 100.0}, power=power, **how)
    if mode == "centroid":
        spectrum = centroided(spectrum)
    return charge_from_spacing(spectrum, resolution, low, high), ion


@pytest.mark.parametrize("text", CLUSTERS)
@pytest.mark.parametrize("mode", ["profile", "centroid"])
def test_the_charge_is_that_of_the_resolved_lines(text, mode):
    found, ion = finding(text, power=40_000.0, mode=mode)
    assert found.charge_size == abs(ion.charge), found
    assert found.spacing_mz == pytest.approx(1.0 / abs(ion.charge), rel=0.006)


@settings(max_examples=80, deadline=None)
@given(
    text=st.sampled_from(CLUSTERS),
    power=st.floats(1_000.0, 80_000.0),
    noise=st.floats(0.0, 80.0),
    background=st.floats(0.0, 100.0),
    mode=st.sampled_from(["profile", "centroid"]),
    seed=st.integers(0, 10_000),
)
@example(text="[PdAg24(DMBT)18]2-", power=2272.0, noise=0.0, background=0.0, mode="profile", seed=0)
def test_no_charge_is_told_wrong(text, power, noise, background, mode, seed):
    noise = noise if mode == "profile" else 0.0
    found, ion = finding(
        text, power=power, mode=mode, noise=noise, background=background, seed=seed
    )
    assert found.charge_size in {None, abs(ion.charge)}
    assert found.reason


@pytest.mark.parametrize("mode", ["profile", "centroid"])
@pytest.mark.parametrize("text", CLUSTERS)
def test_every_second_line_is_not_taken_for_all(text, mode):
    """Silver's second lines still stand out where the lines between them are blurred away."""
    for power in np.geomspace(1_000.0, 20_000.0, 60):
        found, ion = finding(text, power=float(power), mode=mode)
        assert found.charge_size in {None, abs(ion.charge)}, (power, found)


@pytest.mark.parametrize("text", CLUSTERS)
def test_unresolved_lines_tell_no_charge(text):
    found, _ = finding(text, power=1_000.0)
    assert found.charge_size is None


@pytest.mark.parametrize("seed", range(10))
def test_noise_has_no_charge(seed):
    spectrum = drawn({}, noise=5.0, low=1590.0, high=1615.0, seed=seed)
    found = charge_from_spacing(spectrum, Resolution(power=20_000), 1592.0, 1612.0)
    assert found.charge_size is None


def test_two_charges_in_one_window_are_not_made_one():
    both = {"[Ag29(BDT)12]3-": 100.0, "[Ag19(BDT)8(DMBT)1]2-": 100.0}
    mean = envelope(parse_ion("[Ag29(BDT)12]3-")).mean_mz
    other = envelope(parse_ion("[Ag19(BDT)8(DMBT)1]2-")).mean_mz
    spectrum = drawn(both, power=30_000.0)
    low, high = min(mean, other) - 6.0, max(mean, other) + 6.0
    found = charge_from_spacing(spectrum, Resolution(power=30_000), low, high)
    assert found.charge_size is None
    assert {2, 3} <= set(found.possible)


def test_empty_windows_and_wrong_questions():
    resolution = Resolution(power=20_000)
    empty = Spectrum(np.array([100.0, 101.0]), np.array([1.0, 1.0]))
    assert charge_from_spacing(empty, resolution, 1600.0, 1610.0).charge_size is None
    flat = Spectrum(np.arange(1600.0, 1610.0, 0.01), np.ones(1000))
    assert charge_from_spacing(flat, resolution, 1600.0, 1609.0).charge_size is None
    for low, high, highest in ((1610.0, 1600.0, 8), (1600.0, 1610.0, 0)):
        with pytest.raises(ValueError, match="needs a window"):
            charge_from_spacing(flat, resolution, low, high, highest=highest)


def test_a_series_of_deprotonated_clusters():
    species = deprotonated(parse_ion("[Au25(SG)18]-"), range(-5, -9, -1))
    places = [envelope(ion).mean_mz for ion in species]
    found = charges_from_series(places, -1)
    assert found.charges == (-5, -6, -7, -8)
    assert charges_from_series(places[::-1], -1).charges == (-8, -7, -6, -5)
    neutral = parse_ion("[Au25(SG)18 + H]0")
    assert found.mass_da == pytest.approx(average_mass_da(neutral.counts), abs=0.01)


@pytest.mark.parametrize(("cation", "carrier"), [("Na", Carrier.SODIUM), ("Cs", Carrier.CAESIUM)])
def test_a_series_of_cation_adducts(cation, carrier):
    species = with_cations(parse_ion("[Au25(PET)18]0"), [cation], most=3)
    places = [envelope(ion).mean_mz for ion in species]
    found = charges_from_series(places, 1, carrier=carrier)
    assert found.charges == (1, 2, 3)
    assert charges_from_series(places, 1, carrier=Carrier.PROTON).charges is None


def test_a_series_of_electrons():
    species = charge_states(parse_ion("[Ag44(p-MBA)30]4-"), (-3, 0, -4))
    places = [envelope(ion).mean_mz for ion in species]
    assert charges_from_series(places, -1, carrier=Carrier.ELECTRON).charges == (-3, -4)


def test_a_series_that_fits_in_two_ways_is_not_told():
    places = [envelope(ion).mean_mz for ion in deprotonated(parse_ion("[Au25(SG)18]-"), (-17, -18))]
    found = charges_from_series(places, -1, tolerance_ppm=5_000.0)
    assert found.charges is None
    assert (-17, -18) in found.alternatives
    assert len(found.alternatives) > 1


def test_unrelated_places_are_no_series():
    found = charges_from_series([1603.6, 2087.3], -1)
    assert found.charges is None
    assert "no series" in found.reason
    with pytest.raises(ValueError, match="two or more places"):
        charges_from_series([1603.6], -1)
    with pytest.raises(ValueError, match="polarity"):
        charges_from_series([1603.6, 1700.0], 0)

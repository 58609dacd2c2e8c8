"""A known ion tells how far m/z is off and what the resolving power is, or that it can't."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.mass.spectra_kit import drawn
from ncrobot.analysis import chromatography, mass
from ncrobot.analysis.mass import Resolution, Spectrum, calibrate, parse_ion

AG29 = "[Ag29(BDT)12]3-"


@pytest.mark.parametrize("power", [9_000.0, 20_000.0, 45_000.0])
@pytest.mark.parametrize("off_ppm", [-40.0, 25.0])
def test_shift_and_resolving_power_are_found(power, off_ppm):
    spectrum = drawn({AG29: 100.0}, power=power, off_ppm=off_ppm, noise=1.0, points_per_fwhm=8.0)
    found = calibrate(spectrum, parse_ion(AG29), Resolution(power=20_000.0))
    assert found.resolution is not None, found
    assert found.resolution.power == pytest.approx(power, rel=0.08)
    assert found.shift_ppm == pytest.approx(off_ppm, abs=2.0)


def test_unresolved_lines_tell_no_resolving_power():
    spectrum = drawn({AG29: 100.0}, power=1_200.0, noise=0.5)
    found = calibrate(spectrum, parse_ion(AG29), Resolution(power=1_500.0))
    assert found.resolution is None
    assert found.reason


def test_an_ion_that_isn_t_there_calibrates_nothing():
    noise = drawn({}, noise=1.0, low=1580.0, high=1630.0)
    found = calibrate(noise, parse_ion(AG29), Resolution(power=20_000.0))
    assert (found.shift_ppm, found.resolution) == (None, None)
    empty = Spectrum(np.array([100.0, 101.0]), np.array([1.0, 2.0]))
    assert "no points" in calibrate(empty, parse_ion(AG29), Resolution(power=20_000.0)).reason


@pytest.mark.parametrize("room", [mass, chromatography])
def test_a_room_names_what_it_offers(room):
    assert room.__all__ == sorted(
        room.__all__, key=lambda name: (not name.isupper(), not name[0].isupper(), name)
    )
    assert all(getattr(room, name).__doc__ or name.isupper() for name in room.__all__)

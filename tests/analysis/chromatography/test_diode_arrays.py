"""A diode array gives traces and spectra, and shows a second substance under a peak."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.chromatography.traces_kit import array_of
from ncrobot.analysis.chromatography.chromatogram import DiodeArray, diode_array_of
from ncrobot.analysis.chromatography.diode_array import Homogeneity, spectral_homogeneity
from ncrobot.analysis.chromatography.peaks import find_chromatographic_peaks
from ncrobot.analysis.mass.reading import WavelengthScan


def finding(*parts, noise=0.0, seed=1):
    array = array_of(*parts, noise=noise, seed=seed)
    peaks = find_chromatographic_peaks(array.trace(450.0, 200.0)).peaks
    return spectral_homogeneity(array, max(peaks, key=lambda peak: peak.area))


@settings(max_examples=25, deadline=None)
@given(st.floats(0.01, 3.0), st.integers(0, 999), st.floats(380.0, 700.0))
def test_one_substance_is_one_spectrum_or_not_told(noise, seed, band):
    found = finding((6.0, 0.2, 100.0, band), noise=noise, seed=seed)
    assert found.verdict in {Homogeneity.ONE_SPECTRUM, Homogeneity.CANNOT_TELL}


@pytest.mark.parametrize("share", [0.1, 0.3, 1.0])
def test_a_second_substance_under_a_flank_is_seen(share):
    found = finding((6.0, 0.2, 100.0, 450.0), (6.15, 0.2, 100.0 * share, 600.0), noise=0.05)
    assert found.verdict is Homogeneity.SEVERAL_SPECTRA
    assert max(found.rising_angle_deg, found.falling_angle_deg) > 3.0 * found.noise_angle_deg


def test_two_substances_of_one_spectrum_look_like_one():
    found = finding((6.0, 0.2, 100.0, 450.0), (6.15, 0.2, 60.0, 450.0), noise=0.05)
    assert found.verdict is Homogeneity.ONE_SPECTRUM


def test_in_noise_nothing_is_told():
    found = finding((6.0, 0.2, 10.0, 450.0), (6.15, 0.2, 3.0, 600.0), noise=2.0)
    assert found.verdict is Homogeneity.CANNOT_TELL
    assert "noise" in found.reason


def test_a_peak_of_few_scans_is_not_judged():
    array = array_of((6.0, 0.2, 100.0, 450.0))
    (peak,) = find_chromatographic_peaks(array.trace(450.0)).peaks
    coarse = DiodeArray(array.time_min[::20], array.wavelength_nm, array.signal[::20])
    assert spectral_homogeneity(coarse, peak).verdict is Homogeneity.CANNOT_TELL
    beside = peak.model_copy(update={"start_min": 6.0, "end_min": 6.8})
    assert spectral_homogeneity(array, beside).verdict is Homogeneity.CANNOT_TELL


def test_traces_and_spectra_of_an_array():
    array = array_of((6.0, 0.2, 100.0, 450.0))
    trace = array.trace(450.0, 10.0)
    assert trace.wavelength_nm == 450.0
    assert trace.signal.max() == pytest.approx(130.0, rel=0.01)
    spectrum = array.spectrum(5.95, 6.05)
    assert array.wavelength_nm[np.argmax(spectrum)] == 450.0
    with pytest.raises(ValueError, match="no channel within"):
        array.trace(250.0)
    with pytest.raises(ValueError, match="no scan from"):
        array.spectrum(20.0, 21.0)


def test_scans_of_a_file_are_put_together():
    nm = np.array([300.0, 400.0])
    scans = [WavelengthScan(t, nm, np.array([t, 2 * t])) for t in (2.0, 1.0, 3.0)]
    array = diode_array_of(scans, "run")
    assert array.time_min.tolist() == [1.0, 2.0, 3.0]
    assert array.signal[:, 1].tolist() == [2.0, 4.0, 6.0]
    with pytest.raises(ValueError, match="each with its time"):
        diode_array_of([WavelengthScan(None, nm, nm), scans[0]])
    with pytest.raises(ValueError, match="differ in their wavelengths"):
        diode_array_of([WavelengthScan(9.0, nm + 1, nm), scans[0]])


@pytest.mark.parametrize(
    ("time", "nm", "signal", "word"),
    [
        ([0.0, 1.0], [300.0, 400.0], np.zeros((2, 3)), "shape"),
        ([1.0, 0.0], [300.0, 400.0], np.zeros((2, 2)), "rise"),
        ([0.0, 1.0], [400.0, 300.0], np.zeros((2, 2)), "rise"),
        ([0.0, 1.0], [300.0, 400.0], np.full((2, 2), np.nan), "finite"),
    ],
)
def test_what_is_no_array_is_refused(time, nm, signal, word):
    with pytest.raises(ValueError, match=word):
        DiodeArray(np.array(time), np.array(nm), signal)

"""From mzML of an LC-MS run to the trace of an ion, its mean spectrum, and its match."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.mass import mzml_kit
from analysis.mass.spectra_kit import centroided, drawn
from ncrobot.analysis.chromatography.chromatogram import chromatogram_of, diode_array_of
from ncrobot.analysis.chromatography.ion_traces import ion_trace, mean_spectrum, window_trace
from ncrobot.analysis.chromatography.peaks import PeakSettings, find_chromatographic_peaks
from ncrobot.analysis.mass.ions import parse_ion
from ncrobot.analysis.mass.matching import Verdict, match_ion
from ncrobot.analysis.mass.mzml import read_mzml
from ncrobot.analysis.mass.resolution import Resolution
from ncrobot.analysis.mass.spectrum import Spectrum, SpectrumMode

EARLY, LATE = "[Ag29(BDT)12]3-", "[Ag30(BDT)12]3-"
POWER = 10_000.0
TIMES = np.arange(0.0, 4.0, 0.04)


def profile_at(time, seed):
    heights = {
        EARLY: 1000.0 * np.exp(-0.5 * ((time - 1.0) / 0.12) ** 2),
        LATE: 500.0 * np.exp(-0.5 * ((time - 2.5) / 0.12) ** 2),
    }
    return drawn(heights, power=POWER, noise=2.0, low=1580.0, high=1660.0, seed=seed)


@pytest.fixture(scope="module")
def run_read():
    spectra = []
    for number, time in enumerate(TIMES):
        found = profile_at(time, number)
        spectra.append(
            mzml_kit.spectrum(number, found.mz, found.intensity, time_min=time, kind="<f4")
        )
    uv = np.exp(-0.5 * ((TIMES - 0.95) / 0.12) ** 2)
    traces = [mzml_kit.chromatogram("UV", TIMES, uv, accession="MS:1000812")]
    scans = [mzml_kit.wavelength_scan(500 + n, [400.0, 440.0, 480.0], [0.5 * u, u, 0.1 * u], time_min=t)
             for n, (t, u) in enumerate(zip(TIMES, uv, strict=True))]  # fmt: skip
    outcome = read_mzml(mzml_kit.document([*spectra, *scans], traces), "run.mzML")
    assert outcome.is_whole, outcome.findings
    return outcome


def test_an_ion_elutes_where_it_should(run_read):
    wide = PeakSettings(narrowest_fwhm_min=0.1, widest_fwhm_min=0.5)
    for text, expected in ((EARLY, 1.0), (LATE, 2.5)):
        trace = ion_trace(run_read.spectra, parse_ion(text), Resolution(power=POWER))
        assert trace.name == text
        top = max(find_chromatographic_peaks(trace, wide).peaks, key=lambda peak: peak.area)
        assert top.retention_min == pytest.approx(expected, abs=0.02)


def test_the_mean_spectrum_of_a_peak_matches(run_read):
    resolution = Resolution(power=POWER)
    for (start, end), there, elsewhere in (((0.8, 1.2), EARLY, LATE), ((2.3, 2.7), LATE, EARLY)):
        mean = mean_spectrum(run_read.spectra, start, end, resolution)
        assert match_ion(mean, parse_ion(there), resolution).verdict is Verdict.MATCHED
        assert match_ion(mean, parse_ion(elsewhere), resolution).verdict is not Verdict.MATCHED
        assert "mean of" in mean.name


def test_the_detectors_of_one_file_agree(run_read):
    (trace,) = run_read.traces
    array = diode_array_of(run_read.wavelength_scans)
    settings = PeakSettings(narrowest_fwhm_min=0.1, widest_fwhm_min=0.5, least_height=0.05)
    (uv,) = find_chromatographic_peaks(chromatogram_of(trace), settings).peaks
    (band,) = find_chromatographic_peaks(array.trace(440.0), settings).peaks
    assert uv.retention_min == pytest.approx(band.retention_min, abs=1e-6)
    assert uv.retention_min == pytest.approx(0.95, abs=0.01)


def test_centroids_are_gathered():
    resolution = Resolution(power=20_000.0)
    scans = []
    for number in range(10):
        profile = drawn({EARLY: 1000.0}, power=20_000.0, noise=1.0, seed=number)
        sticks = centroided(profile, least=0.02)
        scans.append(Spectrum(sticks.mz, sticks.intensity, sticks.mode, -1, 0.1 * number))
    mean = mean_spectrum(scans, 0.0, 1.0, resolution)
    assert mean.mode is SpectrumMode.CENTROID
    assert mean.mz.size < 2 * scans[0].mz.size
    assert mean.intensity.sum() == pytest.approx(np.mean([s.intensity.sum() for s in scans]))
    assert match_ion(mean, parse_ion(EARLY), resolution).verdict is Verdict.MATCHED
    trace = window_trace(scans, 1595.0, 1612.0)
    assert trace.signal == pytest.approx([s.between(1595.0, 1612.0)[1].sum() for s in scans])


def test_traces_need_surveys_with_times_of_one_kind(run_read):
    resolution = Resolution(power=POWER)
    untimed = [Spectrum(s.mz, s.intensity, s.mode, s.polarity) for s in run_read.spectra]
    with pytest.raises(ValueError, match="8 points"):
        window_trace(untimed, 1590.0, 1610.0)
    fragments = [
        Spectrum(s.mz, s.intensity, s.mode, s.polarity, s.retention_min, ms_level=2)
        for s in run_read.spectra
    ]
    with pytest.raises(ValueError, match="no spectrum from"):
        mean_spectrum(fragments, 0.0, 4.0, resolution)
    with pytest.raises(ValueError, match="8 points"):
        ion_trace(run_read.spectra, parse_ion("[Ag29(BDT)12]3+"), resolution)
    mixed = [*run_read.spectra[:9], centroided(profile_at(1.0, 1))]
    mixed[-1] = Spectrum(mixed[-1].mz, mixed[-1].intensity, mixed[-1].mode, -1, 3.9)
    with pytest.raises(ValueError, match="profile and centroid"):
        window_trace(mixed, 1590.0, 1610.0)
    with pytest.raises(ValueError, match="different modes"):
        mean_spectrum(mixed, 0.0, 4.0, resolution)

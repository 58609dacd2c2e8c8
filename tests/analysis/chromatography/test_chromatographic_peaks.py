"""Peaks come out as they were drawn: times, areas, shapes; noise and drift are no peaks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.chromatography.traces_kit import area, run
from ncrobot.analysis.chromatography.baselines import BaselineMethod, find_baseline, noise_of
from ncrobot.analysis.chromatography.chromatogram import Chromatogram, chromatogram_of
from ncrobot.analysis.chromatography.peaks import PeakSettings, find_chromatographic_peaks
from ncrobot.analysis.mass.reading import TimeTrace

# Retention times that a paper prints for the exchange of ligands on Au24Pt (Chem. Sci. 2026, 17, 6931).
PAPER = [(10.0, 0.1, 80.0), (24.2, 0.15, 300.0), (27.0, 0.15, 100.0), (32.0, 0.3, 20.0)]


@pytest.mark.parametrize("drift", [0.0, 1.0])
@pytest.mark.parametrize("noise", [0.02, 0.3])
def test_peaks_of_a_run_over_a_drifting_baseline(drift, noise):
    found = find_chromatographic_peaks(run(*PAPER, noise=noise, drift=drift))
    assert len(found.peaks) == len(PAPER)
    for peak, (centre, sigma, height) in zip(found.peaks, PAPER, strict=True):
        assert peak.retention_min == pytest.approx(centre, abs=0.05)
        assert peak.height == pytest.approx(height, rel=0.03, abs=3 * noise)
        assert peak.area == pytest.approx(area(sigma, height), rel=0.03, abs=6 * peak.area_error)
        assert peak.fwhm_min == pytest.approx(2.3548 * sigma, rel=0.08)
        assert not peak.left_is_valley
        assert peak.signal_to_noise == pytest.approx(height / noise, rel=0.6)
    assert found.baseline.noise == pytest.approx(noise, rel=0.35, abs=0.02)


def test_figures_of_a_clean_peak():
    (peak,) = find_chromatographic_peaks(run((10.0, 0.1, 100.0), noise=0.01)).peaks
    assert peak.tailing == pytest.approx(1.0, abs=0.02)
    assert peak.asymmetry == pytest.approx(1.0, abs=0.02)
    assert peak.plates == pytest.approx((10.0 / 0.1) ** 2, rel=0.02)
    assert peak.resolution_to_next is None


@pytest.mark.parametrize("tail", [1.4, 2.0, 3.0])
def test_a_tailing_peak(tail):
    found = find_chromatographic_peaks(run((10.0, 0.1, 100.0, tail), noise=0.01))
    (peak,) = found.peaks
    assert peak.tailing == pytest.approx((1.0 + tail) / 2.0, rel=0.05)
    assert peak.asymmetry == pytest.approx(tail, rel=0.06)
    assert peak.area == pytest.approx(area(0.1, 100.0, tail), rel=0.02)


def test_resolution_of_two_peaks():
    found = find_chromatographic_peaks(run((10.0, 0.1, 100.0), (10.6, 0.1, 80.0), noise=0.01))
    first, second = found.peaks
    assert first.resolution_to_next == pytest.approx(1.18 * 0.6 / (2 * 0.23548), rel=0.02)
    assert second.resolution_to_next is None


def test_overlapping_peaks_are_cut_at_the_valley_and_say_so():
    found = find_chromatographic_peaks(run((10.0, 0.1, 100.0), (10.35, 0.1, 60.0), noise=0.05))
    first, second = found.peaks
    assert first.right_is_valley
    assert second.left_is_valley
    assert first.end_min == second.start_min
    assert first.area + second.area == pytest.approx(area(0.1, 160.0), rel=0.01)
    assert first.tailing is None


@settings(max_examples=40, deadline=None)
@given(
    centre=st.floats(3.0, 30.0), sigma=st.floats(0.05, 0.35), height=st.floats(5.0, 2000.0),
    noise=st.floats(0.001, 0.5), drift=st.sampled_from([0.0, 1.0]), seed=st.integers(0, 999),
)  # fmt: skip
def test_the_area_of_a_lone_peak_is_right_within_its_error(
    centre, sigma, height, noise, drift, seed
):
    if height < 20 * noise:
        return
    found = find_chromatographic_peaks(
        run((centre, sigma, height), noise=noise, drift=drift, seed=seed)
    )
    tallest = max(found.peaks, key=lambda peak: peak.area)
    assert tallest.retention_min == pytest.approx(centre, abs=0.1)
    allowed = 8.0 * tallest.area_error + 0.02 * area(sigma, height) + drift * 0.05
    assert abs(tallest.area - area(sigma, height)) < allowed


@settings(max_examples=30, deadline=None)
@given(st.floats(-1e4, 1e4), st.floats(0.01, 1e4), st.integers(0, 999))
def test_peaks_do_not_depend_on_offset_or_scale(offset, scale, seed):
    plain = run(*PAPER, noise=0.3, seed=seed)
    moved = Chromatogram(plain.time_min, offset * scale + scale * plain.signal)
    one, other = find_chromatographic_peaks(plain).peaks, find_chromatographic_peaks(moved).peaks
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        assert b.retention_min == pytest.approx(a.retention_min, abs=1e-3)
        assert b.area == pytest.approx(scale * a.area, rel=1e-3)
        assert b.tailing == pytest.approx(a.tailing, rel=1e-2) if a.tailing else b.tailing is None


@pytest.mark.parametrize("seed", range(12))
def test_noise_on_a_drift_is_no_peak(seed):
    settings_used = PeakSettings(narrowest_fwhm_min=0.1)
    found = find_chromatographic_peaks(run(noise=0.5, drift=1.0, seed=seed), settings_used)
    assert found.peaks == ()


@pytest.mark.parametrize("level", [0.0, -5.0, 1e6])
def test_a_flat_line_has_no_peak(level):
    flat = Chromatogram(np.arange(0.0, 10.0, 0.01), np.full(1000, level))
    found = find_chromatographic_peaks(flat)
    assert found.peaks == ()
    assert found.baseline.noise == 0.0


@pytest.mark.parametrize("method", BaselineMethod)
def test_every_baseline_gives_the_same_on_a_straight_one(method):
    line = run((15.0, 0.15, 100.0), noise=0.01)
    tilted = Chromatogram(
        line.time_min, line.signal + (0.0 if method is BaselineMethod.NONE else 0.5) * line.time_min
    )
    (peak,) = find_chromatographic_peaks(tilted, PeakSettings(baseline=method)).peaks
    assert peak.area == pytest.approx(area(0.15, 100.0), rel=0.01)


def test_the_stiffness_of_a_baseline_follows_the_widest_peak():
    trace = run(*PAPER, noise=0.1)
    narrow, wide = find_baseline(trace, 0.25), find_baseline(trace, 0.5)
    assert wide.penalty == pytest.approx(16.0 * narrow.penalty)
    assert find_baseline(trace, 1.0, BaselineMethod.NONE).penalty is None
    with pytest.raises(ValueError, match="above 0 min"):
        find_baseline(trace, 0.0)


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_noise_and_its_correlation(rho):
    rng = np.random.default_rng(5)
    values = rng.standard_normal(20_000)
    for place in range(1, values.size):
        values[place] = rho * values[place - 1] + np.sqrt(1.0 - rho**2) * values[place]
    values[5000:5200] += 50.0
    sigma, correlation = noise_of(values)
    assert sigma == pytest.approx(1.0, rel=0.05)
    assert correlation == pytest.approx(rho, abs=0.05)


def test_a_saturated_peak_is_marked():
    clipped = run((10.0, 0.1, 3000.0), noise=0.1)
    clipped = Chromatogram(clipped.time_min, np.minimum(clipped.signal, 2000.0))
    (peak,) = find_chromatographic_peaks(clipped, PeakSettings(saturation=2000.0)).peaks
    assert peak.is_saturated
    (fine,) = find_chromatographic_peaks(clipped, PeakSettings(saturation=2500.0)).peaks
    assert not fine.is_saturated


def test_uneven_times_are_laid_on_a_grid():
    rng = np.random.default_rng(2)
    time = np.sort(rng.uniform(0.0, 20.0, 4000))
    time += np.arange(time.size) * 1e-9
    signal = 100.0 * np.exp(-0.5 * ((time - 10.0) / 0.15) ** 2)
    found = find_chromatographic_peaks(Chromatogram(time, signal), PeakSettings(least_height=1.0))
    assert found.peaks[0].area == pytest.approx(area(0.15, 100.0), rel=0.02)
    even = run(*PAPER)
    assert even.on_even_grid() is even


@pytest.mark.parametrize(
    ("time", "signal", "word"),
    [
        (np.arange(5.0), np.arange(5.0), "8 points"),
        (np.arange(9.0), np.arange(8.0), "differ in shape"),
        (np.zeros(9), np.zeros(9), "have to rise"),
        (np.arange(9.0), np.full(9, np.nan), "finite"),
    ],
)
def test_what_is_no_chromatogram_is_refused(time, signal, word):
    with pytest.raises(ValueError, match=word):
        Chromatogram(time, signal)


def test_a_blank_is_subtracted():
    sample, blank = run(*PAPER, drift=1.0), run(drift=1.0, step=0.02, end=36.0)
    assert sample.minus(blank).signal == pytest.approx(run(*PAPER).signal, abs=0.01)
    with pytest.raises(ValueError, match="doesn't cover"):
        sample.minus(blank.between(5.0, 20.0))
    with pytest.raises(ValueError, match="is in 'AU'"):
        sample.minus(run(unit="AU"))


def test_a_trace_of_a_file_becomes_a_chromatogram():
    trace = TimeTrace("TIC", "total_ion", np.arange(10.0), np.ones(10), "counts")
    found = chromatogram_of(trace)
    assert (found.name, found.unit) == ("TIC", "counts")


def test_widths_have_to_be_in_order():
    with pytest.raises(ValueError, match="narrower"):
        PeakSettings(narrowest_fwhm_min=0.5, widest_fwhm_min=0.2)

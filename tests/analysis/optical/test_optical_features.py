from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.optical.bands_kit import AG29, AU25, AU36, GRID, bands, scaled
from ncrobot.analysis.optical import (
    AbsorptionSpectrum,
    Cluster,
    Expected,
    FeatureKind,
    OpticalVerdict,
    find_features,
    match_clusters,
    optical_gap_ev,
    printed_clusters,
)


@pytest.mark.parametrize(
    ("peak_nm", "printed_ev", "worked_out_ev"),
    [(702, 1.77, 1.766), (704, 1.76, 1.761), (820, 1.51, 1.512), (890, 1.39, 1.393)],
)
def test_gaps_of_printed_peaks(peak_nm, printed_ev, worked_out_ev):
    """Au28, Au36, Au44 and Au52 with TBBT (Nanoscale Horiz. 2025, 10, 2304, section 2.1.1)."""
    assert optical_gap_ev(peak_nm) == pytest.approx(worked_out_ev, abs=5e-4)
    assert optical_gap_ev(peak_nm) == pytest.approx(printed_ev, abs=0.006)
    row = next(c for c in printed_clusters().clusters if c.features[0].nm == peak_nm)
    assert row.gap_ev == printed_ev


@settings(max_examples=30)
@given(place=st.floats(380.0, 900.0), sigma=st.floats(15.0, 45.0), seed=st.integers(0, 99))
def test_a_band_is_one_peak_at_its_place(place, sigma, seed):
    read = bands((place, sigma, 0.5), noise=0.002, seed=seed)
    peaks = [f for f in find_features(read) if f.kind is FeatureKind.PEAK]
    assert len(peaks) == 1
    assert abs(peaks[0].wavelength_nm - place) <= 5.0 * peaks[0].error_nm
    assert peaks[0].absorbance == pytest.approx(0.5, abs=0.02)


@settings(max_examples=30)
@given(seed=st.integers(0, 999))
def test_noise_has_no_features(seed):
    assert find_features(bands(noise=0.002, seed=seed), noise_au=0.002) == ()


def test_shoulders_are_told_from_peaks():
    found = find_features(bands((440.0, 30.0, 1.0), (520.0, 22.0, 0.25), noise=0.0005))
    assert [(f.kind, round(f.wavelength_nm, -1)) for f in found] == [
        (FeatureKind.PEAK, 440.0),
        (FeatureKind.SHOULDER, 520.0),
    ]


def test_nothing_is_found_where_the_detector_saw_too_little_light():
    clear = bands(*AG29)
    mask = (GRID > 400.0) & (GRID < 480.0)
    read = AbsorptionSpectrum(GRID, np.where(mask, np.nan, clear.absorbance), saturated=mask)
    assert not any(400.0 < f.wavelength_nm < 480.0 for f in find_features(read))


def test_silver_clusters_of_one_spectrum_are_not_told_apart():
    read = bands(*AG29, noise=0.001)
    found = match_clusters(read, find_features(read), printed_clusters().made_of(["Ag"]))
    assert found.matched == ()
    assert set(found.possible) == {"Ag29(BDT)", "Ag29(BDTA)", "Ag32(BDTA)", "Ag33(BDTA)"}
    for each in found.clusters:
        assert each.verdict is OpticalVerdict.CANNOT_TELL
        assert len(each.rivals) == 3
        assert "emission" in each.ask
    by_name = {each.cluster: each for each in found.clusters}
    assert "ESI-MS" in by_name["Ag29(BDTA)"].ask
    assert "ESI-MS" not in by_name["Ag32(BDTA)"].ask  # it gives no signal there


def test_au28_and_au36_are_not_told_apart():
    read = bands(*AU36, noise=0.001)
    found = match_clusters(read, find_features(read), printed_clusters().made_of(["Au"]))
    verdicts = {each.cluster: each for each in found.clusters}
    assert verdicts["Au36(TBBT)24"].verdict is OpticalVerdict.CANNOT_TELL
    assert "Au28(TBBT)20" in verdicts["Au36(TBBT)24"].rivals
    assert verdicts["Au44(TBBT)28"].verdict is OpticalVerdict.NOT_SEEN


def test_a_cluster_alone_at_its_place_is_named():
    read = bands((890.0, 40.0, 0.3), (350.0, 60.0, 1.0), noise=0.0005)
    found = match_clusters(read, find_features(read), printed_clusters().made_of(["Au"]))
    assert found.matched == ("Au52(TBBT)32",)


def test_the_blue_band_of_gold_is_not_taken_for_silver():
    read = bands(*AU25, noise=0.0005)
    features = find_features(read)
    gold = match_clusters(read, features, printed_clusters().made_of(["Au"]))
    assert all(not each.cluster.startswith("Ag") for each in gold.clusters)
    both = match_clusters(read, features)
    silver = [each for each in both.clusters if each.cluster.startswith("Ag")]
    assert all(each.verdict is not OpticalVerdict.MATCHED for each in silver)


def test_a_range_that_was_not_read_proves_nothing():
    read = bands(*AG29).between(500.0, 1000.0)
    found = match_clusters(read, find_features(read), printed_clusters().made_of(["Ag"]))
    assert {each.verdict for each in found.clusters} == {OpticalVerdict.CANNOT_TELL}
    assert all(440.0 in each.not_read_nm for each in found.clusters)
    au37 = match_clusters(read, (), [printed_clusters().named("Au37")])
    assert au37.clusters[0].verdict is OpticalVerdict.NOT_SEEN  # 795 nm was read and isn't there


def test_a_mixture_of_bands_never_names_what_is_absent():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        places = rng.uniform(350.0, 950.0, 3)
        read = bands(*((p, 25.0, 0.4) for p in places), noise=0.001, seed=seed)
        found = match_clusters(read, find_features(read), printed_clusters().made_of(["Au"]))
        for name in found.matched:
            row = printed_clusters().named(name)
            for expected in row.peaks:
                near = np.abs(places - expected.nm).min()
                assert near <= expected.within_nm + 25.0, (name, places)


def test_what_no_cluster_accounts_for_is_told():
    read = bands((600.0, 25.0, 0.5), noise=0.0005)
    found = match_clusters(read, find_features(read), printed_clusters().made_of(["Au"]))
    assert found.matched == ()
    assert found.unexplained_nm[0] == pytest.approx(600.0, abs=2.0)


def test_a_lab_may_add_its_own_rows():
    own = Cluster(
        name="ours", metals=("Au",), source="notebook", features=(Expected(nm=600, kind="peak"),)
    )
    table = printed_clusters().with_rows([own, own])
    assert table.named("ours") == own
    read = scaled(bands((600.0, 25.0, 0.5), noise=0.0005), 2.0)
    assert match_clusters(read, find_features(read), table.made_of(["Au"])).matched == ("ours",)
    with pytest.raises(KeyError):
        table.named("theirs")

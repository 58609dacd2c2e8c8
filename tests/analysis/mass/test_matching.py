"""Envelopes are found where they are, told apart where they can be, and doubted where they can't."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.mass.spectra_kit import centroided, drawn
from ncrobot.analysis.mass.ions import parse_ion
from ncrobot.analysis.mass.matching import Limits, Verdict, assigned_shares, identify, match_ion
from ncrobot.analysis.mass.resolution import Resolution
from ncrobot.analysis.mass.spectrum import Spectrum, SpectrumMode

AG29 = "[Ag29(BDT)12]3-"
SILVER = "[Ag53(BDT)12(DMBT)16]3-"
PALLADIUM = "[PdAg52(BDT)12(DMBT)16]3-"
PLATINUM = "[PtAg52(BDT)12(DMBT)16]3-"
GOLD = "[AuAg52(BDT)12(DMBT)16]3-"
DIMERS = [SILVER, PALLADIUM, PLATINUM, GOLD]
KIN = ["[Ag29(BDT)12H]3-", "[Ag29(BDT)12H3]3-", "[Ag29(BDT)12 - H]3-", "[Ag29(BDT)12 - 2H]3-"]
WRONG = [
    "[Ag29(BDTA)12]3-",
    "[Ag28(BDT)12]3-",
    "[Ag30(BDT)12]3-",
    "[Ag29(BDT)11]3-",
    "[Ag29(BDT)12]2-",
]


def ions(*texts):
    return [parse_ion(text) for text in texts]


def told(matches):
    return {match.ion: match for match in matches}


@pytest.mark.parametrize("power", [1_500, 8_000, 20_000, 60_000])
@pytest.mark.parametrize("off_ppm", [-15.0, 0.0, 12.0])
def test_an_ion_is_matched_at_any_resolving_power_and_small_miscalibration(power, off_ppm):
    spectrum = drawn({AG29: 100.0}, power=power, off_ppm=off_ppm, noise=2.0, background=30.0)
    match = match_ion(spectrum, parse_ion(AG29), Resolution(power=power), tolerance_ppm=40.0)
    assert match.verdict is Verdict.MATCHED, match
    assert match.score > 0.98
    assert match.height == pytest.approx(100.0, rel=0.05)
    assert match.charge_confirmed is (power >= 8_000)
    if power >= 8_000:
        assert match.shift_ppm == pytest.approx(off_ppm, abs=1.5)
        assert match.lines_seen > 15


@pytest.mark.parametrize("text", WRONG)
@pytest.mark.parametrize("power", [1_500, 20_000])
def test_no_other_ion_is_matched(text, power):
    spectrum = drawn({AG29: 100.0}, power=power, noise=2.0, low=1400.0, high=2600.0)
    match = match_ion(spectrum, parse_ion(text), Resolution(power=power), tolerance_ppm=40.0)
    assert match.verdict is not Verdict.MATCHED, match


@pytest.mark.parametrize("text", KIN)
@pytest.mark.parametrize("power", [1_500, 20_000])
def test_another_number_of_hydrogens_is_noticed(text, power):
    spectrum = drawn({AG29: 100.0}, power=power, noise=1.0)
    match = match_ion(spectrum, parse_ion(text), Resolution(power=power), tolerance_ppm=10.0)
    assert match.verdict is not Verdict.MATCHED, match
    kin = ions(AG29, *KIN)
    matches = told(identify(spectrum, kin, Resolution(power=power), tolerance_ppm=10.0))
    assert matches[AG29].verdict is Verdict.MATCHED or power < 20_000
    assert {each for each, match in matches.items() if match.verdict is Verdict.MATCHED} <= {AG29}


@settings(max_examples=30, deadline=None)
@given(
    noise=st.floats(1.0, 60.0),
    power=st.sampled_from([1_500.0, 5_000.0, 20_000.0]),
    text=st.sampled_from(KIN),
    seed=st.integers(0, 10_000),
)
def test_a_wrong_number_of_hydrogens_is_never_matched(noise, power, text, seed):
    spectrum = drawn({AG29: 100.0}, power=power, noise=noise, seed=seed)
    match = match_ion(spectrum, parse_ion(text), Resolution(power=power), tolerance_ppm=10.0)
    assert match.verdict is not Verdict.MATCHED


def test_hydrogens_cannot_be_counted_when_lines_and_place_are_unclear():
    spectrum = drawn({AG29: 100.0}, power=1_500.0, noise=15.0, points_per_fwhm=4.0)
    match = match_ion(spectrum, parse_ion(AG29), Resolution(power=1_500.0), tolerance_ppm=10.0)
    assert match.verdict is Verdict.CANNOT_TELL
    assert "isotope lines away" in match.reason


def test_a_shift_beyond_the_tolerance_is_told():
    spectrum = drawn({AG29: 100.0}, off_ppm=60.0, noise=1.0)
    match = match_ion(spectrum, parse_ion(AG29), Resolution(power=20_000), tolerance_ppm=40.0)
    assert match.verdict is Verdict.CANNOT_TELL
    assert "beyond the m/z tolerance" in match.reason


@pytest.mark.parametrize("seed", range(15))
def test_noise_is_no_ion(seed):
    spectrum = drawn({}, noise=10.0, background=50.0, low=3150.0, high=3260.0, seed=seed)
    matches = identify(spectrum, ions(*DIMERS), Resolution(power=20_000))
    assert {match.verdict for match in matches} <= {Verdict.NOT_SEEN, Verdict.CANNOT_TELL}


def test_an_ion_that_is_not_there_has_an_upper_limit():
    spectrum = drawn({}, noise=1.0, low=1580.0, high=1630.0)
    match = match_ion(spectrum, parse_ion(AG29), Resolution(power=20_000))
    assert match.verdict is Verdict.NOT_SEEN
    assert match.score is None
    shown = drawn({AG29: 5.0}, noise=1.0, low=1580.0, high=1630.0)
    assert match_ion(shown, parse_ion(AG29), Resolution(power=20_000)).area > match.upper_area


def test_two_dimers_half_a_unit_apart_are_told_apart_by_their_envelopes():
    for present, absent in ((SILVER, PALLADIUM), (PALLADIUM, SILVER)):
        spectrum = drawn({present: 100.0}, noise=2.0, low=3175.0, high=3245.0)
        matches = told(identify(spectrum, ions(*DIMERS), Resolution(power=20_000)))
        assert matches[present].verdict is Verdict.MATCHED
        assert matches[absent].verdict is Verdict.NOT_SEEN


def test_two_dimers_in_noise_cannot_be_told_apart_and_say_so():
    spectrum = drawn({PALLADIUM: 100.0}, noise=40.0, low=3175.0, high=3245.0)
    matches = told(identify(spectrum, ions(*DIMERS), Resolution(power=20_000)))
    assert matches[PALLADIUM].verdict is Verdict.CANNOT_TELL
    assert matches[PALLADIUM].rivals == (SILVER,)
    assert matches[SILVER].verdict is Verdict.CANNOT_TELL
    assert matches[SILVER].rivals == (PALLADIUM,)
    assert matches[GOLD].verdict is Verdict.NOT_SEEN


def test_isomers_are_never_told_apart():
    spectrum = drawn({"[Au24Pt(PET)18]-": 100.0}, noise=0.5)
    same = ions("[Au24Pt(PET)18]-", "[Au24Pt(DMBT)18]-")
    matches = identify(spectrum, same, Resolution(power=20_000))
    assert [match.verdict for match in matches] == [Verdict.CANNOT_TELL] * 2
    assert {rival for match in matches for rival in match.rivals} == {ion.name for ion in same}


@settings(max_examples=25, deadline=None)
@given(
    heights=st.lists(st.sampled_from([0.0, 0.0, 20.0, 50.0, 100.0]), min_size=4, max_size=4),
    noise=st.sampled_from([0.5, 3.0, 10.0, 40.0]),
    power=st.sampled_from([1_500.0, 10_000.0, 30_000.0]),
    off_ppm=st.floats(-15.0, 15.0),
    seed=st.integers(0, 10_000),
)
def test_what_is_matched_is_there(heights, noise, power, off_ppm, seed):
    mixture = dict(zip(DIMERS, heights, strict=True))
    spectrum = drawn(
        {ion: height for ion, height in mixture.items() if height},
        power=power, noise=noise, off_ppm=off_ppm, low=3150.0, high=3260.0, seed=seed,
    )  # fmt: skip
    matches = identify(spectrum, ions(*DIMERS), Resolution(power=power))
    for match in matches:
        if match.verdict is Verdict.MATCHED:
            assert mixture[match.ion] > 0.0
        if match.upper_area is not None and power > 1_500.0 and match.verdict is Verdict.NOT_SEEN:
            assert mixture[match.ion] < 100.0 or noise >= 40.0


def test_a_mixture_gives_its_shares():
    mixture = {SILVER: 100.0, PLATINUM: 50.0, GOLD: 25.0}
    spectrum = drawn(mixture, noise=1.0, low=3175.0, high=3245.0)
    shares = assigned_shares(identify(spectrum, ions(*DIMERS), Resolution(power=20_000)))
    assert set(shares) == set(mixture)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert shares[SILVER] == pytest.approx(100 / 175, abs=0.06)
    assert shares[GOLD] == pytest.approx(25 / 175, abs=0.06)
    assert assigned_shares([]) == {}


@pytest.mark.parametrize("power", [2_000, 20_000])
def test_a_peak_list_is_matched_like_a_profile(power):
    resolution = Resolution(power=power)
    for mode in (SpectrumMode.CENTROID, None):
        spectrum = centroided(drawn({AG29: 1000.0}, power=power, noise=0.0), mode=mode)
        match = match_ion(spectrum, parse_ion(AG29), resolution)
        if power == 20_000:
            assert match.verdict is Verdict.MATCHED, match
            assert match.score > 0.98
            wrong = match_ion(spectrum, parse_ion("[Ag29(BDT)12H3]3-"), resolution)
            assert wrong.verdict is not Verdict.MATCHED
        else:
            # One stick where the envelope was: a single printed peak is no identification.
            assert match.verdict is Verdict.CANNOT_TELL


def test_zeros_that_a_vendor_left_out_are_put_back():
    full = drawn({AG29: 100.0}, noise=0.0, low=1590.0, high=1620.0)
    strong = full.intensity > 0.5
    thinned = Spectrum(full.mz[strong], full.intensity[strong], SpectrumMode.PROFILE)
    match = match_ion(thinned, parse_ion(AG29), Resolution(power=20_000))
    assert match.verdict is Verdict.MATCHED
    assert match.height == pytest.approx(100.0, rel=0.03)


def test_finer_sampling_changes_nothing():
    resolution = Resolution(power=20_000)
    areas = [
        match_ion(drawn({AG29: 100.0}, points_per_fwhm=p), parse_ion(AG29), resolution).area
        for p in (4.0, 9.0, 30.0)
    ]
    assert areas == pytest.approx([areas[-1]] * 3, rel=0.02)


def test_an_envelope_half_recorded_is_not_judged():
    spectrum = drawn({AG29: 100.0}, low=1590.0, high=1603.0, noise=0.1)
    match = match_ion(spectrum, parse_ion(AG29), Resolution(power=20_000))
    assert match.verdict is Verdict.CANNOT_TELL
    assert "recorded m/z" in match.reason
    elsewhere = match_ion(spectrum, parse_ion("[Ag29(BDT)12]2-"), Resolution(power=20_000))
    assert elsewhere.verdict is Verdict.CANNOT_TELL


def test_a_single_line_is_no_identification():
    spectrum = drawn({"[Cs]+": 100.0}, noise=0.1, low=120.0, high=145.0, polarity=1)
    match = match_ion(spectrum, parse_ion("[Cs]+"), Resolution(power=20_000))
    assert match.verdict is Verdict.CANNOT_TELL
    assert "too few isotope lines" in match.reason


def test_a_hump_of_another_shape_is_another_signal():
    mz = np.arange(1580.0, 1630.0, 0.01)
    hump = 100.0 * np.exp(-0.5 * ((mz - 1600.0) / 0.3) ** 2)
    spectrum = Spectrum(
        mz, hump + np.random.default_rng(3).normal(0.0, 0.5, mz.size), SpectrumMode.PROFILE
    )
    match = match_ion(spectrum, parse_ion(AG29), Resolution(power=20_000))
    assert match.verdict in {Verdict.OTHER_SIGNAL, Verdict.NOT_SEEN}


def test_empty_and_flat_spectra_are_not_judged():
    empty = Spectrum(np.zeros(0), np.zeros(0))
    assert (
        match_ion(empty, parse_ion(AG29), Resolution(power=20_000)).verdict is Verdict.CANNOT_TELL
    )
    mz = np.arange(1580.0, 1630.0, 0.01)
    for level in (0.0, 7.0):
        flat = Spectrum(mz, np.full(mz.shape, level), SpectrumMode.PROFILE)
        match = match_ion(flat, parse_ion(AG29), Resolution(power=20_000))
        assert match.verdict is Verdict.NOT_SEEN


def test_matches_come_in_the_order_of_the_candidates():
    spectrum = drawn({AG29: 100.0}, noise=1.0, low=1400.0, high=1700.0)
    candidates = ions("[Ag29(BDT)12]3-", "[Ag28(BDT)12]3-", "[Ag29(BDT)11]3-")
    for order in (candidates, candidates[::-1]):
        matches = identify(spectrum, order, Resolution(power=20_000))
        assert [match.ion for match in matches] == [ion.name for ion in order]
    assert identify(spectrum, [], Resolution(power=20_000)) == ()


def test_wrong_questions_are_refused():
    spectrum = drawn({AG29: 100.0})
    resolution = Resolution(power=20_000)
    with pytest.raises(ValueError, match="give its charge"):
        match_ion(spectrum, parse_ion("Ag29(BDT)12"), resolution)
    with pytest.raises(ValueError, match="can't be in a spectrum of the negative mode"):
        match_ion(spectrum, parse_ion("[Au25(PET)18]+"), resolution)
    with pytest.raises(ValueError, match="above 0 ppm"):
        match_ion(spectrum, parse_ion(AG29), resolution, tolerance_ppm=0.0)


def test_limits_decide():
    spectrum = drawn({AG29: 100.0}, noise=4.0)
    strict = Limits(least_score=0.9999)
    match = match_ion(spectrum, parse_ion(AG29), Resolution(power=20_000), limits=strict)
    assert match.verdict is Verdict.CANNOT_TELL


@pytest.mark.parametrize(
    ("mz", "intensity", "word"),
    [
        ([1.0, 2.0], [1.0], "differ in shape"),
        ([1.0, np.nan], [1.0, 1.0], "finite"),
        ([1.0, 2.0], [1.0, np.inf], "finite"),
        ([0.0, 2.0], [1.0, 1.0], "above 0"),
    ],
)
def test_what_is_no_spectrum_is_refused(mz, intensity, word):
    with pytest.raises(ValueError, match=word):
        Spectrum(np.array(mz), np.array(intensity))


def test_a_spectrum_is_sorted_and_can_not_be_changed():
    spectrum = Spectrum(np.array([3.0, 1.0, 2.0]), np.array([30.0, 10.0, 20.0]))
    assert spectrum.intensity.tolist() == [10.0, 20.0, 30.0]
    assert spectrum.between(1.5, 3.5)[1].tolist() == [20.0, 30.0]
    with pytest.raises(ValueError, match="read-only"):
        spectrum.mz[0] = 5.0


def test_a_mixture_that_imitates_an_ion_is_a_doubt_unless_the_fewest_are_preferred():
    kin = ions(SILVER, "[Ag53(BDT)12(DMBT)16H]3-", "[Ag53(BDT)12(DMBT)16 - H]3-")
    spectrum = drawn({SILVER: 100.0}, noise=5.0, low=3175.0, high=3225.0)
    match = identify(spectrum, kin, Resolution(power=20_000))[0]
    assert match.verdict is Verdict.CANNOT_TELL
    assert set(match.imitators) == {ion.name for ion in kin[1:]}
    assert "a mixture would look the same" in match.reason
    fewest = identify(spectrum, kin, Resolution(power=20_000), limits=Limits(prefer_fewest=True))
    assert [each.verdict for each in fewest] == [
        Verdict.MATCHED,
        Verdict.NOT_SEEN,
        Verdict.NOT_SEEN,
    ]


@pytest.mark.parametrize("line_error", [0.0, 0.05, 0.5])
def test_an_instrument_that_shows_heights_wrongly_can_tell_less(line_error):
    spectrum = drawn({PALLADIUM: 100.0}, noise=1.0, low=3175.0, high=3225.0)
    both = ions(SILVER, PALLADIUM)
    limits = Limits(line_error=line_error)
    matches = told(identify(spectrum, both, Resolution(power=20_000), limits=limits))
    expected = Verdict.CANNOT_TELL if line_error > 0.1 else Verdict.MATCHED
    assert matches[PALLADIUM].verdict is expected

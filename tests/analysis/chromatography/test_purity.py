"""Purity is the target's share of area, with an error; where it can't be told it says why."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.chromatography.traces_kit import area, run
from ncrobot.analysis.chromatography.carry_over import CarryOverVerdict, carry_over
from ncrobot.analysis.chromatography.chromatogram import Chromatogram
from ncrobot.analysis.chromatography.peaks import PeakSettings, find_chromatographic_peaks
from ncrobot.analysis.chromatography.purity import (
    RetentionWindow,
    assign_peaks,
    check_windows,
    moved_windows,
    purity,
)

# Retention times of Chem. Sci. 2026, 17, 6931.
WINDOWS = [
    RetentionWindow(name="solvent", start_min=0.5, end_min=2.0, counts=False),
    RetentionWindow(name="Au24Pt(PET)18", start_min=9.5, end_min=10.5),
    RetentionWindow(name="Au24Pt(TBBT)12(PDT)3", start_min=23.7, end_min=24.7),
    RetentionWindow(name="Au24Pt(TBBT)18", start_min=26.5, end_min=27.5),
]
TARGET = "Au24Pt(TBBT)12(PDT)3"
SOLVENT = (1.0, 0.1, 900.0)


def judged(*peaks, noise=0.1, target=TARGET, settings_used=None, **how):
    found = find_chromatographic_peaks(run(SOLVENT, *peaks, noise=noise), settings_used)
    return purity(found, target, WINDOWS, **how)


def test_the_share_of_the_target():
    found = judged((10.0, 0.1, 40.0), (24.2, 0.15, 300.0), (27.0, 0.15, 60.0), (32.0, 0.2, 30.0))
    areas = [area(0.1, 40.0), area(0.15, 300.0), area(0.15, 60.0), area(0.2, 30.0)]
    assert found.share == pytest.approx(areas[1] / sum(areas), abs=0.005)
    assert found.share_error == pytest.approx(0.0, abs=0.002)
    assert found.others["Au24Pt(PET)18"] == pytest.approx(areas[0] / sum(areas), abs=0.005)
    assert any(name.startswith("unknown at 32.0") for name in found.others)
    assert found.share + sum(found.others.values()) == pytest.approx(1.0)
    assert found.caveats == ()
    assert "solvent" not in found.others


def test_only_what_lies_between_two_times_counts():
    found = judged((10.0, 0.1, 40.0), (24.2, 0.15, 300.0), start_min=20.0, end_min=30.0)
    assert found.share == pytest.approx(1.0)
    assert found.others == {}


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(5.0, 500.0), min_size=3, max_size=3),
    st.floats(0.01, 1.0),
    st.integers(0, 99),
)
def test_the_error_covers_the_truth(heights, noise, seed):
    centres = (10.0, 24.2, 27.0)
    trace = run(
        *((c, 0.15, h) for c, h in zip(centres, heights, strict=True)), noise=noise, seed=seed
    )
    found = purity(find_chromatographic_peaks(trace), TARGET, WINDOWS)
    truth = heights[1] / sum(heights)
    assert found.share is not None
    assert abs(found.share - truth) < 6.0 * found.share_error + 0.01


@pytest.mark.parametrize(
    ("peaks", "word"),
    [
        ([(10.0, 0.1, 40.0)], "no peak elutes where"),
        ([], "no peak stands above"),
        ([(23.9, 0.05, 40.0), (24.4, 0.05, 40.0)], "2 peaks, at 23.90 and 24.40 min"),
    ],
)
def test_what_cannot_be_told_says_why(peaks, word):
    found = judged(*peaks)
    assert found.share is None
    assert word in found.reason


def test_a_saturated_detector_tells_nothing():
    found = judged((24.2, 0.15, 300.0), settings_used=PeakSettings(saturation=250.0))
    assert found.share is None
    assert "saturated" in found.reason


def test_an_overlap_is_a_caveat():
    found = judged((24.2, 0.15, 300.0), (24.75, 0.15, 200.0))
    assert found.share is not None
    assert any("overlaps" in caveat for caveat in found.caveats)


def test_a_peak_too_small_to_be_seen_has_a_share():
    quiet, loud = judged((24.2, 0.15, 300.0), noise=0.05), judged((24.2, 0.15, 300.0), noise=2.0)
    assert 0.0 < quiet.least_seen_share < loud.least_seen_share < 0.1
    unseen = 0.5 * loud.least_seen_share * 300.0
    assert judged((24.2, 0.15, 300.0), (27.0, 0.15, unseen), noise=2.0).others == {}
    seen = 2.5 * loud.least_seen_share * 300.0
    assert judged((24.2, 0.15, 300.0), (27.0, 0.15, seen), noise=2.0).others


def test_windows_are_checked():
    twice = [*WINDOWS, RetentionWindow(name="other", start_min=24.0, end_min=25.0)]
    with pytest.raises(ValueError, match="overlap"):
        check_windows(twice)
    with pytest.raises(ValueError, match="one name"):
        check_windows(
            [WINDOWS[0], WINDOWS[0].model_copy(update={"start_min": 3.0, "end_min": 4.0})]
        )
    with pytest.raises(ValueError, match="ends before"):
        RetentionWindow(name="x", start_min=2.0, end_min=2.0)
    with pytest.raises(ValueError, match="no window that counts"):
        judged((24.2, 0.15, 300.0), target="solvent")


def test_windows_move_with_a_reference():
    late = find_chromatographic_peaks(run((25.2, 0.15, 300.0), noise=0.1))
    assert purity(late, TARGET, WINDOWS).share is None
    moved = moved_windows(WINDOWS, expected_min=27.0, found_min=28.1)
    assert purity(late, TARGET, moved).share == pytest.approx(1.0)
    with pytest.raises(ValueError, match="above 0 min"):
        moved_windows(WINDOWS, 0.0, 1.0)


def test_peaks_are_named_by_their_windows():
    found = find_chromatographic_peaks(
        run(SOLVENT, (24.2, 0.15, 300.0), (31.0, 0.15, 50.0), noise=0.1)
    )
    named = [(each.substance, each.counts) for each in assign_peaks(found, WINDOWS)]
    assert named == [("solvent", False), (TARGET, True), (None, True)]


SAMPLE = find_chromatographic_peaks(run((24.2, 0.15, 300.0), noise=0.1))


@pytest.mark.parametrize(
    ("height", "noise", "verdict"),
    [
        (0.0, 0.01, CarryOverVerdict.WITHIN_LIMIT),
        (0.1, 0.01, CarryOverVerdict.WITHIN_LIMIT),
        (3.0, 0.01, CarryOverVerdict.EXCEEDED),
        (30.0, 0.2, CarryOverVerdict.EXCEEDED),
        (0.0, 20.0, CarryOverVerdict.CANNOT_TELL),
    ],
)
def test_carry_over_into_a_blank(height, noise, verdict):
    blank = run((24.2, 0.15, height), noise=noise, seed=4)
    found = carry_over(SAMPLE, SAMPLE.peaks[0], blank, limit_share=0.002)
    assert found.verdict is verdict, found
    assert found.share == pytest.approx(height / 300.0, abs=4.0 * found.share_error + 2e-4)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.0, 20.0), st.floats(0.005, 5.0), st.integers(0, 999))
def test_carry_over_is_never_told_wrong(height, noise, seed):
    limit = 0.01
    found = carry_over(
        SAMPLE, SAMPLE.peaks[0], run((24.2, 0.15, height), noise=noise, seed=seed), limit
    )
    truth = height / 300.0
    if found.verdict is CarryOverVerdict.EXCEEDED:
        assert truth > 0.8 * limit
    if found.verdict is CarryOverVerdict.WITHIN_LIMIT:
        assert truth < 1.2 * limit


def test_an_empty_blank_holds_nothing_on_average():
    """Of small peaks, too: the baseline itself isn't taken for a rest of them."""
    small = find_chromatographic_peaks(run((24.2, 0.15, 5.0), noise=0.05))
    found = [
        carry_over(small, small.peaks[0], run(noise=0.05, seed=seed), 0.001) for seed in range(60)
    ]
    off = [each.share / each.share_error for each in found]
    assert abs(np.mean(off)) < 0.4
    assert not [each for each in found if each.verdict is CarryOverVerdict.EXCEEDED]


def test_carry_over_needs_a_peak_and_a_blank_that_covers_it():
    short = Chromatogram(np.arange(0.0, 10.0, 0.01), np.zeros(1000))
    with pytest.raises(ValueError, match="doesn't cover"):
        carry_over(SAMPLE, SAMPLE.peaks[0], short)
    with pytest.raises(ValueError, match="between 0 and 1"):
        carry_over(SAMPLE, SAMPLE.peaks[0], run(), limit_share=0.0)

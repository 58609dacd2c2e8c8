from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.optical.bands_kit import AG29, AU25, GRID, bands, scaled
from ncrobot.analysis.optical import (
    AbsorptionSpectrum,
    KineticVerdict,
    ShareVerdict,
    UnmixingLimits,
    first_order,
    isosbestic_points_nm,
    unmix,
)

SILVER, GOLD = bands(*AG29, name="silver"), bands(*AU25, name="gold")
PLASMON = bands((520.0, 40.0, 1.0), name="particles")
REFERENCES = (SILVER, GOLD, PLASMON)


@settings(max_examples=25, deadline=None)
@given(shares=st.tuples(*[st.floats(0.0, 1.0)] * 3), seed=st.integers(0, 99))
def test_shares_come_back(shares, seed):
    noise = 0.002 * np.random.default_rng(seed).standard_normal(GRID.size)
    total = sum(share * each.absorbance for share, each in zip(shares, REFERENCES, strict=True))
    found = unmix(AbsorptionSpectrum(GRID, total + noise), REFERENCES, 0.002)
    for share, component in zip(shares, found.components, strict=True):
        assert abs(component.amount - share) <= 6.0 * component.error + 0.01
        assert component.upper >= component.amount
        if share > 0.2:
            assert component.verdict is ShareVerdict.FOUND
        if share == 0.0:
            assert component.verdict is not ShareVerdict.FOUND
    assert found.explained


def test_references_of_one_shape_are_not_told_apart():
    twin = scaled(SILVER, 1.0002, "its twin")
    found = unmix(scaled(SILVER, 0.5), (SILVER, twin, GOLD), 0.002)
    silver, other = found.named("silver"), found.named("its twin")
    assert silver.verdict is ShareVerdict.CANNOT_TELL
    assert other.verdict is ShareVerdict.CANNOT_TELL
    assert other.rivals == ("silver",) or silver.rivals == ("its twin",)
    assert found.named("gold").verdict is ShareVerdict.NOT_SEEN


def test_an_unknown_absorber_is_told_not_hidden():
    strange = bands(*AG29, (620.0, 15.0, 0.3), noise=0.001)
    found = unmix(strange, (SILVER, GOLD), 0.001)
    assert not found.explained
    assert found.rest_share > 0.05


def test_scatter_and_offset_are_taken_out():
    scatter = 0.3 * (GRID / GRID[0]) ** -4.0
    read = AbsorptionSpectrum(GRID, 0.5 * SILVER.absorbance + scatter - 0.02)
    found = unmix(read, (SILVER, GOLD), 0.001)
    assert found.named("silver").amount == pytest.approx(0.5, abs=0.01)
    assert found.scatter_au == pytest.approx(0.3, abs=0.01)
    assert found.offset_au == pytest.approx(-0.02, abs=0.005)
    bare = unmix(
        read, (SILVER, GOLD), 0.001, UnmixingLimits(scatter_exponent=None, with_constant=False)
    )
    assert bare.rest_share > found.rest_share


def test_saturated_points_do_not_count():
    values = 2.0 * SILVER.absorbance
    mask = values > 1.5
    cut = AbsorptionSpectrum(GRID, np.where(mask, np.nan, values), saturated=mask)
    assert unmix(cut, REFERENCES, 0.001).named("silver").amount == pytest.approx(2.0, abs=0.02)


def test_wrong_systems_are_refused():
    with pytest.raises(ValueError, match="need names"):
        unmix(SILVER, ())
    with pytest.raises(ValueError, match="need names"):
        unmix(SILVER, (SILVER, SILVER))
    with pytest.raises(ValueError, match="too few"):
        unmix(SILVER.between(300.0, 306.0), REFERENCES)
    with pytest.raises(KeyError):
        unmix(SILVER, REFERENCES).named("platinum")


@settings(max_examples=40, deadline=None)
@given(
    half_life=st.floats(300.0, 6000.0),
    start=st.floats(0.0, 1.0),
    change=st.floats(0.2, 1.0),
    seed=st.integers(0, 99),
)
def test_half_lives_come_back(half_life, start, change, seed):
    times = np.array([0.0, 5.0, 10.0, 20.0, 40.0, 60.0, 90.0, 180.0, 300.0]) * 60.0
    noise = 0.004 * np.random.default_rng(seed).standard_normal(times.size)
    values = start + change * (1.0 - np.exp(-np.log(2.0) * times / half_life)) + noise
    found = first_order(times, values, np.full(times.size, 0.004))
    if found.verdict is KineticVerdict.FITTED:
        assert abs(found.half_life_s - half_life) <= 6.0 * found.half_life_error_s
    else:
        assert found.verdict is not KineticVerdict.NO_CHANGE


def test_the_four_times_of_the_exchange_are_enough_for_a_half_life():
    times = np.array([5.0, 20.0, 90.0, 300.0]) * 60.0
    values = 1.0 - np.exp(-np.log(2.0) * times / 1500.0)
    found = first_order(times, values, [0.01] * 4)
    assert found.verdict is KineticVerdict.FITTED
    assert found.half_life_s == pytest.approx(1500.0, rel=0.05)
    assert found.chi_square == pytest.approx(0.0, abs=1e-3)


def test_courses_that_say_nothing():
    times = [0.0, 300.0, 600.0, 1200.0, 2400.0]
    flat = first_order(times, [0.5, 0.501, 0.499, 0.5, 0.5], [0.01] * 5)
    assert flat.verdict is KineticVerdict.NO_CHANGE
    assert first_order(times[:1], [0.5], [0.01]).verdict is KineticVerdict.CANNOT_TELL
    assert first_order(times[:3], [0.0, 0.5, 0.9], [0.01] * 3).verdict is KineticVerdict.CANNOT_TELL
    early = first_order(times, [0.0, 1.0, 1.0, 1.0, 1.0], [0.01] * 5)
    assert early.verdict is KineticVerdict.CANNOT_TELL
    assert early.half_life_below_s == 300.0
    rises = first_order(times, [0.0, 0.01, 0.02, 0.04, 0.08], [0.002] * 5)
    assert rises.verdict is KineticVerdict.CANNOT_TELL
    hump = first_order(times, [0.0, 1.0, 0.2, 1.0, 0.1], [0.01] * 5)
    assert hump.verdict is KineticVerdict.NOT_FIRST_ORDER
    with pytest.raises(ValueError, match="length"):
        first_order(times, [0.0], [0.01])
    with pytest.raises(ValueError, match="positive"):
        first_order(times, [0.0] * 5, [0.0] * 5)


def test_isosbestic_points():
    course = [
        AbsorptionSpectrum(GRID, (1.0 - x) * SILVER.absorbance + x * GOLD.absorbance)
        for x in (0.0, 0.3, 0.6, 1.0)
    ]
    found = isosbestic_points_nm(course, 0.002, 0.05)
    assert found
    for nm in found:
        assert np.ptp([each.at(nm) for each in course]) < 0.02
    broken = [*course[:3], AbsorptionSpectrum(GRID, course[3].absorbance * 1.5)]
    assert isosbestic_points_nm(broken, 0.002, 0.05) != found
    assert isosbestic_points_nm(course[:2], 0.002, 0.05) == ()

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.optical.bands_kit import AG29, GRID, bands
from ncrobot.analysis.optical import (
    AbsorptionSpectrum,
    Correction,
    correct,
    median_blank,
    noise_of,
    path_from_volume_cm,
    path_from_water_cm,
    smoothed,
)


@given(
    path=st.floats(0.1, 2.0),
    dilution=st.floats(1.0, 50.0),
    plate=st.floats(0.02, 0.2),
    offset=st.floats(-0.05, 0.05),
)
def test_correction_gives_back_what_went_in(path, dilution, plate, offset):
    true = bands((440.0, 30.0, 0.8))
    read = AbsorptionSpectrum(GRID, true.absorbance * path / dilution + plate + offset)
    blank = median_blank([AbsorptionSpectrum(GRID, np.full(GRID.shape, plate))])
    known = Correction(blank=blank, path_cm=path, dilution=dilution, offset_nm=(800.0, 850.0))
    found = correct(read, known)
    assert np.allclose(found.spectrum.absorbance, true.absorbance, atol=1e-9 * dilution / path)
    assert [step.name for step in found.steps][:2] == ["blank", "path"]
    assert found.raw is read
    assert found.per_cm
    assert found.doubts == ()


def test_what_is_not_known_is_told():
    found = correct(bands(*AG29), Correction())
    assert len(found.doubts) == 2
    assert not found.per_cm
    assert "no blank" in found.doubts[0]


def test_saturated_points_are_marked_in_the_raw_figures():
    read = bands((440.0, 30.0, 5.0))
    found = correct(read, Correction(path_cm=0.5, dilution=10.0, saturation_au=3.0))
    assert np.array_equal(found.spectrum.saturated, read.absorbance >= 3.0)
    assert found.spectrum.at(440.0) is None
    assert found.spectrum.at(600.0) is not None
    assert not found.spectrum.covers(400.0, 480.0)
    # Diluted a hundredfold, the same liquid isn't saturated, however high it stands corrected.
    thin = AbsorptionSpectrum(GRID, read.absorbance / 100.0)
    assert not correct(thin, Correction(dilution=100.0)).spectrum.saturated.any()


def test_over_range_readings_without_a_number_are_saturated_points():
    values = bands(*AG29).absorbance.copy()
    values[:5] = np.nan
    with pytest.raises(ValueError, match="no finite numbers"):
        AbsorptionSpectrum(GRID, values)
    read = AbsorptionSpectrum(GRID, values, saturated=np.isnan(values))
    found = correct(read, Correction(smoothing_nm=22.0, path_cm=1.0))
    assert np.isfinite(found.spectrum.absorbance[5:]).all()
    assert found.spectrum.saturated[:5].all()


def test_noise_of_blanks_is_that_of_one_point():
    blanks = [bands(noise=0.002, seed=n, offset=0.05 + 0.01 * n) for n in range(4)]
    blank = median_blank(blanks)
    assert blank.noise_au == pytest.approx(0.002, rel=0.25)
    assert noise_of(blanks[0]) == pytest.approx(0.002, rel=0.25)
    assert median_blank(blanks[:1]).noise_au is None


def test_narrow_bands_are_no_noise():
    clear = bands(*AG29)
    assert noise_of(clear) < 1e-4


def test_path_lengths():
    assert path_from_volume_cm(200.0, 35.0) == pytest.approx(0.5714, abs=1e-4)
    grid = np.arange(880.0, 1000.0, 1.0)
    water = AbsorptionSpectrum(grid, 0.1 + 0.09 * np.exp(-0.5 * ((grid - 977.0) / 12.0) ** 2))
    assert path_from_water_cm(water) == pytest.approx(0.5, rel=0.01)
    assert path_from_water_cm(bands(*AG29)) is None  # nothing at 977 nm: no water, or not read
    assert path_from_water_cm(water.between(880.0, 950.0)) is None
    with pytest.raises(ValueError, match="positive"):
        path_from_volume_cm(0.0, 35.0)


def test_smoothing_keeps_bands_and_takes_noise():
    clear, noisy = bands(*AG29), bands(*AG29, noise=0.01)
    smooth = smoothed(noisy, 22.0)
    assert np.abs(smooth.absorbance - clear.absorbance)[10:-10].std() < 0.007
    assert np.abs(smoothed(clear, 22.0).absorbance - clear.absorbance).max() < 0.01
    assert smoothed(noisy, 4.0) is noisy


def test_wrong_spectra_are_refused():
    for grid, values, words in (
        (GRID, GRID[:-1], "differ in shape"),
        (GRID[::-1], GRID, "rise"),
        (GRID[:2], GRID[:2], "points"),
    ):
        with pytest.raises(ValueError, match=words):
            AbsorptionSpectrum(grid, values)
    with pytest.raises(ValueError, match="covers"):
        bands(*AG29).on(np.array([100.0, 200.0]))
    with pytest.raises(ValueError, match="positive"):
        correct(bands(*AG29), Correction(path_cm=0.0))


@given(at=st.floats(280.0, 1020.0))
def test_value_at_a_wavelength_is_that_of_the_neighbours(at):
    spectrum = bands(*AG29)
    found = spectrum.at(at)
    if 300.0 <= at <= 1000.0:
        around = np.abs(GRID - at) <= 2.0
        values = spectrum.absorbance[around]
        assert values.min() - 1e-12 <= found <= values.max() + 1e-12
    else:
        assert found is None

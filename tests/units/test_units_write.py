"""Writing quantities for people, such that they read back."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.units import Dimension, format_quantity, parse_quantity

LIMITS = {
    Dimension.TEMPERATURE: (-273.15, 1e4),
    Dimension.FRACTION: (0.0, 1.0),
    Dimension.PH: (0.0, 14.0),
}
CONTINUOUS = [dimension for dimension in Dimension if dimension is not Dimension.COUNT]


@st.composite
def quantities(draw: st.DrawFn) -> tuple[float, Dimension]:
    dimension = draw(st.sampled_from(CONTINUOUS))
    low, high = LIMITS.get(dimension, (0.0, 1e12))
    small = st.floats(min_value=low, max_value=min(high, 10.0))
    return draw(st.floats(min_value=low, max_value=high) | small), dimension


@given(quantities(), st.integers(1, 12))
def test_what_is_written_reads_back_rounded(quantity: tuple[float, Dimension], digits: int) -> None:
    value, dimension = quantity
    read = parse_quantity(format_quantity(value, dimension, digits=digits), dimension)
    assert read == pytest.approx(value, rel=10.0 ** (1 - digits), abs=1e-300)


@given(quantities())
def test_with_enough_digits_nothing_is_lost(quantity: tuple[float, Dimension]) -> None:
    value, dimension = quantity
    assert parse_quantity(format_quantity(value, dimension, digits=18), dimension) == value


@given(quantities(), st.integers(1, 8))
def test_rounding_twice_is_rounding_once(quantity: tuple[float, Dimension], digits: int) -> None:
    value, dimension = quantity
    text = format_quantity(value, dimension, digits=digits)
    again = format_quantity(parse_quantity(text, dimension), dimension, digits=digits)
    assert again == text


@given(st.integers(0, 10**15))
def test_counts_are_not_rounded(count: int) -> None:
    assert format_quantity(count, Dimension.COUNT) == str(count)


@pytest.mark.parametrize(
    ("value", "dimension", "text"),
    [
        (1500, Dimension.VOLUME, "1.5 mL"),
        (0.5, Dimension.VOLUME, "500 nL"),
        (0, Dimension.VOLUME, "0 µL"),
        (999.99996, Dimension.VOLUME, "1 mL"),
        (12345.678, Dimension.VOLUME, "12.35 mL"),
        (-250, Dimension.VOLUME, "-250 µL"),
        (1e30, Dimension.VOLUME, "1e+24 L"),
        (5400, Dimension.DURATION, "1.5 h"),
        (90, Dimension.DURATION, "1.5 min"),
        (59.996, Dimension.DURATION, "60 s"),
        (0.25, Dimension.DURATION, "0.25 s"),
        (86400, Dimension.DURATION, "24 h"),
        (259200, Dimension.DURATION, "3 d"),
        (25, Dimension.TEMPERATURE, "25 °C"),
        (-20.5, Dimension.TEMPERATURE, "-20.5 °C"),
        (-273.15, Dimension.TEMPERATURE, "-273.1 °C"),
        (20, Dimension.AMOUNT, "20 µmol"),
        (0.05, Dimension.CONCENTRATION, "50 mM"),
        (2, Dimension.CONCENTRATION, "2 M"),
        (37.83, Dimension.MASS, "37.83 mg"),
        (2500, Dimension.MASS, "2.5 g"),
        (3, Dimension.RATIO, "3 equiv"),
        (0.95, Dimension.FRACTION, "95 %"),
        (9.25, Dimension.PH, "pH 9.25"),
        (600, Dimension.SPEED, "600 rpm"),
        (675.5, Dimension.WAVELENGTH, "675.5 nm"),
        (100, Dimension.FLOW_RATE, "100 µL/s"),
        (1500, Dimension.GAS_FLOW, "1500 mL/min"),
        (169.87, Dimension.MOLAR_MASS, "169.9 g/mol"),
        (96, Dimension.COUNT, "96"),
    ],
)
def test_examples(value: float, dimension: Dimension, text: str) -> None:
    assert format_quantity(value, dimension) == text


@pytest.mark.parametrize(("value", "digits"), [(math.nan, 4), (math.inf, 4), (1.0, 0)])
def test_what_cannot_be_written_is_refused(value: float, digits: int) -> None:
    with pytest.raises(ValueError, match="cannot write"):
        format_quantity(value, Dimension.VOLUME, digits=digits)

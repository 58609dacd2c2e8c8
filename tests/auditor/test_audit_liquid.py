"""Liquids: parts and sums keep every stock's volume, and doubt only grows."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ncrobot.auditor.liquid import ROUNDING_UL, Liquid

VOLUMES = st.dictionaries(st.sampled_from("abc"), st.floats(0.01, 1e4), min_size=1)


@given(VOLUMES, st.floats(0.0, 1.0))
def test_a_part_has_the_mixture_of_the_whole(volumes, share):
    whole = Liquid(dict(volumes), dict.fromkeys(volumes, 0.0))
    part = whole.part(share * whole.volume_ul)
    assert part.ul == {stock: pytest.approx(share * ul) for stock, ul in volumes.items()}
    assert sum(part.doubt_ul.values()) == 0


@given(VOLUMES, VOLUMES)
def test_nothing_is_lost_in_pouring_together(first, second):
    liquid = Liquid(dict(first), dict.fromkeys(first, 0.0))
    liquid.add(Liquid(dict(second), dict.fromkeys(second, 0.0)).rounded())
    assert liquid.volume_ul == pytest.approx(sum(first.values()) + sum(second.values()))
    assert sum(liquid.doubt_ul.values()) == pytest.approx(ROUNDING_UL)


ERROR = st.floats(-ROUNDING_UL, ROUNDING_UL)


@given(st.floats(1, 100), st.floats(1, 1000), st.floats(1, 100), st.tuples(ERROR, ERROR, ERROR))
@example(1.0, 667.0, 1.0, (ROUNDING_UL, -ROUNDING_UL, ROUNDING_UL))
def test_doubt_covers_what_rounding_does_to_a_dilution(stock_ul, water_ul, dose_ul, errors):
    """Each of three legs is off by up to half a hundredth, in any direction."""
    told = Liquid.of("stock", stock_ul).rounded()
    told.add(Liquid.of("water", water_ul).rounded())
    dose = told.part(dose_ul).rounded()
    real = Liquid.of("stock", stock_ul + errors[0])
    real.add(Liquid.of("water", water_ul + errors[1]))
    poured = real.part(dose_ul + errors[2])
    assert abs(poured.ul["stock"] - dose.ul["stock"]) <= dose.doubt_ul["stock"] + 1e-12


def test_nothing_has_no_part():
    assert Liquid().part(5.0).volume_ul == 0

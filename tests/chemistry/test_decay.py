"""Stocks age: borohydride by the hydrolysis rule, others by a fixed life or not at all."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.chemistry import Decay, FixedLife, HydrideDecay, NoDecay

TEMPERATURE = st.floats(-5.0, 60.0)
PH = st.floats(6.0, 14.0)
AGE = st.floats(0.0, 1e6)
DAY_S = 86_400.0


# The round figures that are told for 25 °C come of 298 K; at 298.15 K the rule gives 1.2 % less.
@pytest.mark.parametrize(
    ("ph", "half_life_s"), [(8.0, 37.0), (10.0, 61 * 60.0), (12.0, 4.3 * DAY_S)]
)
def test_half_lives_at_25_c_are_the_known_ones(ph, half_life_s):
    assert HydrideDecay().half_life_s(25.0, ph) == pytest.approx(half_life_s, rel=0.025)


def test_ice_keeps_a_stock_about_seven_times_longer():
    decay = HydrideDecay()
    longer = decay.half_life_s(0.0, 10.0) / decay.half_life_s(25.0, 10.0)
    assert longer == pytest.approx(10 ** (0.034 * 25))
    assert round(longer) == 7


@given(TEMPERATURE, PH)
def test_after_a_half_life_half_is_left_and_after_two_a_quarter(temperature_c, ph):
    decay = HydrideDecay()
    half_life_s = decay.half_life_s(temperature_c, ph)
    assert decay.active_fraction(0.0, temperature_c, ph) == 1.0
    assert decay.active_fraction(half_life_s, temperature_c, ph) == pytest.approx(0.5)
    assert decay.active_fraction(2 * half_life_s, temperature_c, ph) == pytest.approx(0.25)


def test_before_it_is_made_a_stock_has_not_aged():
    assert HydrideDecay().active_fraction(-60.0, 25.0, 8.0) == 1.0


@given(AGE, AGE, TEMPERATURE, PH)
def test_decay_goes_on_as_it_began(first_s, then_s, temperature_c, ph):
    decay = HydrideDecay()
    both = decay.active_fraction(first_s + then_s, temperature_c, ph)
    first = decay.active_fraction(first_s, temperature_c, ph)
    assert both == pytest.approx(
        first * decay.active_fraction(then_s, temperature_c, ph), abs=1e-12
    )
    assert both <= first <= 1.0


@given(st.floats(1e-6, 1.0), TEMPERATURE, PH)
def test_the_age_at_a_fraction_leads_back_to_it(fraction, temperature_c, ph):
    age_s = HydrideDecay().age_at_fraction(fraction, temperature_c, ph)
    assert age_s >= 0.0
    assert HydrideDecay().active_fraction(age_s, temperature_c, ph) == pytest.approx(fraction)


@given(st.floats(1.0, 1e5), TEMPERATURE, PH, st.floats(0.1, 10.0), st.floats(0.1, 2.0))
def test_warmer_and_more_acidic_is_faster(age_s, temperature_c, ph, warmer_by, more_acidic_by):
    decay = HydrideDecay()
    cold = decay.half_life_s(temperature_c, ph)
    assert decay.half_life_s(temperature_c + warmer_by, ph) < cold
    assert decay.half_life_s(temperature_c, ph - more_acidic_by) < cold
    assert decay.active_fraction(age_s, temperature_c + warmer_by, ph) <= decay.active_fraction(
        age_s, temperature_c, ph
    )


def test_a_lab_may_put_its_own_titration_in():
    own = HydrideDecay(slope_per_k=0.030, offset=1.0, source="titrated in our lab")
    assert own.half_life_s(20.0, 10.0) == pytest.approx(60 * 10 ** (10 - (0.030 * 293.15 - 1.0)))
    assert own.source == "titrated in our lab"
    assert "modelled" in HydrideDecay().source


@pytest.mark.parametrize("fraction", [0.0, -0.1, 1.01, math.nan])
def test_a_fraction_that_never_comes_has_no_age(fraction):
    with pytest.raises(ValueError, match="never reached"):
        HydrideDecay().age_at_fraction(fraction, 25.0, 10.0)


@pytest.mark.parametrize(
    ("temperature_c", "ph", "word"),
    [
        (-300.0, 10.0, "no temperature"),
        (math.nan, 10.0, "no temperature"),
        (25.0, 17.0, "between -2 and 16"),
        (25.0, math.nan, "between -2 and 16"),
    ],
)
def test_impossible_conditions_are_refused(temperature_c, ph, word):
    with pytest.raises(ValueError, match=word):
        HydrideDecay().active_fraction(10.0, temperature_c, ph)


@given(AGE, st.floats(0.0, 1e6))
def test_a_fixed_life_ends_at_once(age_s, life_s):
    assert FixedLife(life_s).active_fraction(age_s) == float(age_s <= life_s)


@pytest.mark.parametrize("life_s", [-1.0, math.nan])
def test_a_life_is_not_negative(life_s):
    with pytest.raises(ValueError, match="life"):
        FixedLife(life_s)


@given(AGE)
def test_all_models_answer_the_same_question(age_s):
    models: list[Decay] = [HydrideDecay(), FixedLife(3600.0), NoDecay()]
    shares = [model.active_fraction(age_s, 25.0, 10.0) for model in models]
    assert all(0.0 <= share <= 1.0 for share in shares)
    assert shares[2] == 1.0

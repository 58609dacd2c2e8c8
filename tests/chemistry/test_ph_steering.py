"""Steering a pH: every titration ends, within its bounds, and near its target where that can be."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.chemistry import (
    Aim,
    BufferComponent,
    PhError,
    Reading,
    dose_for_ph,
    next_dose,
    ph_of,
    volume_at,
)

VOLUME_UL = 1000.0
BASE_MOL_PER_L = 0.1
ACETIC = 4.76


def titrate(aim, buffers, noise_ph=0.0, drift_ph=0.0, seed=1):
    """The readings of a well of weak acids that is steered with sodium hydroxide, and the end."""
    chance = random.Random(seed)
    readings, dosed_ul = [], 0.0
    for number in range(aim.doses + 2):
        true = ph_of(buffers, BASE_MOL_PER_L * dosed_ul, VOLUME_UL + dosed_ul)
        seen = true + chance.gauss(0.0, noise_ph) + number * drift_ph
        readings.append(Reading(dosed_ul, seen))
        advice = next_dose(aim, readings)
        if advice.kind != "dose":
            return readings, advice, true
        dosed_ul += advice.dose_ul
    raise AssertionError("it goes on and on")


def guide_for(buffers, target_ph):
    """(pH, µL) as the charge balance has it."""
    start = ph_of(buffers, 0.0, VOLUME_UL)
    points = [(start, 0.0)]
    for number in range(1, 33):
        ph = start + (target_ph + 0.5 - start) * number / 32
        try:
            dose_ul = dose_for_ph(
                ph, buffers, 0.0, VOLUME_UL, titrant_charge_mol_per_l=BASE_MOL_PER_L,
                max_volume_ul=1e9,
            )  # fmt: skip
        except PhError:
            break
        points.append((ph, dose_ul))
    return tuple(points)


def aim(target_ph, guide=(), **changed):
    fields = {
        "tolerance_ph": 0.1,
        "raises": True,
        "doses": 15,
        "smallest_ul": 0.5,
        "most_ul": 400.0,
    }
    return Aim(target_ph=target_ph, guide=guide, **{**fields, **changed})


@pytest.mark.parametrize("target_ph", [4.0, 4.76, 5.5])
@pytest.mark.parametrize("amount", [5.0, 20.0])
def test_a_weak_acid_is_brought_to_a_ph_in_few_doses(target_ph, amount):
    buffers = [BufferComponent(amount, (ACETIC,))]
    readings, advice, true = titrate(aim(target_ph, guide_for(buffers, target_ph)), buffers)
    assert advice.kind == "reached"
    assert abs(true - target_ph) <= 0.1
    assert len(readings) <= 4


@pytest.mark.parametrize("wrong", [0.5, 0.8, 1.5, 3.0])
def test_a_guide_whose_amounts_are_wrong_is_corrected_by_the_readings(wrong):
    buffers = [BufferComponent(10.0, (ACETIC,))]
    believed = [BufferComponent(10.0 * wrong, (ACETIC,))]
    _, advice, true = titrate(aim(5.2, guide_for(believed, 5.2)), buffers)
    if advice.kind == "reached":
        assert abs(true - 5.2) <= 0.1
    else:  # the first dose was taken by the guide alone
        assert (advice.kind, wrong) == ("overshot", 3.0)


@given(
    target=st.floats(3.5, 10.0), amount=st.floats(0.1, 40.0), pka=st.floats(2.0, 9.0),
    believed=st.one_of(st.none(), st.floats(0.1, 10.0)), noise=st.floats(0.0, 0.3),
    drift=st.floats(-0.02, 0.02), seed=st.integers(0, 1000), doses=st.integers(1, 30),
    most=st.floats(1.0, 500.0),
)  # fmt: skip
def test_whatever_is_read_the_bounds_hold(
    target, amount, pka, believed, noise, drift, seed, doses, most
):
    buffers = [BufferComponent(amount, (pka,))]
    guide = (
        () if believed is None else guide_for([BufferComponent(amount * believed, (pka,))], target)
    )
    wanted = aim(target, guide, doses=doses, most_ul=most)
    readings, advice, _ = titrate(wanted, buffers, noise, drift, seed)
    steps = [b.dosed_ul - a.dosed_ul for a, b in pairwise(readings)]
    assert len(steps) <= doses
    assert sum(steps) <= most + 1e-9
    assert all(step >= wanted.smallest_ul - 1e-9 for step in steps)
    if advice.kind == "reached":
        assert abs(readings[-1].ph - target) <= 0.1
    if advice.kind == "overshot":
        assert readings[-1].ph > target


def test_without_a_guide_doses_are_even_and_half_as_large_near_the_target():
    wanted = aim(9.0, most_ul=100.0, doses=10)
    far, near = next_dose(wanted, [Reading(0.0, 4.0)]), next_dose(wanted, [Reading(0.0, 8.7)])
    assert (far.dose_ul, near.dose_ul) == (10.0, 5.0)


@pytest.mark.parametrize(
    ("reading", "kind"),
    [
        (Reading(0.0, 7.05), "reached"),
        (Reading(0.0, 7.4), "overshot"),
        (Reading(399.9, 5.0), "volume_used"),
    ],
)
def test_the_end_is_told_by_its_reason(reading, kind):
    assert next_dose(aim(7.0), [reading]).kind == kind


def test_acid_goes_the_other_way():
    wanted = aim(4.0, raises=False)
    assert next_dose(wanted, [Reading(0.0, 9.0)]).kind == "dose"
    assert next_dose(wanted, [Reading(10.0, 3.0)]).kind == "overshot"


def test_a_dose_that_could_only_overshoot_is_not_given():
    guide = ((6.0, 0.0), (7.0, 0.1), (9.0, 0.2))
    assert next_dose(aim(7.0, guide, smallest_ul=1.0), [Reading(0.0, 6.5)]).kind == "too_coarse"


@given(st.lists(st.floats(0.1, 3.0), min_size=1, max_size=20), st.floats(0.0, 1.0))
def test_a_guide_is_read_between_its_points(steps, share):
    guide = [(3.0, 0.0)]
    for number, step in enumerate(steps, start=1):
        guide.append((guide[-1][0] + step, 10.0 * number))
    low, high = guide[-2], guide[-1]
    ph = low[0] + share * (high[0] - low[0])
    assert volume_at(guide, ph) == pytest.approx(low[1] + share * 10.0)
    assert volume_at(guide, 0.0) == 0.0
    assert volume_at(guide, 99.0) == guide[-1][1]

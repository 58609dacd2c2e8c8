"""The pH of mixtures agrees with the closed forms of textbooks, and doses lead where they should."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ncrobot.chemistry import (
    BufferComponent,
    PhError,
    dose_for_ph,
    ionic_strength_mol_per_l,
    mean_charge,
    ph_of,
)

KW = 1e-14
VOLUME_UL = 1000.0
PKAS = st.lists(st.floats(-2.0, 14.0), min_size=1, max_size=4).map(tuple)
BUFFER = st.builds(BufferComponent, st.floats(0.0, 200.0), PKAS, st.integers(-1, 2))
MIXTURE = st.lists(BUFFER, max_size=3)


@given(st.floats(1e-9, 1.0), st.sampled_from([1, -1]))
def test_a_strong_acid_or_base_follows_the_quadratic(mol_per_l, sign):
    strong = (mol_per_l + math.sqrt(mol_per_l**2 + 4 * KW)) / 2  # of H+, or of OH- for a base
    expected = -math.log10(strong) if sign < 0 else 14.0 + math.log10(strong)
    found = ph_of([], sign * mol_per_l * VOLUME_UL, VOLUME_UL)
    assert found == pytest.approx(expected, abs=1e-6)


def test_pure_water_is_neutral():
    assert ph_of([], 0.0, VOLUME_UL) == pytest.approx(7.0, abs=1e-9)


@given(st.floats(3.0, 6.5), st.floats(0.01, 1.0))
def test_a_weak_acid_alone_follows_ostwald(pka, mol_per_l):
    ka = 10.0**-pka
    hydrogen = (-ka + math.sqrt(ka**2 + 4 * ka * mol_per_l)) / 2
    assume(hydrogen > 1e-5)  # where water's own ions don't count
    found = ph_of([BufferComponent(mol_per_l * VOLUME_UL, (pka,))], 0.0, VOLUME_UL)
    assert found == pytest.approx(-math.log10(hydrogen), abs=1e-4)


@given(st.floats(5.0, 9.0), st.floats(20.0, 1000.0))
def test_half_neutralised_is_the_pka(pka, umol):
    acid = BufferComponent(umol, (pka,))
    assert ph_of([acid], umol / 2, VOLUME_UL) == pytest.approx(pka, abs=2e-3)


@given(st.floats(2.0, 5.0), st.floats(8.0, 11.0), st.floats(100.0, 1000.0))
def test_an_ampholyte_is_half_way_between_its_pkas(first, second, umol):
    once_neutralised = ph_of([BufferComponent(umol, (second, first))], umol, VOLUME_UL)
    ka1, ka2, conc = 10.0**-first, 10.0**-second, umol / VOLUME_UL
    hydrogen = math.sqrt((ka1 * ka2 * conc + ka1 * KW) / (ka1 + conc))
    assert once_neutralised == pytest.approx(-math.log10(hydrogen), abs=1e-3)


def test_an_amine_is_a_base():
    ammonia = BufferComponent(100.0, (9.25,), charge_protonated=1)
    kb = 10.0 ** (9.25 - 14.0)
    hydroxide = (-kb + math.sqrt(kb**2 + 4 * kb * 0.1)) / 2
    assert ph_of([ammonia], 0.0, VOLUME_UL) == pytest.approx(14 + math.log10(hydroxide), abs=1e-4)


@given(BUFFER, st.floats(-1.0, 15.0), st.floats(0.01, 3.0))
def test_the_mean_charge_falls_from_all_to_no_protons(buffer, ph, step):
    charge = mean_charge(buffer, ph)
    assert buffer.charge_protonated - len(buffer.pkas) <= charge <= buffer.charge_protonated
    assert mean_charge(buffer, ph + step) <= charge


def test_a_pka_far_outside_water_does_no_harm():
    assert mean_charge(BufferComponent(1.0, (-400.0, 400.0)), 7.0) == -1.0


@given(MIXTURE, st.floats(-50.0, 50.0), st.floats(0.1, 50.0))
def test_more_base_is_a_higher_ph(mixture, charge_umol, base_umol):
    try:
        before = ph_of(mixture, charge_umol, VOLUME_UL)
        after = ph_of(mixture, charge_umol + base_umol, VOLUME_UL)
    except PhError:
        assume(False)
    assert after > before


@given(MIXTURE, st.floats(-50.0, 50.0), st.floats(2.0, 12.0), st.sampled_from([1.0, -1.0]))
def test_a_strong_titrant_brings_a_mixture_to_the_ph_it_was_dosed_for(mixture, charge, target, c):
    try:
        dose_ul = dose_for_ph(
            target, mixture, charge, VOLUME_UL, titrant_charge_mol_per_l=c, max_volume_ul=1e4
        )
    except PhError:
        assume(False)
    assert dose_ul >= 0.0
    reached = ph_of(mixture, charge + c * dose_ul, VOLUME_UL + dose_ul)
    assert reached == pytest.approx(target, abs=1e-5)


@given(MIXTURE, st.floats(-50.0, 50.0), st.floats(0.0, 500.0), st.sampled_from([1.0, -1.0]))
def test_the_dose_is_found_again_from_the_ph_that_it_made(mixture, charge, dose_ul, c):
    try:
        before = ph_of(mixture, charge, VOLUME_UL)
        reached = ph_of(mixture, charge + c * dose_ul, VOLUME_UL + dose_ul)
    except PhError:
        assume(False)
    assume(abs(reached - before) > 1e-3)
    found = dose_for_ph(
        reached, mixture, charge, VOLUME_UL, titrant_charge_mol_per_l=c, max_volume_ul=1000.0
    )
    assert found == pytest.approx(dose_ul, rel=1e-4, abs=1e-3)


def test_a_weak_titrant_brings_its_own_buffer():
    acetic = BufferComponent(1.0, (4.76,))  # µmol per µL
    dose_ul = dose_for_ph(
        5.0,
        [],
        10.0,
        VOLUME_UL,
        titrant_charge_mol_per_l=0.0,
        titrant_components_mol_per_l=[acetic],
        max_volume_ul=100.0,
    )
    there = ph_of([BufferComponent(dose_ul, (4.76,))], 10.0, VOLUME_UL + dose_ul)
    assert there == pytest.approx(5.0, abs=1e-9)
    assert dose_ul > 10.0  # more than the base that it neutralises


def test_nothing_is_dosed_where_the_ph_is_right_already():
    assert (
        dose_for_ph(7.0, [], 0.0, VOLUME_UL, titrant_charge_mol_per_l=1.0, max_volume_ul=0.0) == 0.0
    )


@pytest.mark.parametrize(
    ("target", "titrant", "limit_ul", "told"),
    [
        (9.0, -1.0, 1000.0, "mixture has pH 7.00, and the titrant itself is as acidic"),
        (5.0, 1.0, 1000.0, "the titrant itself is as basic"),
        (13.5, 0.1, 1e9, "itself is as acidic as that or more so"),
        (9.0, 0.0, 1000.0, "itself is as acidic"),
        (12.0, 0.1, 100.0, "it would take 111.1 µL of the titrant, but at most 100 µL"),
    ],
)
def test_a_ph_out_of_reach_is_refused_with_the_reason(target, titrant, limit_ul, told):
    with pytest.raises(PhError, match=f"pH {target:g} is not reached.*{told}"):
        dose_for_ph(
            target, [], 0.0, VOLUME_UL, titrant_charge_mol_per_l=titrant, max_volume_ul=limit_ul
        )


def test_water_dilutes_a_base_but_never_neutralises_it():
    with pytest.raises(PhError, match="is not reached"):
        dose_for_ph(7.0, [], 5.0, VOLUME_UL, titrant_charge_mol_per_l=0.0, max_volume_ul=math.inf)


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: ph_of([], 0.0, 0.0), "have no pH"),
        (lambda: ph_of([], math.nan, 1.0), "no number"),
        (lambda: ph_of([], 1e6, 1.0), "no pH between -1 and 15"),
        (lambda: BufferComponent(-1.0, (4.0,)), "means nothing"),
        (lambda: BufferComponent(1.0, (math.nan,)), "not all numbers"),
    ],
)
def test_mixtures_that_mean_nothing_are_refused(call, word):
    with pytest.raises(PhError, match=word):
        call()


@given(st.lists(st.tuples(st.floats(0.0, 5.0), st.integers(-4, 4)), max_size=5))
def test_ionic_strength_counts_each_charge_squared(ions):
    strength = ionic_strength_mol_per_l(ions)
    doubled = ionic_strength_mol_per_l([(conc, 2 * charge) for conc, charge in ions])
    assert doubled == pytest.approx(4 * strength)
    assert ionic_strength_mol_per_l([(1.0, 1), (1.0, -1)]) == 1.0

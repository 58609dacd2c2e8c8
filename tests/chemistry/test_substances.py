"""A substance keeps the figures that turn it into moles together."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.chemistry import AmountError, FormulaError, Substance, amount_umol_in_solution, ph_of


@pytest.fixture
def subject() -> Substance:
    return Substance.from_formula(
        "amine", "triethylamine", "Et3N", cas="121-44-8", density_g_per_ml=0.726, assay=0.99,
        pkas=(10.75,), charge_protonated=1,
    )  # fmt: skip


def test_its_molar_mass_follows_from_its_formula(subject):
    assert subject.molar_mass == pytest.approx(101.19, rel=1e-4)
    assert subject.formula == "Et3N"


def test_a_formula_that_is_none_is_refused():
    with pytest.raises(FormulaError, match="varies"):
        Substance.from_formula("cluster", "a gold cluster", "Au25(SR)18")


@given(mass_mg=st.floats(0.0, 1e4))
def test_mass_to_amount_and_back(mass_mg):
    salt = Substance.from_formula("salt", "silver nitrate", "AgNO3", assay=0.998)
    assert salt.mg_of_umol(salt.umol_in_mg(mass_mg)) == pytest.approx(mass_mg)


def test_a_neat_volume_is_a_dose_of_its_own_concentration(subject):
    assert subject.umol_in_neat_ul(50.0) == pytest.approx(
        amount_umol_in_solution(50.0, subject.neat_mol_per_l())
    )
    assert subject.umol_in_neat_ul(50.0) == pytest.approx(358.7 * 0.99, rel=1e-3)


def test_without_a_density_a_volume_says_nothing():
    salt = Substance.from_formula("salt", "silver nitrate", "AgNO3")
    for call in (salt.neat_mol_per_l, lambda: salt.umol_in_neat_ul(1.0)):
        with pytest.raises(AmountError, match="density of silver nitrate isn't known"):
            call()


def test_it_takes_part_in_a_charge_balance_by_its_pka(subject):
    buffer = subject.buffer(100.0)
    assert buffer is not None
    assert ph_of([buffer], -50.0, 1000.0) == pytest.approx(10.75, abs=0.01)
    assert Substance.from_formula("salt", "silver nitrate", "AgNO3").buffer(1.0) is None


def test_it_can_not_be_changed(subject):
    with pytest.raises(dataclasses.FrozenInstanceError):
        subject.assay = 0.5

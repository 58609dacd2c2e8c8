"""Masses, volumes, concentrations and ratios turn into each other and back; nonsense is refused."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.chemistry import (
    ELECTRONS_PER_BOROHYDRIDE,
    AmountError,
    Ratio,
    RatioError,
    amount_umol_from_mass,
    amount_umol_from_neat_volume,
    amount_umol_in_solution,
    concentration_from_weighed,
    concentration_mol_per_l,
    electrons_per_metal,
    equivalents,
    mass_mg_of_amount,
    mass_mg_to_weigh,
    neat_concentration_mol_per_l,
    reductant_umol_for_electrons,
    theoretical_product_umol,
    volume_ul_for_amount,
    yield_fraction,
)

POSITIVE = st.floats(1e-6, 1e6)
ASSAY = st.floats(0.01, 1.0)


def near(value: float) -> object:
    return pytest.approx(value, rel=1e-9)


@given(POSITIVE, POSITIVE, ASSAY)
def test_mass_to_amount_and_back(mass_mg, molar_mass, assay):
    amount = amount_umol_from_mass(mass_mg, molar_mass, assay)
    assert mass_mg_of_amount(amount, molar_mass, assay) == near(mass_mg)
    assert amount == near(amount_umol_from_mass(mass_mg, molar_mass) * assay)


@given(POSITIVE, POSITIVE, POSITIVE, ASSAY)
def test_a_neat_liquid_is_a_stock_of_its_own_concentration(volume_ul, density, molar_mass, assay):
    concentration = neat_concentration_mol_per_l(density, molar_mass, assay)
    amount = amount_umol_from_neat_volume(volume_ul, density, molar_mass, assay)
    assert amount == near(amount_umol_in_solution(volume_ul, concentration))
    assert volume_ul_for_amount(amount, concentration) == near(volume_ul)
    assert concentration_mol_per_l(amount, volume_ul) == near(concentration)


@given(POSITIVE, POSITIVE, POSITIVE, ASSAY)
def test_what_is_weighed_for_a_stock_gives_its_concentration(volume_ul, conc, molar_mass, assay):
    weighed_mg = mass_mg_to_weigh(volume_ul, conc, molar_mass, assay)
    assert concentration_from_weighed(weighed_mg / volume_ul * 1000, molar_mass, assay) == near(
        conc
    )


@given(POSITIVE, POSITIVE, st.integers(1, 8))
def test_electrons_asked_for_are_electrons_offered(metal_umol, per_metal, per_molecule):
    reductant = reductant_umol_for_electrons(metal_umol, per_metal, per_molecule)
    assert electrons_per_metal(reductant, per_molecule, metal_umol) == near(per_metal)


def test_one_borohydride_serves_eight_metal_atoms_of_one_electron():
    assert reductant_umol_for_electrons(8.0, 1.0, ELECTRONS_PER_BOROHYDRIDE) == 1.0


@given(POSITIVE, st.integers(1, 144), st.floats(0.0, 1.0))
def test_a_yield_is_a_share_of_what_the_metal_allows(metal_umol, atoms, share):
    most = theoretical_product_umol(metal_umol, atoms)
    assert most * atoms == near(metal_umol)
    assert yield_fraction(most * share, most) == near(share)


@given(POSITIVE, POSITIVE)
def test_a_ratio_of_amounts_has_a_direction(ligand_umol, metal_umol):
    ratio = equivalents(ligand_umol, metal_umol, of="ligand", per="metal")
    other = equivalents(metal_umol, ligand_umol, of="metal", per="ligand")
    assert ratio.numerator_umol(metal_umol) == near(ligand_umol)
    assert ratio.denominator_umol(ligand_umol) == near(metal_umol)
    turned = ratio.inverse()
    assert (turned.value, turned.numerator, turned.denominator) == (
        near(other.value),
        "metal",
        "ligand",
    )
    assert ratio.told_as("ligand", "metal") is ratio
    assert ratio.told_as("metal", "ligand") == turned


def test_a_ratio_tells_nothing_of_other_substances():
    ratio = Ratio(3.0, "ligand", "metal")
    assert str(ratio) == "3 ligand per metal"
    with pytest.raises(RatioError, match="3 ligand per metal says nothing about hydride per metal"):
        ratio.told_as("hydride", "metal")


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
def test_a_ratio_is_a_finite_number(value):
    with pytest.raises(RatioError, match="is no ratio"):
        Ratio(value, "ligand", "metal")


def test_nothing_per_something_can_not_be_turned_round():
    nothing = Ratio(0.0, "base", "metal")
    assert nothing.numerator_umol(5.0) == 0.0
    for turn in (
        nothing.inverse,
        lambda: nothing.told_as("metal", "base"),
        lambda: nothing.denominator_umol(1),
    ):
        with pytest.raises(RatioError, match="no inverse"):
            turn()


MEANINGLESS = [
    (lambda bad: amount_umol_from_mass(bad, 100.0), "the mass is"),
    (lambda bad: amount_umol_from_mass(1.0, bad), "the molar mass is"),
    (lambda bad: amount_umol_from_mass(1.0, 100.0, bad), "the assay is"),
    (lambda bad: amount_umol_from_neat_volume(bad, 1.0, 100.0), "the volume is"),
    (lambda bad: amount_umol_from_neat_volume(1.0, bad, 100.0), "the density is"),
    (lambda bad: amount_umol_in_solution(bad, 1.0), "the volume is"),
    (lambda bad: amount_umol_in_solution(1.0, bad), "the concentration is"),
    (lambda bad: mass_mg_of_amount(bad, 100.0), "the amount is"),
    (lambda bad: mass_mg_of_amount(1.0, bad), "the molar mass is"),
    (lambda bad: mass_mg_of_amount(1.0, 100.0, bad), "the assay is"),
    (lambda bad: neat_concentration_mol_per_l(bad, 100.0), "the density is"),
    (lambda bad: concentration_from_weighed(bad, 100.0), "the mass concentration is"),
    (lambda bad: concentration_from_weighed(1.0, 100.0, bad), "the assay is"),
    (lambda bad: concentration_mol_per_l(bad, 1.0), "the amount is"),
    (lambda bad: concentration_mol_per_l(1.0, bad), "the volume is"),
    (lambda bad: volume_ul_for_amount(1.0, bad), "the concentration is"),
    (lambda bad: mass_mg_to_weigh(1.0, 1.0, bad), "the molar mass is"),
    (lambda bad: equivalents(bad, 1.0, of="ligand", per="metal"), "the amount of ligand is"),
    (lambda bad: equivalents(1.0, bad, of="ligand", per="metal"), "the amount of metal is"),
    (lambda bad: reductant_umol_for_electrons(1.0, bad, 8), "the offer is"),
    (lambda bad: electrons_per_metal(1.0, 8, bad), "the amount of metal is"),
    (lambda bad: yield_fraction(1.0, bad), "the theoretical amount is"),
    (lambda bad: theoretical_product_umol(1.0, bad), "the number of atoms is"),
]


@pytest.mark.parametrize(("call", "told"), MEANINGLESS)
@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_an_amount_that_means_nothing_is_refused_by_name(call, told, bad):
    with pytest.raises(AmountError, match=told):
        call(bad)


@pytest.mark.parametrize(
    "call",
    [
        lambda: amount_umol_from_mass(1.0, 0.0),
        lambda: amount_umol_from_mass(1.0, 100.0, 0.0),
        lambda: amount_umol_from_mass(1.0, 100.0, 1.001),
        lambda: volume_ul_for_amount(1.0, 0.0),
        lambda: equivalents(1.0, 0.0, of="ligand", per="metal"),
        lambda: reductant_umol_for_electrons(1.0, 1.0, 0),
    ],
)
def test_nothing_is_divided_by_nothing(call):
    with pytest.raises(AmountError, match="must be"):
        call()


def test_none_of_a_substance_is_an_amount():
    assert amount_umol_from_mass(0.0, 100.0) == 0.0
    assert volume_ul_for_amount(0.0, 1.0) == 0.0
    assert equivalents(0.0, 1.0, of="base", per="metal").value == 0.0

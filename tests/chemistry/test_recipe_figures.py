"""The figures of published syntheses come out of the chemistry room as they were worked out once."""

from __future__ import annotations

import pytest

from chemistry.figures_kit import ALONE, IN_RECIPE, stated, tolerance, work_out, yardstick
from ncrobot.chemistry import (
    LIGAND_FRAGMENTS,
    element_counts,
    molar_mass_g_per_mol,
    mz,
    optical_gap_ev,
    valence_electrons,
)

DATA = yardstick()
FIGURES = [
    pytest.param(recipe, row, id=f"{name}-{number}-{row['calc']}")
    for name, recipe in DATA["recipes"].items()
    for number, row in enumerate(recipe["gives"], start=1)
]


@pytest.mark.parametrize(("recipe", "row"), FIGURES)
def test_a_figure_of_a_recipe_comes_out(recipe, row):
    found, wanted = work_out(recipe, row), stated(row)
    assert len(found) == len(wanted)
    for value, figure in zip(found, wanted, strict=True):
        assert value == pytest.approx(figure, rel=0, abs=tolerance(figure))


def test_every_calculation_is_used_by_some_figure():
    used = {row["calc"] for recipe in DATA["recipes"].values() for row in recipe["gives"]}
    assert used == {*ALONE, *IN_RECIPE}


@pytest.mark.parametrize(("formula", "mass"), DATA["formula_weights"].items())
def test_a_formula_weight_comes_out(formula, mass):
    assert molar_mass_g_per_mol(formula) == pytest.approx(mass, rel=1e-4)


@pytest.mark.parametrize(("name", "mass"), DATA["fragment_weights"].items())
def test_a_ligand_as_bound_has_its_weight(name, mass):
    assert molar_mass_g_per_mol(name) == pytest.approx(mass, rel=1e-4)
    assert molar_mass_g_per_mol(LIGAND_FRAGMENTS[name]) == molar_mass_g_per_mol(name)


@pytest.mark.parametrize(("element", "mass"), DATA["atomic_weights"].items())
def test_atomic_weights_are_the_standard_ones(element, mass):
    assert molar_mass_g_per_mol(element) == pytest.approx(mass, rel=2e-4)


@pytest.mark.parametrize("row", DATA["ions_printed"], ids=lambda row: row["ion"])
def test_an_ion_is_where_a_paper_prints_it(row):
    found = mz(row["ion"])
    assert found == pytest.approx(row["mz"], rel=1e-4)
    assert (abs(found - row["printed"]) <= 1.0) is row.get("fits", True)


@pytest.mark.parametrize("row", DATA["ions_predicted"], ids=lambda row: row["ion"])
def test_a_predicted_ion_comes_out(row):
    assert mz(row["ion"]) == pytest.approx(row["mz"], rel=1e-4)


@pytest.mark.parametrize(("formula", "mass"), DATA["neutral_masses"].items())
def test_a_neutral_cluster_has_its_mass(formula, mass):
    assert molar_mass_g_per_mol(formula) == pytest.approx(mass, rel=1e-4)


@pytest.mark.parametrize("row", DATA["valence_electrons"], ids=lambda row: row["species"])
def test_valence_electrons_are_counted(row):
    assert valence_electrons(row["metals"], row["bonds"], row["charge"]) == row["count"]


@pytest.mark.parametrize(
    "row",
    [row for row in DATA["valence_electrons"] if "R" not in row["species"]],
    ids=lambda row: row["species"],
)
def test_the_counts_of_metals_are_those_of_the_formula(row):
    counts = element_counts(row["species"])
    assert sum(counts.get(metal, 0) for metal in ("Au", "Ag", "Cu")) == row["metals"]


@pytest.mark.parametrize("row", DATA["optical_gaps"], ids=lambda row: row["species"])
def test_a_peak_gives_the_printed_gap(row):
    gap = optical_gap_ev(row["peak_nm"])
    assert gap == pytest.approx(row["gap_ev"], abs=5e-4)
    assert gap == pytest.approx(row["printed_ev"], abs=5.1e-3)


def test_the_electrons_of_an_ion_are_felt_in_the_fourth_decimal_only():
    ion = "[Ag29(BDTA)12]3-"
    assert mz(ion) - molar_mass_g_per_mol(ion) / 3 == pytest.approx(5.4858e-4, rel=1e-4)

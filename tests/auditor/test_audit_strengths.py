"""Strengths: formulas, metal atoms and the three ways to tell how strong a stock is."""

from __future__ import annotations

import pytest

from auditor.audit_kit import HEAD, STRENGTHS
from ncrobot.auditor.strengths import contents, metal_atoms, molar_mass_g_per_mol
from ncrobot.chemistry import element_counts
from ncrobot.chemistry import molar_mass_g_per_mol as other_molar_mass
from ncrobot.protocol import Material, read_protocol

STEP = "  - {do: add, id: only, stock: gold, volume: 10 uL}\n"

# Formula, g/mol from catalogues to two digits, atoms that count as metal.
FORMULAS = {
    "HAuCl4·3H2O": (393.83, 1),
    "HAuCl4.3H2O": (393.83, 1),
    "AgNO3": (169.87, 1),
    "Pd(OAc)2": (224.51, 1),
    "K2PtCl4": (415.09, 1),
    "AuPPh3Cl": (494.71, 1),
    "CuSO4·5H2O": (249.69, 1),
    "Na₂Au₂Cl₈": (723.53, 2),
    "NaBH4": (37.83, 0),
    "PPh4Br": (419.29, 0),
    "[Ag25(DMBT)18]-": (5166.70, 25),
    "PPh4[Ag25(DMBT)18]": (5506.09, 25),
}


def material(formula: str, role: str = "metal") -> Material:
    return Material(name="any", role=role, formula=formula)


@pytest.mark.parametrize("formula", FORMULAS)
def test_formulas_are_read(formula):
    mass, metals = FORMULAS[formula]
    assert molar_mass_g_per_mol(material(formula)) == pytest.approx(mass, abs=0.011)
    assert metal_atoms(material(formula)) == metals
    assert metal_atoms(material(formula, "ligand")) == 0


@pytest.mark.parametrize("formula", FORMULAS)
def test_two_readers_of_formulas_agree(formula):
    assert molar_mass_g_per_mol(material(formula)) == pytest.approx(
        other_molar_mass(formula), rel=1e-9
    )
    assert sum(element_counts(formula).values()) > 0


def test_a_stated_molar_mass_wins_and_nonsense_has_none():
    assert (
        molar_mass_g_per_mol(
            Material(name="any", role="metal", formula="AgNO3", molar_mass="200 g/mol")
        )
        == 200
    )
    assert molar_mass_g_per_mol(material("Qq3")) is None
    assert molar_mass_g_per_mol(Material(name="any", role="ligand")) is None


def test_strengths_are_those_worked_out_by_hand():
    found = contents(read_protocol(HEAD + STEP).protocol)
    assert {name: dict(content) for name, content in found.items()} == {
        name: pytest.approx(content) for name, content in STRENGTHS.items()
    }

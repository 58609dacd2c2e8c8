"""Formulas are read as chemists write them; what can be read in two ways is refused at its place."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from molmass import ELEMENTS, Formula

from ncrobot.chemistry import (
    LIGAND_FRAGMENTS,
    ORGANIC_GROUPS,
    FormulaError,
    atoms_of,
    charge_of,
    element_counts,
    molar_mass_g_per_mol,
    mz,
    optical_gap_ev,
    valence_electrons,
)

ELEMENT = st.sampled_from([each.symbol for each in ELEMENTS if each.number <= 103])
COUNT = st.integers(1, 300)


def written(symbol: str, count: int) -> str:
    return symbol if count == 1 else f"{symbol}{count}"


# Any two symbols side by side may run into an abbreviation's name, so each is bracketed.
SIMPLE = st.lists(st.tuples(ELEMENT, COUNT), min_size=1, max_size=5).map(
    lambda atoms: "".join(written(f"({symbol})", count) for symbol, count in atoms)
)
NESTED = st.recursive(
    SIMPLE, lambda inner: st.tuples(inner, inner, COUNT).map(lambda t: f"{t[0]}[{t[1]}]{t[2]}")
)

READABLE = [
    ("HAuCl4·3H2O", {"H": 7, "Au": 1, "Cl": 4, "O": 3}, None),
    ("HAuCl4.3H2O", {"H": 7, "Au": 1, "Cl": 4, "O": 3}, None),
    ("HAuCl4*3H2O", {"H": 7, "Au": 1, "Cl": 4, "O": 3}, None),
    (" HAuCl₄ • 3 H₂O ", {"H": 7, "Au": 1, "Cl": 4, "O": 3}, None),
    ("CuSO4·H2O", {"Cu": 1, "S": 1, "O": 5, "H": 2}, None),
    ("C6H15N·HCl", {"C": 6, "H": 16, "N": 1, "Cl": 1}, None),
    ("KAl(SO4)2·6H2O·6D2O", {"K": 1, "Al": 1, "S": 2, "O": 20, "H": 12, "D": 12}, None),
    ("GeSGe", {"Ge": 2, "S": 1}, None),
    ("NaBD4", {"Na": 1, "B": 1, "D": 4}, None),
    ("Et3N", {"C": 6, "H": 15, "N": 1}, None),
    ("NaBPh4", {"Na": 1, "B": 1, "C": 24, "H": 20}, None),
    ("PPh4Br", {"P": 1, "C": 24, "H": 20, "Br": 1}, None),
    ("Pd(OAc)2", {"Pd": 1, "C": 4, "H": 6, "O": 4}, None),
    ("PdCl2(PPh3)2", {"Pd": 1, "Cl": 2, "P": 2, "C": 36, "H": 30}, None),
    ("Au24Pt(TBBT)10(PDT)3(S(CH2)4S)", {"Au": 24, "Pt": 1, "C": 113, "H": 156, "S": 18}, None),
    ("[Ag25(DMBT)18]-", {"Ag": 25, "C": 144, "H": 162, "S": 18}, -1),
    ("[Au25(p-MBA)18]⁻", {"Au": 25, "C": 126, "H": 90, "O": 36, "S": 18}, -1),
    ("[Ag29(BDT)12]3-", {"Ag": 29, "C": 72, "H": 48, "S": 24}, -3),
    ("[Ag29(BDT)12]-3", {"Ag": 29, "C": 72, "H": 48, "S": 24}, -3),
    ("[Ag29(BDT)12]^3-", {"Ag": 29, "C": 72, "H": 48, "S": 24}, -3),
    ("[Au13(dppe)5Cl2]3+", {"Au": 13, "C": 130, "H": 120, "P": 10, "Cl": 2}, 3),
    ("[Au24Pt(PET)18]0", {"Au": 24, "Pt": 1, "C": 144, "H": 162, "S": 18}, 0),
    ("SO₄²⁻", {"S": 1, "O": 4}, -2),
    ("SO4^{2-}", {"S": 1, "O": 4}, -2),
    ("Cu^2+", {"Cu": 1}, 2),
    ("Cu++", {"Cu": 1}, 2),
    ("Au³⁺", {"Au": 1}, 3),
    ("Cl−", {"Cl": 1}, -1),
    ("K[{Ag(CN)2}2]", {"K": 1, "Ag": 2, "C": 4, "N": 4}, None),
]

# Formula, place (1-based), a word of the message.
UNREADABLE = [
    ("", 1, "missing at the end"),
    ("   ", 1, "missing at the end"),
    ("agno3", 1, "write Ag"),
    ("NABH4", 2, "write Na"),
    ("H2o", 3, "write O"),
    ("AgN03", 4, "write O if oxygen"),
    ("Na0.5", 3, "begins with 0"),
    ("C8H10Zz", 6, "'Zz' is no element"),
    ("[Ag25(DMTB)18]-", 8, "write DMBT"),
    ("[Au25(SR)18]-", 8, "varies"),
    ("HAuCl4·xH2O", 8, "varies"),
    ("HAuCl4·1.5H2O", 9, "whole numbers"),
    ("Ag1.5Cl", 4, "two ways"),
    ("HAuCl4·", 8, "missing at the end"),
    ("CuSO4 5H2O", 7, "no gaps"),
    ("2H2O", 1, "nothing before it"),
    ("[13C]H4", 2, "nothing before it"),
    ("¹³CH4", 1, "raised digits"),
    ("AgNO3)", 6, "never opened"),
    ("[Ag25", 1, "close it with ]"),
    ("[Ag25)", 6, "never opened"),
    ("Ag()", 3, "nothing between"),
    ("CH3C≡N", 5, "bonds"),
    ("CH3-CH3", 4, "bonds"),
    ("C6H6+H2O", 5, "'+' is no element"),
    ("SO42-", 5, "[SO4]2-"),
    ("Cu2+", 4, "[Cu]2+"),
    ("Ag(NH3)2+", 9, "[Ag(NH3)2]+"),
    ("PPh34", 1, "(PPh3)2"),
    ("AuSg", 4, "'g' is no element"),
    ("C6H5Ts", 5, "'Ts' is no element"),
    ("H1234567", 2, "so many"),
    ("Ag٣", 3, "is no element"),
    ("(" * 40 + "Ag" + ")" * 40, 22, "stand in brackets too often"),
    ("peptide(GG)", 1, "no element"),
    ("O: 0.2, H: 0.8", 2, "no element"),
]


@pytest.mark.parametrize(("formula", "counts", "charge"), READABLE)
def test_a_formula_gives_atoms_and_charge(formula, counts, charge):
    assert element_counts(formula) == counts
    assert charge_of(formula) == charge


@pytest.mark.parametrize(("formula", "position", "word"), UNREADABLE)
def test_a_formula_that_says_nothing_clear_is_refused_at_its_place(formula, position, word):
    with pytest.raises(FormulaError) as caught:
        molar_mass_g_per_mol(formula)
    assert caught.value.position == position
    assert word in str(caught.value)
    assert repr(formula) in str(caught.value)
    assert caught.value.hint


def test_an_error_survives_being_sent_to_another_process():
    with pytest.raises(FormulaError) as caught:
        element_counts("AgN03")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.position) == (str(caught.value), 4)


@given(NESTED)
def test_masses_and_atoms_are_those_that_molmass_finds(formula):
    oracle = Formula(formula.replace("[", "(").replace("]", ")"))
    assert molar_mass_g_per_mol(formula) == pytest.approx(oracle.mass, rel=1e-9)
    assert element_counts(formula) == {
        symbol: item.count for symbol, item in oracle.composition().items()
    }


@given(NESTED, NESTED, st.integers(1, 20))
def test_an_adduct_adds_its_atoms(salt, solvate, count):
    whole = element_counts(f"{salt}·{count}{solvate}")
    for element in {*element_counts(salt), *element_counts(solvate), *whole}:
        assert whole[element] == atoms_of(salt, element) + count * atoms_of(solvate, element)


@given(NESTED, st.integers(-12, 12).filter(bool))
def test_a_charge_changes_neither_atoms_nor_molar_mass(formula, charge):
    ion = f"[{formula}]{abs(charge)}{'+' if charge > 0 else '-'}"
    assert charge_of(ion) == charge
    assert element_counts(ion) == element_counts(formula)
    assert mz(ion) == mz(formula, charge) == mz({formula: 1}, charge)


@given(
    st.text(
        alphabet=st.sampled_from([*"AgAuCHNOSPBrlDMT0123456789()[]{}+-−^.·* ²⁻₃xR√"]), max_size=12
    )
)
def test_any_text_is_read_or_refused_at_a_place_in_it(text):
    try:
        counts = element_counts(text)
    except FormulaError as error:
        assert 1 <= error.position <= len(text) + 1
        assert error.hint
    else:
        assert counts
        assert all(count > 0 for count in counts.values())


@pytest.mark.parametrize("name", [*LIGAND_FRAGMENTS, *ORGANIC_GROUPS])
def test_every_abbreviation_stands_for_its_atoms(name):
    table = {**LIGAND_FRAGMENTS, **ORGANIC_GROUPS}
    doubled = element_counts(f"({name})2")
    assert doubled == {element: 2 * count for element, count in element_counts(table[name]).items()}


def test_own_abbreviations_stand_beside_the_known_ones_and_before_them():
    own = {"SR": "C2H5S", "PET": "SC3H6Ph"}
    counts = element_counts("Au25(SR)17PET", abbreviations=own)
    assert counts == {"Au": 25, "C": 17 * 2 + 9, "H": 17 * 5 + 11, "S": 18}
    assert atoms_of("Ag(BDT)L", "S", abbreviations={"L": "SPh"}) == 3
    assert mz("[Ag(L)2]-", abbreviations={"L": "SPh"}) == pytest.approx(
        mz("[Ag(SC6H5)2]-"), rel=1e-12
    )


def test_abbreviations_that_stand_for_each_other_are_refused():
    with pytest.raises(FormulaError, match="circle"):
        element_counts("Au(La)2", abbreviations={"La": "CLb", "Lb": "HLa"})


def test_parts_of_an_ion_may_be_counted_instead_of_written():
    parts = {"Ag": 53, "BDT": 12, "DMBT": 16}
    assert mz(parts, -3) == pytest.approx(mz("[Ag53(BDT)12(DMBT)16]3-"), rel=1e-12)


@pytest.mark.parametrize(
    ("species", "charge", "word"),
    [
        ("[Ag29(BDT)12]3-", -2, "charge -3, not -2"),
        ("Ag29(BDT)12", None, "no m/z"),
        ("Ag29(BDT)12", 0, "no m/z"),
        ("[Au24Pt(PET)18]0", None, "no m/z"),
        ({"Ag": 29}, None, "no m/z"),
    ],
)
def test_what_has_no_or_another_charge_has_no_mz(species, charge, word):
    with pytest.raises(ValueError, match=word.replace("+", r"\+")):
        mz(species, charge)


@given(st.integers(1, 200), st.integers(0, 200), st.integers(-5, 5))
def test_one_electron_more_is_one_charge_less(metals, bonds, charge):
    count = valence_electrons(metals, bonds, charge)
    assert valence_electrons(metals, bonds, charge - 1) == count + 1
    assert valence_electrons(metals + 1, bonds + 1, charge) == count


@given(st.floats(100.0, 2000.0))
def test_a_longer_wave_has_a_smaller_gap(wavelength_nm):
    assert optical_gap_ev(2 * wavelength_nm) == pytest.approx(optical_gap_ev(wavelength_nm) / 2)


@pytest.mark.parametrize("wavelength_nm", [0.0, -5.0, float("nan")])
def test_no_wave_has_no_gap(wavelength_nm):
    with pytest.raises(ValueError, match="above 0 nm"):
        optical_gap_ev(wavelength_nm)

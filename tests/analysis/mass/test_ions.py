"""Ions are read with their adducts and charges; what is wrong is told at its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.analysis.mass.ions import ELECTRON_DA, parse_ion
from ncrobot.analysis.mass.isotopes import monoisotopic_mass_da
from ncrobot.analysis.mass.ligands import LIGANDS, ligand_abbreviations
from ncrobot.chemistry import LIGAND_FRAGMENTS, FormulaError, element_counts

PET18 = {"Au": 25, "C": 144, "H": 162, "S": 18}
READABLE = [
    ("[Ag29(BDT)12]3-", {"Ag": 29, "C": 72, "H": 48, "S": 24}, -3),
    ("[Au25(SC2H4Ph)18]-", PET18, -1),
    ("Au25(p-MBA)18", {"Au": 25, "C": 126, "H": 90, "O": 36, "S": 18}, None),
    ("[Ag44(p-MBA)30]4-", {"Ag": 44, "C": 210, "H": 150, "O": 60, "S": 30}, -4),
    ("[Au25(p-MBA)18-3H]4-", {"Au": 25, "C": 126, "H": 87, "O": 36, "S": 18}, -4),
    ("[Au25(SG)18 - 6H]7-", {"Au": 25, "C": 180, "H": 282, "N": 54, "O": 108, "S": 18}, -7),
    ("[Au25(PET)18+Cs]+", {**PET18, "Cs": 1}, 1),
    (" [Au25(PET)18 + 2 Cs]2+ ", {**PET18, "Cs": 2}, 2),
    ("[Au25(PET)18 + Cs − PET]⁺", {"Au": 25, "C": 136, "H": 153, "S": 17, "Cs": 1}, 1),
    ("[Au25(PET)18 + PPh4]0", {"Au": 25, "C": 168, "H": 182, "S": 18, "P": 1}, 0),
    ("[Ag32(BDTA)12(PPh3)10]", {"Ag": 32, "C": 264, "H": 198, "O": 24, "S": 24, "P": 10}, None),
    ("[Au25(S-Adm)18]-", {"Au": 25, "C": 180, "H": 270, "S": 18}, -1),
    ("Cl-", {"Cl": 1}, -1),
]

# Text, place (1-based), a word of the message.
UNREADABLE = [
    ("[Au25(PET)18 + Cx]+", 17, "'x' is no element"),
    ("[Au25(PET)18 + 2Cz - H]+", 18, "'z' is no element"),
    ("[Au25(DMTB)18 - H]2-", 8, "write DMBT"),
    ("[Au25(SR)18 + Cs]+", 8, "varies"),
    ("[Au25(PET)18 - 200H]-", 19, "more H is taken away"),
    ("[Au25(PET)18 + Cs⁺]+", 18, "charge of its own"),
    ("[Au25(PET)18 + [Cs]+]+", 21, "missing"),
    ("[Au25(PET)18 + ]+", 16, "missing"),
    ("[Au25(PET)18 + Cs]3*", 21, "missing at the end"),
    ("[Au25(PET)18 + Cs", 1, "isn't closed"),
    ("", 1, "missing at the end"),
]


@pytest.mark.parametrize(("text", "counts", "charge"), READABLE)
def test_an_ion_gives_atoms_and_charge(text, counts, charge):
    ion = parse_ion(text)
    assert dict(ion.counts) == counts
    assert ion.charge == charge
    assert str(ion) == text.strip()


@pytest.mark.parametrize(("text", "position", "word"), UNREADABLE)
def test_what_is_wrong_is_told_at_its_place(text, position, word):
    with pytest.raises(FormulaError) as caught:
        parse_ion(text)
    assert word in str(caught.value)
    assert caught.value.position == position
    assert caught.value.formula == text


@given(st.text(alphabet="[]()AuAgSPETBDT0123456789+-−· HMCs⁻", max_size=25))
def test_any_text_is_read_or_refused_at_a_place_in_it(text):
    try:
        ion = parse_ion(text)
    except FormulaError as error:
        assert 1 <= error.position <= len(text) + 1
        assert error.formula == text
    else:
        assert all(count >= 0 for count in ion.counts.values())


@pytest.mark.parametrize("symbol", LIGANDS)
def test_a_bound_ligand_is_the_free_one_without_a_hydrogen_for_each_site(symbol):
    ligand = LIGANDS[symbol]
    free, bound = element_counts(ligand.free_formula), element_counts(ligand.bound_formula)
    assert free.get("H", 0) - bound.get("H", 0) == ligand.sites
    assert {**free, "H": 0} == {**bound, "H": 0}
    if ligand.sites:
        assert bound["S"] == ligand.sites
    if symbol in LIGAND_FRAGMENTS:
        assert bound == element_counts(LIGAND_FRAGMENTS[symbol])


def test_every_ligand_that_chemistry_knows_is_in_the_table():
    counter_ions = {"PPh4", "TOA", "OAc"}
    assert set(LIGAND_FRAGMENTS) - counter_ions <= set(LIGANDS)


def test_own_abbreviations_stand_before_the_known_ones():
    own = {"MyL": "C3H7S", "PET": "C2H5S"}
    assert parse_ion("[Au25(MyL)18]-", abbreviations=own).counts["C"] == 54
    assert parse_ion("[Au25(PET)18 + Cs]+", abbreviations=own).counts["C"] == 36
    assert ligand_abbreviations(own)["PET"] == "C2H5S"


def test_the_electrons_of_a_charge_are_counted():
    neutral = parse_ion("Au25(PET)18")
    mass = monoisotopic_mass_da(neutral.counts)
    anion, cation = neutral.with_charge(-2), neutral.with_charge(3)
    assert anion.mz_of_mass(mass) == pytest.approx(mass / 2 + ELECTRON_DA, abs=1e-9)
    assert cation.mz_of_mass(mass) == pytest.approx(mass / 3 - ELECTRON_DA, abs=1e-9)
    assert (anion.name, cation.name) == ("[Au25(PET)18]2-", "[Au25(PET)18]3+")
    assert anion.with_charge(-1).name == "[Au25(PET)18]-"
    assert dict(parse_ion(cation.name).counts) == dict(neutral.counts)


@pytest.mark.parametrize("text", ["Au25(PET)18", "[Au25(PET)18]0"])
def test_without_a_charge_there_is_no_mz(text):
    with pytest.raises(ValueError, match="give its charge"):
        parse_ion(text).mz_of_mass(7391.0)


def test_a_charge_may_stand_beside_but_not_against_the_text():
    assert parse_ion("Au25(PET)18", -1).charge == -1
    assert parse_ion("[Au25(PET)18]-", -1).charge == -1
    with pytest.raises(ValueError, match="has the charge -1, not -2"):
        parse_ion("[Au25(PET)18]-", -2)


def test_m_stands_for_a_molecule():
    ion = parse_ion("[M + 2Cs]2+", molecule="Au25(PET)18")
    assert dict(ion.counts) == {**PET18, "Cs": 2}
    assert ion.name == "[Au25(PET)18 + 2Cs]2+"
    assert parse_ion("[M-H]-", molecule="[C7H6O2S]").counts["H"] == 5
    with pytest.raises(FormulaError, match="'M' is no element"):
        parse_ion("[M+Cs]+")

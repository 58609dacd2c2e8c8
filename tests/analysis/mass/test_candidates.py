"""Series hold every member once, and each member is the formula that its name says."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.analysis.mass.candidates import (
    alloy_series,
    charge_states,
    deprotonated,
    exchange_series,
    in_window,
    ligand_sites,
    near_mz,
    with_cations,
    with_change,
    with_losses,
)
from ncrobot.analysis.mass.envelopes import envelope
from ncrobot.analysis.mass.ions import parse_ion
from ncrobot.chemistry import FormulaError


def names(ions):
    return [ion.name for ion in ions]


def test_an_exchange_series_of_one_point_ligands():
    series = exchange_series("Au25", ("PET", "TBBT"), 18, -1)
    assert len(series) == 19
    assert names(series)[:2] == ["[Au25(PET)18]-", "[Au25(PET)17(TBBT)1]-"]
    assert names(series)[-1] == "[Au25(TBBT)18]-"


def test_a_dithiol_takes_two_places():
    series = exchange_series("Au24Pt", ("TBBT", "PDT"), 18, -1)
    assert "[Au24Pt(TBBT)12(PDT)3]-" in names(series)
    assert len(series) == 10
    three = exchange_series("Au24Pt", ("PET", "TBBT", "PDT"), 18, -1)
    assert len(three) == len(set(names(three))) == sum(18 - 2 * k + 1 for k in range(10))


@given(
    st.integers(1, 12),
    st.lists(st.sampled_from(["PET", "TBBT", "PDT"]), min_size=1, max_size=3, unique=True),
)
def test_every_member_fills_the_places_and_is_what_its_name_says(total, ligands):
    for ion in exchange_series("Au25", ligands, total, -1):
        assert dict(parse_ion(ion.name).counts) == dict(ion.counts)
        assert ion.counts["S"] == total
        assert ion.charge == -1


def test_an_alloy_series():
    series = alloy_series(("Au", "Ag"), 25, "(PET)18", -1)
    assert len(series) == 26
    assert names(series)[:2] == ["[Au25(PET)18]-", "[Au24Ag1(PET)18]-"]
    steps = [envelope(ion).mean_mz for ion in series]
    assert {round(a - b, 1) for a, b in pairwise(steps)} == {89.1}
    assert len(alloy_series(("Au", "Ag", "Cu"), 4, "(PET)4", -1)) == 15


def test_own_ligands_need_their_sites():
    assert ligand_sites("PDT") == 2
    assert ligand_sites("X", {"X": 3}) == 3
    with pytest.raises(ValueError, match="give its sites"):
        ligand_sites("X")
    series = exchange_series("Au4", ("X",), 4, 1, abbreviations={"X": "C2H4S2"}, sites={"X": 2})
    assert names(series) == ["[Au4(X)2]+"]
    assert series[0].counts["S"] == 4


@pytest.mark.parametrize(
    ("ligands", "sites"),
    [((), 18), (("PET",), 0), (("PPh3",), 18)],
    ids=["none", "no place", "takes none"],
)
def test_a_series_needs_places_and_ligands(ligands, sites):
    with pytest.raises(ValueError, match="a series needs"):
        exchange_series("Au25", ligands, sites, -1)


def test_alloys_need_metals_and_atoms():
    with pytest.raises(ValueError, match="needs metals"):
        alloy_series((), 25, "(PET)18", -1)
    with pytest.raises(FormulaError):
        alloy_series(("Xx",), 25, "(PET)18", -1)


def test_ions_around_a_cluster():
    acid = parse_ion("[Au25(SG)18]-")
    lost = deprotonated(acid, (-1, -3, 2))
    assert names(lost) == ["[Au25(SG)18]-", "[Au25(SG)18 - 2H]3-"]
    assert lost[1].counts["H"] == acid.counts["H"] - 2
    cations = with_cations(parse_ion("[Au25(PET)18]-"), ["Cs", "TOA"])
    assert names(cations) == ["[Au25(PET)18 + 2Cs]+", "[Au25(PET)18 + 2TOA]+"]
    losses = with_losses(parse_ion("[Ag29(BDT)12(PPh3)4]3-"), ["PPh3"], most=6)
    assert names(losses)[-1] == "[Ag29(BDT)12(PPh3)4 - 4PPh3]3-"
    assert losses[-1].counts["C"] == 72
    assert names(charge_states(acid, (-1, 0, 2))) == ["[Au25(SG)18]-", "[Au25(SG)18]2+"]


@given(st.sampled_from(["+Cs", "+2Na", "-H", "-6H", "+PPh4", "-SG"]), st.integers(-8, 8))
def test_a_changed_ion_reads_back(change, charge):
    ion = with_change(parse_ion("[Au25(SG)18]-"), change, charge)
    again = parse_ion(ion.name)
    assert dict(again.counts) == dict(ion.counts)
    assert again.charge == ion.charge == charge


def test_more_than_there_is_can_not_be_taken():
    with pytest.raises(FormulaError, match="taken away"):
        with_change(parse_ion("[Au25(SG)18]-"), "-Cs", -2)
    with pytest.raises(FormulaError, match="no element"):
        with_losses(parse_ion("[Au25(SG)18]-"), ["Xy"])


def test_a_window_holds_what_lies_in_it():
    series = alloy_series(("Au", "Ag"), 25, "(PET)18", -1)
    found = in_window(series, 6900.0, 7200.0)
    assert all(6900.0 <= envelope(ion).mean_mz <= 7200.0 for ion in found)
    assert len(found) == 3
    near = near_mz(series, 7394.2, 100.0)
    assert near[0].name == "[Au25(PET)18]-"

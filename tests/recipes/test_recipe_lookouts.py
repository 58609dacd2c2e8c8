"""What analysis is to look for follows from the protocol, and its printed figures are consistent."""

from functools import cache
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from analysis.mass.spectra_kit import drawn
from ncrobot.analysis.mass import Resolution, Verdict, identify
from ncrobot.protocol import Protocol, load_protocol
from ncrobot.recipes import ions_to_match, load_catalogue, lookouts_of
from ncrobot.recipes.lookouts import figures

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "protocols"
CATALOGUE = load_catalogue(FOLDER / "catalogue.yaml")
FILES = sorted({entry.protocol for entry in CATALOGUE.entries if entry.protocol})


PRINTED = YAML(typ="safe").load(
    (ROOT / "tests" / "data" / "protocol_expected.yaml").read_text(encoding="utf-8")
)
PROTOCOLS = {entry.key: entry.protocol for entry in CATALOGUE.entries}


def _protocol(**parts):
    return Protocol.model_validate(
        {
            "ncrobot": "protocol/1",
            "name": "made",
            "title": "Made up",
            "materials": {"water": {"name": "water", "role": "solvent"}},
            "stocks": {"water": {"of": "water", "neat": True}},
            "vessel": {"final_volume": "1 mL"},
            "steps": [{"do": "add", "stock": "water", "volume": "100 µL"}],
            **parts,
        }
    )


@cache
def _shipped(name):
    return lookouts_of(load_protocol(FOLDER / name).protocol)


@pytest.mark.parametrize("name", FILES)
def test_printed_mz_agree_with_their_formulas(name):
    for lookout in _shipped(name):
        for ion in lookout.ions:
            doubted = any(word in (ion.note or "") for word in ("as printed", "doesn't fit"))
            assert ion.agrees is not False or doubted, (ion.formula, ion.mz_printed)
            assert ion.mz is not None


@pytest.mark.parametrize("name", FILES)
def test_every_protocol_tells_what_may_come_out(name):
    assert load_protocol(FOLDER / name).protocol.expected


@pytest.mark.parametrize("key", PRINTED)
def test_what_a_paper_prints_of_a_species_is_what_the_protocol_tells(key):
    told = {each.species: each for each in load_protocol(FOLDER / PROTOCOLS[key]).protocol.expected}
    for species, figures_of in PRINTED[key].items():
        for field, printed in figures_of.items():
            found = getattr(told[species], field)
            if field == "ions":
                assert {ion.formula or species: ion.mz for ion in found} == printed
            else:
                assert found == (tuple(printed) if isinstance(printed, list) else printed)


@pytest.mark.parametrize("name", FILES)
def test_each_species_is_told_once_and_doesnt_look_like_itself(name):
    found = _shipped(name)
    assert len({(each.species, each.part) for each in found}) == len(found)
    assert all(each.species not in each.same_as for each in found)


def test_the_targets_own_ion_is_sought_if_nothing_else_tells_it():
    protocol = _protocol(target={"formula": "[Ag25(DMBT)18]-", "charge": -1})
    (lookout,) = lookouts_of(protocol)
    assert lookout.part == "target"
    assert lookout.ions[0].mz_of_formula == pytest.approx(5166.7, abs=0.1)
    assert lookout.ions[0].agrees is None


def test_a_neutral_target_without_bands_gives_nothing_to_look_for():
    assert lookouts_of(_protocol(target={"formula": "Au24Pt(PET)18"})) == ()


def test_a_formula_that_stands_for_many_keeps_its_printed_figure():
    ion = {"mz": 7394, "charge": -1}
    protocol = _protocol(expected=[{"species": "[Au25(SR)18]-", "part": "target", "ions": [ion]}])
    (lookout,) = lookouts_of(protocol)
    assert lookout.ions[0].mz == 7394
    assert lookout.ions[0].mz_of_formula is None
    assert ions_to_match(protocol) == ()


def test_a_printed_figure_that_differs_is_told():
    ion = {"mz": 1810, "charge": -1}
    protocol = _protocol(
        expected=[{"species": "[PtAg9(BDT)4S3]-", "part": "intermediate", "ions": [ion]}]
    )
    (lookout,) = lookouts_of(protocol)
    assert lookout.ions[0].agrees is False
    assert "they differ" in " ".join(figures(lookout))


def test_what_is_sought_is_found_in_a_spectrum_of_it():
    protocol = _protocol(
        target={"formula": "[Ag29(BDT)12]3-", "charge": -3},
        expected=[
            {"species": "[Ag25(DMBT)18]-", "part": "parent", "ions": [{"mz": 5166.7, "charge": -1}]}
        ],
    )
    ions = ions_to_match(protocol)
    spectrum = drawn({"[Ag29(BDT)12]3-": 100.0}, noise=0.5)
    verdicts = {m.ion: m.verdict for m in identify(spectrum, ions, Resolution(power=20_000))}
    assert verdicts["[Ag29(BDT)12]3-"] == Verdict.MATCHED
    assert verdicts["[Ag25(DMBT)18]-"] != Verdict.MATCHED


def test_regions_are_told_in_words():
    expected = [
        {"species": "dimers", "part": "target", "region_mz": [3000, 3500], "region_nm": [450, 550]}
    ]
    (lookout,) = lookouts_of(_protocol(expected=expected))
    assert lookout.is_seen
    told = " ".join(figures(lookout))
    assert "between m/z 3000 and 3500" in told
    assert "between 450 and 550 nm" in told

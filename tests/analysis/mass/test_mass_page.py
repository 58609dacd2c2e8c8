"""The page about mass spectra tells what the code does: envelopes, ions, ligands, states, verdicts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ncrobot.analysis.mass import LIGANDS, ReadState, Verdict, envelope, parse_ion

PAGE = (Path(__file__).parents[3] / "docs" / "analysis-mass.md").read_text("utf-8")
ENVELOPES = re.findall(
    r"^\| `(\[[^`]+)` \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| (\d+) \|$", PAGE, re.MULTILINE
)


@pytest.mark.parametrize("row", ENVELOPES, ids=lambda row: row[0])
def test_the_table_of_envelopes(row):
    ion, strongest, mean, spacing, lines = row
    found = envelope(parse_ion(ion), least_share=1e-6)
    assert found.strongest_mz == pytest.approx(float(strongest), abs=6e-4)
    assert found.mean_mz == pytest.approx(float(mean), abs=6e-4)
    strong = found.abundance >= 0.01 * found.abundance.max()
    assert int(strong.sum()) == int(lines)
    assert found.spacing_mz == pytest.approx(float(spacing), abs=1.5e-3)


def test_there_are_rows():
    assert len(ENVELOPES) == 5


def test_every_ion_on_the_page_is_read():
    ions = re.findall(r"`(\[[A-Z][^`]*\][0-9]*[+-])`", PAGE)
    assert len(ions) > 6
    for ion in ions:
        assert parse_ion(ion, molecule="Au25(PET)18" if ion.startswith("[M") else None).charge


def test_every_ligand_is_told():
    section = PAGE.partition("Known are")[2].partition("Others can be told")[0]
    told = set(re.findall(r"[A-Za-z][\w-]*", section))
    assert set(LIGANDS) - {"pMBA", "MBA", "S-Adm"} <= told


@pytest.mark.parametrize("words", [Verdict, ReadState])
def test_every_word_is_told(words):
    assert set(words) <= set(re.findall(r"^\| `([a-z_]+)` \|", PAGE, re.MULTILINE))

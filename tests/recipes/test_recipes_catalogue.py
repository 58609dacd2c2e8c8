"""The catalogue: whole, its files exist, and its page in the documentation is up to date."""

from functools import cache
from pathlib import Path

import pytest

from ncrobot.errors import LabError
from ncrobot.protocol import load_conditions, load_protocol
from ncrobot.recipes import FEATURES, features_of, load_catalogue
from ncrobot.recipes.coverage import coverage_page

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "protocols"
CATALOGUE = load_catalogue(FOLDER / "catalogue.yaml")
WRITTEN = [entry for entry in CATALOGUE.entries if entry.protocol is not None]


def test_it_holds_all_reaction_systems():
    assert len(CATALOGUE.entries) == 84
    assert [entry.key for entry in CATALOGUE.entries if not entry.is_written] == []


@cache
def _source(name):
    return load_protocol(FOLDER / name)


@pytest.mark.parametrize("entry", WRITTEN, ids=lambda entry: entry.key)
def test_the_files_of_an_entry_exist_and_fit_each_other(entry):
    source = _source(entry.protocol)
    assert source.protocol.sources
    assert (ROOT / "deck_layouts" / f"{entry.deck}.yaml").is_file()
    for table in entry.tables:
        assert load_conditions(FOLDER / table, source).rows


def test_every_shipped_protocol_belongs_to_an_entry():
    named = {entry.protocol for entry in WRITTEN}
    shipped = {
        path.relative_to(FOLDER).as_posix()
        for path in FOLDER.rglob("*.yaml")
        if path.name != "catalogue.yaml"
    }
    # The plate of README and tutorial varies the number of portions, which no paper did.
    assert shipped == named | {"au25_pmba_portions.yaml"}


def test_every_table_belongs_to_an_entry():
    named = {table for entry in WRITTEN for table in entry.tables}
    shipped = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.csv")}
    assert shipped == named | {"au25_pmba_portions.csv"}


def test_the_page_is_up_to_date():
    page = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    assert page == coverage_page(CATALOGUE, FOLDER), "run make coverage"


def test_features_have_names_of_their_own():
    names = [feature.name for feature in FEATURES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_every_feature_has_a_page_that_shows_how_to_use_it(feature):
    assert "```yaml" in (ROOT / "docs" / feature.guide).read_text(encoding="utf-8")


def test_features_follow_from_the_protocol():
    protocol = load_protocol(FOLDER / "au25_pmba_portions.yaml").protocol
    assert {"ratio", "electrons", "portions", "stir", "sample"} <= set(features_of(protocol))
    assert not {"person", "measure", "off deck"} & set(features_of(protocol))


def _catalogue(tmp_path, entry):
    path = tmp_path / "catalogue.yaml"
    common = "title: Something, source: a, where: here, verdict: full, printed: words, missing: all"
    path.write_text(
        f"ncrobot: catalogue/1\nsources: {{a: A}}\nentries:\n  - {{key: one, {common}}}\n"
        f"  - {{{entry}, {common}}}\n",
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("key: one", "there twice"),
        ("key: two, protocol: a.yaml", "belong together"),
        ("key: Two words", "key"),
    ],
)
def test_a_wrong_catalogue_is_refused(tmp_path, entry, told):
    with pytest.raises(LabError, match=told):
        load_catalogue(_catalogue(tmp_path, entry))

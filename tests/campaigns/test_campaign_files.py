"""Campaign files: what is read, and every mistake at its line."""

from __future__ import annotations

import re

import pytest

from campaigns.campaign_kit import SHIPPED, campaign, loaded, small
from ncrobot.campaigns import load_campaign
from ncrobot.errors import LabError


def test_the_shipped_campaign_fills_a_whole_plate():
    found = load_campaign(SHIPPED).campaign
    layout = found.layout
    assert layout.capacity * found.plate.replicates + found.plate.reserved == 96
    assert found.stop.rounds == 5


def test_a_change_of_what_reacts_is_no_other_campaign_but_any_other_is():
    one = campaign()
    assert one.identity() == campaign(simulated={"chemistry": "silver_dithiolate"}).identity()
    assert one.identity() != campaign(stop={"rounds": 3}).identity()


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"figures": {"bond680": {"kind": "absorbance", "nm": 680}}}, "search", "no figure"),
        ({"failed_if": {"hase": {"above": 1}}}, "failed_if", "did you mean 'haze'"),
        (
            {"executed": {"portion": {"kind": "count", "step": "reduction"}}},
            "executed",
            "'portions'",
        ),
        ({"blank": "no_metal"}, "blank", "not on the plate"),
        ({"plate": {"columns": 1, "controls": {"blank": 8}}}, "plate", "no wells for suggestions"),
        ({"stop": {}}, "stop", "rounds"),
        ({"optimiser": {}}, "optimiser", "did you mean 'optimizer'"),
        ({"stop": {"rounds": 2, "good_enough": {"band68": 1}}}, "stop", "did you mean 'band680'"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path, change, field, words):
    with pytest.raises(LabError) as refused:
        loaded(tmp_path, **change)
    finding = refused.value.diagnostics[0]
    text = (tmp_path / "small.campaign.yaml").read_text().splitlines()
    told = f"{finding.message} {finding.fix} {finding.allowed}"
    assert words in told, told
    assert finding.line is not None
    below = "\n".join(text[: finding.line])
    assert re.search(rf"^{field}:", below, re.MULTILINE), (finding.line, below[-200:])


def test_a_band_stands_between_its_wavelengths(tmp_path):
    figures = small()["figures"] | {"odd": {"kind": "band", "nm": 800, "between": [600, 760]}}
    with pytest.raises(LabError, match="between the two"):
        loaded(tmp_path, figures=figures)

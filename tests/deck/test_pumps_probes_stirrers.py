"""Wrong pumps, probes and stirrers of a layout: each is told with what would mend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ncrobot.deck import read_deck
from ncrobot.errors import DeckError

FOLDER = Path(__file__).parents[2] / "deck_layouts"
PUMP = (FOLDER / "ot2_96_pump.yaml").read_text(encoding="utf-8")
PROBE = "  probe: {kind: ph_probe, driver: atlas.ezo_ph, beside: %s, read_s: 1%s}\nlabware:\n"
FIXED = "    outlets: {'2': A1, '4': B1}\n"


def codes(text):
    try:
        read_deck(text, "deck.yaml")
    except DeckError as error:
        assert all(each.line is not None for each in error.diagnostics)
        return {each.code for each in error.diagnostics}
    return set()


def with_probe(beside="hydride_pump", more=""):
    return PUMP.replace("\nlabware:\n", "\n" + PROBE % (beside, more), 1)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (with_probe("cooler"), "probe-nowhere"),
        (with_probe("nothing"), "probe-nowhere"),
        (with_probe().replace('    needle: "2"\n', FIXED), "probe-nowhere"),
        (with_probe(more=", rinse: nowhere/A1"), "probe-rinse"),
        (PUMP.replace("prime_ul: 80", "prime_ul: 80\n    air_gap_ul: 61"), "pump-air-gap"),
        (
            PUMP.replace("prime_ul: 80", "prime_ul: 80\n    air_gap_ul: 5").replace(
                '    needle: "2"\n', FIXED
            ),
            "pump-air-gap",
        ),
        (
            PUMP.replace("    start_s: 5", "    turns_rpm: 500\n    start_s: 5"),
            "stirrer-under-reaction",
        ),
        (PUMP.replace("    start_s: 5", "    turns_rpm: 5000\n    start_s: 5"), "stirrer-speed"),
        (PUMP.replace("robot: opentrons.ot2", "robot: tecan.evoo"), "unknown-word"),
    ],
)
def test_what_is_wrong_is_told(text, code):
    assert code in codes(text)


@pytest.mark.parametrize(
    "text",
    [
        with_probe(),
        with_probe(more=", rinse: water_trough/A1, rinse_s: 3"),
        PUMP.replace("prime_ul: 80", "prime_ul: 80\n    air_gap_ul: 5"),
    ],
)
def test_what_is_right_is_taken(text):
    assert text != PUMP
    assert codes(text) == set()

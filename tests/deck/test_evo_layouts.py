"""An EVO's layout: what PyLabRobot can't do with one is refused at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from ncrobot.deck import DeckLayout, build_pylabrobot_deck, read_deck
from ncrobot.deck.layout import Shaker
from ncrobot.errors import DeckError

FOLDER = Path(__file__).parents[2] / "deck_layouts"
EVO = (FOLDER / "evo150_96.yaml").read_text(encoding="utf-8")
STARLET = (FOLDER / "starlet_96.yaml").read_text(encoding="utf-8")
OT2 = (FOLDER / "ot2_96.yaml").read_text(encoding="utf-8")

STOCKS = "stock_plate_1, definition: DeepWell_96_Well"
# fmt: off
CASES = {
    "no such width": (EVO, "robot: tecan.evo150", "robot: tecan.evo", "unknown-word", "robot:", "tecan.evo100, tecan.evo150 or tecan.evo200"),
    "gripper": (EVO, "gripper: false", "gripper: true", "no-gripper-here", "gripper:", "people carry"),
    "four of eight tips": (EVO, "simultaneous: 8", "simultaneous: 4", "channels-of-evo", "simultaneous:", "one bar"),
    "too quick": (EVO, "aspirate_ul_per_s: 100", "aspirate_ul_per_s: 1200", "rate-of-evo", "aspirate_ul_per_s", "1 to 1000"),
    "several doses out of one draw": (EVO, "max_ul: 200,", "max_ul: 200, multi_dispense_ul: 20,", "no-multi-dispense-here", "t200", "delete it"),
    "a microlitre": (EVO, "min_ul: 3,", "min_ul: 1,", "tip-beyond-evo", "t200", "3 to 1000"),
    "trough": (EVO, STOCKS, "stock_plate_1, definition: nest_12_troughplate_15000uL_Vb", "not-for-evo", "stock_plate_1", "a column of wells each"),
    "another maker's plate": (EVO, STOCKS, "stock_plate_1, definition: NEST_96_wellplate_2200uL_Ub", "not-for-evo", "stock_plate_1", "DeepWell_96_Well"),
    "384 wells": (EVO, STOCKS, "stock_plate_1, definition: Plate_384_Well", "too-close-for-evo", "stock_plate_1", "96 places"),
    "wells of 8.9 mm": (EVO, STOCKS, "stock_plate_1, definition: Qiagen_Plate_96_Well", "too-close-for-evo", "stock_plate_1", "8.9 mm"),
    "tips of unknown length": (EVO, "tips_200_1, definition: DiTi_200ul_SBS_LiHa", "tips_200_1, definition: DiTi_200ul_LiHa", "unusable-definition", "tips_200_1", "total_tip_length"),
    "over the wash station": (EVO, "DiTi_SBS_3_Pos_MCA96, rails: 2}", "DiTi_SBS_3_Pos_MCA96, rails: 1}", "rails-out-of-range", "tip_carrier_1", "wash station"),
    "off the deck": (EVO, "MP_3Pos, rails: 14}", "MP_3Pos, rails: 44}", "rails-out-of-range", "plate_carrier", "rails 2 to 45"),
    "overlap": (EVO, "MP_3Pos, rails: 14}", "MP_3Pos, rails: 12}", "carriers-overlap", "plate_carrier", "same rails"),
    "too far back": (EVO, "at_mm: [575, 50, 0]", "at_mm: [575, 300, 0]", "out-of-reach", "reaction_plate", "further to the front"),
    "Hamilton's carrier": (EVO, "definition: MP_3Pos,", "definition: PLT_CAR_L5AC_A00,", "wrong-carrier", "plate_carrier", "22.5"),
    "plate in a slot": (EVO, "carrier: plate_carrier, site: 0", "slot: 3", "wrong-kind-of-place", "slot: 3", "carriers, no slots"),
    "name of a fixed part": (EVO, "name: sample_plate", "name: wash_station", "reserved-name", "Microplate_96", "fixed part"),
    "EVO's carrier on a STARlet": (STARLET, "definition: PLT_CAR_L5AC_A00", "definition: MP_3Pos", "wrong-carrier", "plate_carrier", "25"),
    "EVO's tips on a STARlet": (STARLET, "tips_10_1, definition: hamilton_96_tiprack_10uL_filter", "tips_10_1, definition: DiTi_1000ul_SBS_LiHa", "wrong-tips", "tips_10_1", "hamilton.starlet"),
    "module at a point of an OT-2": (OT2, "slot: 1, on: shaker", "on: shaker", "no-place", "reaction_plate", "give its slot"),
}
# fmt: on


@pytest.mark.parametrize("name", CASES)
def test_what_an_evo_cannot_do_is_told_at_its_line(name):
    text, old, new, code, line, says = CASES[name]
    assert text.count(old) == 1
    wrong = text.replace(old, new)
    with pytest.raises(DeckError) as caught:
        read_deck(wrong, "deck.yaml")
    found = [each for each in caught.value.diagnostics if each.code == code]
    assert found, str(caught.value)
    told = str(DeckError(found))
    assert says in told
    assert line in wrong.splitlines()[(found[0].line or 1) - 1]


def test_all_channels_may_act_one_by_one():
    layout = read_deck(EVO.replace("simultaneous: 8", "simultaneous: 1"))
    assert len(layout.arm.all_heads()) == 8


@pytest.mark.parametrize(("word", "width_mm"), [("100", 940), ("150", 1315), ("200", 1915)])
def test_the_decks_are_as_wide_as_their_names_say(word, width_mm):
    layout = read_deck(EVO.replace("tecan.evo150", f"tecan.evo{word}"))
    deck = build_pylabrobot_deck(layout)
    assert deck.get_size_x() == width_mm
    assert deck.has_resource("wash_station")
    at = deck.get_resource("reaction_plate").get_location_wrt(deck)
    assert (at.x, at.y, at.z) == pytest.approx((575 + 7.1, 50 + 6.8, 60.0))


def test_what_may_stand_at_a_point_keeps_the_hash_of_layouts_where_nothing_does():
    shaker = next(d for d in read_deck(STARLET).devices.values() if isinstance(d, Shaker))
    assert "at_mm" not in shaker.model_dump()
    assert shaker.at_mm is None
    layout = read_deck(EVO)
    assert DeckLayout.model_validate_json(layout.model_dump_json()) == layout

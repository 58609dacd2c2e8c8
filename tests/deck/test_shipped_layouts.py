"""Every layout that is shipped loads, stands in PyLabRobot, and is fit for a plate of 96."""

from __future__ import annotations

import itertools
import json
import logging
from pathlib import Path

import pytest
from pylabrobot.liquid_handling.channel_positioning import compute_channel_offsets

from ncrobot.deck import (
    Deck,
    DeckLayout,
    build_pylabrobot_deck,
    check_deck,
    find_container,
    load_deck,
)
from ncrobot.deck.layout import TemperatureBlock
from ncrobot.errors import DeckError
from ncrobot.labware.decks import EVOS

LAYOUTS = sorted((Path(__file__).parents[2] / "deck_layouts").glob("*.yaml"))


@pytest.fixture(params=LAYOUTS, ids=lambda path: path.stem)
def layout(request) -> DeckLayout:
    return load_deck(request.param)


@pytest.fixture
def subject(layout) -> Deck:
    return Deck(layout)


def test_there_are_layouts():
    assert {path.stem for path in LAYOUTS} >= {"starlet_96", "starlet_96_glass", "ot2_96"}


def test_file_is_named_after_its_layout(layout):
    assert layout.name in {path.stem for path in LAYOUTS}
    assert check_deck(layout) == ()


def test_layout_survives_json(layout):
    again = DeckLayout.model_validate_json(layout.model_dump_json())
    assert again == layout
    assert again.content_hash() == layout.content_hash()
    assert json.loads(layout.model_dump_json())["ncrobot"] == "deck/1"


def test_every_address_is_a_container_of_the_same_capacity(layout, subject, caplog):
    with caplog.at_level(logging.WARNING):
        deck = build_pylabrobot_deck(layout)
    assert caplog.messages == []
    for placed in layout.labware:
        definition = subject.definition(placed.name)
        seen = set()
        for well in subject.wells(placed.name):
            item = find_container(deck, f"{placed.name}/{well}")
            seen.add(item.name)
            if definition.kind == "tip_rack":
                assert item.has_tip()
            else:
                capacity_ul = subject.capacity_ul(f"{placed.name}/{well}")
                assert item.tracker.max_volume == item.max_volume == capacity_ul
        assert len(seen) == len(definition.wells)


def test_labware_on_a_device_stands_in_its_nest(layout, subject):
    deck = build_pylabrobot_deck(layout)
    carried = [placed for placed in layout.labware if placed.on is not None]
    assert carried
    for placed in carried:
        nest = deck.get_resource(subject.device_under(placed.name))
        assert nest.resource.name == placed.name


def test_no_two_pieces_of_labware_share_space(layout):
    deck = build_pylabrobot_deck(layout)
    boxes = []
    for placed in layout.labware:
        resource = deck.get_resource(placed.name)
        at = resource.get_location_wrt(deck)
        boxes.append(
            (placed.name, at.x, at.x + resource.get_size_x(), at.y, at.y + resource.get_size_y())
        )
    for index, (name, left, right, front, back) in enumerate(boxes):
        for other, left_2, right_2, front_2, back_2 in boxes[index + 1 :]:
            overlap = (
                min(right, right_2) - max(left, left_2) > 0.5
                and min(back, back_2) - max(front, front_2) > 0.5
            )
            assert not overlap, f"{name} and {other} overlap"


def test_tips_cover_every_volume_between_the_smallest_and_the_largest(layout, subject):
    reach_ul = 0.0
    for tip in sorted(layout.arm.tips, key=lambda tip: tip.min_ul):
        assert reach_ul == 0.0 or tip.min_ul <= reach_ul
        reach_ul = max(reach_ul, tip.max_ul)
        assert len(subject.tips(tip.name)) >= 96
    # PyLabRobot has no figures for less than 3 µL on an EVO.
    assert min(tip.min_ul for tip in layout.arm.tips) <= (3.0 if layout.robot in EVOS else 1.0)
    assert reach_ul >= 300.0


def test_there_is_room_for_the_stocks_of_a_plate(layout, subject):
    warm, cold = [], []
    for placed in subject.with_role("stocks"):
        device = layout.devices.get(placed.on) if placed.on else None
        is_cold = isinstance(device, TemperatureBlock) and device.temperature_c[0] <= 4
        (cold if is_cold else warm).extend(
            f"{placed.name}/{well}" for well in subject.wells(placed.name)
        )
    assert len(warm) >= 7
    # A pump draws its cold stock from one large position.
    pumped = any(device.kind == "syringe_pump" for device in layout.devices.values())
    assert len(cold) >= (1 if pumped else 2)
    if layout.robot in EVOS:  # it has columns of wells instead of troughs
        assert sum(subject.working_volume_ul(address) for address in warm) >= 2 * 96_000
        return
    # A millilitre of solvent in each of 96 wells, from one position.
    assert max(subject.working_volume_ul(address) for address in warm) >= 96_000


def test_all_channels_that_act_together_fit_into_each_trough(layout, subject):
    deck = build_pylabrobot_deck(layout)
    together = layout.arm.simultaneous
    if layout.robot in EVOS:
        assert all(subject.definition(p.name).rows >= together for p in subject.with_role("stocks"))
        return
    for placed in subject.with_role("stocks"):
        definition = subject.definition(placed.name)
        if all(head.kind != "independent" for head in layout.arm.all_heads()):
            assert definition.rigid_channels_at_once >= together
            continue
        assert definition.channels_at_once >= together
        for well in subject.wells(placed.name):
            trough = find_container(deck, f"{placed.name}/{well}")
            offsets = compute_channel_offsets(trough, together, channel_spacings=[9.0] * together)
            at_mm = sorted(offset.y for offset in offsets)
            assert len(at_mm) == together
            assert all(b - a >= 9.0 - 1e-6 for a, b in itertools.pairwise(at_mm))


def test_wells_take_a_synthesis_of_a_millilitre(layout, subject):
    (reaction,) = subject.with_role("reaction")
    wells = subject.wells(reaction.name)
    assert len(wells) == 96
    assert wells[:9] == ("A1", "B1", "C1", "D1", "E1", "F1", "G1", "H1", "A2")
    assert 0.9 * subject.capacity_ul(f"{reaction.name}/H12") >= 1500
    assert subject.with_role("dilution") or layout.robot in EVOS, "an EVO can't mix dilutions"
    assert subject.with_role("samples")


def test_figures_that_are_not_measured_say_so(layout):
    assert layout.arm.times.assumed
    assert all(tip.assumed for tip in layout.arm.tips)
    assert all(device.assumed for device in layout.devices.values())
    assert all(placed.assumed for placed in layout.labware if placed.dead_volume_ul is not None)
    assert layout.assumptions


def test_glass_layout_has_no_plastic_that_dichloromethane_rests_in():
    glass = load_deck(next(path for path in LAYOUTS if path.stem == "starlet_96_glass"))
    subject = Deck(glass)
    materials = {subject.material(p.name) for p in glass.labware if p.role != "tips"}
    assert materials == {"glass", "ptfe", "quartz"}


def test_addresses_that_are_not_there_are_refused(layout, subject):
    deck = build_pylabrobot_deck(layout)
    for act, says in (
        (lambda: find_container(deck, "reaction_plat/A1"), "did you mean 'reaction_plate'"),
        (lambda: find_container(deck, "reaction_plate/A13"), "no well A13"),
        (lambda: subject.capacity_ul("reaction_plate/A13"), "no well 'A13'"),
        (lambda: subject.dead_volume_ul("reaction_plat/A1"), "did you mean 'reaction_plate'"),
        (lambda: subject.wells("reactor"), "no labware 'reactor'"),
        (lambda: subject.tips(f"{layout.arm.tips[0].name}x"), "did you mean 't"),
    ):
        with pytest.raises(DeckError, match=says):
            act()


def test_tips_are_told_rack_by_rack_and_column_by_column():
    subject = Deck(load_deck(next(path for path in LAYOUTS if path.stem == "starlet_96")))
    tips = subject.tips("t50")
    assert tips[:9] == tuple(
        f"tips_50_1/{spot}" for spot in ("A1", "B1", "C1", "D1", "E1", "F1", "G1", "H1", "A2")
    )
    assert tips[96] == "tips_50_2/A1"
    assert len(set(tips)) == len(tips) == 288


def test_places_are_told(layout, subject):
    places = [subject.place(placed.name) for placed in layout.labware]
    assert None not in places
    assert len(set(places)) == len(places)

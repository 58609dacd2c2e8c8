from __future__ import annotations

import socket

import pytest

from ncrobot import labware
from ncrobot.errors import DeckError
from ncrobot.labware import _own, definition, known_definitions

OWN = _own.own_names()


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """Building labware must not download anything."""

    def refuse(*_args, **_kwargs):
        raise AssertionError("labware reached for the network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize("name", known_definitions())
def test_definition_agrees_with_the_resource_that_is_built(name):
    described = definition(name)
    resource = labware.build(name, "stands_here")
    assert resource.name == "stands_here"
    assert len(described.wells) == described.rows * described.columns
    assert (
        resource.get_size_x(),
        resource.get_size_y(),
        resource.get_size_z(),
    ) == described.size_mm
    for well in described.wells:
        item = labware.container(resource, well)
        if described.kind == "tip_rack":
            tip = item.make_tip()
            assert tip.nominal_volume == described.tip_volume_ul
            assert tip.maximal_volume == described.tip_brim_ul
            assert tip.total_tip_length == described.tip_length_mm > 0
        else:
            assert item.max_volume == described.well_volume_ul >= 1


@pytest.mark.parametrize("name", known_definitions())
def test_wells_are_column_major_and_stand_back_left_first(name):
    described = definition(name)
    resource = labware.build(name, "labware")
    if described.rows * described.columns == 1:
        assert described.wells == ("A1",)
        return
    corners = [
        labware.container(resource, well).get_location_wrt(resource) for well in described.wells
    ]
    # PyLabRobot counts y from the front, and row A is at the back.
    assert corners == sorted(corners, key=lambda at: (round(at.x, 2), -round(at.y, 2)))


def test_two_builds_share_no_state():
    first = labware.build("hamilton_96_tiprack_300uL_filter", "one")
    second = labware.build("hamilton_96_tiprack_300uL_filter", "two")
    first.empty()
    assert second.get_item("A1").has_tip()


@pytest.mark.parametrize(
    ("name", "kind", "rows", "columns", "channels"),
    [
        ("hamilton_1_trough_200mL_Vb", "trough", 1, 1, 8),
        ("hamilton_1_trough_60mL_Vb", "trough", 1, 1, 8),
        ("nest_12_troughplate_15000uL_Vb", "trough", 1, 12, 7),
        ("agenbio_4_troughplate_75mL_Vb", "trough", 1, 4, 8),
        ("nest_1_troughplate_195000uL_Vb", "trough", 1, 1, 8),
        ("NEST_96_wellplate_2200uL_Ub", "plate", 8, 12, 1),
        ("cor_96_wellplate_360uL_Fb", "plate", 8, 12, 1),
        ("hamilton_96_tiprack_10uL_filter", "tip_rack", 8, 12, 1),
        ("opentrons_96_tiprack_300ul", "tip_rack", 8, 12, 1),
        ("opentrons_24_tuberack_nest_2ml_snapcap", "tube_rack", 4, 6, 1),
        ("opentrons_6_tuberack_nest_50ml_conical", "tube_rack", 2, 3, 1),
    ],
)
def test_kind_grid_and_reach(name, kind, rows, columns, channels):
    described = definition(name)
    assert (described.kind, described.rows, described.columns) == (kind, rows, columns)
    assert described.channels_at_once == channels


@pytest.mark.parametrize("name", OWN)
def test_own_figures_are_inside_their_labware(name):
    resource = labware.build(name, "labware")
    assert definition(name).source.startswith("ncrobot data")
    for well in definition(name).wells:
        item = labware.container(resource, well)
        at = item.get_location_wrt(resource)
        assert at.x > 0
        assert at.y > 0
        assert at.x + item.get_size_x() < resource.get_size_x()
        assert at.y + item.get_size_y() < resource.get_size_y()
        assert 0 < at.z < resource.get_size_z()


def test_own_tip_reaches_out_of_its_rack_by_no_more_than_the_rack_is_high():
    for name in _own.tip_racks():
        figures = _own.tip_racks()[name]
        top_mm = figures["first"][2] + figures["tip_length"]
        assert top_mm == pytest.approx(figures["size"][2], abs=0.5)
        assert 0 < figures["tip_overlap"] < figures["tip_length"]


def test_every_nest_places_labware_above_its_own_floor():
    for name in labware.known_nests():
        nest = labware.nest_definition(name)
        holder = labware.build_nest(name, "nest")
        assert holder.name == "nest"
        assert nest.labware_at_mm[2] > 0
        assert nest.takes_mm[0] >= 127.76


def test_every_carrier_is_built_with_the_sites_it_tells():
    for name in labware.known_carriers():
        described = labware.carrier_definition(name)
        modules = {}
        if described.kind == "module":
            modules = {
                site: labware.build_nest("hamilton_mfx_plateholder_DWP_flat", f"module_{site}")
                for site in described.sites
            }
        carrier = labware.build_carrier(name, "carrier", modules)
        assert tuple(sorted(carrier.sites)) == described.sites
        half_a_rail = described.rail_mm / 2
        width_mm = carrier.get_size_x()
        assert described.rails * described.rail_mm == pytest.approx(width_mm, abs=half_a_rail)


@pytest.mark.parametrize(
    ("act", "code", "says"),
    [
        (
            lambda: definition("NEST_96_wellplate_2200ul"),
            "unknown-labware",
            "NEST_96_wellplate_2200uL_Ub",
        ),
        (
            lambda: labware.build("opentrons_96_tiprack_200ul", "x"),
            "unknown-labware",
            "opentrons_96",
        ),
        (lambda: definition("set_volume_tracking"), "unknown-labware", "no definition"),
        (lambda: definition("HTF"), "unusable-definition", "deprecated"),
        (lambda: definition("cor_falcon_96_wellplate_250uL_Rb"), "unusable-definition", "0.25 µL"),
        (
            lambda: definition("alpaqua_12_tuberack_5mL_eppis"),
            "unusable-definition",
            "nothing at A1",
        ),
        (
            lambda: labware.carrier_definition("TIP_CAR_480_A0"),
            "unknown-carrier",
            "TIP_CAR_480_A00",
        ),
        (
            lambda: labware.nest_definition("hamilton_heatershaker"),
            "unknown-nest",
            "hamilton_heater_shaker",
        ),
        (lambda: labware.build_nest("nothing_like_it", "x"), "unknown-nest", "no nest"),
    ],
)
def test_what_is_not_there_is_refused_with_the_nearest(act, code, says):
    with pytest.raises(DeckError, match=says) as caught:
        act()
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == [code]


@pytest.mark.parametrize("well", ["H13", "I1", "a1", "", "A"])
def test_well_that_is_not_there_is_refused(well):
    plate = labware.build("cor_96_wellplate_360uL_Fb", "plate")
    with pytest.raises(DeckError, match="has no well"):
        labware.container(plate, well)


def test_trough_has_one_well():
    trough = labware.build("hamilton_1_trough_60mL_Vb", "trough")
    assert labware.container(trough, "A1") is trough
    with pytest.raises(DeckError, match="has no well A2"):
        labware.container(trough, "A2")

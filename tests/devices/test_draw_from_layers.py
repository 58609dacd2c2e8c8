"""The height of a tip that draws from one of two layers."""

from __future__ import annotations

import pytest
from pylabrobot.resources import VWR_96_wellplate_2mL_Vb, cor_96_wellplate_360uL_Fb

from ncrobot.devices._placing import CLEARANCE_MM, Placing
from ncrobot.devices.contracts import ChannelMove


def _height_mm(below_ul, held_ul=300.0, plate=cor_96_wellplate_360uL_Fb):
    well = plate(name="plate").get_well("A1")
    well.tracker.set_volume(held_ul)
    move = ChannelMove(0, "plate/A1", 50.0, 100.0, touches=True, below_ul=below_ul)
    (height,) = Placing(None).heights_mm([move], [well], draw=True)
    return well, height


def test_the_lower_layer_is_drawn_at_the_bottom():
    assert _height_mm(0.0)[1] == pytest.approx(CLEARANCE_MM)


@pytest.mark.parametrize("below_ul", [50.0, 120.0, 200.0])
def test_the_upper_layer_is_drawn_just_above_the_boundary(below_ul):
    well, height = _height_mm(below_ul)
    boundary = well.compute_height_from_volume(below_ul)
    assert height == pytest.approx(boundary + CLEARANCE_MM)


def test_without_layers_the_tip_stays_near_the_surface():
    well, height = _height_mm(None)
    assert CLEARANCE_MM < height < well.compute_height_from_volume(250.0)


def test_a_well_of_unknown_shape_is_taken_as_a_box():
    well, height = _height_mm(500.0, 1000.0, VWR_96_wellplate_2mL_Vb)
    assert height == pytest.approx(well.get_size_z() * 500 / well.max_volume + CLEARANCE_MM)

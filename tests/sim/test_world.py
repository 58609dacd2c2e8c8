"""The world keeps what is in it, whatever is asked of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.errors import DeviceError, DeviceErrorKind, InternalError
from ncrobot_sim import World

STOCKS = {"gold": {"gold": 0.02}, "hydride": {"hydride": 0.1, "base": 0.01}, "water": {}}
PLACES = ("gold/A1", "hydride/A1", "water/A1", "plate/A1", "plate/B1")


@pytest.fixture
def world() -> World:
    return filled()


def filled() -> World:
    found = World()
    for stock, umol_per_ul in STOCKS.items():
        found.define_stock(stock, umol_per_ul)
        found.fill(f"{stock}/A1", stock, 1000.0)
    found.put("plate", "shaker")
    return found


def test_a_well_holds_what_was_put_into_it(world: World) -> None:
    world.pick_up_tip(0)
    world.aspirate(0, "gold/A1", 100.0)
    world.dispense(0, "plate/A1", 60.0)
    assert world.volume_ul("gold/A1") == pytest.approx(900)
    assert world.volume_ul("plate/A1") == pytest.approx(60)
    assert world.umol("plate/A1") == pytest.approx({"gold": 1.2})
    assert world.tip_volume_ul(0) == pytest.approx(40)
    world.shed_tip(0)
    assert world.waste_umol() == pytest.approx({"gold": 0.8})
    assert world.tip_volume_ul(0) is None


def test_drawing_from_a_mixture_takes_a_share_of_everything(world: World) -> None:
    for channel, stock in enumerate(("gold", "hydride")):
        world.pick_up_tip(channel)
        world.aspirate(channel, f"{stock}/A1", 100.0)
        world.dispense(channel, "plate/A1", 100.0)
    world.pick_up_tip(2)
    world.aspirate(2, "plate/A1", 50.0)
    world.dispense(2, "plate/B1", 50.0)
    assert world.umol("plate/B1") == pytest.approx({"gold": 0.5, "hydride": 2.5, "base": 0.25})


def test_where_there_is_too_little_the_rest_is_air(world: World) -> None:
    world.pick_up_tip(0)
    world.aspirate(0, "gold/A1", 1500.0)
    assert world.tip_volume_ul(0) == pytest.approx(1000)
    assert world.volume_ul("gold/A1") == 0


def test_a_refill_throws_the_old_lot_away(world: World) -> None:
    world.fill("gold/A1", "gold", 500.0)
    assert world.volume_ul("gold/A1") == 500
    assert world.waste_umol() == pytest.approx({"gold": 20.0})


def test_taking_out_leaves_no_more_than_asked(world: World) -> None:
    world.take_out("gold/A1", 100.0)
    assert world.volume_ul("gold/A1") == pytest.approx(100)
    world.take_out("gold/A1", 500.0)
    assert world.volume_ul("gold/A1") == pytest.approx(100)


def test_reaching_into_a_shaking_plate_is_a_collision_that_is_kept(world: World) -> None:
    world.reach("arm", "plate/A1")
    world.speeds_rpm["shaker"] = 300.0
    with pytest.raises(DeviceError) as caught:
        world.reach("arm", "plate/A1")
    assert caught.value.kind is DeviceErrorKind.DEVICE_GONE
    assert caught.value.moved is None
    (collision,) = world.collisions
    assert (collision.device, collision.labware) == ("arm", "plate")
    world.carry("plate", "reader")
    world.reach("arm", "plate/A1")
    world.carry("plate", "home")
    assert world.device_under("plate") == "shaker"


@pytest.mark.parametrize(
    "act",
    [
        lambda w: w.aspirate(3, "gold/A1", 1.0),
        lambda w: w.dispense(3, "plate/A1", 1.0),
        lambda w: (w.pick_up_tip(0), w.pick_up_tip(0)),
        lambda w: w.fill("plate/A1", "nobody_knows", 1.0),
    ],
)
def test_impossible_acts_are_refused(world: World, act) -> None:
    with pytest.raises(InternalError):
        act(world)


def _step(world, act, channel, place, volume_ul, put_in) -> None:
    stock = place.split("/")[0]
    if act == "shed":
        world.shed_tip(channel)
        world.pick_up_tip(channel)
    elif act == "take_out":
        world.take_out(place, volume_ul)
    elif act in ("draw", "push"):
        (world.aspirate if act == "draw" else world.dispense)(channel, place, volume_ul)
    elif stock in STOCKS:
        world.fill(place, stock, volume_ul)
        for material, each in STOCKS[stock].items():
            put_in[material] += each * volume_ul


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["draw", "push", "shed", "refill", "take_out"]),
            st.integers(0, 2),
            st.sampled_from(PLACES),
            st.floats(0, 1200),
        ),
        max_size=30,
    )
)
def test_nothing_appears_or_vanishes(steps) -> None:
    world = filled()
    put_in = {"gold": 20.0, "hydride": 100.0, "base": 10.0}
    for channel in range(3):
        world.pick_up_tip(channel)
    for act, channel, place, volume_ul in steps:
        _step(world, act, channel, place, volume_ul, put_in)
    for channel in range(3):
        world.shed_tip(channel)
    found = dict(world.waste_umol())
    for place in PLACES:
        for material, amount in world.umol(place).items():
            found[material] = found.get(material, 0.0) + amount
            assert amount >= 0
    assert found == pytest.approx(put_in, abs=1e-6)

"""Ways to serve a group: whatever the volumes and heads, the right amounts by permitted means."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.compiler_kit import deck
from ncrobot.compiler.modes import ARM_MODES, Setting, options, trial_transfer
from ncrobot.compiler.pieces import Refused, Way
from ncrobot.compiler.trains import ways
from ncrobot.deck.layout import Head, TipType
from ncrobot.liquids.contamination import Handling
from ncrobot.plan import rounds_of

TIPS = (
    TipType(name="small", definition="x", min_ul=1, max_ul=20, channels=()),
    TipType(name="large", definition="x", min_ul=20, max_ul=300, multi_dispense_ul=10),
)
HEADS = {
    "single": Head(name="one", kind="single", channels=(0,)),
    "independent": Head(name="many", kind="independent", channels=tuple(range(8))),
    "rigid": Head(name="bar", kind="rigid", channels=tuple(range(8))),
}
WATER = Handling({"water": 1.0}, slurry=False, fresh_tips=False, keeps=True)
WELLS = [f"{row}{column}" for column in (1, 2, 3) for row in "ABCDEFGH"]

handlings = st.builds(
    Handling,
    st.sampled_from([{"water": 1.0}, {"methanol": 1.0}, {"water": 0.95, "methanol": 0.05}]),
    slurry=st.booleans(),
    fresh_tips=st.booleans(),
    keeps=st.booleans(),
)
volumes = st.dictionaries(
    st.sampled_from(WELLS),
    st.integers(100, 70_000).map(lambda hundredths: hundredths / 100),
    min_size=1,
    max_size=24,
)


def check_way(way: Way, wanted: dict[str, float], head: Head, handling: Handling) -> None:
    got: dict[str, float] = {}
    draws: dict[tuple[int, int], list] = {}
    for piece in way.pieces:
        got[piece.well] = got.get(piece.well, 0.0) + piece.volume_ul
        draws.setdefault((piece.cycle, piece.channel), []).append(piece)
        assert piece.channel in head.channels
    assert got == pytest.approx(wanted, abs=0.005)
    trial = trial_transfer(way, touches=handling.fresh_tips)
    by_key = {(draw.cycle, draw.channel): draw for draw in trial.draws()}
    for key, pieces in draws.items():
        (tip,) = {piece.tip.name for piece in pieces}
        kind = next(each for each in TIPS if each.name == tip)
        draw = by_key[key]
        assert draw.volume_ul <= kind.max_ul + 1e-6
        assert draw.volume_ul - draw.excess_ul == pytest.approx(sum(p.volume_ul for p in pieces))
        if len(pieces) > 1:
            assert way.mode == "multi_dispense"
            assert not handling.fresh_tips
            assert not handling.slurry
            assert "methanol" not in handling.solvents or handling.solvents["methanol"] < 0.1
            assert draw.excess_ul > 0
            assert all(p.volume_ul >= (kind.multi_dispense_ul or 1e9) - 1e-9 for p in pieces)
        else:
            assert draw.excess_ul == 0
            assert pieces[0].volume_ul >= kind.min_ul - 0.01
    if way.excess_ul > 0 and not handling.keeps:
        assert way.excess_to == "waste"
        assert way.fresh
    wells_of_tip: dict[tuple, set[str]] = {}
    for piece in way.pieces:
        key = (piece.tip.name, piece.tip_number, piece.channel)
        wells_of_tip.setdefault(key, set()).add(piece.well)
    if handling.fresh_tips:
        assert all(len(wells) == 1 for wells in wells_of_tip.values())
    lost = trial.drawn_ul()["stock/A1"]
    wasted = lost - sum(wanted.values())
    thrown = sum(draw.excess_ul for draw in trial.draws()) if way.excess_to == "waste" else 0.0
    assert wasted == pytest.approx(thrown, abs=0.005 * len(wanted))


@settings(max_examples=250, deadline=None)
@given(volumes, handlings, st.sampled_from(ARM_MODES), st.sampled_from(sorted(HEADS)))
def test_every_way_gives_each_well_its_volume_by_permitted_means(wanted, handling, mode, kind):
    head = HEADS[kind]
    found = ways(mode, wanted, head, TIPS, handling)
    if isinstance(found, Refused):
        assert found.reason
        return
    assert found
    for way in found:
        assert way.mode == mode
        check_way(way, wanted, head, handling)


@given(volumes)
def test_a_rigid_head_serves_whole_columns_of_one_volume_and_nothing_else(wanted):
    columns: dict[str, list[float]] = {}
    for well, volume in wanted.items():
        columns.setdefault(well[1:], []).append(volume)
    fits = all(len(each) == 8 and len(set(each)) == 1 for each in columns.values())
    found = ways("column", wanted, HEADS["rigid"], TIPS, WATER)
    if not fits:
        assert isinstance(found, Refused)
    elif all(each[0] >= 1 for each in columns.values()):
        assert not isinstance(found, Refused)


def test_equal_columns_are_served_at_once_by_a_rigid_head():
    wanted = dict.fromkeys(WELLS[:8], 50.0)
    found = ways("column", wanted, HEADS["rigid"], TIPS, WATER)
    way, *_ = [each for each in found if {piece.cycle for piece in each.pieces} == {0}]
    (together,) = rounds_of(trial_transfer(way, touches=False).legs)
    assert len(together) == 8


def test_the_quickest_permitted_mode_is_taken_and_slurries_are_drawn_anew():
    setting = Setting(deck("ot2_96"), deck("ot2_96").arm.tips, {})
    wanted = dict.fromkeys(WELLS[:8], 30.0)
    quick = options(wanted, setting, WATER).best()
    assert quick is not None
    assert quick.way.mode == "multi_dispense"
    slurry = Handling({"water": 1.0}, slurry=True, fresh_tips=False, keeps=True)
    found = options(wanted, setting, slurry)
    assert found.best().way.mode == "repeat"
    assert "settles" in found.refused["multi_dispense"]
    fresh = Handling({"water": 1.0}, slurry=False, fresh_tips=True, keeps=True)
    found = options(wanted, setting, fresh)
    assert found.best().way.mode == "single"
    assert "fresh tips" in found.refused["repeat"]
    assert quick.duration_s < found.best().duration_s / 3

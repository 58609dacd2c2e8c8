"""How long operations take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.plan import Leg, MixLeg, MixWells, Refill, SetTemperature, Transfer
from ncrobot.scheduler import operation_duration_s
from ncrobot.scheduler.checking.completeness import least_duration_s
from scheduler.scheduler_kit import LAYOUT, carry, cool, person, read, shake, transfer

ADDRESSES = st.builds(
    "{}/{}{}".format,
    st.sampled_from(["plate", "source"]),
    st.sampled_from("ABH"),
    st.integers(1, 12),
)


def moves(*legs, **given_):
    """A transfer of legs (tip, source, destination, µL)."""
    return Transfer(
        id="x", step="add", device="arm", purpose="dose", stock="water", tip_use="reuse",
        touches=False,
        legs=tuple(
            Leg(channel=i, tip=t, source=s, destination=d, volume_ul=ul, umol={})
            for i, (t, s, d, ul) in enumerate(legs)
        ),
        **given_,
    )  # fmt: skip


COLUMN = [(f"tips/{row}1", "source/A1", f"plate/{row}1", 50.0) for row in "ABCDEFGH"]


def test_one_channel_takes_tips_source_destination_and_flow():
    # tips: 0.5 + 2, 0.5 + 1; source and destination: 0.5 + 1 each; 50 µL at 100 µL/s, twice.
    assert operation_duration_s(transfer("x", "A1", 8), LAYOUT) == pytest.approx(4 + 3 + 1)


def test_channels_act_at_once_and_the_largest_volume_counts():
    alone = operation_duration_s(moves(COLUMN[0]), LAYOUT)
    assert operation_duration_s(moves(*COLUMN), LAYOUT) == pytest.approx(alone)
    larger = [(*COLUMN[0][:3], 150.0), *COLUMN[1:]]
    assert operation_duration_s(moves(*larger), LAYOUT) == pytest.approx(alone + 2)


def test_what_stands_apart_costs_another_visit():
    two = operation_duration_s(moves(*COLUMN[:2]), LAYOUT)
    other_column = (COLUMN[1][0], COLUMN[1][1], "plate/B7", 50.0)
    assert operation_duration_s(moves(COLUMN[0], other_column), LAYOUT) == pytest.approx(
        two + 1.5 + 0.5
    )
    other_source = (COLUMN[1][0], "plate/B7", "plate/B1", 50.0)
    assert operation_duration_s(moves(COLUMN[0], other_source), LAYOUT) == pytest.approx(
        two + 1.5 + 0.5
    )
    other_tips = ("tips/B2", *COLUMN[1][1:])
    assert operation_duration_s(moves(COLUMN[0], other_tips), LAYOUT) == pytest.approx(two + 2.5)


def test_mixing_and_resuspending_cost_strokes():
    plain = operation_duration_s(moves(*COLUMN), LAYOUT)
    mixed = moves(*COLUMN, mix_repetitions=3, mix_volume_ul=100.0)
    assert operation_duration_s(mixed, LAYOUT) == pytest.approx(plain + 1 + 3 * 2)
    slurry = moves(*COLUMN, resuspend=True)
    assert operation_duration_s(slurry, LAYOUT) == pytest.approx(plain + 3 * 1)
    legs = tuple(
        MixLeg(channel=i, tip=f"tips/{r}1", well=f"plate/{r}1", volume_ul=100)
        for i, r in enumerate("AB")
    )
    mix = MixWells(id="m", step="mix", device="arm", legs=legs, repetitions=4)
    assert operation_duration_s(mix, LAYOUT) == pytest.approx(4 + 1.5 + 4 * 2)


def test_devices_and_people_take_what_is_stated():
    assert operation_duration_s(read("r"), LAYOUT) == 30 + 4 * 0.5
    assert operation_duration_s(carry("c", "reader"), LAYOUT) == 15
    assert operation_duration_s(shake("s", 600), LAYOUT) == 3
    assert operation_duration_s(shake("s", 0), LAYOUT) == 6
    assert operation_duration_s(cool(), LAYOUT) == 300
    assert operation_duration_s(person("p", 90), LAYOUT) == 90
    refill = Refill(
        id="r", step="refill", device="person", stock="water", lot=2, wells_ul={}, takes_s=60
    )
    assert operation_duration_s(refill, LAYOUT) == 60
    off = SetTemperature(id="off", step="s", device="cooler", temperature_c=None)
    assert operation_duration_s(off, LAYOUT) == 0


@given(
    st.lists(st.tuples(ADDRESSES, ADDRESSES, ADDRESSES, st.floats(1, 300)), min_size=1, max_size=8)
)
def test_a_transfer_never_takes_less_than_the_checker_knows(legs):
    operation = moves(*legs)
    assert operation_duration_s(operation, LAYOUT) >= least_duration_s(operation, LAYOUT) - 1e-9

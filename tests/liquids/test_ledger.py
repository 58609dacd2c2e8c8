from __future__ import annotations

import json
import math

import pytest

from ncrobot.errors import InternalError
from ncrobot.liquids import (
    OUTSIDE,
    WASTE,
    BadVolumeError,
    Ledger,
    LedgerError,
    Move,
    OverdrawError,
    OverflowingError,
    TipOverdrawError,
    TipOverfilledError,
    TipStateError,
    tip_address,
)


class Bench:
    """Wells of 1000 µL with 50 µL dead volume, and a large trough."""

    def capacity_ul(self, address: str) -> float:
        return 100_000.0 if address.startswith("trough/") else 1000.0

    def dead_volume_ul(self, address: str) -> float:
        return 2000.0 if address.startswith("trough/") else 50.0


@pytest.fixture
def subject() -> Ledger:
    ledger = Ledger(Bench(), waste_capacity_ul=5000.0)
    ledger.load("trough/A1", 50_000.0, {"gold": 500.0, "water": 2_775_000.0})
    return ledger


def test_transfer_moves_amounts_in_proportion(subject):
    moved = subject.transfer("trough/A1", "plate/A1", 100.0)
    assert moved == {"gold": 1.0, "water": 5550.0}
    assert subject.umol("plate/A1") == moved
    assert subject.volume_ul("trough/A1") == 49_900.0
    assert subject.volume_ul(OUTSIDE) == -50_000.0


def test_what_is_mixed_in_a_well_leaves_it_mixed(subject):
    subject.load("plate/A1", 100.0, {"ligand": 4.0})
    subject.transfer("trough/A1", "plate/A1", 300.0)
    moved = subject.transfer("plate/A1", "plate/B1", 100.0)
    assert moved == pytest.approx({"ligand": 1.0, "gold": 0.75, "water": 4162.5})


def test_tip_carries_what_it_drew_until_discarded(subject):
    subject.pick_up(0, 300.0)
    subject.aspirate(0, "trough/A1", 200.0)
    subject.dispense(0, "plate/A1", 150.0)
    assert subject.umol(tip_address(0))["gold"] == pytest.approx(0.5)
    subject.discard(0)
    assert subject.volume_ul(WASTE) == 50.0
    assert subject.channels_with_tips() == ()


def test_drawing_all_but_dust_takes_everything(subject):
    subject.load("plate/A1", 150.0, {"gold": 3.0})
    third = 100.0 / 3.0
    for _ in range(3):
        subject.transfer("plate/A1", "plate/B1", third)
    subject.pick_up(0, 100.0)
    subject.aspirate(0, "plate/B1", 50.0)
    subject.dispense(0, "plate/C1", 49.999_999_5)
    assert subject.volume_ul(tip_address(0)) == 0.0
    assert subject.umol(tip_address(0)) == {}
    subject.put_back(0)


def test_multi_channel_is_all_or_nothing(subject):
    subject.load("plate/A1", 500.0, {"gold": 1.0})
    subject.load("plate/B1", 60.0, {"gold": 1.0})
    before = subject.as_json()
    with pytest.raises(OverdrawError) as caught:
        subject.aspirate_all([Move(0, "plate/A1", 100.0), Move(1, "plate/B1", 11.0)])
    assert caught.value.address == "plate/B1"
    assert caught.value.allowed_ul == 10.0
    assert subject.as_json() == before


def test_channels_that_share_a_source_are_counted_together(subject):
    subject.load("plate/A1", 250.0, {"gold": 1.0})
    moves = [Move(channel, "plate/A1", 50.0) for channel in range(4)]
    drawn = subject.aspirate_all(moves)
    assert [amounts["gold"] for amounts in drawn] == pytest.approx([0.2] * 4)
    with pytest.raises(OverdrawError):
        subject.aspirate(4, "plate/A1", 0.1)


def test_person_can_take_the_dead_volume(subject):
    subject.load("plate/A1", 60.0, {"gold": 6.0})
    assert subject.remove("plate/A1", 30.0) == {"gold": 3.0}
    subject.empty("plate/A1")
    assert subject.volume_ul("plate/A1") == 0.0
    assert subject.umol(WASTE) == {"gold": 6.0}


def test_room_and_available_respect_dead_volume_and_capacity(subject):
    subject.load("plate/A1", 30.0, {})
    assert subject.available_ul("plate/A1") == 0.0
    assert subject.room_ul("plate/A1") == 970.0


@pytest.mark.parametrize("volume_ul", [-5.0, 0.0, 1e-7, math.nan, math.inf, -math.inf])
def test_volumes_that_are_none_are_refused(subject, volume_ul):
    before = subject.as_json()
    for act in (
        lambda: subject.transfer("trough/A1", "plate/A1", volume_ul),
        lambda: subject.aspirate(0, "trough/A1", volume_ul),
        lambda: subject.remove("trough/A1", volume_ul),
        lambda: subject.pick_up(0, volume_ul),
    ):
        with pytest.raises(BadVolumeError):
            act()
    assert subject.as_json() == before


@pytest.mark.parametrize(
    ("volume_ul", "amount"),
    [(math.nan, 1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, math.nan), (1.0, math.inf)],
)
def test_loads_that_are_none_are_refused(subject, volume_ul, amount):
    with pytest.raises(BadVolumeError):
        subject.load("plate/A1", volume_ul, {"gold": amount})
    assert subject.volume_ul("plate/A1") == 0.0


@pytest.mark.parametrize(
    ("act", "error", "found_ul", "allowed_ul"),
    [
        (
            lambda s: s.transfer("trough/A1", "plate/A1", 48_001.0),
            OverdrawError,
            48_001.0,
            48_000.0,
        ),
        (lambda s: s.transfer("trough/A1", "plate/A1", 1000.5), OverflowingError, 1000.5, 1000.0),
        (lambda s: s.load("plate/A1", 1001.0, {}), OverflowingError, 1001.0, 1000.0),
        (lambda s: s.aspirate(1, "trough/A1", 60.0), TipOverfilledError, 60.0, 50.0),
        (lambda s: s.dispense(1, "plate/A1", 1.0), TipOverdrawError, 1.0, 0.0),
        (lambda s: s.dispense(0, "plate/A1", 1.0), TipStateError, 0.0, None),
        (lambda s: s.discard(0), TipStateError, 0.0, None),
        (lambda s: s.put_back(2), TipStateError, 10.0, 0.0),
        (lambda s: s.pick_up(1, 300.0), TipStateError, 0.0, None),
        (lambda s: s.remove("trough/A1", 6000.0), OverflowingError, 6000.0, 5000.0),
    ],
)
def test_refusals_tell_their_figures_and_change_nothing(subject, act, error, found_ul, allowed_ul):
    subject.pick_up(1, 50.0)
    subject.pick_up(2, 50.0)
    subject.aspirate(2, "trough/A1", 10.0)
    subject.load("trough/A1", 10.0, {})
    before = subject.as_json()
    with pytest.raises(error) as caught:
        act(subject)
    assert isinstance(caught.value, LedgerError)
    assert caught.value.volume_ul == found_ul
    assert caught.value.allowed_ul == allowed_ul
    assert caught.value.diagnostic.found == f"{found_ul:g} µL"
    assert subject.as_json() == before


def test_attempt_undoes_all_of_it_and_nested_ones_too(subject):
    def fail_late():
        with subject.attempt():
            subject.transfer("trough/A1", "plate/A1", 100.0)
            subject.pick_up(3, 300.0)
            with subject.attempt():
                subject.aspirate(3, "plate/A1", 20.0)
            subject.transfer("plate/A1", "plate/B1", 500.0)

    before = subject.as_json()
    with pytest.raises(OverdrawError):
        fail_late()
    assert subject.as_json() == before


def test_inner_attempt_that_fails_leaves_the_outer_one(subject):
    def fail_inside():
        with subject.attempt():
            subject.transfer("trough/A1", "plate/A1", 100.0)
            subject.transfer("plate/A1", "plate/B1", 500.0)

    with subject.attempt():
        subject.transfer("trough/A1", "plate/A1", 100.0)
        with pytest.raises(OverdrawError):
            fail_inside()
        assert subject.volume_ul("plate/A1") == 100.0
    assert subject.volume_ul("plate/A1") == 100.0


def test_state_survives_json_with_tips_of_known_and_unknown_size(subject):
    subject.pick_up(0, 300.0)
    subject.aspirate(0, "trough/A1", 0.1 + 0.2)
    subject.aspirate(7, "trough/A1", 12.5)
    data = json.loads(json.dumps(subject.as_json(), allow_nan=False))
    again = Ledger.from_json(data, Bench(), 5000.0)
    assert again.as_json() == subject.as_json()
    assert again.channels_with_tips() == (0, 7)
    with pytest.raises(TipOverfilledError):
        again.aspirate(0, "trough/A1", 300.0)


def test_state_in_the_middle_of_an_attempt_is_not_told(subject):
    with pytest.raises(InternalError), subject.attempt():
        subject.as_json()


def test_ledger_books_balance_from_the_first_entry():
    ledger = Ledger(Bench())
    ledger.load("plate/A1", 0.0, {"solid": 2.0})
    ledger.load("plate/A1", 100.0, {"water": 5550.0})
    assert ledger.transfer("plate/A1", "plate/B1", 25.0)["solid"] == 0.5
    total = ledger.imbalance()
    assert total.volume_ul == 0.0
    assert all(amount == pytest.approx(0.0, abs=1e-9) for amount in total.umol.values())
    assert ledger.addresses() == (OUTSIDE, "plate/A1", "plate/B1")

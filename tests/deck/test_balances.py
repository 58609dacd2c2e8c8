"""A balance in a layout: listed, read and emulated with the other devices, and idle in a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from ncrobot.deck import read_deck
from ncrobot.deck.layout import Balance
from ncrobot.errors import DeckError
from ncrobot.lab.checking import check_devices
from ncrobot.lab.emulating import emulate
from ncrobot.lab.surveying import survey

DECK = Path(__file__).parents[2] / "deck_layouts" / "ot2_96.yaml"
TEXT = DECK.read_text(encoding="utf-8").replace(
    "\nlabware:\n", "  balance: {kind: balance, driver: mettler.sics}\n\nlabware:\n", 1
)


@pytest.fixture(autouse=True)
def _state(tmp_path, monkeypatch):
    monkeypatch.setenv("NCROBOT_STATE", str(tmp_path / "state"))


def test_an_emulated_balance_is_listed_identified_and_read(tmp_path):
    deck = tmp_path / "deck.yaml"
    deck.write_text(TEXT, encoding="utf-8")
    with emulate(deck) as emulation:
        layout = read_deck(emulation.layout)
        assert isinstance(layout.devices["balance"], Balance)
        found = {each.device: each for each in check_devices(layout)}
        assert found["balance"].problem is None
        assert found["balance"].identity.model == "Mettler-Toledo balance"
        (told,) = [each for each in survey(layout) if each.device == "balance"]
        assert told.readings == {"mass": "0 mg"}


def test_a_simulated_balance_answers_too():
    layout = read_deck(TEXT.replace("driver: mettler.sics", "driver: sim.balance"))
    (balance,) = [each for each in survey(layout) if each.device == "balance"]
    assert balance.identity.model == "simulated balance"
    assert balance.readings == {"mass": "0 mg"}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("driver: mettler.sics", "drivr: mettler.sics", "unknown-field"),
        ("kind: balance", "kind: ballance", "unknown-word"),
        ("slot: 6, material: polystyrene", "on: balance, material: polystyrene", "carries-nothing"),
    ],
)
def test_what_is_wrong_with_it_is_told(old, new, code):
    with pytest.raises(DeckError) as caught:
        read_deck(TEXT.replace(old, new, 1))
    assert code in {each.code for each in caught.value.diagnostics}

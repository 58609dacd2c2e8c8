"""The ledger: append-only, every entry and every result once."""

from __future__ import annotations

import sqlite3
import threading

import pytest

from ncrobot.campaigns import Ledger, Step
from ncrobot.errors import LabError


def test_entries_come_back_in_their_order(tmp_path):
    with Ledger(tmp_path / "l") as ledger:
        ledger.write(0, Step.OPENED, {"a": 1})
        ledger.write(1, Step.ASKED, {"b": [1.5, "x"]})
    with Ledger(tmp_path / "l") as ledger:
        found = ledger.entries()
    assert [(entry.round, entry.step, entry.data) for entry in found] == [
        (0, Step.OPENED, {"a": 1}),
        (1, Step.ASKED, {"b": [1.5, "x"]}),
    ]


def test_a_round_has_a_step_once_and_a_result_is_told_once(tmp_path):
    with Ledger(tmp_path / "l") as ledger:
        ledger.write(1, Step.TOLD, {}, tells=["r1", "r2"])
        with pytest.raises(LabError, match="already"):
            ledger.write(1, Step.TOLD, {}, tells=["r3"])
        with pytest.raises(LabError, match="again"):
            ledger.write(2, Step.TOLD, {}, tells=["r4", "r2"])
        assert len(ledger.entries()) == 1, "nothing of a refused entry is kept"
        ledger.write(2, Step.TOLD, {}, tells=["r4"])
        assert len(ledger.entries()) == 2


def test_of_several_writers_of_one_step_one_wins(tmp_path):
    outcomes = []

    def writer(number: int) -> None:
        with Ledger(tmp_path / "l") as ledger:
            try:
                ledger.write(1, Step.ASKED, {"by": number})
                outcomes.append(number)
            except LabError:
                pass

    Ledger(tmp_path / "l").close()
    threads = [threading.Thread(target=writer, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 1
    with Ledger(tmp_path / "l") as ledger:
        assert [entry.data["by"] for entry in ledger.entries()] == outcomes


def test_another_file_is_no_ledger(tmp_path):
    (tmp_path / "l").write_text("nothing of the kind" * 100)
    with pytest.raises(LabError):
        Ledger(tmp_path / "l").entries()
    with sqlite3.connect(tmp_path / "other") as other:
        other.execute("create table entries (id integer)")
    with pytest.raises(LabError, match="ledger"):
        Ledger(tmp_path / "other").entries()

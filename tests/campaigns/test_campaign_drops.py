"""Suggestions dropped into a folder lead a campaign; what is wrong with them delays nothing."""

from __future__ import annotations

import json

from campaigns.campaign_kit import written
from ncrobot import cli
from ncrobot.optimizers.exchange import Ask

HEADER = "id,round,ligand_per_metal,base_per_metal,electrons_per_metal,portions\n"


def run(folder, capsys, rounds: int) -> tuple[int, dict]:
    code = cli.run(
        ["campaign", "run", str(written(folder)), "--database", str(folder / "runs.sqlite"),
         "--drop-in", str(folder / "drop"), "--rounds", str(rounds), "--json"]
    )  # fmt: skip
    return code, json.loads(capsys.readouterr().out)


def answer(folder, name: str) -> dict:
    return json.loads((folder / "drop" / "seen" / f"{name}.answer").read_text())


def test_what_is_dropped_leads_and_what_is_wrong_is_answered_beside_it(tmp_path, capsys):
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / "1-broken.json").write_text("{nothing")
    (drop / "2-late.csv").write_text(HEADER + "old,7,2,5,4,3\n")
    (drop / "3-mine.csv").write_text(HEADER + "mine,,2,5,4,3\nfar,,2,5,99,3\n")
    (drop / "4-next.csv").write_text(HEADER + "more,2,3,5,4,3\nmine,2,2,5,4,3\n")
    (drop / ".5-unfinished.csv").write_text(HEADER)
    code, told = run(tmp_path, capsys, rounds=2)
    assert code == 0
    assert [each["suggestions"] for each in told["rounds"]] == [1, 1]
    assert [each["step"] for each in told["rounds"]] == ["told", "told"]
    assert answer(tmp_path, "1-broken.json")["unreadable"]
    assert answer(tmp_path, "2-late.csv")["checked"]["refused"][0]["reason"] == "late"
    (mine,) = answer(tmp_path, "3-mine.csv")["checked"]["accepted"]
    assert mine["id"] == "mine"
    assert answer(tmp_path, "3-mine.csv")["checked"]["refused"][0]["reason"] == "out-of-range"
    again = answer(tmp_path, "4-next.csv")["checked"]
    assert [item["id"] for item in again["accepted"]] == ["more"]
    assert [item["reason"] for item in again["refused"]] == ["duplicate"]
    assert [path.name for path in drop.iterdir() if path.is_file()] == [".5-unfinished.csv"]


def test_with_nothing_to_take_the_optimizer_thinks_and_what_is_known_is_written(tmp_path, capsys):
    drop = tmp_path / "drop"
    code, told = run(tmp_path, capsys, rounds=1)
    assert code == 0
    assert told["rounds"][0]["by"] == ["sobol"]
    question = Ask.model_validate_json((drop / "known" / "ask.json").read_text())
    assert (question.round, question.n) == (2, 4)
    assert len(question.known.results) + len(question.known.failures) == told["told"]
    rows = (drop / "known" / "results.csv").read_text().splitlines()
    assert len(rows) == 1 + told["told"]


def test_a_value_that_was_set_to_what_can_be_had_is_told(tmp_path, capsys):
    mine = tmp_path / "mine.csv"
    mine.write_text(HEADER + "mine,,2.00123,5,4,3\n")
    database = ["--database", str(tmp_path / "runs.sqlite")]
    asked = ["campaign", "suggest", str(written(tmp_path)), "--from", str(mine), *database]
    assert cli.run(asked) == 0
    said = capsys.readouterr().out
    assert "1 taken, 0 refused" in said
    assert "mine: ligand_per_metal is 2 equiv, not 2.00123" in said

"""Splitting a table from the terminal."""

from __future__ import annotations

from pathlib import Path

from ncrobot.cli import run

ROOT = Path(__file__).parents[2]
PROTOCOL = ROOT / "protocols" / "gold" / "au_stirring.yaml"


def test_one_file_for_each_speed(tmp_path, capsys):
    table = tmp_path / "speeds.csv"
    table.write_text("name,stir_speed [rpm]\na,100\nb,400\nc,100\n", encoding="utf-8")
    assert run(["split", str(PROTOCOL), str(table)]) == 0
    assert sorted(path.name for path in tmp_path.glob("speeds_*")) == [
        "speeds_stir_speed_100rpm.csv",
        "speeds_stir_speed_400rpm.csv",
    ]
    assert "2 rows" in capsys.readouterr().out


def test_a_table_that_fits_is_left_alone(tmp_path, capsys):
    table = tmp_path / "one.csv"
    table.write_text("name\na\n", encoding="utf-8")
    assert run(["split", str(PROTOCOL), str(table)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["one.csv"]
    assert "fits on one plate" in capsys.readouterr().out


def test_a_missing_table_is_told(tmp_path, capsys):
    assert run(["split", str(PROTOCOL), str(tmp_path / "none.csv")]) == 1
    assert "can't be read" in capsys.readouterr().err

"""What a chemist asks of a schedule on the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ncrobot import cli

ROOT = Path(__file__).resolve().parents[2]
PROTOCOL = ROOT / "protocols" / "au25_pmba_portions.yaml"
TABLE = ROOT / "protocols" / "au25_pmba_portions.csv"
DECK = ROOT / "deck_layouts" / "starlet_96.yaml"
FILES = [str(PROTOCOL), "--conditions", str(TABLE), "--deck", str(DECK)]


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NCROBOT_DATABASE", raising=False)
    assert cli.run(["plan", *FILES, "-o", "plan.json"]) == 0
    return tmp_path


def run(capsys, *arguments):
    capsys.readouterr()
    code = cli.run([str(a) for a in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_schedule_keeps_what_is_asked_and_can_be_run(lab, capsys):
    asked = ["--start", "18:00", "--person-away", "22:00-07:00", "--equal-treatment", "delay"]
    code, out, _ = run(
        capsys, "schedule", "plan.json", "-o", "times.json", "--finish-within", "8 h", *asked
    )
    assert code == 0
    assert "equally far apart" in out
    made = json.loads((lab / "times.json").read_text())
    assert made["options"]["finish_within_s"] == 8 * 3600
    assert made["options"]["person_away"] == [{"from_s": 79200.0, "to_s": 25200.0}]
    assert made["gap"] == pytest.approx(made["makespan_s"] / made["lower_bound_s"] - 1)
    first = (lab / "times.json").read_bytes()
    run(capsys, "schedule", "plan.json", "-o", "times.json", "--finish-within", "8 h", *asked)
    assert (lab / "times.json").read_bytes() == first
    code, out, _ = run(capsys, "run", *FILES, "--schedule", "times.json", "--json")
    result = json.loads(out.splitlines()[-1])
    assert (code, result["wells_flagged"]) == (0, 0)
    assert result["duration_h"] == pytest.approx(made["makespan_s"] / 3600, abs=0.02)


def test_a_schedule_of_another_plan_is_not_run(lab, capsys):
    run(capsys, "schedule", "plan.json", "-o", "times.json")
    other = [*FILES[:-1], str(ROOT / "deck_layouts" / "ot2_96.yaml")]
    code, _, err = run(capsys, "run", *other, "--schedule", "times.json")
    assert code == 1
    assert "belongs to another plan" in err


def test_explain_tells_what_binds_and_prices(lab, capsys):
    code, out, _ = run(capsys, "schedule", "plan.json", "--explain")
    assert code == 0
    assert "Devices, busiest first:" in out
    assert "What a change would cost, really planned, against 4.3" in out
    assert "the first 48 wells only: 4." in out
    assert not out.lstrip().startswith("{")


def test_a_refusal_is_told_at_once_and_with_prices_on_request(lab, capsys):
    code, out, err = run(capsys, "schedule", "plan.json", "--finish-within", "4.31 h")
    assert (code, out) == (1, "")
    assert "--explain" in err
    code, out, err = run(capsys, "schedule", "plan.json", "--finish-within", "4.31 h", "--explain")
    assert code == 1
    assert "error" in err
    assert "What would help, really planned:" in out
    assert re.search(r"an end within (4\.3\d) h: 4\.3\d h, fits", out)
    assert "may not be enough" in err
    assert not (lab / "times.json").exists()


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--objective", "cheapest"], "makespan, deviation, person-time"),
        (["--finish-within", "tomorrow"], "12 h"),
        (["--start", "noon"], "18:00"),
        (["--person-away", "22:00-07:00"], "--start"),
        (["--equal-treatment", "always"], "delay, spread"),
    ],
)
def test_a_wrong_option_is_one_clear_error(lab, capsys, words, named):
    code, _, err = run(capsys, "schedule", "plan.json", *words)
    assert code == 1
    assert named in err
    assert "Traceback" not in err
    assert err.count("error") == 1

"""The command line as a chemist and a script meet it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ncrobot import cli
from ncrobot.schemas import SCHEMAS

ROOT = Path(__file__).resolve().parents[2]
PROTOCOL = ROOT / "protocols" / "au25_pmba_portions.yaml"
TABLE = ROOT / "protocols" / "au25_pmba_portions.csv"
DECK = ROOT / "deck_layouts" / "starlet_96.yaml"
FILES = [str(PROTOCOL), "--conditions", str(TABLE), "--deck", str(DECK)]


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NCROBOT_DATABASE", raising=False)
    return tmp_path


def run(capsys, *arguments):
    code = cli.run([str(a) for a in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_from_a_plan_to_a_run_and_its_export(lab, capsys):
    code, out, _ = run(capsys, "plan", *FILES, "-o", "plan.json")
    assert code == 0
    assert "96 wells" in out
    code, out, _ = run(capsys, "audit", "plan.json", "--json")
    report = json.loads(out)
    assert (code, report["differences"]) == (0, [])
    assert report["operations"] > 100
    code, out, _ = run(capsys, "schedule", "plan.json", "-o", "schedule.json")
    assert code == 0
    assert "h" in out
    code, out, _ = run(capsys, "run", *FILES, "--json")
    result = json.loads(out.splitlines()[-1])
    assert code == 0
    assert set(result) >= {
        "run",
        "status",
        "wells_ok",
        "wells_flagged",
        "simulated",
        "duration_h",
        "wall_s",
    }
    assert (result["status"], result["wells_ok"], result["wells_flagged"], result["simulated"]) == (
        "succeeded",
        96,
        0,
        True,
    )
    assert Path(result["report"]).exists()
    code, out, _ = run(capsys, "runs")
    assert code == 0
    assert result["run"] in out
    code, out, _ = run(capsys, "show", result["run"], "--json")
    assert json.loads(out)["status"] == "succeeded"
    code, out, _ = run(capsys, "export", result["run"], "--csv", "-o", "additions.csv")
    assert code == 0
    assert len((lab / "additions.csv").read_text().splitlines()) > 96
    code, out, _ = run(capsys, "report", result["run"], "-o", "again.html")
    assert code == 0
    assert (lab / "again.html").stat().st_size > 10_000


def test_a_changed_plan_is_refused_and_a_wrong_one_fails_its_audit(lab, capsys):
    run(capsys, "plan", *FILES, "-o", "plan.json")
    text = (lab / "plan.json").read_text()
    data = json.loads(text)
    leg = next(op for op in data["operations"] if op["kind"] == "transfer")["legs"][0]
    leg["volume_ul"] *= 1.01
    (lab / "changed.json").write_text(json.dumps(data))
    code, _, err = run(capsys, "audit", "changed.json")
    assert code == 1
    assert "changed after it was made" in err
    from ncrobot.plan import Plan

    sealed = Plan.model_validate(data).sealed()
    (lab / "wrong.json").write_text(sealed.model_dump_json())
    code, out, _ = run(capsys, "audit", "wrong.json", "--json")
    assert code == 1
    assert json.loads(out)["differences"]


def test_prep_is_printed_and_written(lab, capsys):
    code, out, _ = run(capsys, "prep", *FILES)
    assert code == 0
    assert "sodium borohydride" in out or "sodium_borohydride" in out
    assert "mg" in out
    code, _, _ = run(capsys, "prep", *FILES, "--html", "prep.html")
    assert code == 0
    assert (lab / "prep.html").read_text().lstrip().lower().startswith("<!doctype html>")


@pytest.mark.parametrize("kind", SCHEMAS)
def test_every_schema_is_valid(lab, capsys, kind):
    import jsonschema

    code, out, _ = run(capsys, "schema", kind)
    assert code == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(out))
    published = ROOT / "docs" / "schema" / f"{kind}.schema.json"
    assert json.loads(published.read_text()) == json.loads(out), "stale: run 'make schema'"


WRONG = {
    "no such protocol": (
        ["plan", "nowhere.yaml", "-c", str(TABLE), "-d", str(DECK)],
        "nowhere.yaml",
    ),
    "no such table": (["plan", str(PROTOCOL), "-c", "nowhere.csv", "-d", str(DECK)], "nowhere.csv"),
    "no such deck": (
        ["plan", str(PROTOCOL), "-c", str(TABLE), "-d", "nowhere.yaml"],
        "nowhere.yaml",
    ),
    "a deck for a protocol": (["plan", str(DECK), "-c", str(TABLE), "-d", str(DECK)], "protocol"),
    "a protocol for a deck": (
        ["plan", str(PROTOCOL), "-c", str(TABLE), "-d", str(PROTOCOL)],
        "deck",
    ),
    "a missing option": (["plan", str(PROTOCOL)], "--conditions"),
    "an unknown command": (["pln"], "pln"),
    "an unknown option": (["plan", *FILES, "--fast"], "--fast"),
    "a plan that isn't there": (["audit", "nowhere.json"], "nowhere.json"),
    "a plan that is none": (["audit", str(PROTOCOL)], "is no plan"),
    "an unknown schema": (["schema", "protocl"], "did you mean 'protocol'?"),
    "an unknown run": (["show", "20260101-000000-abcd"], "no run"),
    "an output that can't be written": (
        ["plan", *FILES, "-o", "/dev/null/plan.json"],
        "can't be written",
    ),
    "a database that is none": (["runs", "--database", str(PROTOCOL)], "can't be opened"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_gives_one_clear_error(lab, capsys, case):
    arguments, telling = WRONG[case]
    code, out, err = run(capsys, *arguments)
    assert code == 1
    assert telling in err
    assert "Traceback" not in out + err
    assert not list(lab.glob("*.part"))


def test_a_refused_run_leaves_no_broken_database(lab, capsys):
    text = DECK.read_text(encoding="utf-8").replace("hamilton.heater_shaker", "nobody.shaker")
    (lab / "undriven.yaml").write_text(text, encoding="utf-8")
    files = [str(PROTOCOL), "--conditions", str(TABLE), "--deck", str(lab / "undriven.yaml")]
    code, _, err = run(capsys, "run", *files, "--real")
    assert code == 1
    assert "isn't installed" in err
    code, out, _ = run(capsys, "runs", "--json")
    assert code == 0
    assert json.loads(out) == {"runs": []}


def test_errors_as_json_for_machines(lab, capsys):
    code, out, _ = run(capsys, "run", str(PROTOCOL), "-c", "nowhere.csv", "-d", str(DECK), "--json")
    assert code == 1
    assert json.loads(out)["errors"][0]["file"] == "nowhere.csv"


def test_a_defect_is_our_fault_and_shows_no_traceback(lab, capsys, monkeypatch):
    def broken(*arguments):
        raise ZeroDivisionError

    monkeypatch.setattr("ncrobot.lab.compile_files", broken)
    code, out, err = run(capsys, "plan", *FILES)
    assert code == 3
    assert "defect" in err
    assert "Traceback" not in out + err


def test_help_and_version(lab, capsys):
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert all(
        word in out
        for word in ("plan", "audit", "schedule", "run", "prep", "runs", "show", "export", "schema")
    )
    code, out, _ = run(capsys, "--version")
    assert out.startswith("ncrobot ")


def wait_for_events(number):
    """Until the run in ``runs.sqlite`` has written so many."""
    import sqlite3

    end_s = time.monotonic() + 90
    while time.monotonic() < end_s:
        time.sleep(0.02)
        try:
            with sqlite3.connect("runs.sqlite") as connection:
                if connection.execute("select count(*) from event").fetchone()[0] > number:
                    return
        except sqlite3.OperationalError:
            continue
    raise AssertionError("the run didn't begin")


def test_ctrl_c_ends_a_run_safely_and_in_the_record(lab):
    """SIGINT in the middle of a run: exit code 2, status aborted, devices safe, record whole."""
    environment = {**os.environ, "NCROBOT_DATABASE": "runs.sqlite"}
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "ncrobot",
            "run",
            str(PROTOCOL),
            "-c",
            str(TABLE),
            "-d",
            str(ROOT / "deck_layouts" / "ot2_96.yaml"),
            "--json",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    wait_for_events(200)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    result = json.loads(out.splitlines()[-1])
    assert (process.returncode, result["status"]) == (2, "aborted")
    from ncrobot.lab import Lab

    with Lab.open(lab / "runs.sqlite") as opened:
        state = opened.load(result["run"]).state
    assert state.status == "aborted"
    assert state.open_acts == {}
    assert all(state.safe_state.values())


def test_a_report_that_fails_hides_nothing_of_the_run(lab, capsys, monkeypatch):
    def broken(*arguments):
        raise ZeroDivisionError

    monkeypatch.setattr("ncrobot.lab.records.run_report_html", broken)
    code, out, _ = run(capsys, "run", *FILES)
    assert code == 0
    assert "succeeded" in out
    assert "the report couldn't be written (ZeroDivisionError" in out

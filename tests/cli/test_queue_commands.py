"""The queue from the terminal: a simulated plate, its samples measured, their lineage told."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from ncrobot.cli import run

ROOT = Path(__file__).resolve().parents[2]
PROTOCOL = ROOT / "protocols" / "au25_pmba_portions.yaml"
DECK = ROOT / "deck_layouts" / "starlet_96.yaml"
TABLE = "name,ligand_per_metal,electrons_per_metal,portions\nx0,2,4,2\nx1,3,5,2\nx2,4,5,2\n"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A folder with a simulated run of three wells, and instruments for it."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "table.csv").write_text(TABLE)
    shutil.copytree(ROOT / "instruments", folder / "instruments")
    database = folder / "runs.sqlite"
    command = ["run", str(PROTOCOL), "-c", str(folder / "table.csv"), "-d", str(DECK)]
    assert run([*command, "--database", str(database)]) == 0
    return folder


@pytest.fixture
def ask(lab, monkeypatch, capsys):
    """Runs a queue command; returns what it printed as JSON."""
    monkeypatch.setenv("NCROBOT_DATABASE", str(lab / "runs.sqlite"))
    monkeypatch.setenv("NCROBOT_INSTRUMENTS", str(lab / "instruments" / "example.yaml"))
    monkeypatch.setenv("NCROBOT_STATE", str(lab / "state"))

    def asked(*words, code=0, as_json=True):
        capsys.readouterr()
        assert run([*words, *(["--json"] if as_json else [])]) == code
        printed = capsys.readouterr()
        text = printed.out + ("" if as_json else printed.err)
        return json.loads(text) if as_json and code == 0 else text

    return asked


def test_from_queue_to_measurement(ask, lab):
    (summary,) = ask("runs")["runs"]
    name = summary["run"]
    assert ask("queue", "list")["jobs"] == []
    told = ask("queue", "submit", name, "--queue-only", as_json=False)
    assert "3 samples, 3 measurements queued" in told
    assert "0 measurements queued" in ask("queue", "submit", name, "--queue-only", as_json=False)
    assert {job["state"] for job in ask("queue", "list")["jobs"]} == {"queued"}
    for folder in ("hplc_worklists", "hplc_results", "reader_results"):
        (lab / "instruments" / folder).mkdir()
    assert ask("queue", "submit")["batches"] == []  # simulated samples don't go to real instruments
    (forecast,) = ask("queue", "forecast")["forecasts"]
    assert (forecast["instrument"], forecast["samples"]) == ("reader", 3)
    done = ask("queue", "simulate", name)
    assert (done["measured"], done["expired"]) == (3, [])
    assert len(done["files"]["reader"]["assigned"]) == 1
    jobs = ask("queue", "list")["jobs"]
    assert {job["state"] for job in jobs} == {"measured"}
    (file,) = ask("queue", "files")["files"]
    assert {job["file"] for job in jobs} == {file["sha256"]}
    assert ask("queue", "files", "--quarantined")["files"] == []
    assert ask("queue", "collect")["reader"]["assigned"] == []
    shown = ask("queue", "show", jobs[0]["id"])
    stocks = {each["stock"] for each in shown["contributions"]}
    assert {"gold", "pmba", "sodium_borohydride", "water"} <= stocks
    assert shown["sample"]["diluent_ul"] == pytest.approx(150.0)
    assert shown["thinned_with"][0]["stock"] == "water"
    assert [fact["state"] for fact in shown["facts"]] == ["queued", "submitted", "measured"]
    text = ask("queue", "show", jobs[0]["sample"], as_json=False)
    assert "4-fold" in text
    assert "sodium_borohydride" in text
    traced = ask("queue", "trace", "pmba", "--lot", "1")["samples"]
    assert {each["sample"]["id"] for each in traced} == {job["sample"] for job in jobs}
    assert {job["file"] for each in traced for job in each["jobs"]} == {file["sha256"]}
    assert ask("queue", "trace", "pmba", "--run", name)["samples"] == traced
    assert "did you mean 'pmba'?" in ask("queue", "trace", "pmbaa", as_json=False, code=1)
    assert "there is no run" in ask("queue", "list", "--run", "nope", as_json=False, code=1)
    assert "no sample holds pmba" in ask("queue", "trace", "pmba", "--lot", "9", as_json=False)
    assert traced[0]["sample"]["id"] in ask("queue", "trace", "pmba", as_json=False)
    assert ask("analyse", name)["objectives"] == []  # it is enough that the protocol expects bands
    assert "measures by its own software" in ask(
        "queue", "measure", "reader", code=1, as_json=False
    )
    again = ask("queue", "collect", "--again")
    assert again["reader"]["assigned"] == again["reader"]["quarantined"] == []


def test_what_cannot_be_done_is_told(ask, lab):
    (summary,) = ask("runs")["runs"]
    name = summary["run"]
    assert "takes an instrument and a number" in ask(
        "queue", "submit", name, "--every", "hplc", code=1, as_json=False
    )
    assert "no run" in ask("queue", "submit", "20200101-000000-0000", code=1, as_json=False)
    assert "no response 'sim.blnk'" in ask(
        "queue", "simulate", name, "--response", "sim.blnk", code=1, as_json=False
    )
    assert "no sample" in ask("queue", "show", "0000000000A", code=1, as_json=False)
    assert "no data file" in ask("queue", "assign", "abc", "0000000000A", code=1, as_json=False)
    assert "no batch" in ask("queue", "withdraw", "0000000000A", code=1, as_json=False)
    assert "no job" in ask("queue", "retry", "0000000000A", code=1, as_json=False)
    assert "no job" in ask("queue", "fail", "0000000000A", "--reason", "x", code=1, as_json=False)


def test_a_real_batch_goes_out_and_can_be_taken_back(ask, lab):
    """Real samples can't be made here; the record is given one."""
    from ncrobot.samples import SampleRecord, job_of
    from samples import samples_kit as kit

    for folder in ("hplc_worklists", "hplc_results", "reader_results"):
        (lab / "instruments" / folder).mkdir(exist_ok=True)
    record = SampleRecord.open(lab / "samples.sqlite")
    real = kit.sample("A1", plate="sample_plate_1", taken=record.now() - timedelta(hours=1))
    record.keep([real])
    record.queue([job_of(real, "hplc", None)], "a test")
    record.close()
    (batch,) = ask("queue", "submit", "--instrument", "hplc")["batches"]
    worklist = Path(batch["path"])
    assert worklist.read_text().startswith("Bracket Type=4")
    assert "R:A1" in worklist.read_text()
    assert "withdrawn" in ask("queue", "withdraw", batch["id"].lower(), as_json=False)
    assert not worklist.exists()
    ask("queue", "submit", "--instrument", "hplc")
    (job,) = [
        j for j in ask("queue", "list", "--instrument", "hplc")["jobs"] if j["kind"] == "sample"
    ]
    assert "given up" in ask("queue", "fail", job["id"], "--reason", "needle", as_json=False)
    assert "isn't under way" in ask(
        "queue", "fail", job["id"], "--reason", "x", code=1, as_json=False
    )
    assert "queued" in ask("queue", "retry", job["id"], as_json=False)


def test_a_plan_is_forecast_before_its_run(ask, lab, tmp_path):
    plan = tmp_path / "plan.json"
    command = [
        "plan",
        str(PROTOCOL),
        "-c",
        str(lab / "table.csv"),
        "-d",
        str(DECK),
        "-o",
        str(plan),
    ]
    ask(*command, as_json=False)
    found = {each["instrument"]: each for each in ask("queue", "forecast", str(plan))["forecasts"]}
    assert found["reader"]["samples"] == 3
    assert found["reader"]["too_late"] == []

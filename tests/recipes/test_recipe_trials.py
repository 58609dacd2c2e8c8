"""Recipes are tried through all stages; what fails and what is missing is told, never hidden."""

import json
from concurrent.futures import Future

import pytest

from ncrobot import cli
from ncrobot.recipes import Files, load_catalogue, load_outcomes, try_plate, try_recipes, untried
from ncrobot.recipes.trials import _result
from recipes.recipes_kit import make_catalogue


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """The small catalogue, what became of it, and what was told meanwhile."""
    folder = tmp_path_factory.mktemp("recipes")
    catalogue = load_catalogue(make_catalogue(folder))
    heard = []
    found = try_recipes(
        catalogue,
        folder / "protocols",
        folder / "deck_layouts",
        told=lambda files, trial: heard.append((files.table.name, trial.error)),
    )
    return folder, catalogue, found, heard


def test_what_runs_comes_through_all_stages(tried):
    runs = tried[2].entries[0]
    assert (runs.planned, runs.audited, runs.scheduled, runs.simulated) == (True,) * 4
    assert runs.error is None
    assert not runs.failed
    plate = runs.plates[0]
    assert (plate.wells, plate.wells_ok, plate.wells_flagged) == (2, 2, 0)
    assert runs.plate_hours == pytest.approx(plate.hours)
    assert 0.5 < plate.hours < 3
    assert runs.assumed_values == len(runs.assumed) > 3
    assert sum(plate.samples.values()) > 0


def test_what_fails_is_told_with_its_reason_and_keeps_what_was_reached(tried):
    fails = tried[2].entries[1]
    assert fails.failed
    assert not fails.planned
    assert fails.plates[0].simulated
    assert not fails.plates[1].planned
    assert "bad.csv" in fails.error
    assert "90" in fails.error
    assert fails.plate_hours is None
    assert tried[2].failed == (fails,)


def test_what_isnt_written_is_there_and_not_taken_as_tried(tried):
    missing = tried[2].entries[2]
    assert tried[2].unwritten == (missing,)
    assert not missing.failed
    assert not missing.planned
    assert missing.lacks == ("two phases",)


def test_a_plate_that_systems_share_is_tried_once(tried):
    assert sorted(name for name, _ in tried[3]) == ["bad.csv", "good.csv"]


def test_outcomes_are_known_until_a_file_changes(tried, tmp_path):
    folder, catalogue, found, _ = tried
    path = tmp_path / "recipes.json"
    path.write_text(found.model_dump_json())
    args = (catalogue, folder / "protocols", folder / "deck_layouts", load_outcomes(path))
    assert untried(*args) == found
    table = folder / "protocols" / "good.csv"
    before = table.read_bytes()
    try:
        table.write_bytes(before + b"# another comment\n")
        stale = untried(*args)
    finally:
        table.write_bytes(before)
    assert [entry.plates for entry in stale.entries] == [(), (), ()]
    assert not stale.entries[0].simulated


def test_a_file_that_isnt_there_fails_its_plate_only(tmp_path):
    missing = tmp_path / "nothing.yaml"
    trial = try_plate(Files(missing, missing, missing))
    assert not trial.planned
    assert trial.error.startswith("planning: ")
    assert "nothing.yaml" in trial.error


def test_a_defect_is_told_as_one(tmp_path, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("boom")

    monkeypatch.setattr("ncrobot.recipes.trial.compile_files", broken)
    trial = try_plate(Files(tmp_path, tmp_path, tmp_path))
    assert trial.error == "planning: a defect of ncrobot: ZeroDivisionError: boom"


def test_a_process_that_died_is_told(tmp_path):
    died = Future()
    died.set_exception(OSError("killed"))
    trial = _result(died, Files(tmp_path, tmp_path / "t.csv", tmp_path))
    assert "killed" in trial.error
    assert trial.table == "t.csv"


@pytest.fixture
def lab(tmp_path, monkeypatch):
    make_catalogue(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_writes_results_tells_failures_and_fails(lab, capsys):
    assert cli.run(["recipes", "--try"]) == 1
    out, err = capsys.readouterr()
    assert "bad.csv" in err
    assert "1 FAILS" in err
    assert "3 systems: 1 simulated, 1 FAILS, 1 without a protocol" in out
    assert "fails fails: planning:" in out
    written = json.loads((lab / "results" / "recipes.json").read_text())
    assert [entry["simulated"] for entry in written["entries"]] == [True, False, False]
    assert {"verdict", "planned", "audited", "plate_hours", "assumed_values", "person_minutes"} <= set(written["entries"][0])  # fmt: skip
    assert cli.run(["recipes"]) == 0
    assert "1 simulated" in capsys.readouterr().out


def test_one_system_is_tried_alone_and_told_in_full(lab, capsys):
    assert cli.run(["recipes", "runs", "--try", "--jobs", "1"]) == 0
    out = capsys.readouterr().out
    assert "state     simulated" in out
    assert "2 of 2 wells ok" in out
    assert not (lab / "results").exists()


def test_a_missing_protocol_is_an_error_where_all_are_asked_for(lab, capsys):
    assert cli.run(["recipes", "unwritten", "--try"]) == 0
    assert "the language lacks: two phases" in capsys.readouterr().out
    assert cli.run(["recipes", "unwritten", "--try", "--complete"]) == 1


def test_an_unknown_system_is_refused_with_the_nearest(lab, capsys):
    assert cli.run(["recipes", "run"]) == 1
    assert "did you mean runs?" in capsys.readouterr().err


def test_other_results_are_refused(lab, capsys):
    (lab / "results.json").write_text("{}")
    assert cli.run(["recipes", "--results", "results.json"]) == 1
    assert "--try" in capsys.readouterr().err
